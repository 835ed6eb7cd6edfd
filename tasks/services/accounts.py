"""Signing in and out: sessions by password, actors by session or token; the own profile and password."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from sql.engine import autocommit, transaction
from sql.locks import login_lock
from sql.tables import login_attempts, tokens, users
from tasks import passwords
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.permissions import PERMISSIONS, Grant
from tasks.services import access, audit
from tasks.services.tokens import digest, issue, permissions_of
from tasks.services.users import User, attempts_of, end_all, find_user, forget_attempts, scope_of
from tasks.settings import settings

log = logging.getLogger("placeops.accounts")

WINDOW = timedelta(minutes=15)
MOST_PER_ACCOUNT = 5
MOST_PER_ADDRESS = 50
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Profile:
    """Who is signed in, and what they may do: permissions by name, each with how far it goes.

    `time_zone` is the college's, in which times are shown.
    """

    user: User | None
    name: str
    role: str
    permissions: dict[str, str]
    time_zone: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session and its secret, which is told this once."""

    profile: Profile
    secret: str
    expires_at: datetime


def authenticate(secret: str, request_id: str | None = None) -> Actor:
    """Whom the secret of a session or a token stands for. Raises unauthenticated."""
    wanted = (
        select(tokens.c.id, tokens.c.scopes, tokens.c.last_used_at, func.clock_timestamp().label("now"))
        .add_columns(*(users.c[name] for name in ("email", "role", "student_id", "password_temporary")))
        .add_columns(users.c.id.label("user_id"), users.c.scopes.label("scope"), tokens.c.kind)
        .join(users)
        .where(tokens.c.secret_sha256 == digest(secret), tokens.c.revoked_at.is_(None))
        .where(tokens.c.expires_at > func.clock_timestamp(), users.c.active)
    )
    with autocommit() as tx:
        row = tx.execute(wanted).one_or_none()
        if row is None:
            raise PlaceopsError("unauthenticated", "this session or token is unknown, or has ended")
        if row.last_used_at is None or row.now - row.last_used_at > USED_EVERY:
            tx.execute(update(tokens).where(tokens.c.id == row.id).values(last_used_at=row.now))
    return Actor(
        row.email,
        request_id,
        Role(row.role),
        scope_of(row.scope),
        row.student_id,
        row.user_id,
        permissions_of(row.scopes),
        first_password=row.password_temporary and row.kind == "session",
    )


def sign_in(email: str, password: str, *, address: str, request_id: str | None = None) -> Session:
    """A session for whoever knows the account's password; lasts `session_hours`.

    Raises bad-credentials, the same and as late for an unknown account, and too-many-attempts after five failures for
    an account or fifty from an address (a whole campus may share one) within a quarter of an hour.
    """
    account = email.replace("\0", "").strip().lower()[:254]
    counted = _count_attempt({attempts_of(account): MOST_PER_ACCOUNT, f"address {address}": MOST_PER_ADDRESS})
    with transaction(read_only=True) as tx:
        wanted = select(users.c.id, users.c.email, users.c.password_hash, users.c.active)
        row = tx.execute(wanted.where(func.lower(users.c.email) == account)).one_or_none()
    right = passwords.matches(row.password_hash if row else None, password)
    if row is None or not right or not row.active:
        raise _refused(address, request_id)
    lasts = timedelta(hours=settings().session_hours)
    actor = Actor(row.email, request_id)
    with transaction() as tx:
        if not _still_opens(tx, row.id, row.password_hash):
            raise _refused(address, request_id)
        forget_attempts(tx, account)
        tx.execute(delete(login_attempts).where(login_attempts.c.id.in_(counted)))
        if passwords.outdated(row.password_hash):
            _store(tx, row.id, password, temporary=None)
        _, secret = issue(tx, row.id, kind="session", name=f"from {address}", by=row.email, lasts=lasts)
        expires = tx.execute(select(func.clock_timestamp() + lasts)).scalar_one()
        audit.record(tx, actor, "session.start", "user", row.id)
    return Session(profile(authenticate(secret, request_id)), secret, expires)


def _refused(address: str, request_id: str | None) -> PlaceopsError:
    log.warning("sign-in refused from %s", address, extra={"request_id": request_id})
    return PlaceopsError("bad-credentials", "the address or the password is wrong")


