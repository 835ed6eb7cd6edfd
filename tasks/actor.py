"""Who is asking: every service function is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in the placement office; `permissions.py` says what that allows."""

    ADMIN = "ADMIN"
    COORDINATOR = "COORDINATOR"
    STAFF = "STAFF"
    STUDENT = "STUDENT"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a coordinator looks after: single drives by id, and students by college code, by branch, or by both.

    Students are in scope when they fit the colleges *and* the branches; a list that is empty leaves that side open,
    and with both empty no student is in scope.
    """

    colleges: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    drives: tuple[int, ...] = ()


NO_SCOPE = Scope()


@dataclass(frozen=True, slots=True)
class Repeat:
    """A request that may come twice: the caller's key, and a digest of what it asks for."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or program behind a request. Without a role it may do nothing.

    `request_id` ties a job's log lines to the request that asked for it. `scope` narrows a coordinator, `student_id`
    is the row of a student's own, `limits` are the permissions that a token is good for (None: all of its owner's),
    `repeat` makes a creation answer the second time as it did the first. `first_password`: signed in with the one that
    was handed out, which has to be changed before anything else.
    """

    name: str
    request_id: str | None = None
    role: Role | None = None
    scope: Scope = NO_SCOPE
    student_id: int | None = None
    user_id: int | None = None
    limits: frozenset[str] | None = None
    repeat: Repeat | None = None
    first_password: bool = False


SYSTEM = Actor("system", role=Role.ADMIN)
"""The program itself, and the operator at its command line who names nobody."""
