"""Asking for a publish: what a list ends, what a look leaves alone, which job answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from sql.engine import transaction
from sql.locks import drive_lock
from sql.tables import placement_drives
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.jobs import delivery, ledger
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.runner import execute
from tasks.services.drives import show_drive
from tasks.services.jobs import cancel_jobs
from tasks.services.publishing import Published, publish_drive
from tasks.services.registrations import register
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


def publish(*ids: int, dry_run: bool = False) -> Published:
    listed = [Listed(line, student_id=student) for line, student in enumerate(ids, 1)]
    return publish_drive(MEENA, "ACME-1", listed, dry_run=dry_run)


def job_of(published: Published) -> int:
    assert published.job is not None
    return published.job.id


def posted_by_itself(ids: list[int]) -> None:
    with transaction() as tx:
        (drive,) = tx.scalars(text("SELECT id FROM placement_drives"))
        factories.posted(tx, drive, ids)
        tx.execute(update(placement_drives).values(auto_published=True))


def test_a_list_ends_what_an_automatic_publish_allowed(crowd: list[int]) -> None:
    posted_by_itself(crowd[:1])
    assert register(MEENA, "ACME-1", "R000002").created is True
    publish(crowd[0])
    assert show_drive(MEENA, "ACME-1").drive.auto_published is True, (
        "the same list again is no list of its own"
    )
    publish(*crowd[:2])
    with pytest.raises(PlaceopsError) as refused:
        register(MEENA, "ACME-1", "R000003")
    assert refused.value.code == "not-selected"


def test_the_note_of_a_draft_goes_with_the_draft(crowd: list[int]) -> None:
    with transaction() as tx:
        tx.execute(update(placement_drives).values(note="not published: no student is eligible"))
    assert publish(crowd[0]).drive.note is None


def test_a_dry_run_makes_no_registration_wait(crowd: list[int]) -> None:
    posted_by_itself(crowd)
    with transaction() as registration:
        registration.execute(text("SET LOCAL lock_timeout = '1s'"))
        drive_lock(registration, show_drive(MEENA, "ACME-1").drive.id, shared=True)
        assert publish(crowd[0], dry_run=True).plan.removed == 2


def test_a_window_that_closes_while_a_list_is_judged_is_seen(
    crowd: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tasks.services import publishing

    def closing(*arguments: object, **options: object) -> None:
        now = datetime.now(UTC)
        with transaction() as tx:
            window = {"reg_opens_at": now - timedelta(hours=2), "reg_closes_at": now - timedelta(hours=1)}
            tx.execute(update(placement_drives).values(window))

    monkeypatch.setattr(publishing, "drive_lock", closing)
    with pytest.raises(PlaceopsError) as refused:
        publish(crowd[0])
    assert refused.value.code == "drive-not-publishable"


def test_a_job_that_is_about_to_be_cancelled_answers_nobody(crowd: list[int]) -> None:
    first = job_of(publish(*crowd))
    worker = Incarnation("worker", [])
    active = ledger.claim("auto-publish", worker.id, job_id=first)
    assert active is not None
    cancel_jobs(MEENA, [first])
    again = publish(*crowd)
    assert (again.repeated, job_of(again) != first) == (False, True)
    execute(active, worker.id)
    second = ledger.claim("auto-publish", worker.id)
    assert second is not None and second.id == job_of(again)
    execute(second, worker.id)
    worker.end()
    assert show_drive(MEENA, "ACME-1").drive.selection.state == "applied"


def test_a_dry_run_names_who_comes_and_who_leaves(crowd: list[int]) -> None:
    posted_by_itself(crowd[:2])
    with transaction() as tx:
        tx.execute(text("UPDATE students SET debarred = true"))
    listed = [Listed(line, student_id=student) for line, student in enumerate(crowd[1:], 1)]
    plan = publish_drive(MEENA, "ACME-1", listed, override_reason="asked", dry_run=True).plan
    assert [(one.college, one.roll_no) for one in plan.added_students] == [("ENG", "R000003")]
    assert [one.name for one in plan.removed_students] == ["Student 1"]
    assert [one.student_id for one in plan.overridden_students] == crowd[1:]
    done = publish_drive(MEENA, "ACME-1", listed, override_reason="asked").plan
    assert (done.added, done.added_students) == (1, []), "nobody waits for names when it counts"
