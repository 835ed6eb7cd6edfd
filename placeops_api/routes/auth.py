"""Signing in and out, the own profile and password."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field

from placeops_api.bodies import Body
from placeops_api.identity import COOKIE, Caller, Credential, set_cookie
from placeops_api.openapi import errors, needs
from placeops_api.problems import request_id_of
from tasks.services import accounts
from tasks.services.accounts import Profile, Session

router = APIRouter(prefix="/auth", tags=["auth"])

Password = Annotated[str, Field(min_length=1, max_length=1000)]


class LoginBody(Body):
    """Address and password; `deliver` says how the session comes back: as a browser's cookie, or in the answer."""

    email: Annotated[str, Field(min_length=1, max_length=254)]
    password: Password
    deliver: Literal["cookie", "token"] = "cookie"

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"email": "meena@college.example", "password": "four random words here"}
        }
    )


class PasswordBody(Body):
    """The current password and the one to come."""

    current_password: Password
    new_password: Password

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"current_password": "as it was told", "new_password": "four random words here"}
        }
    )


@router.post(
    "/login",
    summary="Sign in: a session for the browser's cookie, or its secret in the answer",
    responses=errors("bad-credentials", "too-many-attempts"),
)
def login(request: Request, body: LoginBody, response: Response) -> Session:
    address = request.client.host if request.client else "unknown"
    session = accounts.sign_in(body.email, body.password, address=address, request_id=request_id_of(request))
    if body.deliver == "token":
        return session
    set_cookie(request, response, session)
    return Session(session.profile, "", session.expires_at)


@router.post(
    "/logout",
    status_code=204,
    summary="End the session (or revoke the token) of this request",
    openapi_extra=needs("profile"),
)
def logout(caller: Caller, secret: Credential, response: Response) -> None:
    accounts.sign_out(caller, secret)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


@router.get("/profile", summary="Who is signed in, and what they may do", openapi_extra=needs("profile"))
def profile(caller: Caller) -> Profile:
    return accounts.profile(caller)


@router.post(
    "/password",
    summary="Change the own password; all other sessions end",
    responses=errors("bad-credentials", "too-many-attempts"),
    openapi_extra=needs("profile"),
)
def change_password(caller: Caller, secret: Credential, body: PasswordBody) -> Profile:
    return accounts.change_password(caller, body.current_password, body.new_password, keep=secret)
