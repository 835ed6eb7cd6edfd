"""Changing a selection that stands, and whom a coordinator of a part of the college may put on one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tasks.actor import Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.jobs import delivery, ledger
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.runner import execute
from tasks.services.drive_moves import cancel_drive, pause_drive, resume_drive, start_drive
from tasks.services.drive_update import update_drive
from tasks.services.drives import show_drive
from tasks.services.jobs import get_jobs
from tasks.services.publishing import Published, publish_drive
from tasks.services.registrations import register
from tasks.services.selections import Listed
from tests import factories
from tests.conftest import Place
from tests.jobs.support import ask, do

MEENA = Actor("meena", role=Role.ADMIN)


@pytest.fixture
def crowd(place: Place, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Six students (R000003 and R000006 are of CSE), and ACME-1, posted to the first three; nothing is done inline."""
    monkeypatch.setattr(delivery, "_inline", False)
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 6)
        factories.posted(tx, factories.drive(tx), ids[:3])
    return ids


def listed(*students: int | str) -> list[Listed]:
    return [
        Listed(line, student_id=one) if isinstance(one, int) else Listed(line, one)
        for line, one in enumerate(students, 1)
    ]


def amend(add: tuple[int | str, ...] = (), remove: tuple[int | str, ...] = (), **options: Any) -> Published:
    return publish_drive(MEENA, "ACME-1", add=listed(*add), remove=listed(*remove), **options)


def work() -> list[str]:
    """Do what is due; the jobs' states."""
    worker = Incarnation("worker", [])
    done = []
    for kind in ("eligibility-filter", "auto-publish"):
        while (job := ledger.claim(kind, worker.id)) is not None:
            execute(job, worker.id)
            done.append(get_jobs(MEENA, [job.id])[0].state)
    worker.end()
    return done


def chosen() -> list[tuple[int, str, str | None]]:
    with transaction() as tx:
        rows = tx.execute(text("SELECT * FROM drive_coordinator_selections ORDER BY student_id"))
        return [(row.student_id, row.source, row.reason) for row in rows]


def refused(*arguments: Any, **options: Any) -> PlaceopsError:
    with pytest.raises(PlaceopsError) as error:
        amend(*arguments, **options)
    return error.value


def test_students_come_and_go(crowd: list[int]) -> None:
    done = amend(("R000004", crowd[4]), ("R000001",))
    assert (done.plan.selected, done.plan.added, done.plan.removed) == (4, 2, 1)
    work()
    assert [student for student, _, _ in chosen()] == crowd[1:5]
    again = amend(("R000004",), ("R000001",))
    assert (again.repeated or not again.job, again.plan.problem_counts) == (True, {"not selected": 1})


def test_a_look_changes_nothing(crowd: list[int]) -> None:
    seen = amend((crowd[5],), (crowd[0],), dry_run=True)
    assert (seen.plan.added, seen.plan.removed, seen.job) == (1, 1, None)
    assert ask("SELECT count(*) FROM publish_requests") == 1


def test_a_removal_is_confirmed(crowd: list[int]) -> None:
    register(MEENA, "ACME-1", "R000001")
    error = refused((), (crowd[0],), allow_removals=False)
    assert (error.code, "1 of them have registered" in error.message) == ("confirmation-needed", True)
    assert amend((crowd[5],), allow_removals=False).plan.removed == 0


def test_who_is_on_both_lists_leaves(crowd: list[int]) -> None:
    amend((crowd[0], crowd[5]), (crowd[0],))
    work()
    assert [student for student, _, _ in chosen()] == [crowd[1], crowd[2], crowd[5]]


def test_somebody_stays(crowd: list[int]) -> None:
    error = refused((), tuple(crowd[:3]))
    assert (error.code, error.field) == ("nobody-selected", "/remove_students")


@pytest.mark.parametrize(("lists", "field"), [((("NOBODY",),), "add"), (((), ("NOBODY",)), "remove")])
def test_strangers_are_told_by_line(crowd: list[int], lists: Any, field: str) -> None:
    error = refused(*lists)
    assert (error.code, error.field) == ("students-unknown", f"/{field}_students")
    assert error.details["problems"][0]["line"] == 1


def test_one_way_at_a_time(crowd: list[int]) -> None:
    assert refused((crowd[5],), eligible=True).code == "nobody-selected"
    assert refused((crowd[5],), selection=listed(crowd[0])).code == "nobody-selected"
    assert refused().code == "nobody-selected"


def test_reasons_of_overrides_stay_with_those_they_were_given_for(crowd: list[int]) -> None:
    do("TRUNCATE drive_criteria CASCADE")
    do("INSERT INTO drive_criteria (drive_id, version, cgpa_min, created_by) VALUES (1, 1, 10, 'x')")
    assert refused((crowd[3],)).code == "students-not-eligible"
    amend((crowd[3],), override_reason="the dean asks")
    work()
    amend((), (crowd[0],))
    work()
    amend((crowd[4],), override_reason="the company asks")
    work()
    assert chosen()[2:] == [
        (crowd[3], "OVERRIDE", "the dean asks"),
        (crowd[4], "OVERRIDE", "the company asks"),
    ]
    assert ask("SELECT override_ids FROM publish_requests WHERE number = 3") == [crowd[3]]


