"""What routes take besides a body: who asks, ids, pages; and nothing that they did not declare."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_origin

from fastapi import Path, Query, Request, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BeforeValidator

from placeops_api.words import NO_NUL
from tasks.errors import PlaceopsError
from tasks.services.paging import MAX_LIMIT

MAX_ID = 2**63 - 1
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


async def only_declared_query(request: Request) -> None:
    """Refuse a query parameter that the route does not declare, or that comes twice and is no list.

    Raises invalid-input.
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):  # a file of the console
        return
    declared = _declared_query(route)
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            raise PlaceopsError(
                "invalid-input", f"no such query parameter: {name!r}", f"known: {known}", field=f"/{name}"
            )
        if name in seen and not declared[name]:
            raise PlaceopsError("invalid-input", f"query parameter {name!r} is given twice", field=f"/{name}")
        seen.add(name)


def _declared_query(route: APIRoute) -> dict[str, bool]:
    """The names, and whether each may come several times."""
    return {
        field.alias: get_origin(field.field_info.annotation) is list
        for field in get_flat_params(route.dependant)
        if isinstance(field.field_info, params.Query)
    }


def require_date(value: object) -> object:
    """The value when it begins like a date: pydantic would take 0.5 as half a second after 1970. Raises ValueError."""
    if isinstance(value, str) and _DATE.match(value):
        return value
    raise ValueError("must be like 2026-12-01 or 2026-12-01T17:00:00+05:30")


Time = Annotated[AwareDatetime, BeforeValidator(require_date)]
Ref = Annotated[str, Path(description="A drive's id or its code", max_length=200, pattern=NO_NUL)]
Id = Annotated[int, Path(ge=1, le=MAX_ID)]
Name = Annotated[str, Path(max_length=200, pattern=NO_NUL)]
Limit = Annotated[int, Query(description="Items on a page", ge=1, le=MAX_LIMIT)]
Cursor = Annotated[
    str | None, Query(description="`next_cursor` of the page before", pattern=r"^[0-9]{1,18}$")
]
DriveStatusName = Literal["draft", "posted", "paused", "in_progress", "completed", "cancelled", "archived"]
DriveStatus = Annotated[DriveStatusName | None, Query(description="Drives in this status")]
JobStateName = Literal["waiting", "delayed", "active", "completed", "failed", "cancelled"]
JobState = Annotated[JobStateName | None, Query(description="Jobs in this state")]


def word(description: str) -> Any:
    """A query parameter that is a word, in `Annotated[str | None, word(…)]`."""
    return Query(description=description, max_length=200, pattern=NO_NUL)


Branch = Annotated[str | None, word("A branch, as the roster writes it")]
DriveFilter = Annotated[str | None, word("A drive's id or code")]
JobType = Annotated[str | None, word("A job type, as `GET /queues` names it")]
RollNo = Annotated[
    str, Query(description="A student's roll number", min_length=1, max_length=200, pattern=NO_NUL)
]
College = Annotated[
    str | None,
    Query(
        description="A college's code: needed where a roll number fits several",
        max_length=200,
        pattern=NO_NUL,
    ),
]
