"""CSV as it comes: encodings, delimiters, broken rows, bounded memory."""

from __future__ import annotations

import codecs
import io
import random
import tracemalloc
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import PlaceopsError
from tasks.roster.problems import KEPT, Problem, Problems, shown
from tasks.roster.reading import BLOCK_ROWS, MAX_LINE, open_roster

NAMES = ["Asha Rao", "José", "தமிழ்ச்செல்வி", "नेहा", "🎓 Ravi"]


def read(data: bytes) -> tuple[list[tuple[int, list[str]]], Problems]:
    """(line, cells) of every good row, and what was wrong."""
    problems = Problems()
    rows: list[tuple[int, list[str]]] = []
    for numbers, cells in open_roster(io.BytesIO(data)).blocks(problems):
        rows += zip(numbers, cells, strict=True)
    return rows, problems


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with BOM"),
        ("utf-16", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_every_encoding_and_delimiter(codec: str, name: str, delimiter: str) -> None:
    people = NAMES[:2] if codec == "cp1252" else NAMES
    text = "".join(
        delimiter.join(row) + "\r\n" for row in [["Roll No", "Name"], *([f"0{n}", n] for n in people)]
    )
    data = text.encode(codec)
    if codec == "utf-16-be":
        data = codecs.BOM_UTF16_BE + data
    roster = open_roster(io.BytesIO(data))
    assert (roster.encoding, roster.delimiter, roster.header) == (name, delimiter, ["Roll No", "Name"])
    rows, problems = read(data)
    assert [cells[1] for _, cells in rows] == people
    assert [line for line, _ in rows] == list(range(2, len(people) + 2))
    assert not problems.rejected


def test_one_windows_byte_at_the_end_decides_for_the_whole_file() -> None:
    data = b"Roll,Name\n" + b"1,Asha\n" * 300_000 + b"2,Jos\xe9\n"
    assert open_roster(io.BytesIO(data)).encoding == "Windows-1252"


def test_a_delimiter_inside_quotes_does_not_count() -> None:
    roster = open_roster(io.BytesIO(b'"Roll, No, of; the";"Na,m,e";CGPA\n1;2;3\n'))
    assert roster.delimiter == ";"
    assert len(roster.header) == 3


def test_a_header_may_span_lines_and_stand_below_blank_ones() -> None:
    rows, _ = read(b'\n,,\n"Roll\nNo",Name,"CGPA\r\n(out of 10)"\n7,Asha,8\n')
    assert rows == [(6, ["7", "Asha", "8"])]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending(ending: str) -> None:
    rows, _ = read(ending.join(["Roll,Name", "1,A", "", "2,B"]).encode())
    assert rows == [(2, ["1", "A"]), (4, ["2", "B"])]


def test_quotes_may_hold_delimiters_quotes_and_line_breaks() -> None:
    rows, problems = read(b'Roll,Name\n1,"Rao, ""Ash""\na"\n2, "B"\n')
    assert rows == [(2, ["1", 'Rao, "Ash"\na']), (4, ["2", "B"])]
    assert not problems.rejected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\n \n\r\n", "empty"),
        (b"PK\x03\x04anything", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook"),
        (b"R\x00o\x00l\x00l\x00\n\x00", "NUL"),
        (codecs.BOM_UTF16_LE + b"a\x00\n\x00\x00\xd8", "UTF-16"),
        (codecs.BOM_UTF8 + b"Roll,Name\n1,Jos\xe9\n", "line 2 is not UTF-8"),
        (b"Roll,Name\n1,A\n2,\xe9\x81\n", "line 3 is not Windows-1252"),
        (b'"Roll,Name\n1,A\n', "quote"),
        (b"x" * (MAX_LINE + 1) + b"\n1,2\n", "far too long"),
    ],
)
def test_files_that_are_no_csv(data: bytes, message: str) -> None:
    with pytest.raises(PlaceopsError, match=message) as caught:
        open_roster(io.BytesIO(data))
    assert caught.value.code == "file-unreadable"
    assert caught.value.fix


def test_an_unclosed_quote_costs_its_own_line_only() -> None:
    good = b"".join(b"%d,Name %d\n" % (n, n) for n in range(100, 160))
    rows, problems = read(b'Roll,Name\n1,A\n2,"Bee\n' + good)
    assert [line for line, _ in rows] == [2, *range(4, 64)]
    assert problems.rejected == 1
    assert problems.kept == [Problem(3, "", '2,"Bee\\n', "a quote is opened here and never closed")]


def test_an_unclosed_quote_on_the_last_line() -> None:
    rows, problems = read(b'Roll,Name\n1,A\n2,"Bee')
    assert [line for line, _ in rows] == [2]
    assert [problem.line for problem in problems.kept] == [3]


