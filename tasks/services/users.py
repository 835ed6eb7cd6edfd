"""Users: create, list, give a role, disable, reset a password; the first administrator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from sql.engine import constraint_of, transaction
from sql.tables import colleges, login_attempts, students, tokens, users
from tasks.actor import NO_SCOPE, SYSTEM, Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.passwords import hashed, new_password
from tasks.services import access, audit
from tasks.services.paging import Page, check_limit, id_cursor, page
from tasks.services.repeats import once
from tasks.services.students import college_id, find_student

EMAIL = re.compile(r"[^@\s\x00]+@[^@\s\x00]+")
FIRST_ADMIN = "admin@localhost"


@dataclass(frozen=True, slots=True)
class User:
    """An account. `scope` narrows a coordinator; `student` (`COLLEGE:ROLL_NO`) is whom a student's account is for."""

    id: int
    email: str
    name: str
    role: str
    scope: Scope
    student: str | None
    active: bool
    password_temporary: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewPassword:
    """An account and its new password, which is told this once (None: told before, to a repeated request)."""

    user: User
    password: str | None


_COLUMNS = [
    *(users.c[name] for name in ("id", "email", "name", "role", "scopes", "active")),
    users.c.password_temporary,
    users.c.created_at,
    users.c.student_id,
    (colleges.c.code + ":" + students.c.roll_no).label("student"),
]
_TABLES = users.outerjoin(students, students.c.id == users.c.student_id).outerjoin(
    colleges, colleges.c.id == students.c.college_id
)


def scope_of(stored: dict[str, Any]) -> Scope:
    """A scope as it is stored."""
    return Scope(**{name: tuple(stored.get(name, ())) for name in ("colleges", "branches", "drives")})


def _user(row: RowMapping) -> User:
    names = [name for name in User.__dataclass_fields__ if name != "scope"]
    return User(**{name: row[name] for name in names}, scope=scope_of(row["scopes"]))


def find_user(tx: Connection, email: str) -> User:
    """The account with this address, in any spelling of its letters. Raises not-found."""
    plain = email.replace("\0", "").strip().lower()
    wanted = select(*_COLUMNS).select_from(_TABLES).where(func.lower(users.c.email) == plain)
    row = tx.execute(wanted).mappings().one_or_none()
    if row is None:
        raise PlaceopsError("not-found", f"no user has the address {email!r}", "placeops user list")
    return _user(row)


def acting_as(email: str) -> Actor:
    """The user as an actor, for the command line's `--as`. Raises not-found, and forbidden for a disabled one."""
    with transaction(read_only=True) as tx:
        found = find_user(tx, email)
        student = tx.scalar(select(users.c.student_id).where(users.c.id == found.id))
    if not found.active:
        raise PlaceopsError("forbidden", f"{found.email} is disabled", f"placeops user enable {found.email}")
    role = Role(found.role)
    return Actor(found.email, role=role, scope=found.scope, student_id=student, user_id=found.id)


