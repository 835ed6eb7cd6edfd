"""Who may sign in: an administrator, and nobody with the password that was handed out long ago."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from sql.queries import query
from tasks.actor import Actor
from tasks.services.checks import Check, some, unless


def administrators(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether an administrator can sign in to the API."""
    number: int = tx.execute(query("health", "administrators")).scalar_one()
    detail = f"{number} can sign in" if number else "nobody can sign in as an administrator"
    fix = "placeops user create EMAIL --role ADMIN"
    yield unless(not number, "administrators", detail, fix, status="warn", kind="user")


def passwords(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether people replaced the password that was told them, within a week."""
    names = list(tx.scalars(query("health", "handed_out_passwords")))
    detail = (
        f"never changed since they were handed out: {some(names)}" if names else "changed by their owners"
    )
    fix = (
        f"ask them to sign in and change it, or end the account: placeops user disable {names[0]}"
        if names
        else ""
    )
    yield unless(bool(names), "handed out passwords", detail, fix, status="warn", kind="user")
