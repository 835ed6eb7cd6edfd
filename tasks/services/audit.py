"""The append-only record of who changed what; written in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Connection, Text, cast, func, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from sql.tables import audit_events
from tasks.actor import Actor


def record(
    tx: Connection,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: int | str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Add one event; `before` and `after` are JSON-ready and hold only what changed."""
    tx.execute(
        insert(audit_events).values(
            actor=actor.name,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            before=before,
            after=after,
            reason=reason,
            request_id=actor.request_id,
        )
    )


def record_each(
    tx: Connection,
    actor: Actor,
    action: str,
    object_type: str,
    object_ids: Sequence[int],
    *,
    before: Mapping[str, Any],
) -> None:
    """Add one event for each of many objects to which the same happened, in one statement."""
    same = {
        "actor": literal(actor.name),
        "action": literal(action),
        "object_type": literal(object_type),
        "before": literal(before, JSONB),
        "request_id": literal(actor.request_id, Text),
    }
    each = cast(func.unnest(literal(object_ids, ARRAY(BigInteger))), Text)
    tx.execute(insert(audit_events).from_select(["object_id", *same], select(each, *same.values())))
