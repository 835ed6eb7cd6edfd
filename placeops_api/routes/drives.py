"""Drives: list, create, show, publish."""

from __future__ import annotations

from fastapi import APIRouter, Response

from placeops_api.bodies import DriveBody, PublishBody
from placeops_api.openapi import errors
from placeops_api.params import Caller, Cursor, DriveStatus, Limit, Ref
from tasks.services import drives, publishing
from tasks.services.drives import Created, Drive, DriveDetails
from tasks.services.paging import Page
from tasks.services.publishing import Published

router = APIRouter(prefix="/drives", tags=["drives"])


@router.get("", summary="Drives, newest first")
def list_drives(
    caller: Caller, status: DriveStatus | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[Drive]:
    return drives.list_drives(caller, status=status, limit=limit, cursor=cursor)


@router.post(
    "",
    status_code=201,
    summary="Create a draft; with `autoCalc` a job computes who is eligible and publishes it",
    responses=errors("duplicate", "queue-draining"),
)
def create_drive(caller: Caller, body: DriveBody, response: Response) -> Created:
    created = drives.create_drive(caller, body.new_drive(), body.criteria.criteria())
    response.headers["Location"] = f"/drives/{created.drive.id}"
    return created


@router.get("/{ref}", summary="One drive with its criteria", responses=errors("not-found"))
def show_drive(caller: Caller, ref: Ref) -> DriveDetails:
    return drives.show_drive(caller, ref)


@router.post(
    "/{ref}/publish",
    summary="Post the drive for the selected students at once; a job applies the selection",
    description="A dry run posts nothing: it answers with the plan, and in `refused` with the code of the error that "
    "the publish itself would end with.",
    responses=errors(
        "not-found",
        "drive-not-publishable",
        "queue-draining",
        "nobody-selected",
        "students-unknown",
        "students-not-eligible",
    ),
)
def publish_drive(caller: Caller, ref: Ref, body: PublishBody, response: Response) -> Published:
    published = publishing.publish_drive(
        caller,
        ref,
        body.selection(),
        eligible=body.eligible,
        college=body.college,
        override_reason=body.override_reason,
        dry_run=body.dry_run,
    )
    if published.job:
        response.headers["Location"] = f"/jobs/{published.job.id}"
    return published
