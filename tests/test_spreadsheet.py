"""The formula guard and the line ends, against an oracle that works on text and cells, not on bytes and rows."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.spreadsheet import for_spreadsheet

PHONE_LETTERS = set("0123456789 ()-")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def guarded(cell: str) -> str:
    """What a cell must look like."""
    if cell[:1] == "+" and cell[1:2].isdecimal() and 8 <= len(cell) <= 22 and set(cell[1:]) <= PHONE_LETTERS:
        return cell
    return "'" + cell if cell.lstrip(" '\"").startswith(DANGEROUS) else cell


def as_copy_writes(cells: list[str]) -> bytes:
    """One row in COPY's CSV."""
    quoted = ['"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\r\n') else cell for cell in cells]
    return (",".join(quoted) + "\n").encode()


def read_back(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


ugly = st.text(st.sampled_from("=+-@\t\r\n ,\"'0123456789()ab௵अ😀"), max_size=12)
phones = st.from_regex(r"[ ']?\+\d[\d ()-]{4,23}", fullmatch=True)
cells = st.one_of(
    ugly, phones, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
)


@given(st.lists(st.lists(cells, min_size=1, max_size=5), min_size=1, max_size=6))
@example([["a, =x", "b"], ["=cmd|' /C calc'!A0", '"=x", =y'], ["\r", "\t"]])
@example([["x\n7,=y", "z"], ["+91 98765 43210", "+91 98765 43210"]])
@example(
    [["+1+1", "-5"], [" +91 98765 43210", "+12345678901234567890123"], ["+91,98765432", "+91\r98765432"]]
)
def test_every_dangerous_cell_is_disarmed_and_no_other_cell_changes(table: list[list[str]]) -> None:
    numbered = [[str(number), *row] for number, row in enumerate(table, 1)]
    data, _ = for_spreadsheet([as_copy_writes(row) for row in numbered])
    assert read_back(data) == [[guarded(cell) for cell in row] for row in numbered]


@given(st.lists(cells, min_size=1, max_size=6))
def test_only_line_ends_change_where_nothing_is_dangerous(texts: list[str]) -> None:
    rows = [as_copy_writes([str(number), "x" + text]) for number, text in enumerate(texts)]
    data, _ = for_spreadsheet(rows)
    assert data == b"".join(row[:-1] + b"\r\n" for row in rows)


@given(st.lists(st.lists(cells, min_size=1, max_size=3), min_size=1, max_size=8), st.integers(0, 8))
def test_blocks_may_be_cut_anywhere(table: list[list[str]], cut: int) -> None:
    rows = [as_copy_writes([str(number), *row]) for number, row in enumerate(table)]
    parts = [for_spreadsheet(part)[0] for part in (rows[:cut], rows[cut:]) if part]
    assert b"".join(parts) == for_spreadsheet(rows)[0]


REREAD = [
    "0108123", "007", "00", "1E5", "12e-3", "1.5E10", "MAR-12", "mar12", "12-MAR", "3/DEC/2026", "DEC2026",
    "1/2", "10-11-12", "12345678901234567",
]  # fmt: skip
KEPT = [
    "21CSE001", "108123", "0", "R-0012", "MARK5", "MAR123", "E5", "1E", "21/CS/12", "123456789012345",
    "MARCH", "தமிழ்", "1-CSE-2", "0108A",
]  # fmt: skip


@pytest.mark.parametrize("roll_no", REREAD)
def test_roll_numbers_that_excel_rereads_are_counted(roll_no: str) -> None:
    rows = [as_copy_writes(["1", roll_no, "x"]), as_copy_writes(["2", "R1", "x"])]
    assert for_spreadsheet(rows)[1] == 1


@pytest.mark.parametrize("roll_no", KEPT)
def test_roll_numbers_that_stay_what_they_are_are_not_counted(roll_no: str) -> None:
    assert for_spreadsheet([as_copy_writes(["1", roll_no, "x"])])[1] == 0
