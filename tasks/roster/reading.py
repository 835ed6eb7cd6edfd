"""CSV as it comes: encoding and delimiter found out, broken rows told from good ones, memory constant.

A quote that is never closed would swallow the rest of a file. Here it costs its own line only: the lines
after it are read again as rows of their own.
"""

from __future__ import annotations

import codecs
import csv
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from itertools import dropwhile, islice
from tempfile import TemporaryFile
from typing import BinaryIO

from tasks.errors import PlaceopsError
from tasks.roster.problems import Problems

BLOCK_ROWS = 1_000
MAX_LINE = 32_768
MAX_LINES_OF_A_ROW = 20

_CHUNK = 1 << 18
_AS_CSV = "save the sheet as CSV UTF-8 and import that"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with BOM", "utf-16": "UTF-16", "cp1252": "Windows-1252"}

Block = tuple[Sequence[int], list[list[str]]]


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A readable roster: what it is written in, and the cells of its header."""

    stream: BinaryIO
    codec: str
    delimiter: str
    header: list[str]

    @property
    def encoding(self) -> str:
        """The encoding's name for people."""
        return _NAMES[self.codec]

    def blocks(self, problems: Problems) -> Iterator[Block]:
        """The rows below the header, each as wide as the header, in blocks of (line numbers, rows).

        Broken rows go to `problems`, blank lines nowhere. One pass at a time: the stream is rewound.
        """
        with closing(_Lines(self.stream, self.codec)) as lines:
            for row in _csv(lines, self.delimiter):
                lines.complete()
                if row == self.header:
                    break
            for block in _blocks(lines, self.delimiter, problems):
                fitting = _fitting(block, len(self.header), problems)
                if fitting[1]:
                    yield fitting


def open_roster(stream: BinaryIO) -> RosterFile:
    """Find out what `stream` holds; one that cannot be rewound is copied to a temporary file first.

    Raises file-unreadable for what is not CSV text, is empty, or is in no known encoding.
    """
    if not stream.seekable():
        copy = TemporaryFile()  # noqa: SIM115 - it lives as long as the roster does
        shutil.copyfileobj(stream, copy, _CHUNK)
        stream = copy
    codec = _codec(stream)
    with closing(_Lines(stream, codec)) as lines:
        first = _first_lines(lines)
    if not first:
        raise PlaceopsError(
            "file-unreadable", "the file is empty", "export the roster again, with a header line"
        )
    headers = {delimiter: _parsed_header(first, delimiter) for delimiter in ",;\t"}
    delimiter = max(headers, key=lambda each: len(headers[each]))
    if not headers[delimiter]:
        raise PlaceopsError("file-unreadable", "the header is not CSV: a quote in it is not closed", _AS_CSV)
    if any("\0" in cell for cell in headers[delimiter]):
        raise PlaceopsError("file-unreadable", "the file is not text: its header holds NUL bytes", _AS_CSV)
    return RosterFile(stream, codec, delimiter, headers[delimiter])


def _codec(stream: BinaryIO) -> str:
    stream.seek(0)
    start = stream.read(8)
    if start.startswith(_WORKBOOKS):
        raise PlaceopsError("file-unreadable", "the file is a spreadsheet workbook, not CSV", _AS_CSV)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif start.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "cp1252"]
    for codec in candidates:
        line = _undecodable_line(stream, codec)
        if line is None:
            return codec
    raise PlaceopsError("file-unreadable", f"line {line} is not {_NAMES[candidates[-1]]} text", _AS_CSV)


def _undecodable_line(stream: BinaryIO, codec: str) -> int | None:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    while True:
        chunk = stream.read(_CHUNK)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].count(b"\n")
        if not chunk:
            return None
        line += chunk.count(b"\n")


