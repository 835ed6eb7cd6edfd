"""Bearer tokens: created for a program, shown once, listed, revoked. Only a digest of the secret is stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, case, func, insert, select, update

from sql.engine import transaction
from sql.tables import tokens, users
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.permissions import PERMISSIONS
from tasks.services import access, audit
from tasks.services.access import BIGGEST_ID
from tasks.services.paging import Page, check_limit, id_cursor, page
from tasks.services.repeats import once
from tasks.services.users import find_user

PREFIX = "placeops_"
"""By which scanners recognise a leaked secret."""
READING = "read"
"""A scope that stands for every permission that only reads."""
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a user's. `state`: valid, expired or revoked. `scopes`: permissions it is good for, None: its owner's.

    `last_used_at` is right to the minute.
    """

    id: int
    user: str
    name: str
    scopes: list[str] | None
    state: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and its secret, which is told this once: a request that is repeated under its key gets it empty."""

    token: Token
    secret: str


_COLUMNS = [
    *(tokens.c[name] for name in ("id", "name", "scopes", "created_by", "created_at", "expires_at")),
    tokens.c.last_used_at,
    users.c.email.label("user"),
    case(
        (tokens.c.revoked_at.is_not(None), "revoked"),
        (tokens.c.expires_at <= func.clock_timestamp(), "expired"),
        else_="valid",
    ).label("state"),
]


def digest(secret: str) -> str:
    """What is stored of a secret: it has 256 random bits, so that a plain digest cannot be turned back."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def issue(
    tx: Connection,
    user_id: int,
    *,
    kind: str,
    name: str,
    by: str,
    lasts: timedelta,
    scopes: Sequence[str] = (),
) -> tuple[int, str]:
    """Store a new secret of a user's; returns the token's id and the secret.

    The account is held: whoever ends all that it is signed in with, ends this one too, or comes first.
    """
    tx.execute(select(users.c.id).where(users.c.id == user_id).with_for_update(read=True))
    secret = PREFIX + secrets.token_urlsafe(32)
    values = {
        "user_id": user_id,
        "kind": kind,
        "name": name,
        "secret_sha256": digest(secret),
        "scopes": list(scopes) or None,
        "created_by": by,
        "expires_at": func.clock_timestamp() + lasts,
    }
    return tx.execute(insert(tokens).values(values).returning(tokens.c.id)).scalar_one(), secret


def create_token(
    actor: Actor, email: str, *, name: str, days: int = 90, scopes: Sequence[str] = ()
) -> NewToken:
    """Create a token with which a program acts as this user, for so many days (1 to 366).

    `scopes` are permissions, or `read` for all that only read; without any the token may whatever its owner may. Raises
    forbidden, not-found, invalid-input.
    """
    access.require(actor, "token.manage")
    if not 1 <= days <= MOST_DAYS:
        raise _invalid("days", f"a token lasts 1 to {MOST_DAYS} days, not {days}", "renew it now and then")
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise _invalid("name", "`name` must be 1 to 100 characters", "say which program will use it")
    wanted = _scopes(scopes)
    if actor.limits is not None and not (permissions_of(wanted or None) or set(PERMISSIONS)) <= actor.limits:
        raise PlaceopsError(
            "forbidden",
            "a token creates no token that may more than itself",
            f"name its own scopes: {', '.join(sorted(actor.limits - {'profile'}))}",
            field="/scopes",
        )
    with transaction() as tx:
        seen = once(tx, actor)
        if seen.result:
            return NewToken(_load(tx, seen.result["token"]), "")
        user = find_user(tx, email)
        lasts = timedelta(days=days)
        created, secret = issue(
            tx, user.id, kind="token", name=name.strip(), by=actor.name, lasts=lasts, scopes=wanted
        )
        after = {"user": user.email, "name": name.strip(), "days": days, "scopes": wanted or None}
        audit.record(tx, actor, "token.create", "token", created, after=after)
        seen.remember({"token": created})
        return NewToken(_load(tx, created), secret)


def _scopes(scopes: Sequence[str]) -> list[str]:
    for scope in scopes:
        if scope != READING and scope not in PERMISSIONS:
            known = ", ".join((READING, *PERMISSIONS))
            raise _invalid("scopes", f"no such scope: {scope!r}", f"one or more of {known}")
    return sorted(set(scopes))


def permissions_of(scopes: Sequence[str] | None) -> frozenset[str] | None:
    """The permissions that a token with these scopes is good for; None for all."""
    if scopes is None:
        return None
    reading = {name for name in PERMISSIONS if name.endswith((".read", ".why"))}
    return frozenset(scopes) | (reading if READING in scopes else set()) | {"profile"}


def list_tokens(
    actor: Actor, *, user: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[Token]:
    """Tokens, newest first, all or a user's; no sessions. Raises forbidden, not-found, invalid-input."""
    access.require(actor, "token.manage")
    check_limit(limit)
    wanted = _tokens().where(tokens.c.kind == "token").order_by(tokens.c.id.desc()).limit(limit + 1)
    if (before := id_cursor(cursor)) is not None:
        wanted = wanted.where(tokens.c.id < before)
    with transaction(read_only=True) as tx:
        if user is not None:
            wanted = wanted.where(tokens.c.user_id == find_user(tx, user).id)
        found = [_token(row) for row in tx.execute(wanted).mappings()]
    return page(found, limit, lambda token: token.id)


def revoke_token(actor: Actor, token_id: int) -> Token:
    """End a token at once; a second time changes nothing. Raises forbidden, not-found."""
    access.require(actor, "token.manage")
    with transaction() as tx:
        if _load(tx, token_id).state != "revoked":
            match = tokens.c.id == token_id
            tx.execute(update(tokens).where(match).values(revoked_at=func.clock_timestamp()))
            audit.record(tx, actor, "token.revoke", "token", token_id)
        return _load(tx, token_id)


def _tokens() -> Select[Any]:
    return select(*_COLUMNS).select_from(tokens.join(users))


def _load(tx: Connection, token_id: int) -> Token:
    match = (tokens.c.id == token_id) & (tokens.c.kind == "token")
    row = tx.execute(_tokens().where(match)).mappings().one_or_none() if token_id <= BIGGEST_ID else None
    if row is None:
        raise PlaceopsError("not-found", f"no such token: {token_id}", "placeops token list")
    return _token(row)


def _token(row: RowMapping) -> Token:
    return Token(**row)


def _invalid(field: str, message: str, fix: str) -> PlaceopsError:
    return PlaceopsError("invalid-input", message, fix, field=f"/{field}")
