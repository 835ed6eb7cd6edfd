"""Job type `refresh-materialized-views`: one view brought up to date, unless nothing it is made of has
changed.

Triggers note the transaction id of every change, append-only; a refresh keeps the snapshot taken just before
it. What that snapshot did not see, because it was still in progress or came later, is a change for the next
refresh. Which tables a view is made of is read from the catalogue (`view_sources`), so that no list can fall
behind its definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from sql.queries import query
from tasks.jobs.registry import ActiveJob, ExpectedFailure, JobType, Result

VIEWS: Mapping[str, str] = {
    "drive_funnel": "Drive funnel: from eligible to accepted, drive by drive",
    "branch_placement": "Placement by college, programme, branch and batch",
    "ctc_statistics": "What those who are placed earn, by batch, college and branch",
    "company_season": "Companies season by season: drives, registrations, offers",
    "daily_registrations": "Registrations and withdrawals, day by day of a drive",
    "data_quality": "What is missing or out of range, and how many drives keep out for it",
}
"""Every view with its title."""

FORGET_AT_ONCE = 20_000
"""Noted changes that one refresh removes at most: some tens of milliseconds."""


def apply(tx: Connection, job: ActiveJob, prepared: Any) -> Result:
    """Refresh the view if it needs it. Result: view, changed, as_of, and milliseconds where it was refreshed.

    Readers go on reading what was there before until the transaction commits.
    """
    view = job.payload["view"]
    if view not in VIEWS:
        raise ExpectedFailure("no-such-view", f"there is no view {view!r} in this release")
    tx.execute(query("views", "lock_view"), {"view": view, "limit": f"{job.max_seconds}s"})
    state = tx.execute(query("views", "view_states"), {"view": view}).mappings().one()
    if not state["changed"]:
        tx.execute(query("views", "note_check"), {"view": view})
        return {"view": view, "changed": False, "as_of": state["as_of"].isoformat()}
    if state["foreign"]:
        tx.execute(query("views", "forget_foreign_changes"))
    job.progress("refreshing")
    # A view that a restore left empty cannot be refreshed beside its readers.
    concurrently = "CONCURRENTLY" if state["populated"] else ""
    tx.execute(text(f"REFRESH MATERIALIZED VIEW {concurrently} public.{view}"))
    noted = {name: state[name] for name in ("now", "snapshot", "cluster")}
    milliseconds = tx.scalar(query("views", "note_refresh"), noted | {"view": view, "job": job.id})
    tx.execute(query("views", "forget_seen_changes"), {"limit": FORGET_AT_ONCE})
    return {
        "view": view,
        "changed": True,
        "as_of": state["now"].isoformat(),
        "milliseconds": milliseconds,
    }


JOB_TYPE = JobType("refresh-materialized-views", apply, unique_key=lambda payload: f"view:{payload['view']}")