class _Lines:
    """The file's lines; those of a row that is not complete yet are held, so that they can be read again."""

    def __init__(self, stream: BinaryIO, codec: str) -> None:
        stream.seek(0)
        # Rows may hold line breaks of any kind, which csv wants to see as they are.
        self._text = TextIOWrapper(stream, encoding=codec, newline="")
        self._unread = iter(partial(self._text.readline, MAX_LINE), "")
        self._again: deque[str] = deque()
        self._held: list[str] = []
        self.number = 0

    def close(self) -> None:
        """Let go of the stream without closing it."""
        self._text.detach()

    def take(self, count: int) -> list[str]:
        """Up to `count` lines at once; one that is too long comes in pieces of `MAX_LINE`."""
        again = [self._again.popleft() for _ in range(min(count, len(self._again)))]
        taken = [*again, *islice(self._unread, count - len(again))]
        self.number += len(taken)
        return taken

    def give_back(self, lines: list[str]) -> None:
        """Lines that are to be handed out again."""
        self._again.extendleft(reversed(lines))
        self.number -= len(lines)

    def __iter__(self) -> Iterator[str]:
        while taken := self.take(1):
            self._held += taken
            if _is_piece(taken[0]):
                self._skip_line()
                raise csv.Error("limit")
            if len(self._held) > MAX_LINES_OF_A_ROW:
                raise csv.Error("end")
            yield taken[0]

    def complete(self) -> int:
        """Let go of the held lines, for their row is read; returns the number of the first."""
        start = self.number - len(self._held) + 1
        self._held.clear()
        return start

    def give_up(self) -> tuple[int, str]:
        """Drop the first held line and give back those after it; returns its number and text."""
        first, *others = self._held
        self._held.clear()
        self.give_back(others)
        return self.number, first

    def _skip_line(self) -> None:
        while rest := self.take(1):
            self.number -= 1
            if not _is_piece(rest[0]):
                return


def _is_piece(line: str) -> bool:
    """Whether the line goes on in what is read next."""
    return len(line) == MAX_LINE and line[-1] not in "\r\n"


def _blocks(lines: _Lines, delimiter: str, problems: Problems) -> Iterator[Block]:
    """Rows as csv reads them, with the line where each starts."""
    while taken := lines.take(BLOCK_ROWS):
        start = lines.number - len(taken) + 1
        rows = _rows_of_a_line(taken, delimiter)
        if rows is None:
            lines.give_back(taken)
            yield _row_by_row(lines, delimiter, problems, start + len(taken))
        else:
            yield range(start, start + len(rows)), rows


def _rows_of_a_line(lines: list[str], delimiter: str) -> list[list[str]] | None:
    """One row from each line, the fast way; None if a line is broken or a row spans several."""
    if any(map(_is_piece, lines)):
        return None
    try:
        rows = list(_csv(lines, delimiter))
    except csv.Error:
        return None
    return rows if len(rows) == len(lines) else None


def _row_by_row(lines: _Lines, delimiter: str, problems: Problems, end: int) -> Block:
    """The rows that start before line `end`; broken ones go to `problems`."""
    numbers: list[int] = []
    rows: list[list[str]] = []
    while True:
        try:
            for row in _csv(lines, delimiter):
                numbers.append(lines.complete())
                rows.append(row)
                if lines.number + 1 >= end:
                    break
            return numbers, rows
        except csv.Error as error:
            problems.reject_line(*lines.give_up(), _reason(error))


def _csv(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)


def _fitting(block: Block, width: int, problems: Problems) -> Block:
    """The rows made as wide as the header, where nothing gets lost by it; blank lines are left out."""
    if set(map(len, block[1])) == {width}:
        return block
    numbers: list[int] = []
    rows: list[list[str]] = []
    for number, row in zip(*block, strict=True):
        if not any(map(str.strip, row)):
            continue
        if any(map(str.strip, row[width:])):
            problems.reject_line(number, row[width], f"{len(row)} cells where the header has {width}")
            continue
        problems.missing += max(0, width - len(row))
        numbers.append(number)
        rows.append([*row[:width], *[""] * (width - len(row))])
    return numbers, rows


def _reason(error: csv.Error) -> str:
    if "expected after" in str(error):
        return "a quote inside a quoted cell must be doubled"
    if "limit" in str(error):
        return "a cell is far too long, or its quote is never closed"
    return "a quote is opened here and never closed"


def _first_lines(lines: _Lines) -> list[str]:
    """As many lines as a row may have, blank ones above them left out."""
    taken = lines.take(10 * MAX_LINES_OF_A_ROW)
    found = list(dropwhile(lambda line: not line.strip(), taken))[:MAX_LINES_OF_A_ROW]
    if found and _is_piece(found[0]):
        raise PlaceopsError("file-unreadable", "the first line is far too long", _AS_CSV)
    return found


def _parsed_header(lines: list[str], delimiter: str) -> list[str]:
    try:
        return next((row for row in _csv(lines, delimiter) if any(map(str.strip, row))), [])
    except csv.Error:
        return []
