"""Files of roll numbers: one a line, or a column of a CSV. Read here, judged by the service."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from placeops_cli.files import open_input
from tasks.errors import PlaceopsError
from tasks.roster.columns import FIELDS

HEADERS = frozenset(FIELDS["roll_no"].split())
DELIMITERS = ",;\t"


def read_rolls(source: str) -> list[tuple[int, str]]:
    """Line number (from 1) and roll number of every line that has one; `-` is standard input.

    A first line that names a roll number column makes the file a CSV; otherwise each line is one roll number.
    Raises file-unreadable, and invalid-input for a CSV without such a column.
    """
    with open_input(source) as file:
        lines = decoded(file.read(), source).splitlines()
    if not lines:
        return []
    delimiter = max(DELIMITERS, key=lines[0].count)
    titles = [_plain(title) for title in next(csv.reader(lines[:1], delimiter=delimiter), [])]
    named = [number for number, title in enumerate(titles) if title in HEADERS]
    if not named and len(titles) > 1:
        found = ", ".join(lines[0].split(delimiter)[:8])
        fix = "name the column roll_no, or give a file with one roll number a line"
        raise PlaceopsError("invalid-input", f"{source}: no column of roll numbers among {found}", fix)
    if named:
        return list(_column(lines, delimiter, named[0]))
    return [(line, text.strip()) for line, text in enumerate(lines, 1) if text.strip()]


def decoded(data: bytes, source: str) -> str:
    """The text of a file as spreadsheets save it: UTF-8, UTF-16 with a byte order mark, else Windows-1252."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    try:
        if b"\0" in data:
            raise ValueError
        return data.decode("cp1252")
    except ValueError:
        raise PlaceopsError(
            "file-unreadable", f"{source} is not a text file", "save it as text in UTF-8"
        ) from None


def _column(lines: list[str], delimiter: str, column: int) -> Iterator[tuple[int, str]]:
    rows = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    next(rows)
    start = rows.line_num + 1
    for row in rows:
        value = row[column].strip() if column < len(row) else ""
        if value:
            yield start, value
        start = rows.line_num + 1


def _plain(title: str) -> str:
    return re.sub(r"[^a-z]", "", title.lower())
