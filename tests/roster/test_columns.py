"""Which header means which field."""

from __future__ import annotations

import pytest

from tasks.errors import PlaceopsError
from tasks.roster.columns import FIELDS, match_columns
from tasks.roster.staging import STAGED

BASE = ["Roll No", "Name"]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        *((name, "roll_no") for name in ("Roll No.", "roll_number", "ROLL NO", "Regd. No", "USN", "Reg No")),
        *((name, "name") for name in ("Name of the Student", "STUDENT NAME", "\ufeffName", "Full  Name")),
        *((name, "cgpa") for name in ("CGPA/10", "CGPA (out of 10)", "Current CGPA", "CPI")),
        *((name, "tenth_pct") for name in ("10th %", "X", "SSLC Percentage", "Class X Marks", "tenth_pct")),
        *((name, "twelfth_pct") for name in ("XII", "12th (%)", "HSC", "Class 12")),
        *((name, "diploma_pct") for name in ("Diploma", "Diploma %", "diploma_pct")),
        *(
            (name, "active_backlogs")
            for name in ("Backlogs", "Active Backlogs", "No. of Arrears", "Live KTs")
        ),
        *((name, "total_backlogs") for name in ("Total Backlogs", "History of Backlogs")),
        *((name, "phone") for name in ("Mobile", "Mobile No.", "Phone Number", "Contact No")),
        *((name, "email") for name in ("E-Mail", "Email ID", "EMAIL ADDRESS")),
        *((name, "batch_year") for name in ("Batch", "Year of Passing", "batch_year", "Passout Year")),
        *((name, "branch") for name in ("Dept.", "Discipline", "BRANCH")),
        *((name, "college") for name in ("College", "Institute Code")),
        *((name, "gender") for name in ("Sex", "Gender")),
        *((name, "programme") for name in ("Degree", "Program")),
        *((name, "admission_type") for name in ("Admission Type", "Lateral Entry")),
        ("Debarred", "debarred"),
        ("Placed", "placed"),
    ],
)
def test_loose_header_names(header: str, field: str) -> None:
    others = [name for name, wanted in zip(BASE, ("roll_no", "name"), strict=True) if wanted != field]
    columns = match_columns([*others, header], {})
    assert columns.index[field] == len(others)
    assert columns.ignored == []


def test_every_field_is_staged_and_known_by_its_own_name() -> None:
    assert set(FIELDS) == set(STAGED)
    assert match_columns(list(FIELDS), {}).index == {field: at for at, field in enumerate(FIELDS)}


def test_columns_that_mean_nothing_are_told_not_fatal() -> None:
    columns = match_columns(["S.No", *BASE, "Father's Name", "", "Blood\nGroup", "\x1b[31m"], {})
    assert columns.ignored == ["S.No", "Father's Name", "Blood\\nGroup", "\\x1b[31m"]
    assert columns.header == {"roll_no": "Roll No", "name": "Name"}


def test_a_mapping_goes_before_the_names() -> None:
    header = ["Register Number", "Roll No", "Name", "Backlogs"]
    columns = match_columns(header, {"roll_no": "register number", "total_backlogs": "Backlogs"})
    assert columns.index == {"roll_no": 0, "name": 2, "total_backlogs": 3}
    assert columns.ignored == ["Roll No"]


def test_a_mapping_is_matched_exactly_before_loosely() -> None:
    assert match_columns([*BASE, "marks", "MARKS"], {"cgpa": "MARKS"}).index["cgpa"] == 3


@pytest.mark.parametrize(
    ("header", "mapping", "code", "message", "fix"),
    [
        (BASE, {"marks": "Name"}, "invalid-input", "'marks' is no field", "cgpa"),
        (BASE, {"cgpa": "Points"}, "invalid-input", "'Points' is no column", "Roll No, Name"),
        (BASE, {"cgpa": ""}, "invalid-input", "no column", "Roll No"),
        ([*BASE, "A", "A"], {"cgpa": "A"}, "invalid-input", "several columns", "columns:"),
        (
            ["Name", "CGPA"],
            {},
            "roster-rejected",
            "no column looks like the roll number",
            "`map` roll_no=COLUMN",
        ),
        (["USN", "Who"], {}, "roster-rejected", "no column looks like the name", "USN, Who"),
        ([*BASE, "USN"], {}, "roster-rejected", "'Roll No' and 'USN'", '`map` roll_no="Roll No"'),
        ([*BASE, "cgpa", "CGPA "], {}, "roster-rejected", "two columns", "`map` cgpa=cgpa"),
        ([*BASE, "CGPA", "CGPA"], {}, "roster-rejected", "two columns", "rename"),
    ],
)
def test_what_cannot_be_matched(
    header: list[str], mapping: dict[str, str], code: str, message: str, fix: str
) -> None:
    with pytest.raises(PlaceopsError) as caught:
        match_columns(header, mapping)
    assert caught.value.code == code
    assert message in caught.value.message
    assert fix in (caught.value.fix or "")
    assert (caught.value.field or "").startswith("/map")
    assert caught.value.field == "/map" or set(caught.value.details["columns"]) == {
        name.strip() for name in header
    }, "what a form offers to choose from"