def _still_opens(tx: Connection, user_id: int, verified: str | None) -> bool:
    """Whether the password that was verified is still the account's, and stays it until the transaction's end.

    A verification takes long enough for a reset, or for the account to be disabled, to come in between.
    """
    wanted = select(users.c.password_hash, users.c.active).where(users.c.id == user_id).with_for_update()
    row = tx.execute(wanted).one()
    return bool(row.active and row.password_hash == verified)


def _count_attempt(limits: dict[str, int]) -> list[int]:
    """Note the attempt before its password is looked at, so that many at once are counted too; the ids of the notes."""
    since = func.clock_timestamp() - WINDOW
    with transaction() as tx:
        for subject, most in limits.items():
            login_lock(tx, subject)
            recent = select(login_attempts.c.at).where(
                login_attempts.c.subject == subject, login_attempts.c.at > since
            )
            found = list(tx.scalars(recent.order_by(login_attempts.c.at.desc()).limit(most)))
            if len(found) == most:
                now = tx.execute(select(func.clock_timestamp())).scalar_one()
                wait = max(1, int((found[-1] + WINDOW - now).total_seconds()) + 1)
                raise PlaceopsError(
                    "too-many-attempts",
                    f"too many attempts to sign in; the next is possible in {wait} s",
                    details={"retry_after_seconds": wait},
                )
        noted = insert(login_attempts).returning(login_attempts.c.id)
        return list(tx.scalars(noted, [{"subject": subject} for subject in limits]))


def sign_out(actor: Actor, secret: str) -> None:
    """End the session (or token) whose secret it is. Raises forbidden."""
    access.require(actor, "profile")
    match = (tokens.c.secret_sha256 == digest(secret)) & tokens.c.revoked_at.is_(None)
    with transaction() as tx:
        tx.execute(update(tokens).where(match).values(revoked_at=func.clock_timestamp()))
        audit.record(tx, actor, "session.end", "user", actor.user_id or actor.name)


def profile(actor: Actor) -> Profile:
    """Who the actor is and what it may do. Raises forbidden."""
    access.require(actor, "profile")
    user = None
    if actor.user_id is not None:
        with transaction(read_only=True) as tx:
            user = find_user(tx, actor.name)
    grants = {name: access.granted(actor, name) for name in PERMISSIONS}
    may = {name: grant.value for name, grant in grants.items() if grant is not Grant.NONE}
    return Profile(user, actor.name, str(actor.role), may, settings().time_zone)


def change_password(actor: Actor, current: str, new: str, *, keep: str | None = None) -> Profile:
    """Change the own password; all sessions end but the one with the secret `keep`. Tokens stay.

    Raises forbidden, bad-credentials when the current one is wrong, invalid-input for one that anybody would guess,
    too-many-attempts.
    """
    access.require(actor, "profile")
    if actor.user_id is None:
        raise PlaceopsError("forbidden", f"{actor.name} is no account and has no password")
    _count_attempt({attempts_of(actor.name): MOST_PER_ACCOUNT})
    with transaction(read_only=True) as tx:
        stored = tx.scalar(select(users.c.password_hash).where(users.c.id == actor.user_id))
    if not passwords.matches(stored, current):
        raise PlaceopsError("bad-credentials", "the current password is wrong")
    passwords.check_password(new, email=actor.name)
    if new == current:
        message = "the new password is the current one"
        raise PlaceopsError("invalid-input", message, "choose another", field="/new_password")
    with transaction() as tx:
        if not _still_opens(tx, actor.user_id, stored):
            raise PlaceopsError("bad-credentials", "the password was changed or reset at this moment")
        _store(tx, actor.user_id, new, temporary=False)
        forget_attempts(tx, actor.name)
        kept = tx.scalar(select(tokens.c.id).where(tokens.c.secret_sha256 == digest(keep))) if keep else None
        end_all(tx, actor.user_id, but=kept, kinds=("session",))
        audit.record(tx, actor, "user.change-password", "user", actor.user_id)
    return profile(replace(actor, first_password=False))


def _store(tx: Connection, user_id: int, password: str, *, temporary: bool | None) -> None:
    values: dict[str, object] = {"password_hash": passwords.hashed(password)}
    if temporary is not None:
        values["password_temporary"] = temporary
    tx.execute(update(users).where(users.c.id == user_id).values(values))
