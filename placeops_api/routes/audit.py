"""The audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from placeops_api.identity import Caller
from placeops_api.openapi import needs
from placeops_api.params import Cursor, Limit, Time, word
from tasks.services import audit
from tasks.services.audit import AuditEvent
from tasks.services.paging import Page

router = APIRouter(prefix="/audit", tags=["audit"])

Who = Annotated[str | None, word("Who did it: a user's address, or `system`")]
Action = Annotated[str | None, word("What was done, such as `drive.publish`")]
ObjectType = Annotated[str | None, word("To what kind of object, such as `drive`")]
ObjectId = Annotated[str | None, word("To which of them")]
RequestId = Annotated[str | None, word("In which request: its X-Request-ID")]
Since = Annotated[Time | None, Query(description="At or after this time (RFC 3339)")]

Until = Annotated[Time | None, Query(description="Before this time (RFC 3339)")]


@router.get("", summary="Who changed what, newest first", openapi_extra=needs("audit.read"))
def list_audit(
    caller: Caller,
    actor: Who = None,
    action: Action = None,
    object_type: ObjectType = None,
    object_id: ObjectId = None,
    request_id: RequestId = None,
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
