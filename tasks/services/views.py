"""Analytics views: how old they are, bring them up to date, read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection

from sql.engine import transaction
from sql.queries import query
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.jobs.refresh_views import JOB_TYPE, VIEWS
from tasks.permissions import Grant
from tasks.services import access
from tasks.services.jobs import Job, read_job

MOST_ROWS = 10_000


class Part(Enum):
    """Which rows somebody sees whose permission does not go everywhere."""

    DRIVES = "those of drives in sight"
    STUDENTS = "those of the colleges and branches in scope"
    NONE = "none: its figures cannot be told apart by scope, so that the whole view is forbidden"


IN_SCOPE: Mapping[str, Part] = {
    "drive_funnel": Part.DRIVES,
    "branch_placement": Part.STUDENTS,
    "ctc_statistics": Part.STUDENTS,
    "company_season": Part.NONE,
    "daily_registrations": Part.DRIVES,
    "data_quality": Part.STUDENTS,
}


@dataclass(frozen=True, slots=True)
class View:
    """A materialized view. It shows everything committed by `as_of`; `stale`: something it is made of changed
    since.

    `as_of` and `age_seconds` are None until the first refresh; `checked_at` is when a job last looked for
    changes.
    """

    name: str
    title: str
    as_of: datetime | None
    age_seconds: int | None
    stale: bool
    checked_at: datetime | None
    milliseconds: int | None


@dataclass(frozen=True, slots=True)
class ViewData:
    """Rows of a view in the order of its key, as of one moment; `more`: the limit left some out."""

    name: str
    title: str
    as_of: datetime | None
    age_seconds: int | None
    stale: bool
    columns: list[str]
    rows: list[tuple[Any, ...]]
    more: bool


def list_views(actor: Actor) -> list[View]:
    """Every view with its age, but for those that the actor may not read. Raises forbidden."""
    narrow = access.require(actor, "view.read") is not Grant.ALL
    with transaction(read_only=True) as tx:
        found = {
            row["view"]: row for row in tx.execute(query("views", "view_states"), {"view": None}).mappings()
        }
    return [
        View(
            name,
            title,
            found[name]["as_of"],
            found[name]["age_seconds"],
            found[name]["changed"],
            found[name]["checked_at"],
            found[name]["milliseconds"],
        )
        for name, title in VIEWS.items()
        if not (narrow and IN_SCOPE[name] is Part.NONE)
    ]


def refresh_views(actor: Actor, names: Sequence[str] = ()) -> list[Job]:
    """Enqueue a refresh of the named views, of all without a name; a job that finds nothing changed does
    nothing.

    Raises not-found for a name that is no view's, queue-draining.
    """
    access.require(actor, "view.refresh")
    wanted = list(dict.fromkeys(names)) or list(VIEWS)
    for name in wanted:
        _check_known(name)
    with transaction() as tx:
        ids = [
            ledger.enqueue(
                tx, JOB_TYPE.name, {"view": name}, created_by=actor.name, request_id=actor.request_id
            )
            for name in wanted
        ]
    return [read_job(job_id) for job_id in ids]


def show_view(actor: Actor, name: str, *, limit: int = 200) -> ViewData:
    """Rows of a view as far as they are in the actor's scope (`IN_SCOPE`), at most `limit` (1 to 10,000).

    Raises not-found, invalid-input, forbidden.
    """
    access.require(actor, "view.read")
    _check_known(name)
    if not 1 <= limit <= MOST_ROWS:
        raise PlaceopsError(
            "invalid-input",
            f"`limit` must be 1 to {MOST_ROWS}, not {limit}",
            f"ask for {MOST_ROWS} rows at most",
            field="/limit",
        )
    # One snapshot, so that a refresh that commits meanwhile cannot part the rows from their time.
    with transaction(read_only=True, snapshot=True) as tx:
        scope = _scope(tx, actor, name)
        state = tx.execute(query("views", "view_states"), {"view": name}).mappings().one()
        found = tx.execute(query("views", f"rows_of_{name}"), scope | {"limit": limit + 1})
        columns = list(found.keys())
        rows = [tuple(row) for row in found]
    return ViewData(
        name,
        VIEWS[name],
        state["as_of"],
        state["age_seconds"],
        state["changed"],
        columns,
        rows[:limit],
        more=len(rows) > limit,
    )


def _check_known(name: str) -> None:
    if name not in VIEWS:
        raise PlaceopsError("not-found", f"no such view: {name!r}", f"one of {', '.join(VIEWS)}")


def _scope(tx: Connection, actor: Actor, name: str) -> dict[str, Any]:
    """What narrows the view's rows, None where nothing does. Raises forbidden."""
    part = IN_SCOPE[name]
    if access.require(actor, "view.read") is Grant.ALL:
        return {"drives": None} if part is Part.DRIVES else {"colleges": None, "branches": None}
    if part is Part.DRIVES:
        return {"drives": access.drives_in_sight(tx, actor, "view.read")}
    if part is Part.STUDENTS:
        scope = actor.scope
        return {
            "colleges": list(scope.colleges) or (None if scope.branches else []),
            "branches": list(scope.branches) or None,
        }
    raise PlaceopsError(
        "forbidden",
        f"{actor.name} may not read the view {name}: its figures reach beyond any scope",
        "ask an administrator for the figures; what you may read: placeops view list",
    )
