"""Cells into values, as COPY text: '' where the cell says nothing, `UNKNOWN` where it says that nobody knows.

Nothing is guessed and nothing is rounded up. Each cleaner takes one raw cell and raises `Bad` with the reason
when the row must not be imported.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from tasks.roster.problems import Bad

Cleaner = Callable[[str], str]

UNKNOWN_NUMBER = "-1"
UNKNOWN_TEXT = "-"
"""What the staging table holds for "said to be unknown"; an empty cell is NULL there."""

YEARS = range(1950, 2101)
MOST_BACKLOGS = 200
MOST_NEW_COLLEGES = 2_000

_DASHES = {"-", "--", "---", "\N{EN DASH}", "\N{EM DASH}"}
_NOTHING = frozenset(
    {"n/a", "n.a.", "n.a", "#n/a", "nil", "null", "none", "nan", "unknown", "?", ".", "not available"}
    | {"not applicable"}
    | _DASHES
)
_NO_NUMBER = _NOTHING | {"na", "ab", "abs", "absent", "awaited", "result awaited", "withheld", "tba", "tbd"}
_GENDERS = (
    dict.fromkeys(("f", "female", "woman"), "F")
    | dict.fromkeys(("m", "male", "man"), "M")
    | dict.fromkeys(("x", "other", "others", "transgender", "non-binary", "nonbinary"), "X")
)
_ENTRIES = dict.fromkeys(("lateral", "lateral entry", "le", "yes", "y"), "LATERAL") | dict.fromkeys(
    ("regular", "regular entry", "no", "n"), "REGULAR"
)
_PLACED = {"placed": "t", "not placed": "f", "unplaced": "f"}
_DEBARRED = {"debarred": "t", "not debarred": "f"}
_YES_NO = dict.fromkeys(("yes", "y", "true", "t", "1"), "t") | dict.fromkeys(
    ("no", "n", "false", "f", "0"), "f"
)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DECIMAL = re.compile(r"([0-9]+)(?:\.([0-9]*))?|\.([0-9]+)")
_WHOLE = re.compile(r"([0-9]+)(?:\.0*)?")
_INVISIBLE_EDGE = "\ufeff\u200b"


class Memo(dict[str, str]):
    """A cleaner that remembers, for marks, branches and years repeat; bounded by count and by length."""

    _MOST, _LONGEST = 50_000, 64

    def __init__(self, clean: Cleaner) -> None:
        super().__init__()
        self._clean = clean

    def __missing__(self, raw: str) -> str:
        value = self._clean(raw)
        if len(raw) <= self._LONGEST:
            if len(self) >= self._MOST:
                self.clear()
            self[raw] = value
        return value


def text(longest: int) -> Cleaner:
    """Text trimmed, NFC, with inner runs of white space made one space; at most `longest` characters."""

    def clean(raw: str) -> str:
        if raw.isascii() and raw.isprintable() and "  " not in raw and raw[:1] != " " != raw[-1:]:
            value = raw
        else:
            value = unicodedata.normalize("NFC", " ".join(raw.split()).strip(_INVISIBLE_EDGE))
            if _CONTROL.search(value):
                raise Bad("a control character (a NUL byte, for example) stands in the cell")
        if len(value) > longest:
            raise Bad(f"longer than {longest} characters")
        return value

    return clean


def required(what: str, longest: int) -> Cleaner:
    """Text that must be there."""
    tidy = text(longest)

    def clean(raw: str) -> str:
        value = tidy(raw)
        if len(value) < 5 and (not value or value.casefold() in _NOTHING):
            raise Bad(f"no {what}")
        return value

    return clean


def optional(longest: int, nothing: frozenset[str] = _NOTHING) -> Cleaner:
    """Text that may be unknown."""
    tidy = text(longest)

    def clean(raw: str) -> str:
        value = tidy(raw)
        return UNKNOWN_TEXT if len(value) < 15 and value.casefold() in nothing else value

    return clean


def decimal(what: str, top: int) -> Cleaner:
    """A number from 0 to `top`, cut (never rounded) to two decimals: 6.995 must not pass a cut-off of 7."""

    def clean(raw: str) -> str:
        value = _number(raw)
        if not value or value.casefold() in _NO_NUMBER:
            return UNKNOWN_NUMBER if value else ""
        match = _DECIMAL.fullmatch(value if top == 10 else value.removesuffix("%").rstrip())
        if match is None:
            raise Bad(f"{what} is a number from 0 to {top}, written like 7.25")
        whole = (match[1] or "0").lstrip("0") or "0"
        fraction = match[2] or match[3] or ""
        if len(whole) > 3 or int(whole) > top or (int(whole) == top and fraction.strip("0")):
            hint = "; this looks like a percentage" if top == 10 and len(whole) == 2 else ""
            raise Bad(f"{what} is a number from 0 to {top}{hint}")
        return f"{whole}.{fraction[:2]}" if fraction else whole

    return clean


def is_cut(raw: str) -> bool:
    """Whether `decimal` drops digits of this cell that are not zeros."""
    return bool(raw.strip(" %").partition(".")[2][2:].strip("0"))


def whole(what: str, numbers: range) -> Cleaner:
    """A whole number of `numbers`; `3.0`, as spreadsheets write it, is one."""

    def clean(raw: str) -> str:
        value = _number(raw)
        if not value or value.casefold() in _NO_NUMBER:
            return UNKNOWN_NUMBER if value else ""
        match = _WHOLE.fullmatch(value)
        digits = match[1].lstrip("0") or "0" if match else ""
        if not digits or len(digits) > 4 or int(digits) not in numbers:
            raise Bad(f"{what} is a whole number from {numbers[0]} to {numbers[-1]}")
        return digits

    return clean


def word(what: str, words: Mapping[str, str], unknown: str = "") -> Cleaner:
    """One of a few words; `unknown` is what "not known" becomes."""

    def clean(raw: str) -> str:
        value = " ".join(raw.casefold().split())
        if not value:
            return ""
        if value in _NO_NUMBER:
            return unknown
        if value not in words:
            raise Bad(what)
        return words[value]

    return clean


def college_cleaner(known: Iterable[str], default: str | None, listed: str, *, founding: bool) -> Cleaner:
    """The code of a college that is known, in any spelling of its letters; an empty cell means `default`.

    `listed` is what a row with another code is told; `founding`: there is no college yet, so that every code
    is taken as it is first spelled.
    """
    tidy = text(64)
    exact = {code: code for code in known}
    folded = {code.casefold(): code for code in exact}

    def clean(raw: str) -> str:
        code = tidy(raw)
        if not code and default is not None:
            return default
        if not code:
            raise Bad("no college is named here")
        if found := exact.get(code) or folded.get(code.casefold()):
            return found
        if not founding:
            raise Bad(f"no college has this code; there is {listed}")
        if len(folded) == MOST_NEW_COLLEGES:
            raise Bad(f"one roster brings at most {MOST_NEW_COLLEGES} new colleges")
        return folded.setdefault(code.casefold(), code)

    return Memo(clean).__getitem__


def _number(raw: str) -> str:
    value = " ".join(raw.split())
    if len(value) > 100:
        raise Bad("not a number: longer than 100 characters")
    return value


def field_cleaners() -> dict[str, Cleaner]:
    """The cleaner of every field but the college; new ones for every import, because they remember."""
    backlogs = range(MOST_BACKLOGS + 1)
    repeated: dict[str, Cleaner] = {
        "gender": word("gender is F, M or X", _GENDERS, UNKNOWN_TEXT),
        "programme": optional(200),
        "branch": optional(200),
        "batch_year": whole("a batch (the year of passing out)", YEARS),
        "admission_type": word("admission is REGULAR or LATERAL", _ENTRIES),
        "cgpa": decimal("a CGPA", 10),
        "tenth_pct": decimal("a percentage", 100),
        "twelfth_pct": decimal("a percentage", 100),
        "diploma_pct": decimal("a percentage", 100),
        "active_backlogs": whole("a count of backlogs", backlogs),
        "total_backlogs": whole("a count of backlogs", backlogs),
        "placed": word("yes or no", _YES_NO | _PLACED),
        "debarred": word("yes or no", _YES_NO | _DEBARRED),
    }
    return {
        "roll_no": required("roll number", 64),
        "name": required("name", 300),
        "email": optional(254, _NO_NUMBER),
        "phone": optional(40, _NO_NUMBER),
    } | {name: Memo(clean).__getitem__ for name, clean in repeated.items()}
