"""Job type `auto-publish`: the newest requested selection of a drive becomes its selection, as one diff."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from sql.locks import drive_lock
from sql.planning import joined_by_hash
from sql.queries import query
from sql.tables import placement_drives, publish_requests
from tasks.jobs.publishing import lock_publish
from tasks.jobs.registry import ActiveJob, ExpectedFailure, JobType, Result
from tasks.lifecycle import SELECTABLE


def apply(tx: Connection, job: ActiveJob, prepared: Any) -> Result:
    """Payload `drive`, `number`. Result: added, removed, selected; or `superseded` when a newer request exists.

    Readers see the old selection or the new one, never something in between.
    """
    drive_id, number = job.payload["drive"], job.payload["number"]
    lock_publish(tx, drive_id)
    drive_lock(tx, drive_id, shared=True)
    status = tx.scalar(select(placement_drives.c.status).where(placement_drives.c.id == drive_id))
    if status is None:
        raise ExpectedFailure("drive-gone", f"drive {drive_id} no longer exists")
    newest = tx.scalar(
        select(func.max(publish_requests.c.number)).where(publish_requests.c.drive_id == drive_id)
    )
    if newest != number:
        return {"drive": drive_id, "number": number, "superseded": f"request {newest} is newer"}
    if status not in SELECTABLE:
        raise ExpectedFailure(
            "drive-state", f"drive {drive_id} is {status}: its selection is not applied any more"
        )
    job.progress("applying the selection")
    with joined_by_hash(tx):
        counts = (
            tx.execute(query("publishing", "apply"), {"drive": drive_id, "number": number}).mappings().one()
        )
    return {"drive": drive_id, "number": number} | dict(counts)


JOB_TYPE = JobType(
    "auto-publish", apply, unique_key=lambda payload: f"publish:{payload['drive']}:{payload['number']}"
)
