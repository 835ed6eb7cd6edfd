"""What each preset holds, which rows filters leave, and workbooks: text that stays text, the same bytes every time."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import insert, text

from sql.engine import transaction
from sql.queries import names
from sql.tables import attendance, drive_registrations, drive_rounds, offers
from tasks import spreadsheet
from tasks.actor import SYSTEM
from tasks.jobs import export_registrations as export_job
from tasks.jobs.export_registrations import presets
from tasks.jobs.registry import ActiveJob, ExpectedFailure
from tasks.jobs.workbook import Sheet
from tasks.services.exports import Filters, request_export
from tasks.settings import settings
from tests import factories
from tests.conftest import Place

AT = datetime(2026, 11, 23, 20, 34, 5, 987654, tzinfo=UTC)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NEVER = ("category", "caste", "birth", "dob", "religion", "password", "aadhaar")


def written(preset: str, **asked: Any) -> bytes:
    """The file of an export, as a worker writes it."""
    job = request_export(SYSTEM, "ACME-1", preset=preset, **asked).job
    active = ActiveJob(job.id, job.type, 1, job.payload, job.drive_id, "tests", None, 60)
    prepared = export_job.prepare(active)
    with transaction() as tx:
        result = export_job.apply(tx, active, prepared)
    content = (settings().export_dir / str(result["file"])).read_bytes()
    assert len(content) == result["bytes"]
    return content


def rows(preset: str, **asked: Any) -> list[dict[str, str]]:
    data = written(preset, dialect="data", **asked)
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def workbook(data: bytes) -> list[list[str | float | None]]:
    """The cells as a spreadsheet program reads them: text is str, numbers are float."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert parts.testzip() is None
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    found: list[list[str | float | None]] = []
    for row in sheet.iter(f"{SHEET}row"):
        cells: dict[str, str | float] = {}
        for cell in row.iter(f"{SHEET}c"):
            column = cell.attrib["r"].rstrip("0123456789")
            if cell.get("t") == "inlineStr":
                cells[column] = "".join(piece.text or "" for piece in cell.iter(f"{SHEET}t"))
            else:
                cells[column] = float(cell.findtext(f"{SHEET}v") or "nan")
        found.append([cells.get(chr(65 + place)) for place in range(len(found[0]) if found else len(cells))])
    return found


@pytest.fixture
def played(place: Place) -> list[int]:
    """Four students of two colleges, one of them withdrawn; two rounds; two offers."""
    with transaction() as tx:
        north = factories.college(tx, "N", name="North")
        south = factories.college(tx, "S", name="South", time_zone="America/New_York")
        drive = factories.drive(tx)
        known = {"cgpa": "8.5", "tenth_pct": 91, "active_backlogs": 0, "batch_year": 2027}
        people = [
            factories.student(
                tx, north, "0108", name="=cmd()", branch="CSE", phone="+91 98765 43210", **known
            ),
            factories.student(tx, north, "1E5", name="<r><t>&amp;</t></r>", branch="ECE", email="a@b.in"),
            factories.student(tx, south, "MAR-12", name="செல்வி <K> _x0041_ \x07", branch="CSE", placed=True),
            factories.student(tx, south, "R4", name="Gone", branch="CSE"),
        ]
        for number, one in enumerate(people):
            row: dict[str, Any] = {
                "drive_id": drive,
                "student_id": one,
                "channel": "SELF",
                "criteria_version": 1,
            }
            row |= {"registered_by": "x", "registered_at": AT}
            if number == 3:
                row |= {"status": "withdrawn", "withdrawn_at": AT}
            tx.execute(insert(drive_registrations).values(row))
        marks = [("PRESENT", "ABSENT"), ("ABSENT", "ABSENT"), ("PENDING", None)]
        for seq in (1, 2):
            round_ = {"drive_id": drive, "seq": seq, "kind": "test", "name": f"Round {seq}", "starts_at": AT}
            held = tx.execute(insert(drive_rounds).values(round_).returning(drive_rounds.c.id)).scalar_one()
            for one, mark in zip(people, marks, strict=False):
                status = mark[seq - 1]
                if status:
                    decided = (
                        {}
                        if status == "PENDING"
                        else {"marked_at": AT, "marked_by": "x", "reason": f"r{seq}"}
                    )
                    tx.execute(
                        insert(attendance).values(round_id=held, student_id=one, status=status, **decided)
                    )
        for one, status, ctc in ((people[0], "ACCEPTED", 900_000), (people[2], "REVOKED", None)):
            offer = {
                "student_id": one,
                "drive_id": drive,
                "company": "Acme",
                "status": status,
                "ctc_total": ctc,
            }
            tx.execute(insert(offers).values(offer | {"offered_on": date(2026, 12, 1)}))
    return people


