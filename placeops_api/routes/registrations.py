"""Registrations: who is down for a drive, register, withdraw; a student's own over all drives."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from placeops_api.bodies import RegistrationBody, WithdrawalBody
from placeops_api.identity import Caller
from placeops_api.openapi import errors, needs
from placeops_api.params import Branch, College, Cursor, Limit, Ref
from placeops_api.words import NO_NUL
from tasks.services import registrations
from tasks.services.paging import Page
from tasks.services.registrations import OwnRegistration, Registered, Registration, Withdrawn

router = APIRouter(tags=["registrations"])

REFUSALS = (
    "not-found",
    "ambiguous",
    "registration-closed",
    "not-selected",
    "not-eligible",
    "selection-pending",
)
Status = Annotated[Literal["registered", "withdrawn"] | None, Query(description="Those in this status only")]
Search = Annotated[
    str | None,
    Query(description="A part of the roll number or the name", max_length=200, pattern=NO_NUL),
]


@router.get(
    "/registrations/mine",
    summary="The caller's own registrations over all drives, newest first",
    openapi_extra=needs("registration.read"),
)
def list_own_registrations(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[OwnRegistration]:
    return registrations.list_own_registrations(caller, limit=limit, cursor=cursor)


@router.get(
    "/drives/{ref}/registrations",
    summary="Who registered",
    responses=errors("not-found"),
    openapi_extra=needs("registration.read"),
)
def list_registrations(
    caller: Caller,
    ref: Ref,
    status: Status = None,
    college: College = None,
    branch: Branch = None,
    q: Search = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Registration]:
    return registrations.list_registrations(
        caller, ref, status=status, college=college, branch=branch, search=q, limit=limit, cursor=cursor
    )


@router.post(
    "/drives/{ref}/registrations",
    status_code=201,
    summary="Register a student; a second time answers 200 with the same registration",
    description="The answer is the receipt: `registered_at` is the time of the database, which also decides whether "
    "the drive is open.",
    responses={
        200: {"description": "The student was registered already", "model": Registered},
        **errors(*REFUSALS),
    },
    openapi_extra=needs("registration.write"),
)
def register_student(caller: Caller, ref: Ref, body: RegistrationBody, response: Response) -> Registered:
    registered = registrations.register(caller, ref, body.student, college=body.college, reason=body.reason)
    if not registered.created:
        response.status_code = 200
    return registered


@router.post(
    "/drives/{ref}/registrations/withdraw",
    summary="Withdraw a student's registration; a second time changes nothing",
    responses=errors("not-found", "ambiguous", "not-registered", "registration-closed"),
    openapi_extra=needs("registration.write"),
)
def withdraw_student(caller: Caller, ref: Ref, body: WithdrawalBody) -> Withdrawn:
    return registrations.withdraw(caller, ref, body.student, college=body.college, reason=body.reason)
