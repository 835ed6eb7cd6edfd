"""What jobs are called: the drive, how many students, which list."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert

from sql.engine import transaction
from sql.tables import jobs, placement_drives
from tasks.actor import Actor, Role
from tasks.jobs import delivery
from tasks.services.eligibility import compute_eligibility
from tasks.services.exports import request_export
from tasks.services.jobs import list_jobs, show_job
from tasks.services.publishing import publish_drive
from tasks.services.selections import Listed
from tests import factories
from tests.conftest import Place

MEENA = Actor("meena", role=Role.ADMIN)


@pytest.fixture
def crowd(place: Place, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Three students and the draft ACME-1; nothing is done inline."""
    monkeypatch.setattr(delivery, "_inline", False)
    with transaction() as tx:
        factories.drive(tx)
        return factories.crowd(tx, factories.college(tx), 3)


def test_drives_students_and_lists_are_named(crowd: list[int]) -> None:
    compute_eligibility(MEENA, "ACME-1")
    publish_drive(MEENA, "ACME-1", [Listed(1, student_id=crowd[0])])
    publish_drive(MEENA, "ACME-1", [Listed(line, student_id=one) for line, one in enumerate(crowd, 1)])
    asked = request_export(MEENA, "ACME-1", preset="company_shortlist", format="xlsx")
    request_export(MEENA, "ACME-1", preset="coordinator_full")
    assert [job.about for job in list_jobs(MEENA).items] == [
        "Export the full list of ACME-1 as CSV",
        "Export the company shortlist of ACME-1 as XLSX",
        "Publish 3 students for ACME-1",
        "Publish 1 student for ACME-1",
        "Find who is eligible for ACME-1",
    ]
    assert show_job(MEENA, asked.job.id).job.about == "Export the company shortlist of ACME-1 as XLSX"


def test_what_concerns_no_drive_or_one_that_is_gone(place: Place) -> None:
    with transaction() as tx:
        drive = factories.drive(tx)
        for kind, payload in (
            ("refresh-materialized-views", {"view": "drive_funnel"}),
            ("prune-jobs", {}),
            ("remove-expired-exports", {}),
            ("eligibility-filter", {"drive": drive, "criteria_version": 1, "publish": True}),
            ("auto-publish", {"drive": drive, "number": 1}),
            ("export-registrations-csv", {"export": 1}),
        ):
            of = drive if "drive" in payload else None
            tx.execute(insert(jobs).values(type=kind, payload=payload, drive_id=of, created_by="cron"))
        tx.execute(delete(placement_drives).where(placement_drives.c.id == drive))
    assert [job.about for job in list_jobs(MEENA).items] == [
        "Export a list of a drive that is gone",
        "Publish a selection for a drive that is gone",
        "Find who is eligible for a drive that is gone and publish them",
        "Remove export files whose time is over",
        "Remove old finished jobs",
        "Refresh the analytics: drive funnel",
    ]
