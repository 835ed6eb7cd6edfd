"""What spreadsheet programs do to CSV when they open it, and what a file for them needs.

Rows come as COPY writes them (RFC 4180, a line feed at the end of each) and their first column is a running
number. They are treated as bytes, a block at a time: a search in compiled code finds the few rows that need a
closer look.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Sequence
from itertools import accumulate

MAX_ROWS = 1_048_575
"""Rows below the header that Excel can hold."""

FILE_START = BOM_UTF8
"""Without it Excel takes the file for one in the machine's old code page."""

Row = bytes | memoryview

_PHONE = rb"\+\d[\d ()-]{6,20}+"
_FORMULA = rb"[ '\"]*[=+@\t\r-]"
# Every dangerous cell follows a comma, so that this finds them all; inside of quotes it also finds harmless
# text.
_SUSPECT = re.compile(rb",(?:[=@\t\r-]|\+(?!" + _PHONE[2:] + rb"[,\n])|[ '\"]+[=+@\t\r-])")
_CELL = re.compile(rb'"((?:[^"]|"")*)"|([^,\r\n]+)')
_DANGEROUS = re.compile(rb"(?!" + _PHONE + rb"\Z)" + _FORMULA)

_MONTH = (
    rb"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?"
    rb"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
# Looking ahead and taking digits possessively keeps the many roll numbers cheap that are neither.
_REREAD = re.compile(
    rb"\n\d++,(?=\d*+[,e./ -]|\d{0,2}[-/ ]?[adfjmnos][aceopu])(?:0\d++|\d{16,}+"
    rb"|\d++(?:(?:\.\d*+)?e[+-]?\d++|[-/]\d{1,2}(?:[-/]\d{1,4})?|[-/ ]?"
    + _MONTH
    + rb"(?:[-/ ]?(?:\d{2}|\d{4}))?)"
    rb"|" + _MONTH + rb"[-/ ]?(?:\d{1,2}|\d{4}))(?=,)",
    re.IGNORECASE,
)


def for_spreadsheet(rows: Sequence[Row]) -> tuple[bytes, int]:
    """A block of rows, formulas disarmed and lines ended by CRLF; and how many second cells may change.

    Excel takes a second cell (the roll number) like `0108123`, `1E5` or `MAR-12` for a number or a date. A
    text cell that starts with `= + - @`, tab or CR, also after spaces or quotes, gets a leading apostrophe; a
    cell that is wholly a phone number (`+91 98…`) stays. Line feeds inside of a cell stay what they are.
    """
    block = b"".join((b"\n", *rows))
    reread = len(_REREAD.findall(block))
    if suspects := [found.start() for found in _SUSPECT.finditer(block)]:
        rows = _disarmed(rows, suspects)
        block = b"".join((b"\n", *rows))
    if block.count(b"\n") == len(rows) + 1:
        return block[1:].replace(b"\n", b"\r\n"), reread
    return b"".join((b"\r\n".join([row[:-1] for row in rows]), b"\r\n")), reread


def _disarmed(rows: Sequence[Row], suspects: Sequence[int]) -> list[Row]:
    """The rows with the dangerous cells among the suspects (places in their block) disarmed."""
    starts = list(accumulate(map(len, rows), initial=1))
    changed = list(rows)
    for number in {bisect_right(starts, place) - 1 for place in suspects}:
        changed[number] = _CELL.sub(_disarm, bytes(rows[number]))
    return changed


def _disarm(cell: re.Match[bytes]) -> bytes:
    quoted, plain = cell.groups()
    if plain is not None:
        return b"'" + plain if _DANGEROUS.match(plain) else plain
    return b'"\'%b"' % quoted if _DANGEROUS.match(quoted) else cell[0]
