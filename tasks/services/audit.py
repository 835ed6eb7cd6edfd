"""The append-only record of who changed what; written in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Connection, Text, cast, func, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from sql.engine import transaction
from sql.tables import audit_events
from tasks.actor import Actor
from tasks.services import access
from tasks.services.paging import Page, check_limit, id_cursor, page


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """A change: who did what to which object, how it was and is (what changed of it), why, and in which request."""

    id: int
    at: datetime
    actor: str
    action: str
    object_type: str
    object_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    request_id: str | None


def list_audit(
    actor: Actor,
    *,
    by: str | None = None,
    action: str | None = None,
    object_type: str | None = None,
    object_id: str | None = None,
    request_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[AuditEvent]:
    """Changes, newest first: by whom, of which kind, to which object, in which request, from when to before when.

    Raises forbidden, invalid-input.
    """
    access.require(actor, "audit.read")
    check_limit(limit)
    columns = [audit_events.c[name] for name in AuditEvent.__dataclass_fields__]
    wanted = select(*columns).order_by(audit_events.c.id.desc()).limit(limit + 1)
    given = {"actor": by, "action": action, "object_type": object_type, "object_id": object_id}
    given["request_id"] = request_id
    for name, value in given.items():
        if value is not None:
            wanted = wanted.where(audit_events.c[name] == value)
    if since is not None:
        wanted = wanted.where(audit_events.c.at >= since)
    if until is not None:
        wanted = wanted.where(audit_events.c.at < until)
    if (before := id_cursor(cursor)) is not None:
        wanted = wanted.where(audit_events.c.id < before)
    with transaction(read_only=True) as tx:
        found = [AuditEvent(**row) for row in tx.execute(wanted).mappings()]
    return page(found, limit, lambda event: event.id)


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
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add one event for each of many objects to which the same happened, in one statement."""
    same = {
        "actor": literal(actor.name),
        "action": literal(action),
        "object_type": literal(object_type),
        "before": literal(before, JSONB(none_as_null=True)),
        "after": literal(after, JSONB(none_as_null=True)),
        "request_id": literal(actor.request_id, Text),
    }
    each = cast(func.unnest(literal(object_ids, ARRAY(BigInteger))), Text)
    tx.execute(insert(audit_events).from_select(["object_id", *same], select(each, *same.values())))
