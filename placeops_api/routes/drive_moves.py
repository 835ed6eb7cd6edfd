"""A drive's way through its life, move by move; every answer is the drive as it is then."""

from __future__ import annotations

from fastapi import APIRouter, Response

from placeops_api.drive_bodies import ExtendBody, ReasonBody
from placeops_api.identity import Caller
from placeops_api.openapi import errors, needs
from placeops_api.params import Ref
from placeops_api.versions import tagged
from tasks.services import drive_moves
from tasks.services.drives import Drive

router = APIRouter(prefix="/drives/{ref}", tags=["drives"])
REFUSALS = errors("not-found", "drive-state")


@router.post(
    "/extend",
    summary="Move the close of registration to a later time",
    responses=REFUSALS,
    openapi_extra=needs("drive.write"),
)
def extend_drive(caller: Caller, ref: Ref, body: ExtendBody, response: Response) -> Drive:
    drive = drive_moves.extend_drive(caller, ref, body.until)
    tagged(response, drive)
    return drive


@router.post(
    "/pause",
    summary="Take no registrations for now, and say why",
    responses=REFUSALS,
    openapi_extra=needs("drive.write"),
)
def pause_drive(caller: Caller, ref: Ref, body: ReasonBody, response: Response) -> Drive:
    drive = drive_moves.pause_drive(caller, ref, body.reason)
    tagged(response, drive)
    return drive


@router.post(
    "/resume",
    summary="Take registrations again, within the window",
    responses=REFUSALS,
    openapi_extra=needs("drive.write"),
)
def resume_drive(caller: Caller, ref: Ref, response: Response) -> Drive:
    drive = drive_moves.resume_drive(caller, ref)
    tagged(response, drive)
    return drive


@router.post(
    "/start",
    summary="Begin: registrations are final, the first round expects everybody registered",
    responses=REFUSALS,
    openapi_extra=needs("drive.write"),
)
def start_drive(caller: Caller, ref: Ref, response: Response) -> Drive:
    drive = drive_moves.start_drive(caller, ref)
    tagged(response, drive)
    return drive


@router.post(
    "/complete",
    summary="The drive is over; every round is finalised",
    responses=REFUSALS,
    openapi_extra=needs("drive.write"),
)
def complete_drive(caller: Caller, ref: Ref, response: Response) -> Drive:
    drive = drive_moves.complete_drive(caller, ref)
    tagged(response, drive)
    return drive


@router.post(
    "/cancel",
    summary="Call the drive off; everybody registered is withdrawn",
    responses=REFUSALS,
    openapi_extra=needs("drive.write"),
)
def cancel_drive(caller: Caller, ref: Ref, body: ReasonBody, response: Response) -> Drive:
    drive = drive_moves.cancel_drive(caller, ref, body.reason)
    tagged(response, drive)
    return drive


@router.post(
    "/archive",
    summary="Put a drive that is over away, for good",
    responses=REFUSALS,
    openapi_extra=needs("drive.write"),
)
def archive_drive(caller: Caller, ref: Ref, response: Response) -> Drive:
    drive = drive_moves.archive_drive(caller, ref)
    tagged(response, drive)
    return drive


@router.delete(
    "",
    summary="Delete a draft; the answer is the drive as it was last",
    responses=REFUSALS,
    openapi_extra=needs("drive.write"),
)
def delete_drive(caller: Caller, ref: Ref) -> Drive:
    return drive_moves.delete_drive(caller, ref)
