"""Users: who may sign in, and as what."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from placeops_api.bodies import Body, Text
from placeops_api.identity import Caller, Creator
from placeops_api.openapi import errors, needs
from placeops_api.params import Cursor, Limit
from placeops_api.words import NO_NUL
from tasks.actor import Scope
from tasks.services import users
from tasks.services.access import BIGGEST_ID
from tasks.services.paging import Page
from tasks.services.users import NewPassword, User

router = APIRouter(prefix="/users", tags=["users"])

RoleName = Literal["ADMIN", "COORDINATOR", "STAFF", "STUDENT"]
Email = Annotated[str, Path(description="The user's address", max_length=254, pattern=NO_NUL)]
RoleFilter = Annotated[RoleName | None, Query(description="Users of this role only")]


class ScopeBody(Body):
    """What a coordinator looks after: colleges by code, branches, drives by id."""

    colleges: Annotated[tuple[Text, ...], Field(max_length=1000)] = ()
    branches: Annotated[tuple[Text, ...], Field(max_length=1000)] = ()
    drives: Annotated[tuple[Annotated[int, Field(ge=1, le=BIGGEST_ID)], ...], Field(max_length=5000)] = ()

    def scope(self) -> Scope:
        """As the service takes it."""
        return Scope(**self.model_dump())


class RoleBody(Body):
    """A role; with COORDINATOR a scope (none: no access), with STUDENT whose account it is."""

    role: RoleName
    scope: ScopeBody = ScopeBody()
    student: Annotated[Text | None, Field(description="Roll number, or COLLEGE:ROLL_NO")] = None

    model_config = ConfigDict(
        json_schema_extra={"example": {"role": "COORDINATOR", "scope": {"branches": ["CSE"]}}}
    )


class UserBody(RoleBody):
    """A new account; its password is made up and told once."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    name: Text | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "email": "meena@college.example",
                "role": "COORDINATOR",
                "scope": {"branches": ["CSE"]},
            }
        }
    )


@router.get("", summary="Accounts in the order of their creation", openapi_extra=needs("user.manage"))
def list_users(
    caller: Caller, role: RoleFilter = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[User]:
    return users.list_users(caller, role=role, limit=limit, cursor=cursor)


@router.post(
    "",
    status_code=201,
    summary="Create an account; the answer tells its first password, once",
    responses=errors("duplicate", "not-found", "ambiguous", "idempotency-key-reused"),
    openapi_extra=needs("user.manage"),
)
def create_user(caller: Creator, body: UserBody) -> NewPassword:
    return users.create_user(
        caller, body.email, role=body.role, name=body.name, scope=body.scope.scope(), student=body.student
    )


@router.post(
    "/{email}/role",
    summary="Give an account another role or scope",
    responses=errors("not-found", "ambiguous", "duplicate"),
    openapi_extra=needs("user.manage"),
)
def set_user_role(caller: Caller, email: Email, body: RoleBody) -> User:
    return users.set_role(caller, email, role=body.role, scope=body.scope.scope(), student=body.student)


@router.post(
    "/{email}/disable",
    summary="Disable an account; its sessions and tokens end at once",
    responses=errors("not-found"),
    openapi_extra=needs("user.manage"),
)
def disable_user(caller: Caller, email: Email) -> User:
    return users.set_active(caller, email, active=False)


@router.post(
    "/{email}/enable",
    summary="Enable an account again",
    responses=errors("not-found"),
    openapi_extra=needs("user.manage"),
)
def enable_user(caller: Caller, email: Email) -> User:
    return users.set_active(caller, email, active=True)


@router.post(
    "/{email}/reset-password",
    summary="Give an account a new password, told once and to be changed",
    responses=errors("not-found"),
    openapi_extra=needs("user.manage"),
)
def reset_user_password(caller: Caller, email: Email) -> NewPassword:
    return users.reset_password(caller, email)
