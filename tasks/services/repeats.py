"""Creations that may be asked for twice: a key of the caller's, kept in the transaction of the creation itself.

After the draft "The Idempotency-Key HTTP Header Field" of the IETF: the same key with the same request gets the object
that the first one made, with another request an error. Keys are forgotten after a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from sql.tables import idempotency_keys
from tasks.actor import Actor
from tasks.errors import PlaceopsError


@dataclass(frozen=True, slots=True)
class Once:
    """`result` is what the first request with this key remembered; None when this is the first, or has no key."""

    result: dict[str, Any] | None
    _tx: Connection
    _actor: Actor

    def remember(self, result: dict[str, Any]) -> None:
        """What finds the created object again."""
        if self._actor.repeat:
            match = idempotency_keys.c.actor == self._actor.name
            match &= idempotency_keys.c.key == self._actor.repeat.key
            self._tx.execute(update(idempotency_keys).where(match).values(result=result))


def once(tx: Connection, actor: Actor) -> Once:
    """Claim the request's key; a second request waits here until the first one's transaction has ended.

    Raises idempotency-key-reused when the key came with another request.
    """
    repeat = actor.repeat
    if repeat is None:
        return Once(None, tx, actor)
    values = {"actor": actor.name, "key": repeat.key, "fingerprint": repeat.fingerprint}
    claim = insert(idempotency_keys).values(values).on_conflict_do_nothing()
    if tx.execute(claim.returning(idempotency_keys.c.key)).one_or_none():
        return Once(None, tx, actor)
    match = (idempotency_keys.c.actor == actor.name) & (idempotency_keys.c.key == repeat.key)
    found = tx.execute(select(idempotency_keys).where(match)).mappings().one()
    if found["fingerprint"] != repeat.fingerprint:
        raise PlaceopsError(
            "idempotency-key-reused", f"the key {repeat.key!r} came with another request before"
        )
    return Once(found["result"], tx, actor)
