"""The audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from placeops_api.identity import Caller
from placeops_api.openapi import needs
from placeops_api.params import Cursor, Limit, Time, Word
from tasks.services import audit
from tasks.services.audit import AuditEvent
from tasks.services.paging import Page

router = APIRouter(prefix="/audit", tags=["audit"])

Since = Annotated[Time | None, Query(description="At or after this time (RFC 3339)")]

Until = Annotated[Time | None, Query(description="Before this time (RFC 3339)")]


@router.get("", summary="Who changed what, newest first", openapi_extra=needs("audit.read"))
def list_audit(
    caller: Caller,
    actor: Word = None,
    action: Word = None,
    object_type: Word = None,
    object_id: Word = None,
    request_id: Word = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AuditEvent]:
    return audit.list_audit(
        caller,
        by=actor,
        action=action,
        object_type=object_type,
        object_id=object_id,
        request_id=request_id,
        since=since,
        until=until,
        limit=limit,
        cursor=cursor,
    )
