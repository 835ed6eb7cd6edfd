"""Job type `eligibility-filter`: who meets a drive's criteria, stored for one version of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, update

from sql.locks import eligibility_lock
from sql.planning import planned_for_its_values
from sql.queries import query
from sql.tables import placement_drives
from tasks.jobs.publishing import publish_eligible
from tasks.jobs.registry import ActiveJob, ExpectedFailure, JobType, Result


def apply(tx: Connection, job: ActiveJob, prepared: Any) -> Result:
    """Payload `drive`, `criteria_version`, `publish`. Result: students, eligible, review, not, changed.

    With `publish` the result of `publish_eligible` is added. When the drive has newer criteria: `superseded`.
    """
    drive_id, version = job.payload["drive"], job.payload["criteria_version"]
    eligibility_lock(tx, drive_id)
    result: Result = {"drive": drive_id, "criteria_version": version}
    wanted = {"drive": drive_id, "version": version}
    drive = tx.execute(query("eligibility", "drive_rules"), wanted).mappings().one_or_none()
    if drive is None:
        raise ExpectedFailure("drive-gone", f"drive {drive_id} no longer exists")
    if drive["current_version"] != version:
        return result | {"superseded": f"the drive's criteria are at version {drive['current_version']} now"}
    job.progress("computing eligibility")
    with planned_for_its_values(tx):
        counts = tx.execute(query("eligibility", "write_verdicts"), dict(drive)).one()
    tests = counts.in_test_colleges
    students = tests if drive["is_test"] else counts.everybody - tests
    result |= {
        "students": students,
        "eligible": counts.eligible,
        "review": counts.review,
        "not": students - counts.eligible - counts.review,
        "changed": counts.changed,
    }
    if job.payload["publish"]:
        job.progress("publishing")
        result |= publish_eligible(tx, job, drive_id)
    # Last, since publishing takes the drive's locks: a row lock held before them could deadlock with a move.
    row = placement_drives.c
    still_current = (row.id == drive_id) & (row.criteria_version == version)
    tx.execute(update(placement_drives).where(still_current).values(eligibility_computed_at=func.now()))
    return result


JOB_TYPE = JobType(
    "eligibility-filter",
    apply,
    # A run that publishes is more than one that only computes: neither may answer for the other.
    unique_key=lambda payload: (
        f"eligibility:{payload['drive']}:{payload['criteria_version']}:{'publish' if payload['publish'] else 'compute'}"
    ),
    leads_to=lambda payload: "auto-publish" if payload["publish"] else None,
)