def test_presets_are_those_of_the_queries() -> None:
    assert presets() == ("company_shortlist", "attendance_sheet", "coordinator_full", "no_show", "offers")
    assert presets() == names("exports")


@pytest.mark.parametrize("preset", names("exports"))
def test_no_preset_tells_what_a_company_must_not_ask_for(played: list[int], preset: str) -> None:
    header = written(preset, dialect="data").decode().splitlines()[0].lower()
    assert header.startswith("s.no,roll no,name")
    assert not any(word in header for word in NEVER)


def test_attendance_sheet_lists_each_round(played: list[int]) -> None:
    found = [
        (row["S.No"], row["Round"], row["Roll No"], row["Attendance"]) for row in rows("attendance_sheet")
    ]
    assert found == [
        ("1", "1", "0108", "PRESENT"), ("2", "1", "1E5", "ABSENT"), ("3", "1", "MAR-12", ""),
        ("4", "2", "0108", "ABSENT"), ("5", "2", "1E5", "ABSENT"), ("6", "2", "MAR-12", ""),
    ]  # fmt: skip
    assert {row["Starts At"] for row in rows("attendance_sheet")} == {"2026-11-23T20:34:05.987654Z"}


def test_attendance_sheet_before_the_rounds_are_known_has_everybody_registered(played: list[int]) -> None:
    with transaction() as tx:
        tx.execute(text("DELETE FROM drive_rounds"))
    found = rows("attendance_sheet")
    assert [row["Roll No"] for row in found] == ["0108", "1E5", "MAR-12"]
    assert {(row["Round"], row["Attendance"], row["Signature"]) for row in found} == {("", "", "")}


def test_no_show_is_who_was_absent_and_never_came(played: list[int]) -> None:
    (row,) = rows("no_show")
    assert (row["Roll No"], row["Rounds Missed"], row["Reasons"]) == ("1E5", "2", "r1; r2")


def test_offers_are_told_with_what_became_of_them(played: list[int]) -> None:
    found = [
        (row["Roll No"], row["Company"], row["Offer"], row["CTC"], row["Offered On"])
        for row in rows("offers")
    ]
    assert found == [
        ("0108", "Acme", "ACCEPTED", "900000", "2026-12-01"),
        ("MAR-12", "Acme", "REVOKED", "", "2026-12-01"),
    ]


def test_full_list_has_the_withdrawn_ones_and_everything_known(played: list[int]) -> None:
    found = {row["Roll No"]: row for row in rows("coordinator_full")}
    assert [row["Status"] for row in found.values()] == [
        "registered",
        "registered",
        "registered",
        "withdrawn",
    ]
    assert found["0108"]["Attendance"] == "1 PRESENT, 2 ABSENT"
    assert (found["0108"]["Offer"], found["0108"]["CTC"]) == ("ACCEPTED", "900000")
    assert (found["MAR-12"]["Placed"], found["MAR-12"]["College Code"]) == ("yes", "S")
    assert found["R4"]["Withdrawn At"] == "2026-11-23T20:34:05.987654Z"


