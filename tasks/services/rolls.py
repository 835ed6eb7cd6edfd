"""Lists of students as people paste them: a roll number a line, or a column of a CSV. Judged by whoever asked."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from tasks.errors import PlaceopsError
from tasks.roster.columns import FIELDS

HEADERS = frozenset(FIELDS["roll_no"].split())
DELIMITERS = ",;\t"


def rolls_of(text: str, source: str) -> list[tuple[int, str]]:
    """Line number (from 1) and roll number of every line that has one; `source` is what errors call the list.

    A first line that names a roll number column makes it a CSV; otherwise each line is one roll number. Raises
    invalid-input for a CSV without such a column, or with a cell that goes on and on.
    """
    try:
        return _read(text.splitlines(), source)
    except csv.Error as error:
        fix = "look for a quote that is never closed, or give one roll number a line"
        raise PlaceopsError("invalid-input", f"{source} cannot be read as a CSV: {error}", fix) from error


def _read(lines: Sequence[str], source: str) -> list[tuple[int, str]]:
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


def _column(lines: Sequence[str], delimiter: str, column: int) -> Iterator[tuple[int, str]]:
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
