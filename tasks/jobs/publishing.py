"""Requests to publish: numbered per drive under a lock, each with the job that applies it.

Shared by the publish service and by the completion of an eligibility run that publishes by itself.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, func, select

from sql.engine import after_commit
from sql.locks import drive_lock
from sql.queries import query
from sql.tables import placement_drives
from tasks.jobs import ledger
from tasks.jobs.registry import ActiveJob, Result

log = logging.getLogger(__name__)

PUBLISH_LOCK_CLASS = 1_886_151_028
NOBODY = "{}"


@dataclass(frozen=True, slots=True)
class Request:
    """A numbered request; `repeated` when the newest one already asks for this very selection."""

    number: int
    job_id: int | None
    repeated: bool


def lock_publish(tx: Connection, drive_id: int) -> None:
    """Serialise requests and applications of one drive until the transaction ends."""
    tx.execute(query("publishing", "lock_publish"), {"lock_class": PUBLISH_LOCK_CLASS, "drive": drive_id})


def request_publish(
    tx: Connection,
    drive_id: int,
    ids: str,
    *,
    source: str,
    by: str,
    override_ids: str = NOBODY,
    override_reason: str | None = None,
    request_id: str | None = None,
    parent_id: int | None = None,
) -> Request:
    """Post the drive, number the request and enqueue its job, in the caller's transaction (which holds both locks).

    `ids` and `override_ids` (those of them who need the reason) are PostgreSQL arrays as text, sorted.
    A selection equal to the newest requested one is answered with that request's job, unless that job ended without
    applying it.
    """
    wanted = {"drive": drive_id, "ids": ids, "override_ids": override_ids}
    newest = tx.execute(query("publishing", "newest"), wanted).mappings().one_or_none()
    if (
        newest
        and newest["same"]
        and (newest["applied_at"] or newest["job_state"] in ("waiting", "delayed", "active"))
    ):
        return Request(newest["number"], newest["job_id"], True)
    tx.execute(query("publishing", "post"), {"drive": drive_id, "by": by, "auto": source == "AUTO"})
    values = wanted | {
        "source": source,
        "override_reason": None if override_ids == NOBODY else override_reason,
        "by": by,
    }
    number = int(tx.execute(query("publishing", "request"), values).scalar_one())
    job_id = ledger.enqueue(
        tx,
        "auto-publish",
        {"drive": drive_id, "number": number},
        created_by=by,
        request_id=request_id,
        drive_id=drive_id,
        parent_id=parent_id,
    )
    tx.execute(query("publishing", "attach_job"), {"drive": drive_id, "number": number, "job": job_id})
    after_commit(("say", job_id), partial(log.info, "Enqueued auto-publish job for drive %s", drive_id))
    return Request(number, job_id, False)


def publish_eligible(tx: Connection, job: ActiveJob, drive_id: int) -> Result:
    """The end of an eligibility run that publishes: request the eligible, in the transaction that completes the run.

    Only while the drive is still a draft, its criteria are those of the run and nobody requested a publish; else the
    result says `superseded`. With nobody eligible the drive stays a draft, and its note says why.
    """
    lock_publish(tx, drive_id)
    drive_lock(tx, drive_id, shared=False)
    drives = placement_drives.c
    closed = (drives.reg_closes_at <= func.clock_timestamp()).label("closed")
    wanted = select(drives.status, drives.criteria_version, drives.reg_closes_at, closed).where(
        drives.id == drive_id
    )
    drive = tx.execute(wanted).one()
    version = job.payload["criteria_version"]
    newest = tx.execute(
        query("publishing", "newest"), {"drive": drive_id, "ids": NOBODY, "override_ids": NOBODY}
    ).one_or_none()
    if drive.status != "draft" or drive.criteria_version != version or newest is not None:
        return {"published": False, "superseded": "the drive was published or changed meanwhile"}
    if drive.reg_closes_at is None or drive.closed:
        return _stay_draft(tx, drive_id, "not published: the registration window is missing or over")
    found = tx.execute(query("publishing", "computed"), {"drive": drive_id, "version": version}).one()
    if not found.selected:
        return _stay_draft(tx, drive_id, "not published: no student is eligible")
    request = request_publish(
        tx, drive_id, found.ids, source="AUTO", by=job.created_by, request_id=job.request_id, parent_id=job.id
    )
    return {"published": True, "publish_number": request.number, "publish_job": request.job_id}


def _stay_draft(tx: Connection, drive_id: int, why: str) -> Result:
    """The drive's note says why, unless somebody has written one."""
    drives = placement_drives.c
    free = drives.note.is_(None) | drives.note.startswith("not published: ", autoescape=True)
    values = {"note": why, "row_version": drives.row_version + 1, "updated_at": func.now()}
    tx.execute(placement_drives.update().where(drives.id == drive_id, free).values(values))
    return {"published": False, "why": why}