def test_a_draft_has_nothing_to_add_to(crowd: list[int]) -> None:
    do("UPDATE placement_drives SET status = 'draft'")
    assert refused((crowd[5],)).code == "drive-not-publishable"


def test_nothing_is_added_to_what_is_not_applied(crowd: list[int]) -> None:
    first = publish_drive(MEENA, "ACME-1", listed(*crowd[:4]))
    assert refused((crowd[5],)).code == "selection-pending"
    work()
    assert amend((crowd[5],)).plan.selected == 5
    do(
        "UPDATE jobs SET state = 'failed', finished_at = now(), reason = 'x', error = 'x' WHERE state = 'waiting'"
    )
    error = refused((crowd[4],))
    assert (error.code, "its job is failed" in error.message) == ("selection-pending", True)
    assert first.job is not None


def test_a_coordinator_lists_nobody_from_outside(crowd: list[int]) -> None:
    cse = Actor("leela", role=Role.COORDINATOR, scope=Scope(colleges=("ENG",), branches=("CSE",)))
    do("""INSERT INTO drive_criteria (drive_id, version, branch_in, college_in, created_by)
          VALUES (1, 2, '{CSE}', '{1}', 'x')""")
    do("UPDATE placement_drives SET criteria_version = 2")
    options: dict[str, Any] = {"override_reason": "as a favour"}
    for outside in ("R000001", "ENG:R000001", crowd[0]):
        with pytest.raises(PlaceopsError) as error:
            publish_drive(cse, "ACME-1", listed("R000003", outside), **options)
        assert error.value.code == "students-unknown"
        assert error.value.details["problems"] == [
            {"line": 2, "value": str(outside), "problem": "unknown", "detail": None}
        ]
    with pytest.raises(PlaceopsError) as error:
        publish_drive(cse, "ACME-1", add=listed("R000001"), **options)
    assert error.value.code == "students-unknown"
    assert publish_drive(cse, "ACME-1", listed("R000003", crowd[5])).plan.selected == 2
    own = Actor("leela", role=Role.COORDINATOR, scope=Scope(branches=("CSE",), drives=(1,)))
    assert publish_drive(own, "ACME-1", listed("R000001", "R000003"), **options).plan.selected == 2


def test_a_roll_number_of_another_college_is_not_ambiguous_within_a_scope(crowd: list[int]) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx, "ARTS"), 3)
    do("INSERT INTO drive_criteria (drive_id, version, college_in, created_by) VALUES (1, 2, '{1}', 'x')")
    do("UPDATE placement_drives SET criteria_version = 2")
    eng = Actor("leela", role=Role.COORDINATOR, scope=Scope(colleges=("ENG",)))
    assert publish_drive(eng, "ACME-1", listed("R000001", "R000004")).plan.selected == 2
    with pytest.raises(PlaceopsError):
        publish_drive(MEENA, "ACME-1", listed("R000001"))


def test_jobs_that_come_too_late_leave_the_selection_as_it_was(crowd: list[int]) -> None:
    publish_drive(MEENA, "ACME-1", listed(*crowd))
    register(MEENA, "ACME-1", "R000001")
    start_drive(MEENA, "ACME-1")
    assert work() == ["failed"]
    assert len(chosen()) == 3
    assert show_drive(MEENA, "ACME-1").drive.status == "in_progress"


def test_a_selection_is_applied_while_its_drive_is_paused(crowd: list[int]) -> None:
    publish_drive(MEENA, "ACME-1", listed(*crowd))
    pause_drive(MEENA, "ACME-1", "x")
    assert work() == ["completed"]
    resume_drive(MEENA, "ACME-1")
    assert len(chosen()) == 6


def test_a_draft_that_was_cancelled_is_not_published_by_its_job(crowd: list[int]) -> None:
    with transaction() as tx:
        other = factories.drive(tx, "OTHER-1", auto_calc=True)
        payload = {"drive": other, "criteria_version": 1, "publish": True}
        ledger.enqueue(tx, "eligibility-filter", payload, created_by="x", drive_id=other)
    cancel_drive(MEENA, "OTHER-1", "the company withdrew")
    assert work() == ["completed"]
    found = show_drive(MEENA, "OTHER-1").drive
    assert (found.status, found.selection.state) == ("cancelled", "none")


def test_rules_that_change_while_a_job_waits_are_those_of_the_publish(crowd: list[int]) -> None:
    with transaction() as tx:
        other = factories.drive(tx, "OTHER-1", {"cgpa_min": 10}, auto_calc=True)
        payload = {"drive": other, "criteria_version": 1, "publish": True}
        ledger.enqueue(tx, "eligibility-filter", payload, created_by="x", drive_id=other)
    assert update_drive(MEENA, "OTHER-1", {"criteria": {"cgpa_min": None}}).job is not None
    assert work() == ["completed", "completed", "completed"]
    assert show_drive(MEENA, "OTHER-1").drive.selection.selected == 6
