"""Criteria that are not stored: counted by the same rules as those of a drive, and never for students out of scope."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tasks.actor import SYSTEM, Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.services.criteria import Criteria, load_criteria
from tasks.services.eligibility import eligibility_summary
from tasks.services.preview import preview_eligibility
from tests import factories
from tests.conftest import Place


def coordinator(**scope: tuple[str, ...] | tuple[int, ...]) -> Actor:
    return Actor("c", role=Role.COORDINATOR, scope=Scope(**scope))  # type: ignore[arg-type]


@pytest.fixture
def marks(place: Place) -> int:
    """Six students of ENG and one of LAW, whose marks are known, partly known and unknown."""
    with transaction() as tx:
        eng, law = factories.college(tx), factories.college(tx, "LAW")
        rows = [
            ("A", 8, 70),
            ("B", 6, 70),
            ("C", None, 50),
            ("D", None, 70),
            ("E", 8, None),
            ("F", None, None),
        ]
        for roll_no, cgpa, tenth in rows:
            factories.student(tx, eng, roll_no, cgpa=cgpa, tenth_pct=tenth, branch="CSE" if cgpa else "ECE")
        factories.student(tx, law, "A", cgpa=9, tenth_pct=90, branch="BALLB")
        return factories.drive(tx, criteria={"cgpa_min": 7, "tenth_min": 60, "college_in": [eng]})


ALL = Criteria(cgpa_min=Decimal(7), tenth_min=Decimal(60))


def test_it_tells_whom_missing_data_costs(marks: int) -> None:
    found = preview_eligibility(SYSTEM, ALL)
    assert (found.students, found.verdicts) == (7, {"eligible": 2, "review": 0, "not": 5})
    assert found.failed_rules == {"cgpa_min": 1, "tenth_min": 1}
    assert found.only_missing == {"cgpa_min": 1, "tenth_min": 1}, "C fails a rule, F lacks two values"
    assert found.missing_several == 1
    review = preview_eligibility(SYSTEM, Criteria(cgpa_min=Decimal(7), on_missing="REVIEW"))
    assert (review.verdicts["review"], review.only_missing) == (3, {}), "who is reviewed is not lost"


def test_it_counts_what_a_drive_with_these_criteria_would(marks: int) -> None:
    with transaction(read_only=True) as tx:
        stored = load_criteria(tx, marks, 1)
    found, summary = preview_eligibility(SYSTEM, stored), eligibility_summary(SYSTEM, str(marks))
    for name in ("students", "verdicts", "failed_rules", "unknown_rules", "only_missing", "missing_several"):
        assert getattr(found, name) == getattr(summary, name), name
    assert found.verdicts["eligible"] == 1


def test_the_pay_of_the_drive_counts_unless_another_is_given(marks: int) -> None:
    with transaction() as tx:
        tx.execute(text("UPDATE placement_drives SET ctc_max = 1000000"))
        tx.execute(
            text(
                "INSERT INTO offers (student_id, kind, company, ctc_total, status)"
                " SELECT id, 'PPO', 'Old', 600000, 'ACCEPTED' FROM students WHERE cgpa = 9"
            )
        )
    rules = Criteria(cgpa_min=Decimal("8.5"), not_placed=True, placed_ctc_multiple=Decimal("1.5"))
    counts = [
        preview_eligibility(SYSTEM, rules, **given).verdicts["eligible"]
        for given in ({"drive": "ACME-1"}, {"drive": "ACME-1", "ctc_min": 600000}, {"ctc_max": 1000000}, {})
    ]
    assert counts == [1, 0, 1, 0]


def test_a_scope_bounds_who_is_counted(marks: int) -> None:
    seen = {
        name: preview_eligibility(who, Criteria()).students
        for name, who in {
            "nothing": coordinator(),
            "a drive": coordinator(drives=(marks,)),
            "a branch": coordinator(branches=("CSE",)),
            "a college": coordinator(colleges=("LAW",)),
            "both": coordinator(colleges=("LAW",), branches=("CSE",)),
            "staff": Actor("s", role=Role.STAFF),
        }.items()
    }
    assert seen == {"nothing": 0, "a drive": 0, "a branch": 3, "a college": 1, "both": 0, "staff": 7}
    assert preview_eligibility(coordinator(drives=(marks,)), Criteria(), drive="ACME-1").students == 7
    assert preview_eligibility(coordinator(branches=("ECE",)), Criteria(), drive="ACME-1").students == 3
    with pytest.raises(PlaceopsError, match="no such drive"):
        preview_eligibility(coordinator(colleges=("LAW",)), Criteria(), drive="ACME-1")
    with pytest.raises(PlaceopsError, match="may not"):
        preview_eligibility(Actor("x", role=Role.STUDENT, student_id=1), Criteria())


def test_slips_are_told(marks: int) -> None:
    assert preview_eligibility(SYSTEM, Criteria(branches=("CSEE",))).warnings == [
        "no student has the branch 'CSEE'; did you mean CSE?"
    ]
    with pytest.raises(PlaceopsError, match="0 to 10"):
        preview_eligibility(SYSTEM, Criteria(cgpa_min=Decimal(70)))
