"""Students before drives, many at a time: the same verdicts and refusals as one before one."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tasks.actor import SYSTEM, Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.services.choices import student_choices
from tasks.services.eligibility import explain
from tasks.services.registrations import register, withdraw
from tasks.services.standings import StudentDrive, candidates, drives_of_student
from tests import factories
from tests.conftest import Place


@pytest.fixture
def season(place: Place) -> Actor:
    """Drives of every kind, and a student of ENG before them: CSE, CGPA 8, 12th unknown."""
    with transaction() as tx:
        eng, law = factories.college(tx), factories.college(tx, "LAW")
        me = factories.student(tx, eng, "R1", branch="CSE", cgpa=8, programme="B.E.", batch_year=2027)
        factories.student(tx, eng, "R2", branch="ECE", cgpa=6)
        factories.student(tx, law, "R1", branch="BALLB", cgpa=9)
        factories.posted(tx, factories.drive(tx, "OPEN-1", criteria={"cgpa_min": 7}), [me])
        factories.posted(tx, factories.drive(tx, "HIGH-1", criteria={"cgpa_min": 9}), [me])
        factories.posted(tx, factories.drive(tx, "GAP-1", criteria={"twelfth_or_diploma_min": 60}), [me])
        factories.posted(tx, factories.drive(tx, "OTHERS-1"), [])
        over = text("now() - interval '1 minute'")
        factories.posted(tx, factories.drive(tx, "OVER-1", reg_closes_at=over), [me])
        factories.posted(tx, factories.drive(tx, "LAW-1", criteria={"college_in": [law]}), [])
        factories.drive(tx, "DRAFT-1")
        factories.posted(tx, factories.drive(tx, "TEST-1", is_test=True), [])
    return Actor("r1@x.edu", role=Role.STUDENT, student_id=me, user_id=1)


def by_code(actor: Actor, *given: str, **named: bool | int | str) -> dict[str, StudentDrive]:
    found = drives_of_student(actor, *given, **named).items  # type: ignore[arg-type]
    return {one.code: one for one in found}


def test_a_student_sees_every_drive_with_what_stands_against_it(season: Actor) -> None:
    found = by_code(season)
    assert {code: (one.window, one.verdict, one.reason, one.refused) for code, one in found.items()} == {
        "OPEN-1": ("open", "eligible", None, None),
        "HIGH-1": ("open", "not", "CGPA", "not-eligible"),
        "GAP-1": ("open", "not", "12th or diploma % missing", "not-eligible"),
        "OTHERS-1": ("open", "eligible", None, "not-selected"),
        "OVER-1": ("closed", "eligible", None, "registration-closed"),
    }
    assert [code for code, one in found.items() if one.may_register] == ["OPEN-1"]
    assert list(by_code(season, open=True)) == ["OTHERS-1", "GAP-1", "HIGH-1", "OPEN-1"]


def test_what_it_promises_is_what_a_registration_gets(season: Actor) -> None:
    for code, one in by_code(season).items():
        if one.may_register:
            register(season, code)
            continue
        with pytest.raises(PlaceopsError) as refused:
            register(season, code)
        assert (refused.value.code, refused.value.message) == (one.refused, one.refusal)
    mine = by_code(season)["OPEN-1"]
    assert mine.registration and mine.registration.status == "registered"
    assert (mine.may_register, mine.may_withdraw, mine.refused) == (False, True, None)
    withdraw(season, "OPEN-1")
    again = by_code(season)["OPEN-1"]
    assert again.registration and again.registration.status == "withdrawn"
    assert (again.may_register, again.may_withdraw) == (True, False)


def test_the_office_sees_the_same_verdicts_as_why(season: Actor) -> None:
    found = by_code(SYSTEM, "ENG:R1")
    assert set(found) == {"OPEN-1", "HIGH-1", "GAP-1", "OTHERS-1", "OVER-1", "LAW-1", "DRAFT-1"}
    for code, one in found.items():
        why = explain(SYSTEM, code, "R1", "ENG")
        assert (one.verdict, one.selected) == (why.verdict, why.selected), code
        assert one.failed_rules == [rule.rule for rule in why.rules if rule.outcome == "FAIL"]
        assert one.unknown_rules == [rule.rule for rule in why.rules if rule.outcome == "UNKNOWN"]
    assert found["DRAFT-1"].refused == "registration-closed"


def test_it_goes_page_by_page(season: Actor) -> None:
    codes: list[str] = []
    cursor = None
    while True:
        page = drives_of_student(season, limit=2, cursor=cursor)
        codes += [one.code for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert codes == list(by_code(season))


def test_nobody_sees_a_student_out_of_scope(season: Actor) -> None:
    law = Actor("c", role=Role.COORDINATOR, scope=Scope(colleges=("LAW",)))
    assert len(by_code(law, "R1")) == 7 and by_code(law, "R1")["LAW-1"].verdict == "eligible"
    with pytest.raises(PlaceopsError, match="no student"):
        drives_of_student(law, "R2")
    with pytest.raises(PlaceopsError, match="no student"):
        drives_of_student(season, "R2")
    with pytest.raises(PlaceopsError) as missing:
        drives_of_student(SYSTEM)
    assert missing.value.code == "invalid-input"


def test_candidates_are_chosen_by_verdict_selection_and_words(season: Actor) -> None:
    def refs(actor: Actor = SYSTEM, drive: str = "HIGH-1", **chosen: object) -> list[str]:
        return [one.ref for one in candidates(actor, drive, **chosen).items]  # type: ignore[arg-type]

    assert refs() == ["ENG:R1", "ENG:R2", "LAW:R1"]
    assert refs(verdict="eligible") == ["LAW:R1"]
    assert refs(selected=True) == ["ENG:R1"]
    assert refs(selected=False, verdict="not") == ["ENG:R2"]
    assert refs(search=" r1 ") == ["ENG:R1", "LAW:R1"]
    assert refs(college="LAW") == ["LAW:R1"] and refs(branch="ECE") == ["ENG:R2"]
    assert refs(season, "OPEN-1") == ["ENG:R1"]
    assert refs(Actor("c", role=Role.COORDINATOR, scope=Scope(branches=("ECE",)))) == ["ENG:R2"]
    page = candidates(SYSTEM, "HIGH-1", limit=2)
    assert [one.ref for one in candidates(SYSTEM, "HIGH-1", limit=2, cursor=page.next_cursor).items] == [
        "LAW:R1"
    ]


def test_choices_are_those_in_sight(season: Actor) -> None:
    everything = student_choices(SYSTEM)
    assert [(one.code, one.students) for one in everything.colleges] == [("ENG", 2), ("LAW", 1)]
    assert [(one.name, one.students) for one in everything.branches] == [("BALLB", 1), ("CSE", 1), ("ECE", 1)]
    assert [one.name for one in everything.programmes] == ["B.E."]
    assert [(one.year, one.students) for one in everything.batch_years] == [(2027, 1)]
    scoped = student_choices(Actor("c", role=Role.COORDINATOR, scope=Scope(branches=("ECE",))))
    assert [one.code for one in scoped.colleges] == ["ENG"] and [one.name for one in scoped.branches] == [
        "ECE"
    ]
    assert student_choices(Actor("c", role=Role.COORDINATOR)).colleges == []