@pytest.mark.parametrize(
    ("preset", "filters", "left"),
    [
        ("company_shortlist", Filters(), ["0108", "1E5", "MAR-12"]),
        ("company_shortlist", Filters(branch="CSE"), ["0108", "MAR-12"]),
        ("company_shortlist", Filters(college="S"), ["MAR-12"]),
        ("company_shortlist", Filters(status="withdrawn"), ["R4"]),
        ("company_shortlist", Filters("N", "ECE", "registered"), ["1E5"]),
        ("company_shortlist", Filters(branch="' OR true --"), []),
        ("coordinator_full", Filters(status="registered"), ["0108", "1E5", "MAR-12"]),
        ("coordinator_full", Filters(college="S"), ["MAR-12", "R4"]),
        ("attendance_sheet", Filters(college="S", status="withdrawn"), ["R4", "R4"]),
        ("no_show", Filters(college="S"), []),
        ("no_show", Filters(branch="ECE"), ["1E5"]),
        ("offers", Filters(college="S"), ["MAR-12"]),
        ("offers", Filters(branch="ECE"), []),
    ],
)
def test_filters_leave_these(played: list[int], preset: str, filters: Filters, left: list[str]) -> None:
    found = rows(preset, filters=filters)
    assert [row["Roll No"] for row in found] == left
    assert [row["S.No"] for row in found] == [str(number) for number in range(1, len(left) + 1)]


def test_workbook_holds_what_was_stored_text_as_text_and_numbers_as_numbers(played: list[int]) -> None:
    header, *found = workbook(written("company_shortlist", format="xlsx"))
    first, second, third = (dict(zip(header, row, strict=True)) for row in found)
    assert [row["Roll No"] for row in (first, second, third)] == ["0108", "1E5", "MAR-12"]
    assert first["Name"] == "=cmd()", "a text cell obeys nothing: no apostrophe is needed"
    assert second["Name"] == "<r><t>&amp;</t></r>"
    assert third["Name"] == "செல்வி <K> _x005F_x0041_ _x0007_", "as the format writes what XML cannot hold"
    assert (first["S.No"], first["CGPA"], first["Batch"], first["Mobile"]) == (
        1,
        8.5,
        2027,
        "+91 98765 43210",
    )
    assert (third["CGPA"], third["Email"]) == (None, None)
    assert (first["Registered At"], third["Registered At"]) == ("2026-11-24 02:04:05", "2026-11-23 15:34:05")


def test_workbook_for_programs_has_exact_times(played: list[int]) -> None:
    found = workbook(written("company_shortlist", format="xlsx", dialect="data"))
    assert found[1][-1] == "2026-11-23T20:34:05.987654Z"


def test_same_data_gives_the_same_workbook_whenever_and_wherever(
    played: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = written("coordinator_full", format="xlsx")
    time.sleep(2.1)  # the resolution of times in a ZIP
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert written("coordinator_full", format="xlsx") == first
    finally:
        monkeypatch.undo()
        time.tzset()


def test_nobody_gives_a_workbook_with_a_header(place: Place) -> None:
    with transaction() as tx:
        factories.drive(tx)
    assert [row[:3] for row in workbook(written("no_show", format="xlsx"))] == [["S.No", "Roll No", "Name"]]


@pytest.mark.parametrize("dialect", ["excel", "data"])
def test_more_rows_than_a_workbook_holds_are_refused(
    played: list[int], dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_ROWS", 2)
    with pytest.raises(ExpectedFailure, match="more than the 2 rows that Excel can hold") as refused:
        written("company_shortlist", format="xlsx", dialect=dialect)
    assert refused.value.reason == "too-many-rows"
    assert list(settings().export_dir.iterdir()) == []


def test_attempt_that_fails_while_packing_leaves_nothing(
    played: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Sheet) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Sheet, "finish", full)
    with pytest.raises(OSError, match="No space"):
        written("company_shortlist", format="xlsx")
    assert list(settings().export_dir.iterdir()) == []


def test_many_rows_come_whole(place: Place) -> None:
    with transaction() as tx:
        crowd = factories.crowd(tx, factories.college(tx), 1_001)
        drive = factories.drive(tx)
        tx.execute(
            text("""
                INSERT INTO drive_registrations (drive_id, student_id, channel, criteria_version, registered_by)
                SELECT :drive, unnest(CAST(:ids AS int[])), 'SELF', 1, 'x'
            """),
            {"drive": drive, "ids": crowd},
        )
    _, *found = workbook(written("company_shortlist", format="xlsx"))
    assert [row[0] for row in found] == list(range(1, 1_002))
    assert len({row[1] for row in found}) == 1_001
