"""Drives: list, create, show, change, publish; their moves are in `drive_moves`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from placeops_api.bodies import DriveBody, PublishBody
from placeops_api.drive_bodies import DriveChangeBody, DriveCopyBody
from placeops_api.identity import Caller, Creator
from placeops_api.openapi import errors, needs
from placeops_api.params import Cursor, DriveStatus, Limit, Ref
from placeops_api.versions import Versions, tagged
from placeops_api.words import NO_NUL
from tasks.services import drive_create, drive_update, drives, publishing
from tasks.services.drive_create import Created
from tasks.services.drive_update import Updated
from tasks.services.drives import MOST_WORDS, Drive, DriveDetails, DriveStats
from tasks.services.paging import Page
from tasks.services.publishing import Published

router = APIRouter(prefix="/drives", tags=["drives"])

RegistrationState = Annotated[
    Literal["not_open", "open", "closed"] | None,
    Query(description="Posted drives whose registration is in this state by the database's clock"),
]
Search = Annotated[
    str | None,
    Query(description="A part of the code, the company or the title", max_length=MOST_WORDS, pattern=NO_NUL),
]


@router.get("", summary="Drives, newest first", openapi_extra=needs("drive.read"))
def list_drives(
    caller: Caller,
    status: DriveStatus = None,
    registration: RegistrationState = None,
    q: Search = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Drive]:
    return drives.list_drives(
        caller, status=status, registration=registration, search=q, limit=limit, cursor=cursor
    )


@router.post(
    "",
    status_code=201,
    summary="Create a draft; with `autoCalc` a job computes who is eligible and publishes it",
    responses=errors("duplicate", "queue-draining", "idempotency-key-reused"),
    openapi_extra=needs("drive.write"),
)
def create_drive(caller: Creator, body: DriveBody, response: Response) -> Created:
    created = drive_create.create_drive(caller, body.new_drive(), body.criteria.criteria())
    response.headers["Location"] = f"/drives/{created.drive.id}"
    tagged(response, created.drive)
    return created


@router.post(
    "/{ref}/copy",
    status_code=201,
    summary="Create a draft with this drive's company, title, pay and rules, but for the changes",
    responses=errors("not-found", "duplicate", "queue-draining", "idempotency-key-reused"),
    openapi_extra=needs("drive.write"),
)
def copy_drive(caller: Creator, ref: Ref, body: DriveCopyBody, response: Response) -> Created:
    created = drive_update.copy_drive(caller, ref, body.changes(), auto_calc=body.auto_calc)
    response.headers["Location"] = f"/drives/{created.drive.id}"
    tagged(response, created.drive)
    return created


@router.get(
    "/{ref}",
    summary="One drive with its criteria",
    responses=errors("not-found"),
    openapi_extra=needs("drive.read"),
)
def show_drive(caller: Caller, ref: Ref, response: Response) -> DriveDetails:
    details = drives.show_drive(caller, ref)
    tagged(response, details.drive)
    return details


@router.patch(
    "/{ref}",
    summary="Change fields of a drive; absent members stay, null is unknown",
    description="Needs the ETag of the version to be changed as If-Match. Who may register (pay and rules) changes in "
    "a draft and while the drive is paused, the window in a draft only (then `extend` moves its close), the rest until "
    "the drive is over.",
    responses=errors(
        "not-found",
        "drive-state",
        "duplicate",
        "queue-draining",
        "precondition-required",
        "precondition-failed",
    ),
    openapi_extra=needs("drive.write"),
)
def update_drive(
    caller: Caller, ref: Ref, body: DriveChangeBody, versions: Versions, response: Response
) -> Updated:
    updated = drive_update.update_drive(caller, ref, body.changes(), versions=versions)
    tagged(response, updated.drive)
    return updated


@router.get(
    "/{ref}/stats",
    summary="One drive's funnel, counted now",
    responses=errors("not-found"),
    openapi_extra=needs("view.read"),
)
def drive_stats(caller: Caller, ref: Ref) -> DriveStats:
    return drives.drive_stats(caller, ref)


@router.post(
    "/{ref}/publish",
    summary="Post the drive for the selected students at once; a job applies the selection",
    description="On a posted drive a list replaces the selection; `add_students` and `remove_students` change it. A "
    "dry run posts nothing: it answers with the plan, and in `refused` with the code of the error that the publish "
    "itself would end with.",
    responses=errors(
        "not-found",
        "drive-not-publishable",
        "selection-pending",
        "queue-draining",
        "nobody-selected",
        "students-unknown",
        "students-not-eligible",
    ),
    openapi_extra=needs("drive.write"),
)
def publish_drive(caller: Caller, ref: Ref, body: PublishBody, response: Response) -> Published:
    published = publishing.publish_drive(
        caller,
        ref,
        body.selection(),
        add=body.additions(),
        remove=body.removals(),
        eligible=body.eligible,
        college=body.college,
        override_reason=body.override_reason,
        dry_run=body.dry_run,
    )
    if published.job:
        response.headers["Location"] = f"/jobs/{published.job.id}"
    tagged(response, published.drive)
    return published
