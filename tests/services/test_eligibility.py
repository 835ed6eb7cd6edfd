"""Having eligibility computed, its summary, and `why`."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text, update

from sql.engine import transaction
from sql.queries import query
from sql.tables import audit_events, drive_criteria, jobs, offers, placement_drives, students
from tasks.actor import SYSTEM
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.rules import LABELS
from tasks.services.eligibility import compute_eligibility, eligibility_summary, explain
from tests import eligibility_oracle as oracle
from tests import factories
from tests.conftest import Place
from tests.jobs.test_eligibility_filter import run


def one_student(criteria: dict[str, Any] | None = None, **values: Any) -> int:
    """A college, a drive ACME-1 with these criteria and a student R1; returns the drive."""
    with transaction() as tx:
        factories.student(tx, factories.college(tx), "R1", **values)
        return factories.drive(tx, criteria=criteria)


def test_computing_is_a_job_that_publishes_nothing(place: Place) -> None:
    drive = one_student()
    job = compute_eligibility(SYSTEM, "ACME-1")
    assert (job.type, job.state, job.drive_id) == ("eligibility-filter", "waiting", drive)
    assert job.payload == {"drive": drive, "criteria_version": 1, "publish": False}
    assert compute_eligibility(SYSTEM, str(drive)).id == job.id
    with transaction() as tx:
        assert tx.scalars(select(audit_events.c.action)).all() == ["drive.eligibility"] * 2


@pytest.mark.parametrize("status", ["completed", "cancelled", "archived"])
def test_a_drive_that_is_over_is_not_computed(place: Place, status: str) -> None:
    drive = one_student()
    with transaction() as tx:
        factories.posted(tx, drive, [])
        reason = "withdrawn" if status == "cancelled" else None
        tx.execute(update(placement_drives).values(status=status, cancelled_reason=reason))
    with pytest.raises(PlaceopsError, match=status) as error:
        compute_eligibility(SYSTEM, "ACME-1")
    assert error.value.code == "drive-state"
    with transaction() as tx:
        assert tx.scalars(select(jobs.c.id)).all() == []


def test_the_summary_counts_students_by_verdict_and_by_rule(place: Place) -> None:
    with transaction() as tx:
        college = factories.college(tx)
        marks = [
            ("A", 8, 70),
            ("B", 6, 70),
            ("C", 6, 50),
            ("D", None, 50),
            ("E", None, 70),
            ("F", None, None),
        ]
        for roll_no, cgpa, tenth in marks:
            factories.student(tx, college, roll_no, cgpa=cgpa, tenth_pct=tenth)
        drive = factories.drive(tx, criteria={"cgpa_min": 7, "tenth_min": 60, "on_missing": "REVIEW"})
    summary = eligibility_summary(SYSTEM, "ACME-1")
    assert (summary.stale, summary.computed_at, summary.outdated) == (True, None, 3)
    with transaction() as tx:
        run(tx, drive)
    summary = eligibility_summary(SYSTEM, "ACME-1")
    assert (summary.drive_id, summary.drive, summary.criteria_version, summary.students) == (
        drive,
        "ACME-1",
        1,
        6,
    )
    assert summary.verdicts == {"eligible": 1, "review": 2, "not": 3}
    assert summary.failed_rules == {"cgpa_min": 2, "tenth_min": 2}
    assert summary.unknown_rules == {"cgpa_min": 3, "tenth_min": 1}
    assert summary.computed_at is not None
    assert (summary.stale, summary.outdated) == (False, 0)


def test_the_summary_says_how_many_stored_verdicts_are_outdated(place: Place) -> None:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 40)
        drive = factories.drive(tx, criteria={"cgpa_min": 7})
        tx.execute(update(students).values(cgpa=8))
        run(tx, drive)
        tx.execute(update(students).where(students.c.id.in_(ids[:3])).values(cgpa=5))
        tx.execute(update(students).where(students.c.id == ids[3]).values(cgpa=None))
        tx.execute(update(students).where(students.c.id == ids[4]).values(cgpa=9))
    summary = eligibility_summary(SYSTEM, "ACME-1")
    assert (summary.stale, summary.outdated) == (True, 4)
    assert summary.verdicts == {"eligible": 36, "review": 0, "not": 4}


def test_a_student_who_left_the_drives_sight_counts_as_outdated(place: Place) -> None:
    drive = one_student()
    with transaction() as tx:
        run(tx, drive)
        tx.execute(text("UPDATE colleges SET is_test = true"))
    summary = eligibility_summary(SYSTEM, "ACME-1")
    assert (summary.students, summary.outdated) == (0, 1)
    assert summary.verdicts == {"eligible": 0, "review": 0, "not": 0}


def test_why_shows_value_threshold_outcome_and_remedy(place: Place) -> None:
    criteria = {
        "cgpa_min": Decimal("6.995"),
        "tenth_min": 60,
        "twelfth_or_diploma_min": 60,
        "active_backlogs_max": 0,
        "branch_in": ["CSE", "ECE"],
        "gender_in": ["F"],
        "gender_purpose": "women in technology",
    }
    marks = {
        "cgpa": "6.99",
        "tenth_pct": 60,
        "diploma_pct": "58.5",
        "admission_type": "LATERAL",
        "gender": "F",
    }
    one_student(criteria, active_backlogs=1, **marks)
    found = explain(SYSTEM, "ACME-1", "R1")
    assert (found.verdict, found.criteria_version, found.on_missing) == ("not", 1, "EXCLUDE")
    lines = [(r.rule, r.outcome, r.value, r.threshold, r.remedy) for r in found.rules]
    assert lines == [
        ("cgpa_min", "FAIL", "6.99", "at least 6.995", "CGPA at least 6.995"),
        ("tenth_min", "PASS", "60.00", "at least 60", None),
        ("twelfth_or_diploma_min", "FAIL", "diploma 58.50", "at least 60", "12th or diploma % at least 60"),
        ("active_backlogs_max", "FAIL", "1", "at most 0", "active backlogs at most 0"),
        ("branch_in", "UNKNOWN", None, "one of CSE, ECE", "branch on record, one of CSE, ECE"),
        ("gender_in", "PASS", "F", "F", None),
        ("not_debarred", "PASS", "not debarred", "not debarred", None),
    ]


def test_why_explains_the_gates(place: Place) -> None:
    drive = one_student(
        {"not_placed": True, "placed_ctc_multiple": Decimal("1.5")}, debarred=True, placed=True
    )
    with transaction() as tx:
        tx.execute(update(placement_drives).values(ctc_min=1_000_000, ctc_max=2_000_000))
    debarred, placed = explain(SYSTEM, "ACME-1", "R1").rules
    assert (debarred.outcome, debarred.value, debarred.remedy) == ("FAIL", "debarred", "the debarment lifted")
    assert (placed.outcome, placed.value) == ("UNKNOWN", "placed, CTC unknown")
    with transaction() as tx:
        student = tx.scalar(select(students.c.id))
        offer = {"student_id": student, "drive_id": drive, "company": "Acme", "status": "ACCEPTED"}
        tx.execute(insert(offers).values(offer | {"ctc_total": 1_200_000}))
    placed = explain(SYSTEM, "ACME-1", "R1").rules[1]
    assert (placed.outcome, placed.value) == ("FAIL", "placed, 1,200,000 rupees a year")
    assert placed.remedy == "a drive CTC of at least 1,800,000 rupees a year"


def test_why_names_colleges_by_code(place: Place) -> None:
    drive = one_student()
    with transaction() as tx:
        other = factories.college(tx, "ARTS")
        tx.execute(
            insert(drive_criteria).values(drive_id=drive, version=2, college_in=[other], created_by="tests")
        )
        tx.execute(update(placement_drives).values(criteria_version=2))
    rule = explain(SYSTEM, "ACME-1", "R1").rules[0]
    assert (rule.outcome, rule.value, rule.threshold) == ("FAIL", "ENG", "ARTS")


def test_why_says_when_the_stored_verdict_is_another(place: Place) -> None:
    drive = one_student({"cgpa_min": 7}, cgpa=8)
    found = explain(SYSTEM, "ACME-1", "R1")
    assert (found.verdict, found.stored_verdict, found.differs) == ("eligible", None, False)
    with transaction() as tx:
        run(tx, drive)
    found = explain(SYSTEM, "ACME-1", "R1")
    assert (found.verdict, found.stored_verdict, found.differs) == ("eligible", "eligible", False)
    with transaction() as tx:
        tx.execute(update(students).values(cgpa=6))
    found = explain(SYSTEM, "ACME-1", "R1")
    assert (found.verdict, found.stored_verdict, found.differs) == ("not", "eligible", True)
    with transaction() as tx:
        run(tx, drive)
    found = explain(SYSTEM, "ACME-1", "R1")
    assert (found.verdict, found.stored_verdict, found.differs) == ("not", "not", False)


def test_why_says_whether_selected_and_registered(place: Place) -> None:
    drive = one_student()
    found = explain(SYSTEM, "ACME-1", "R1")
    assert (found.selected, found.selection_pending, found.registration) == (None, False, None)
    with transaction() as tx:
        factories.posted(tx, drive, [found.student_id])
        values = {
            "drive": drive,
            "student": found.student_id,
            "channel": "STAFF",
            "reason": None,
            "version": 1,
        }
        now = tx.scalar(text("SELECT clock_timestamp()"))
        tx.execute(query("registrations", "register"), values | {"by": "tests", "now": now})
    found = explain(SYSTEM, "ACME-1", "R1")
    assert (found.selected, found.registration) == ("COORDINATOR", "registered")
    with transaction() as tx:
        tx.execute(text("UPDATE publish_requests SET applied_at = NULL, added = NULL, removed = NULL"))
    assert explain(SYSTEM, "ACME-1", "R1").selection_pending is True


def test_a_drive_does_not_see_students_of_test_colleges(place: Place) -> None:
    one_student()
    with transaction() as tx:
        factories.student(tx, factories.college(tx, "TEST", is_test=True), "T1")
    with pytest.raises(PlaceopsError, match="has no student T1") as error:
        explain(SYSTEM, "ACME-1", "T1", "TEST")
    assert error.value.code == "not-found"


def test_why_agrees_with_the_computed_verdict_for_hundreds_of_ugly_students(place: Place) -> None:
    ids: list[int] = []
    drawn: list[dict[str, Any]] = []

    @settings(
        max_examples=150, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        drawn.append(data.draw(oracle.student(ids)))

    with transaction() as tx:
        ids += [factories.college(tx, code) for code in ("ENG", "ARTS")]
        draw()
        for number, values in enumerate(drawn):
            student = factories.student(tx, roll_no=f"R{number}", **values)
            if values["placed"]:
                amount = random.Random(number).choice([None, 500_000, 1_000_000])
                row = {"student_id": student, "kind": "PPO", "company": "Other", "status": "ACCEPTED"}
                tx.execute(insert(offers).values(row | {"ctc_total": amount}))
        usual = {"cgpa_min": "7", "tenth_min": 60, "twelfth_or_diploma_min": 60, "not_debarred": False}
        wide = {"branch_in": ["CSE", "ECE", "A,B"], "batch_year_in": [2027], "active_backlogs_max": 0}
        placed = {
            "not_placed": True,
            "placed_ctc_multiple": "1.5",
            "college_in": ids,
            "total_backlogs_max": 2,
        }
        drives = [
            factories.drive(tx, f"D-{number}", rules | {"on_missing": on_missing}, ctc_min=1_000_000)
            for number, (rules, on_missing) in enumerate(
                [(usual, "EXCLUDE"), (wide, "REVIEW"), (placed | {"cgpa_min": 0}, "INCLUDE")]
            )
        ]
        for drive in drives:
            run(tx, drive)
    verdicts = set()
    for code in ("D-0", "D-1", "D-2"):
        for number, values in enumerate(drawn):
            college = "ENG" if values["college_id"] == ids[0] else "ARTS"
            found = explain(SYSTEM, code, f"R{number}", college)
            outcomes = {rule.outcome for rule in found.rules}
            assert found.differs is False
            assert (found.verdict == "not") >= ("FAIL" in outcomes)
            assert ("UNKNOWN" in outcomes) or (found.verdict == "eligible") == ("FAIL" not in outcomes)
            assert [r.rule for r in found.rules] == [
                name for name in LABELS if name in {r.rule for r in found.rules}
            ]
            verdicts.add((found.verdict, "UNKNOWN" in outcomes))
    assert verdicts >= {
        ("eligible", True),
        ("eligible", False),
        ("review", True),
        ("not", True),
        ("not", False),
    }


def test_a_run_that_publishes_is_never_replaced_by_one_that_only_computes(place: Place) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 10)
        drive = factories.drive(tx, auto_calc=True)
        publishing = {"drive": drive, "criteria_version": 1, "publish": True}
        first = ledger.enqueue(tx, "eligibility-filter", publishing, created_by="tests")
    assert compute_eligibility(SYSTEM, str(drive)).id != first
