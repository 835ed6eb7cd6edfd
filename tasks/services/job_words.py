"""What a job does, in the office's words: `Publish 120 students for ACME-1` instead of its payload."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, select

from sql.tables import exports, jobs, placement_drives, publish_requests

_OF_THIS_DRIVE = placement_drives.c.id == jobs.c.drive_id
_OF_THIS_JOB = publish_requests.c.job_id == jobs.c.id

COLUMNS: tuple[ColumnElement[Any], ...] = (
    select(placement_drives.c.code).where(_OF_THIS_DRIVE).scalar_subquery().label("drive"),
    select(func.cardinality(publish_requests.c.student_ids))
    .where(_OF_THIS_JOB)
    .limit(1)
    .scalar_subquery()
    .label("students"),
    select(exports.c.preset).where(exports.c.job_id == jobs.c.id).limit(1).scalar_subquery().label("preset"),
    select(exports.c.format).where(exports.c.job_id == jobs.c.id).limit(1).scalar_subquery().label("format"),
)
"""What `about` needs beside the columns of the job itself."""

NAMES = tuple(column.key for column in COLUMNS)


def about(row: RowMapping) -> str:
    """The sentence for a row that has `type`, `payload`, `result` and `COLUMNS`."""
    told = _TOLD.get(row["type"])
    return told(row) if told else str(row["type"]).replace("-", " ").capitalize()


def _drive(row: RowMapping) -> str:
    return str(row["drive"] or "a drive that is gone")


def _publish(row: RowMapping) -> str:
    number = row["students"]
    who = "a selection" if number is None else "1 student" if number == 1 else f"{number:,} students"
    return f"Publish {who} for {_drive(row)}"


def _eligibility(row: RowMapping) -> str:
    publishes = " and publish them" if row["payload"].get("publish") else ""
    return f"Find who is eligible for {_drive(row)}{publishes}"


def _export(row: RowMapping) -> str:
    if row["preset"] is None:
        return f"Export a list of {_drive(row)}"
    preset = _PRESETS.get(row["preset"], row["preset"].replace("_", " "))
    return f"Export the {preset} of {_drive(row)} as {row['format'].upper()}"


_PRESETS = {"coordinator_full": "full list", "no_show": "no-shows"}


def _refresh(row: RowMapping) -> str:
    view = str(row["payload"].get("view", "a view"))
    return f"Refresh the analytics: {view.replace('_', ' ').replace('ctc', 'CTC')}"


_TOLD: Mapping[str, Callable[[RowMapping], str]] = {
    "auto-publish": _publish,
    "eligibility-filter": _eligibility,
    "export-registrations-csv": _export,
    "refresh-materialized-views": _refresh,
    "prune-jobs": lambda row: "Remove old finished jobs",
    "remove-expired-exports": lambda row: "Remove export files whose time is over",
}
