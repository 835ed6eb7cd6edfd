"""Cells into values: what is kept, what becomes unknown, what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.roster.cleaning import UNKNOWN_NUMBER, UNKNOWN_TEXT, college_cleaner, field_cleaners, is_cut
from tasks.roster.problems import Bad


def clean(field: str, cell: str) -> str:
    return field_cleaners()[field](cell)


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("cgpa", " 7.25 ", "7.25"),
        ("cgpa", "6.995", "6.99"),
        ("cgpa", "9.99999", "9.99"),
        ("cgpa", "10.000", "10.00"),
        ("cgpa", "010", "10"),
        ("cgpa", "8.", "8"),
        ("cgpa", ".5", "0.5"),
        ("cgpa", "0", "0"),
        ("cgpa", "", ""),
        ("cgpa", " \u00a0", ""),
        *(
            ("cgpa", word, UNKNOWN_NUMBER)
            for word in ("N/A", "na", "-", "—", "nil", " Absent ", "AB", "NaN", "#N/A")
        ),
        ("tenth_pct", "85.5 %", "85.5"),
        ("tenth_pct", "74.996", "74.99"),
        ("twelfth_pct", "100.00%", "100.00"),
        ("active_backlogs", "3.0", "3"),
        ("active_backlogs", "000", "0"),
        ("total_backlogs", "nil", UNKNOWN_NUMBER),
        ("batch_year", "2027", "2027"),
        ("roll_no", " 0108123 ", "0108123"),
        ("roll_no", "1E5", "1E5"),
        ("roll_no", "108123.0", "108123.0"),
        ("roll_no", "22/CS\t001", "22/CS 001"),
        ("roll_no", "NA", "NA"),
        ("name", "  Asha \t  Rao ", "Asha Rao"),
        ("name", "Jose\u0301", "José"),
        ("name", "\ufeffNa", "Na"),
        ("name", "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("name", "श्री\u200dमती", "श्री\u200dमती"),
        ("branch", "NA", "NA"),
        ("branch", "N/A", UNKNOWN_TEXT),
        ("email", "na", UNKNOWN_TEXT),
        ("phone", "-", UNKNOWN_TEXT),
        ("gender", "Female", "F"),
        ("gender", "N/A", UNKNOWN_TEXT),
        ("admission_type", "Lateral  Entry", "LATERAL"),
        ("admission_type", "-", ""),
        ("placed", "Not Placed", "f"),
        ("debarred", "YES", "t"),
        ("debarred", "-", ""),
    ],
)
def test_values(field: str, cell: str, value: str) -> None:
    assert clean(field, cell) == value


@pytest.mark.parametrize(
    ("field", "cell", "reason"),
    [
        ("cgpa", "78.5", "looks like a percentage"),
        ("cgpa", "10.001", "0 to 10"),
        ("cgpa", "-1", "0 to 10"),
        ("cgpa", "8,5", "written like 7.25"),
        ("cgpa", "eight", "number"),
        ("cgpa", "1e1", "number"),
        ("cgpa", "٨", "number"),
        ("cgpa", "8.5/10", "number"),
        ("cgpa", "1" * 101, "longer"),
        ("tenth_pct", "100.01", "0 to 100"),
        ("twelfth_pct", "450", "0 to 100"),
        ("diploma_pct", "-3", "0 to 100"),
        ("active_backlogs", "-1", "0 to 200"),
        ("active_backlogs", "1.5", "whole"),
        ("total_backlogs", "201", "0 to 200"),
        ("total_backlogs", "99999999999", "0 to 200"),
        ("batch_year", "27", "1950 to 2100"),
        ("batch_year", "2023-27", "1950 to 2100"),
        ("roll_no", " ", "no roll number"),
        ("roll_no", "-", "no roll number"),
        ("roll_no", "x" * 65, "64"),
        ("roll_no", "1\x002", "control"),
        ("name", "", "no name"),
        ("name", "x" * 10_001, "longer than 300"),
        ("name", "A\x1b[31m", "control"),
        ("name", "A\x85\x9f", "control"),
        ("gender", "Q", "F, M or X"),
        ("admission_type", "sports", "REGULAR or LATERAL"),
        ("placed", "maybe", "yes or no"),
    ],
)
def test_refusals(field: str, cell: str, reason: str) -> None:
    with pytest.raises(Bad, match=reason):
        clean(field, cell)


@given(st.decimals(0, 10, places=6))
def test_a_mark_is_cut_and_never_rounded_up(mark: Decimal) -> None:
    stored = Decimal(clean("cgpa", f"{mark:f}"))
    assert stored <= mark < stored + Decimal("0.01")
    assert is_cut(f"{mark:f}") == (stored != mark)


@given(st.sampled_from(sorted(field_cleaners())), st.text())
def test_any_text_is_cleaned_or_refused_and_cleaning_again_changes_nothing(field: str, cell: str) -> None:
    try:
        value = clean(field, cell)
    except Bad:
        return
    assert not set(value) & set("\0\t\n\r")
    if value not in (UNKNOWN_NUMBER, "t", "f"):
        assert clean(field, value) == value


def test_colleges_are_known_by_code_in_any_spelling() -> None:
    find = college_cleaner(["ENG", "eng2", "Arts"], "ENG", "ENG", founding=False)
    assert [find(cell) for cell in ("ENG", " eng ", "ENG2", "ARTS", "")] == [
        "ENG",
        "ENG",
        "eng2",
        "Arts",
        "ENG",
    ]
    with pytest.raises(Bad, match="no college has this code; there is ENG"):
        find("LAW")


def test_the_first_colleges_found_themselves() -> None:
    find = college_cleaner([], None, "", founding=True)
    assert [find(cell) for cell in ("Eng", "ENG", "Law")] == ["Eng", "Eng", "Law"]
    with pytest.raises(Bad, match="no college is named"):
        find("")
