"""The rules against an oracle and a table of cases; what a run writes, and what it leaves alone."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, text, update

from sql.engine import transaction
from sql.tables import (
    drive_criteria,
    drive_eligibility,
    jobs,
    offers,
    placement_drives,
    publish_requests,
    students,
)
from tasks.jobs.eligibility_filter import JOB_TYPE, apply
from tasks.jobs.registry import ActiveJob, ExpectedFailure, Result
from tasks.rules import LABELS, names_of
from tests import eligibility_oracle as oracle
from tests import factories
from tests.conftest import Place


def run(tx: Connection, drive: int, version: int = 1, publish: bool = False) -> Result:
    payload = {"drive": drive, "criteria_version": version, "publish": publish}
    job = ActiveJob(
        id=1,
        type="eligibility-filter",
        attempt=1,
        payload=payload,
        drive_id=drive,
        created_by="tests",
        request_id=None,
        max_seconds=60,
    )
    return apply(tx, job, None)


def stored(tx: Connection, drive: int, version: int = 1) -> dict[int, tuple[str, list[str]]]:
    table = drive_eligibility.c
    match = (table.drive_id == drive) & (table.criteria_version == version)
    rows = tx.execute(select(table.student_id, table.verdict, table.unknown_rules).where(match))
    found = {}
    for row in rows:
        found[row.student_id] = (row.verdict, names_of(row.unknown_rules))
    return found


def live(tx: Connection, drive: int) -> dict[int, tuple[str, list[str], list[str]]]:
    rows = tx.execute(text("SELECT * FROM live_eligibility WHERE drive_id = :drive"), {"drive": drive})
    return {r.student_id: (r.verdict, names_of(r.failed_rules), names_of(r.unknown_rules)) for r in rows}


# Criteria, a student, and for each rule what it should come to: PASS is not said.
FAIL, UNKNOWN = "FAIL", "UNKNOWN"
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, str]]] = {
    "no rule at all": ({}, {}, {}),
    "on the cut-off": ({"cgpa_min": "7.00"}, {"cgpa": "7.00"}, {}),
    "below the cut-off": ({"cgpa_min": "7.00"}, {"cgpa": "6.99"}, {"cgpa_min": FAIL}),
    "decimals, not rounded": ({"cgpa_min": "6.995"}, {"cgpa": "6.99"}, {"cgpa_min": FAIL}),
    "decimals, just above": ({"cgpa_min": "6.995"}, {"cgpa": "7"}, {}),
    "cgpa missing": ({"cgpa_min": "7"}, {}, {"cgpa_min": UNKNOWN}),
    "0 is a rule: missing": ({"cgpa_min": "0"}, {}, {"cgpa_min": UNKNOWN}),
    "0 is a rule: 0 passes": ({"cgpa_min": "0"}, {"cgpa": "0"}, {}),
    "0 backlogs is a rule": (
        {"active_backlogs_max": 0},
        {"active_backlogs": 1},
        {"active_backlogs_max": FAIL},
    ),
    "0 backlogs, has 0": ({"active_backlogs_max": 0}, {"active_backlogs": 0}, {}),
    "0 backlogs, unknown": ({"active_backlogs_max": 0}, {}, {"active_backlogs_max": UNKNOWN}),
    "backlogs absent": ({}, {"active_backlogs": 9, "total_backlogs": 9}, {}),
    "total backlogs": ({"total_backlogs_max": 2}, {"total_backlogs": 3}, {"total_backlogs_max": FAIL}),
    "tenth": ({"tenth_min": "60"}, {"tenth_pct": "59.99"}, {"tenth_min": FAIL}),
    "12th decides": (
        {"twelfth_or_diploma_min": 60},
        {"twelfth_pct": 50, "diploma_pct": 90},
        {"twelfth_or_diploma_min": FAIL},
    ),
    "only a diploma": ({"twelfth_or_diploma_min": 60}, {"diploma_pct": 60}, {}),
    "neither": ({"twelfth_or_diploma_min": 60}, {}, {"twelfth_or_diploma_min": UNKNOWN}),
    "lateral: diploma decides": (
        {"twelfth_or_diploma_min": 60},
        {"admission_type": "LATERAL", "twelfth_pct": 90, "diploma_pct": 50},
        {"twelfth_or_diploma_min": FAIL},
    ),
    "lateral, diploma passes": (
        {"twelfth_or_diploma_min": 60},
        {"admission_type": "LATERAL", "twelfth_pct": 50, "diploma_pct": 60},
        {},
    ),
    "lateral with only a 12th": (
        {"twelfth_or_diploma_min": 60},
        {"admission_type": "LATERAL", "twelfth_pct": 61},
        {},
    ),
    "lateral, neither": (
        {"twelfth_or_diploma_min": 60},
        {"admission_type": "LATERAL"},
        {"twelfth_or_diploma_min": UNKNOWN},
    ),
    "branch in any spelling": ({"branch_in": [" Cse", "ECE"]}, {"branch": "CSE "}, {}),
    "another branch": ({"branch_in": ["CSE"]}, {"branch": "CSE-AI"}, {"branch_in": FAIL}),
    "branch missing": ({"branch_in": ["CSE"]}, {}, {"branch_in": UNKNOWN}),
    "programme": ({"programme_in": ["b.e."]}, {"programme": "B.E."}, {}),
    "programme missing": ({"programme_in": ["b.e."]}, {}, {"programme_in": UNKNOWN}),
    "batch year": ({"batch_year_in": [2027]}, {"batch_year": 2026}, {"batch_year_in": FAIL}),
    "gender missing": ({"gender_in": ["F"], "gender_purpose": "women"}, {}, {"gender_in": UNKNOWN}),
    "college": ({"college_in": [-1]}, {}, {"college_in": FAIL}),
    "debarred": ({}, {"debarred": True}, {"not_debarred": FAIL}),
    "debarred, no gate": ({"not_debarred": False}, {"debarred": True}, {}),
    "placed, no gate": ({}, {"placed": True}, {}),
    "placed": ({"not_placed": True}, {"placed": True}, {"not_placed": FAIL}),
    "placed, unknown CTC": (
        {"not_placed": True, "placed_ctc_multiple": 2},
        {"placed": True},
        {"not_placed": UNKNOWN},
    ),
    "fails one, unknown other": (
        {"cgpa_min": 7, "tenth_min": 60},
        {"cgpa": 5},
        {"cgpa_min": FAIL, "tenth_min": UNKNOWN},
    ),
}


def test_every_rule_has_three_outcomes(place: Place) -> None:
    expected, found = {}, {}
    with transaction() as tx:
        college = factories.college(tx)
        for number, (name, (criteria, values, wanted)) in enumerate(CASES.items()):
            student = factories.student(tx, college, f"R{number}", **values)
            drive = factories.drive(tx, f"D-{number}", criteria)
            found[name] = live(tx, drive)[student]
            failed = [rule for rule in LABELS if wanted.get(rule) == FAIL]
            unknown = [rule for rule in LABELS if wanted.get(rule) == UNKNOWN]
            expected[name] = ("not" if wanted else "eligible", failed, unknown)
    assert found == expected


@pytest.mark.parametrize(
    ("on_missing", "verdict"), [("EXCLUDE", "not"), ("REVIEW", "review"), ("INCLUDE", "eligible")]
)
def test_what_is_missing_counts_by_the_drives_choice(place: Place, on_missing: str, verdict: str) -> None:
    with transaction() as tx:
        college = factories.college(tx)
        missing = factories.student(tx, college, "A", tenth_pct=70)
        factories.student(tx, college, "B", tenth_pct=50)
        drive = factories.drive(tx, criteria={"cgpa_min": 7, "tenth_min": 60, "on_missing": on_missing})
        result = run(tx, drive)
        assert stored(tx, drive) == {missing: (verdict, ["cgpa_min"])}
    assert result == {
        "drive": drive,
        "criteria_version": 1,
        "students": 2,
        "eligible": int(verdict == "eligible"),
        "review": int(verdict == "review"),
        "not": 1 + int(verdict == "not"),
        "changed": 1,
    }


OFFER_CASES: list[tuple[tuple[int | None, int | None], list[int | None], str]] = [
    ((1_500_000, None), [1_000_000], "eligible"),
    ((1_499_999, 9_000_000), [1_000_000], "not"),
    ((None, 1_500_000), [1_000_000], "eligible"),
    ((None, None), [1_000_000], "review"),
    ((1_500_000, None), [None], "review"),
    ((1_500_000, None), [1_000_000, None], "review"),
    ((1_400_000, None), [1_000_000, None], "not"),
    ((1_500_000, None), [1_000_000, 400_000], "eligible"),
    ((0, None), [0], "eligible"),
]


def test_an_accepted_offer_is_weighed_against_the_drives_ctc(place: Place) -> None:
    found = []
    with transaction() as tx:
        college = factories.college(tx)
        for number, ((low, high), accepted, _) in enumerate(OFFER_CASES):
            student = factories.student(tx, college, f"R{number}")
            _accept(tx, student, accepted)
            _accept(tx, student, [9_000_000], status="DECLINED")
            rules = {"not_placed": True, "placed_ctc_multiple": "1.5", "on_missing": "REVIEW"}
            drive = factories.drive(tx, f"D-{number}", rules, ctc_min=low, ctc_max=high)
            found.append(live(tx, drive)[student][0])
    assert found == [expected for *_, expected in OFFER_CASES]


def _accept(tx: Connection, student: int, amounts: list[int | None], status: str = "ACCEPTED") -> None:
    for amount in amounts:
        row = {
            "student_id": student,
            "kind": "OFF_CAMPUS",
            "company": "Other",
            "ctc_total": amount,
            "status": status,
        }
        tx.execute(insert(offers).values(row))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_sql_agrees_with_an_oracle_on_ugly_students(place: Place, data: st.DataObject) -> None:
    with transaction() as tx:
        undo = tx.begin_nested()
        ids = [factories.college(tx, code) for code in ("ENG", "ARTS")]
        case = data.draw(oracle.cases(ids, size=12))
        drive = factories.drive(tx, "UGLY", case.criteria, ctc_min=case.ctc[0], ctc_max=case.ctc[1])
        expected, kept = {}, {}
        for number, (values, accepted) in enumerate(zip(case.students, case.accepted, strict=True)):
            student = factories.student(tx, roll_no=f"R{number}", **values)
            _accept(tx, student, accepted)
            rules = oracle.outcomes(case.criteria, values, case.ctc, accepted)
            verdict = oracle.verdict(rules, case.criteria["on_missing"])
            failed = [rule for rule in LABELS if rules.get(rule, True) is False]
            unknown = [rule for rule in LABELS if rules.get(rule, True) is None]
            expected[student] = (verdict, failed, unknown)
            if not failed:
                kept[student] = (verdict, unknown)
        assert live(tx, drive) == expected
        assert run(tx, drive)["changed"] == len(kept)
        assert stored(tx, drive) == kept
        undo.rollback()


def test_a_second_run_writes_nothing(place: Place) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 500)
        drive = factories.drive(tx, criteria={"cgpa_min": 7})
        first = run(tx, drive)
    versions = text("SELECT student_id, xmin FROM drive_eligibility ORDER BY 1")
    with transaction() as tx:
        before = tx.execute(versions).all()
        assert run(tx, drive) == first | {"changed": 0}
        assert tx.execute(versions).all() == before
    assert 0 < first["changed"] == first["eligible"] < 500


def test_a_run_after_changes_is_a_diff(place: Place) -> None:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 500)
        drive = factories.drive(tx, criteria={"cgpa_min": 7, "on_missing": "REVIEW"})
        run(tx, drive)
        row = students.c
        tx.execute(update(students).where(row.id.in_(ids[:50])).values(cgpa=9))
        tx.execute(update(students).where(row.id.in_(ids[50:100])).values(cgpa=5))
        tx.execute(update(students).where(row.id.in_(ids[100:150])).values(cgpa=None))
        tx.execute(delete(students).where(row.id.in_(ids[150:160])))
        before = stored(tx, drive)
        result = run(tx, drive)
        after = stored(tx, drive)
        assert result["changed"] == sum(before.get(s) != after.get(s) for s in before | after) > 50
        assert after == {s: (v, u) for s, (v, failed, u) in live(tx, drive).items() if not failed}
        assert (result["students"], result["review"]) == (490, 50)
        assert run(tx, drive)["changed"] == 0


def test_a_new_version_of_the_criteria_leaves_the_old_verdicts_and_supersedes_their_job(place: Place) -> None:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 20)
        drive = factories.drive(tx)
        run(tx, drive)
        tx.execute(insert(drive_criteria).values(drive_id=drive, version=2, cgpa_min=10, created_by="tests"))
        tx.execute(update(placement_drives).values(criteria_version=2, eligibility_computed_at=None))
        superseded = {"superseded": "the drive's criteria are at version 2 now"}
        assert run(tx, drive, version=1) == {"drive": drive, "criteria_version": 1} | superseded
        assert tx.scalar(select(placement_drives.c.eligibility_computed_at)) is None
        assert run(tx, drive, version=2)["eligible"] == 0
        assert (len(stored(tx, drive)), len(stored(tx, drive, 2))) == (len(ids), 0)
        assert tx.scalar(select(placement_drives.c.eligibility_computed_at)) is not None


def test_criteria_that_change_during_a_run_do_not_count_as_computed(place: Place) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 20)
        drive = factories.drive(tx)

    def one() -> Result:
        with transaction() as tx:
            return run(tx, drive)

    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            tx.execute(insert(drive_criteria).values(drive_id=drive, version=2, created_by="tests"))
            tx.execute(update(placement_drives).values(criteria_version=2))
            running = pool.submit(one)
            until_somebody_waits()
        assert running.result()["criteria_version"] == 1
    with transaction() as tx:
        assert tx.scalar(select(placement_drives.c.eligibility_computed_at)) is None


def until_somebody_waits() -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with transaction() as tx:
            if tx.scalar(
                text("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted")
            ):
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a row")


def test_a_drive_that_is_gone_is_an_expected_failure(place: Place) -> None:
    with pytest.raises(ExpectedFailure, match="no longer exists") as failure, transaction() as tx:
        run(tx, 4711)
    assert failure.value.reason == "drive-gone"


def test_tests_and_real_students_never_meet(place: Place) -> None:
    with transaction() as tx:
        real = factories.student(tx, factories.college(tx, "ENG"), "R1")
        fake = factories.student(tx, factories.college(tx, "TEST", is_test=True), "R1")
        drives = factories.drive(tx, "REAL"), factories.drive(tx, "FAKE", is_test=True)
        assert [run(tx, drive)["students"] for drive in drives] == [1, 1]
        assert [list(stored(tx, drive)) for drive in drives] == [[real], [fake]]


def test_a_deleted_student_leaves_no_verdict(place: Place) -> None:
    with transaction() as tx:
        student = factories.student(tx, factories.college(tx), "R1")
        drive = factories.drive(tx)
        run(tx, drive)
        tx.execute(delete(students).where(students.c.id == student))
        assert stored(tx, drive) == {}


def test_two_runs_at_once_wait_for_each_other(place: Place) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 2000)
        drive = factories.drive(tx)

    def one(_: int) -> Result:
        with transaction() as tx:
            return run(tx, drive)

    with ThreadPoolExecutor(4) as pool:
        changed = [result["changed"] for result in pool.map(one, range(4))]
    assert sorted(changed) == [0, 0, 0, 2000]


def test_publishing_by_itself_requests_exactly_the_eligible(place: Place) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 100)
        drive = factories.drive(tx, criteria={"cgpa_min": Decimal("7.5")})
        result = run(tx, drive, publish=True)
        eligible = sorted(stored(tx, drive))
        assert result["published"] is True
        assert tx.scalar(select(publish_requests.c.student_ids)) == eligible
        assert tx.scalar(select(placement_drives.c.status)) == "posted"
        assert tx.execute(select(jobs.c.type, jobs.c.parent_id)).all() == [("auto-publish", 1)]


def test_jobs_for_the_same_criteria_are_one(place: Place) -> None:
    keys = [
        JOB_TYPE.unique_key({"drive": 7, "criteria_version": v, "publish": p})
        for v, p in ((2, True), (2, False), (3, True))
    ]
    assert len(set(keys)) == 3
    again = {"drive": 7, "criteria_version": 2, "publish": True}
    assert JOB_TYPE.unique_key(again) == keys[0]
