"""Looking students up and listing them."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest

from sql.engine import transaction
from sql.tables import students
from tasks.actor import SYSTEM
from tasks.errors import PlaceopsError
from tasks.services.students import Student, list_students, show_student
from tests import factories
from tests.conftest import Place


def test_a_student_has_every_column_and_unknown_is_none(place: Place) -> None:
    with transaction() as tx:
        college = factories.college(tx, "ENG")
        factories.student(tx, college, "0108123", cgpa="6.99", phone="+91 98")
    found = show_student(SYSTEM, "0108123")
    assert {field.name for field in fields(Student)} == {*students.c.keys(), "college"}
    assert (found.roll_no, found.college, found.college_id) == ("0108123", "ENG", college)
    assert found.cgpa == Decimal("6.99")
    assert (found.active_backlogs, found.twelfth_pct, found.email) == (None, None, None)
    assert found.created_at.tzinfo is not None


def test_roll_numbers_are_text_matched_letter_by_letter(place: Place) -> None:
    with transaction() as tx:
        college = factories.college(tx)
        for roll_no in ("1E5", "100000", "22/CS/001"):
            factories.student(tx, college, roll_no)
    assert show_student(SYSTEM, " 1E5 ").roll_no == "1E5"
    assert show_student(SYSTEM, "22/CS/001").roll_no == "22/CS/001"
    for wrong in ("1e5", "22/cs/001", "", "1E5\0"):
        with pytest.raises(PlaceopsError) as caught:
            show_student(SYSTEM, wrong)
        assert caught.value.code == "not-found"


def test_a_roll_number_of_two_colleges_needs_the_college(place: Place) -> None:
    with transaction() as tx:
        for code in ("ENG", "ARTS"):
            factories.student(tx, factories.college(tx, code), "7", name=f"From {code}")
    with pytest.raises(PlaceopsError) as caught:
        show_student(SYSTEM, "7")
    assert caught.value.code == "ambiguous"
    assert caught.value.details == {"colleges": ["ARTS", "ENG"]}
    assert show_student(SYSTEM, "7", "ENG").name == "From ENG"
    assert show_student(SYSTEM, "7", "arts").name == "From ARTS"


def test_an_unknown_college_names_the_known_ones(place: Place) -> None:
    with transaction() as tx:
        factories.college(tx, "ENG")
        factories.college(tx, "CHECK", is_test=True)
    with pytest.raises(PlaceopsError) as caught:
        list_students(SYSTEM, college="LAW")
    assert caught.value.code == "not-found"
    assert caught.value.fix == "known colleges: ENG"


def test_test_colleges_stay_out_unless_named(place: Place) -> None:
    with transaction() as tx:
        factories.student(tx, factories.college(tx, "CHECK", is_test=True), "7", name="Only a test")
    with pytest.raises(PlaceopsError, match="no student"):
        show_student(SYSTEM, "7")
    assert show_student(SYSTEM, "7", "CHECK").name == "Only a test"
    assert list_students(SYSTEM).items == []
    with transaction() as tx:
        factories.student(tx, factories.college(tx, "ENG"), "7", name="Real")
    assert show_student(SYSTEM, "7").name == "Real"


def test_pages_hold_every_student_once(place: Place) -> None:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 25)
    seen: list[int] = []
    cursor = None
    while True:
        page = list_students(SYSTEM, limit=10, cursor=cursor)
        seen += [student.id for student in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ids


def test_lists_narrow_by_college_and_branch(place: Place) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx, "ENG"), 30)
        factories.crowd(tx, factories.college(tx, "ARTS"), 3)
    assert len(list_students(SYSTEM, college="ARTS").items) == 3
    found = list_students(SYSTEM, college="ENG", branch="ECE").items
    assert len(found) == 10
    assert {student.branch for student in found} == {"ECE"}


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 201}, {"cursor": "x"}, {"cursor": "-1"}])
def test_bad_pages_are_refused(place: Place, wrong: dict[str, int | str]) -> None:
    with pytest.raises(PlaceopsError) as caught:
        list_students(SYSTEM, **wrong)  # type: ignore[arg-type]
    assert caught.value.code == "invalid-input"


def names(**filters: Any) -> list[str]:
    return [student.roll_no for student in list_students(SYSTEM, **filters).items]


def test_list_is_narrowed_by_what_begins_so_and_by_batch(place: Place) -> None:
    with transaction() as tx:
        college, other = factories.college(tx, "ENG"), factories.college(tx, "ARTS")
        for at, roll_no, name, year in (
            (college, "21CS001", "Asha Rao", 2027), (college, "21CS002", "Rahul  de Souza", 2028),
            (other, "R_1", "50% Rao", None), (other, "RX1", "செல்வி K", 2027),
        ):  # fmt: skip
            factories.student(tx, at, roll_no, name=name, batch_year=year)
    assert names(q="21cs") == ["21CS001", "21CS002"]
    assert names(q="rao") == ["21CS001", "R_1"], "a word of the name may begin so"
    assert names(q=" ASHA  r") == ["21CS001"]
    assert names(q="souza") == ["21CS002"]
    assert names(q="ao") == []
    assert names(q="r_") == ["R_1"] and names(q="50%") == ["R_1"] and names(q="%") == []
    assert names(q="செல்") == ["RX1"]
    assert names(q="a\0") == []
    assert names(batch_year=2027) == ["21CS001", "RX1"]
    assert names(batch_year=2027, college="arts", q="rx") == ["RX1"]
    assert names(batch_year=2**40) == []
