"""Draining: a job type finishes what is there and accepts nothing new.

Whoever adds a job holds its type open to the end of the transaction, in a statement before the one that looks; whoever
drains waits for those and shuts the others out. So every job that was accepted is committed when the drain is, and
"drained" stays true. Advisory locks, because a row lock shared by a rush of requests would keep a drain waiting for
ever, and a pause with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from sql.queries import query
from tasks.errors import PlaceopsError

TYPE_LOCK_CLASS = 1_886_151_032


def hold_open(tx: Connection, types: Iterable[str | None]) -> None:
    """No drain of these types begins before the transaction ends. Look at the types in a later statement."""
    tx.execute(query("ledger", "hold_open"), {"lock_class": TYPE_LOCK_CLASS, "types": list(types)})


def close_off(tx: Connection, types: Sequence[str]) -> None:
    """Wait for everybody who may be adding jobs of these types, then keep others out until the transaction ends."""
    tx.execute(query("ledger", "close_off"), {"lock_class": TYPE_LOCK_CLASS, "types": list(types)})


def require_open(tx: Connection, types: Iterable[str]) -> None:
    """Raises queue-draining for the first of these types that accepts nothing new."""
    row = tx.execute(query("ledger", "draining"), {"types": list(types)}).first()
    if row is not None:
        raise refusal(row)


def refusal(row: Row[Any]) -> PlaceopsError:
    """The error that tells who drains a type, and why."""
    why = f": {row.draining_reason}" if row.draining_reason else ""
    return PlaceopsError(
        "queue-draining",
        f"{row.closed} is being drained by {row.draining_by} and accepts nothing new{why}",
        f"ask again later, or let it accept again: placeops queue resume {row.closed}",
        details={"type": row.closed},
    )
