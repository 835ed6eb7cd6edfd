"""The append-only record of who changed what; written in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert

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