def list_users(
    actor: Actor, *, role: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[User]:
    """Accounts in the order of their creation, disabled ones too. Raises forbidden, invalid-input."""
    access.require(actor, "user.manage")
    check_limit(limit)
    wanted = select(*_COLUMNS).select_from(_TABLES).order_by(users.c.id).limit(limit + 1)
    if (after := id_cursor(cursor)) is not None:
        wanted = wanted.where(users.c.id > after)
    if role is not None:
        wanted = wanted.where(users.c.role == _role(role))
    with transaction(read_only=True) as tx:
        found = [_user(row) for row in tx.execute(wanted).mappings()]
    return page(found, limit, lambda user: user.id)


def create_user(
    actor: Actor,
    email: str,
    *,
    role: str,
    name: str | None = None,
    scope: Scope = NO_SCOPE,
    student: str | None = None,
    temporary: bool = True,
) -> NewPassword:
    """Create an account with a random password, told once; a `temporary` one must be changed at the first sign-in.

    A STUDENT needs `student`, a roll number (`COLLEGE:ROLL_NO` where it is ambiguous). Raises forbidden, invalid-input,
    not-found for a college or a student, duplicate.
    """
    access.require(actor, "user.manage")
    email = email.strip()
    if not EMAIL.fullmatch(email) or len(email) > 254:
        raise _invalid("email", f"{email!r} is not an address", "write it like meena@college.example")
    known = _role(role)
    password = new_password()
    values: dict[str, object] = {
        "email": email,
        "name": (name or "").strip() or email.split("@")[0],
        "role": known,
    }
    values |= {"password_hash": hashed(password), "password_temporary": temporary}
    with transaction() as tx, _one_account_each(email):
        seen = once(tx, actor)
        if seen.result:
            return NewPassword(find_user(tx, seen.result["email"]), None)
        bound = _standing(tx, known, scope, student)
        tx.execute(insert(users).values(values | bound))
        user = find_user(tx, email)
        after = {"email": email, "role": known, "scope": asdict(user.scope), "student": user.student}
        audit.record(tx, actor, "user.create", "user", user.id, after=after)
        seen.remember({"email": email})
    return NewPassword(user, password)


def set_role(
    actor: Actor, email: str, *, role: str, scope: Scope = NO_SCOPE, student: str | None = None
) -> User:
    """Give an account a role, and a coordinator a scope. It holds from the next request on.

    Raises forbidden (nobody takes the own role away), not-found, invalid-input, duplicate for a student who has an
    account.
    """
    access.require(actor, "user.manage")
    known = _role(role)
    with transaction() as tx, _one_account_each(email):
        before = find_user(tx, email)
        _not_oneself(actor, before, "change the own role")
        bound = _standing(tx, known, scope, student or before.student)
        tx.execute(update(users).where(users.c.id == before.id).values(role=known, **bound))
        after = find_user(tx, email)
        _record(tx, actor, "user.set-role", before, after)
    return after


def set_active(actor: Actor, email: str, *, active: bool) -> User:
    """Disable an account, which ends its sessions and tokens at once, or enable it again.

    Raises forbidden, not-found.
    """
    access.require(actor, "user.manage")
    with transaction() as tx:
        before = find_user(tx, email)
        _not_oneself(actor, before, "disable the own account")
        tx.execute(update(users).where(users.c.id == before.id).values(active=active))
        if not active:
            end_all(tx, before.id)
        after = find_user(tx, email)
        _record(tx, actor, "user.enable" if active else "user.disable", before, after)
    return after


def reset_password(actor: Actor, email: str) -> NewPassword:
    """Give an account a new random password, told once and to be changed; its sessions and tokens end.

    Attempts to sign in that failed before count no more. Raises forbidden, not-found.
    """
    access.require(actor, "user.manage")
    password = new_password()
    stored = hashed(password)
    with transaction() as tx:
        user = find_user(tx, email)
        values = {"password_hash": stored, "password_temporary": True}
        tx.execute(update(users).where(users.c.id == user.id).values(values))
        end_all(tx, user.id)
        forget_attempts(tx, user.email)
        audit.record(tx, actor, "user.reset-password", "user", user.id)
    return NewPassword(replace(user, password_temporary=True), password)


def end_all(tx: Connection, user_id: int, *, but: int | None = None, kinds: Sequence[str] = ()) -> None:
    """Revoke what an account is signed in with: sessions and tokens, or only these kinds; `but` is left."""
    wanted = update(tokens).where(tokens.c.user_id == user_id, tokens.c.revoked_at.is_(None))
    if kinds:
        wanted = wanted.where(tokens.c.kind.in_(kinds))
    if but is not None:
        wanted = wanted.where(tokens.c.id != but)
    tx.execute(wanted.values(revoked_at=func.clock_timestamp()))


def forget_attempts(tx: Connection, email: str) -> None:
    """Attempts to sign in with an account, which failed until now, count no more."""
    tx.execute(delete(login_attempts).where(login_attempts.c.subject == attempts_of(email)))


def attempts_of(email: str) -> str:
    """Under which name the attempts to sign in with an account are counted."""
    return f"account {email.lower()}"


def any_user() -> bool:
    """Whether there is an account at all."""
    with transaction(read_only=True) as tx:
        return tx.scalar(select(users.c.id).limit(1)) is not None


def first_admin() -> NewPassword | None:
    """Create the first administrator where there is no account yet; None where there is one."""
    if any_user():
        return None
    try:
        return create_user(SYSTEM, FIRST_ADMIN, role="ADMIN", name="Administrator", temporary=False)
    except PlaceopsError as error:
        if error.code != "duplicate":
            raise
        return None


def _standing(tx: Connection, role: str, scope: Scope, student: str | None) -> dict[str, Any]:
    """What the role binds the account to, checked. A coordinator's colleges are stored by their exact codes."""
    if role != "COORDINATOR" and scope != NO_SCOPE:
        raise _invalid("role", f"only a coordinator has a scope, not {role}", "leave the scope out")
    student_id = None
    if role == "STUDENT":
        if student is None:
            raise _invalid("student", "a student's account needs its student", "give the roll number")
        student_id = find_student(tx, student, None, access.students_in_sight(SYSTEM, "student.read")).id
    ids = [college_id(tx, code) for code in scope.colleges]
    codes = tx.scalars(select(colleges.c.code).where(colleges.c.id.in_(ids)).order_by(colleges.c.code))
    found = [access.drive_in_sight(tx, SYSTEM, str(drive), "drive.read").id for drive in scope.drives]
    kept = {
        "colleges": list(codes),
        "branches": sorted({branch.strip() for branch in scope.branches}),
        "drives": sorted(set(found)),
    }
    return {"scopes": {name: value for name, value in kept.items() if value}, "student_id": student_id}


@contextmanager
def _one_account_each(email: str) -> Iterator[None]:
    """Turns what the indexes refuse into errors."""
    try:
        yield
    except IntegrityError as error:
        which = constraint_of(error)
        if which == "users_email_key":
            message = f"{email} has an account already"
            raise PlaceopsError("duplicate", message, "placeops user list", field="/email") from error
        if which == "users_student_idx":
            message = "this student has an account already"
            raise PlaceopsError("duplicate", message, "placeops user list", field="/student") from error
        raise


def _role(role: str) -> str:
    known = role.strip().upper()
    if known not in Role.__members__:
        roles = ", ".join(Role)
        raise _invalid("role", f"no such role: {role!r}", f"one of {roles}")
    return known


def _not_oneself(actor: Actor, user: User, what: str) -> None:
    if actor.user_id == user.id:
        raise PlaceopsError("forbidden", f"nobody may {what}", "let another administrator do it")


def _record(tx: Connection, actor: Actor, action: str, before: User, after: User) -> None:
    old, new = asdict(before), asdict(after)
    changed = [name for name in old if old[name] != new[name]]
    if changed:
        audit.record(
            tx,
            actor,
            action,
            "user",
            after.id,
            before={name: old[name] for name in changed},
            after={name: new[name] for name in changed},
        )


def _invalid(field: str, message: str, fix: str) -> PlaceopsError:
    return PlaceopsError("invalid-input", message, fix, field=f"/{field}")