def test_a_stray_quote_inside_a_quoted_cell() -> None:
    rows, problems = read(b'Roll,Name\n1,"Ravi "Bunty" Kumar"\n2,B\n3,Ravi "Bunty"\n')
    assert rows == [(3, ["2", "B"]), (4, ["3", 'Ravi "Bunty"'])]
    assert problems.kept[0].reason == "a quote inside a quoted cell must be doubled"


def test_rows_of_another_width() -> None:
    rows, problems = read(b"Roll,Name,CGPA\n1,A\n2,B,8,,\n3,C,8,extra\n4,D,8\n,\n")
    assert rows == [(2, ["1", "A", ""]), (3, ["2", "B", "8"]), (5, ["4", "D", "8"])]
    assert problems.kept == [Problem(4, "", "extra", "4 cells where the header has 3")]
    assert problems.missing == 1


def test_a_ten_megabyte_cell_is_one_bad_row() -> None:
    for cell in (
        b"x" * 10_000_000,
        b'"' + b"x" * 10_000_000 + b'"',
        b'"' + b"x\n" * 5_000 + b"x" * 140_000 + b'"',
    ):
        rows, problems = read(b"Roll,Name\n1,A\n2," + cell + b"\n3,C\n")
        assert rows[0] == (2, ["1", "A"])
        assert rows[-1][1] == ["3", "C"]
        assert problems.kept[0].line == 3


def test_only_the_first_problems_are_kept_and_all_are_counted() -> None:
    _, problems = read(b"Roll,Name\n" + b"1,2,3\n" * (KEPT + 500))
    assert problems.rejected == KEPT + 500
    assert [problem.line for problem in problems.kept] == list(range(2, KEPT + 2))


def test_problems_stay_in_the_order_of_lines_whenever_they_come() -> None:
    problems = Problems()
    problems.reject(KEPT, (Problem(line, "", "", "late") for line in range(10_000, 10_000 + KEPT)))
    problems.reject_line(5, "", "early")
    assert problems.kept[0].reason == "early"
    assert len(problems.kept) == KEPT


def test_the_callers_stream_stays_open_and_may_be_a_pipe() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    roster = open_roster(Pipe(b"Roll,Name\n1,A\n"))
    with closing(roster.stream):
        assert [cells for _, cells in roster.blocks(Problems())] == [[["1", "A"]]]
    stream = io.BytesIO(b"Roll,Name\n1,A\n2,B\n")
    next(open_roster(stream).blocks(Problems()))
    assert not stream.closed


def test_memory_does_not_grow_with_the_file() -> None:
    class Rows(io.RawIOBase):
        """A file of many rows that is nowhere."""

        def __init__(self, rows: int) -> None:
            self.data, self.rows, self.at = b"1E5,Name Family,name@example.edu\n", rows, 0

        def readable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def seek(self, offset: int, whence: int = 0) -> int:
            self.at = offset
            return offset

        def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
            whole = len(self.data) * self.rows
            wanted = min(len(buffer), whole - self.at)
            shift = self.at % len(self.data)
            buffer[:wanted] = (self.data * (wanted // len(self.data) + 2))[shift : shift + wanted]
            self.at += wanted
            return wanted

    def peak(rows: int) -> int:
        tracemalloc.start()
        found = open_roster(io.BufferedReader(Rows(rows))).blocks(Problems())
        assert sum(len(cells) for _, cells in found) == rows - 1
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(BLOCK_ROWS * 150) < peak(BLOCK_ROWS * 40) * 1.2


def test_shown_text_is_short_and_harmless() -> None:
    assert shown("a\x1b[31m\x00\n") == "a\\x1b[31m\\x00\\n"
    assert shown("x" * 50) == "x" * 40 + "…"
    assert shown("தமிழ்") == "தமிழ்"


@given(st.binary(max_size=300) | st.text("ab,;\t\"'\r\n\0é ", max_size=200).map(str.encode))
def test_any_bytes_give_rows_or_an_error_of_ours(data: bytes) -> None:
    try:
        rows, problems = read(data)
    except PlaceopsError:
        return
    assert len({len(cells) for _, cells in rows}) <= 1
    assert [line for line, _ in rows] == sorted(line for line, _ in rows)
    assert problems.rejected >= len(problems.kept)


@given(st.randoms(use_true_random=False))
def test_stray_quotes_never_lose_a_line(chance: random.Random) -> None:
    cells = ["A", '"A', 'A"', '"A"', '"A"x']
    lines = [f"{n},{chance.choice(cells)}" for n in range(40)]
    rows, problems = read("\n".join(["Roll,Name", *lines]).encode())
    seen = sum(1 + cells[1].count("\n") for _, cells in rows) + problems.rejected
    assert seen == len(lines)
