"""Registrations of a drive: list, add."""

from __future__ import annotations

from fastapi import APIRouter, Response

from placeops_api.bodies import RegistrationBody
from placeops_api.openapi import errors
from placeops_api.params import Caller, Cursor, Limit, Ref
from tasks.services import registrations
from tasks.services.paging import Page
from tasks.services.registrations import Registered, Registration

router = APIRouter(prefix="/drives/{ref}/registrations", tags=["registrations"])

REFUSALS = (
    "not-found",
    "ambiguous",
    "registration-closed",
    "not-selected",
    "not-eligible",
    "selection-pending",
)


@router.get("", summary="Who registered", responses=errors("not-found"))
def list_registrations(
    caller: Caller, ref: Ref, limit: Limit = 50, cursor: Cursor = None
) -> Page[Registration]:
    return registrations.list_registrations(caller, ref, limit=limit, cursor=cursor)


@router.post(
    "",
    status_code=201,
    summary="Register a student; a second time answers 200 with the same registration",
    responses={
        200: {"description": "The student was registered already", "model": Registered},
        **errors(*REFUSALS),
    },
)
def register_student(caller: Caller, ref: Ref, body: RegistrationBody, response: Response) -> Registered:
    registered = registrations.register(caller, ref, body.student, college=body.college, reason=body.reason)
    if not registered.created:
        response.status_code = 200
    return registered
