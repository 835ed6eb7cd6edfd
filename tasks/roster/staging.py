"""Blocks of raw rows into COPY text for the staging table, column by column, because that is fast."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

from tasks.roster.cleaning import UNKNOWN_NUMBER, UNKNOWN_TEXT, Cleaner, is_cut
from tasks.roster.columns import Columns
from tasks.roster.problems import Bad, Problem, Problems, shown
from tasks.roster.reading import Block

STAGED = (
    *("college", "roll_no", "name", "email", "phone", "gender", "programme", "branch", "batch_year"),
    *("admission_type", "cgpa", "tenth_pct", "twelfth_pct", "diploma_pct"),
    *("active_backlogs", "total_backlogs", "placed", "debarred"),
)
"""The fields in the order of the staging table, where the line number comes first."""

_TEXT = frozenset({"email", "phone", "gender", "programme", "branch"})
_CUT = frozenset({"cgpa", "tenth_pct", "twelfth_pct", "diploma_pct"})
_REWRITTEN = re.compile(r"[0-9]+\.[0-9]+(?:E\+?[0-9]+)?|=.*")

_MEANINGS = {
    "blank": "empty: whatever is stored stays",
    "unknown": "N/A or the like: the value becomes unknown",
    "backlogs": "N/A, nil or the like: the count becomes unknown; write 0 for none",
    "cut": "more than two decimals: cut, not rounded",
    "rewritten": "as if a spreadsheet had rewritten it (1.08E+11, 108123.0): taken as it stands",
}


@dataclass(frozen=True, slots=True)
class Note:
    """What happened to a number of a column's cells, rejected rows included."""

    column: str
    cells: int
    meaning: str


@dataclass(slots=True)
class Staging:
    """Turns blocks into COPY text; counts rows, notes and problems on the way."""

    columns: Columns
    cleaners: Mapping[str, Cleaner]
    default_college: str
    problems: Problems
    rows: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def copy_text(self, block: Block) -> str:
        """The block's good rows, a line each, '' for NULL."""
        numbers, rows = block
        raw = list(zip(*rows, strict=True))
        bad: dict[int, list[tuple[str, str]]] = {}
        staged: list[Sequence[str]] = []
        for name in STAGED:
            at = self.columns.index.get(name)
            if at is None:
                staged.append([self.default_college if name == "college" else ""] * len(rows))
                continue
            values = _clean(self.cleaners[name], name, raw[at], bad)
            self._count(name, raw[at], values)
            staged.append(values)
        good = list(map("\t".join, zip(map(str, numbers), *staged, strict=True)))
        if bad:
            good = list(compress(good, self._reject(block, bad)))
        self.rows += len(good)
        # The one character that COPY would read as more than itself: tabs and line breaks have become spaces.
        return "\n".join([*good, ""]).replace("\\", "\\\\")

    def notes(self) -> list[Note]:
        """What was done to cells without rejecting them, in the order of the staging table."""
        in_order = sorted(self.counts.items(), key=lambda item: STAGED.index(item[0][0]))
        missing = self.problems.missing
        short = [Note("end of line", missing, "missing: taken as empty")] if missing else []
        return short + [
            Note(self.columns.header[name], cells, _MEANINGS[kind])
            for (name, kind), cells in in_order
            if cells
        ]

    def _count(self, name: str, raw: Sequence[str], values: Sequence[str]) -> None:
        unknown = "backlogs" if name.endswith("backlogs") else "unknown"
        if name == "roll_no":
            self.counts[name, "rewritten"] += sum(
                1 for value in values if ("." in value or "=" in value) and _REWRITTEN.fullmatch(value)
            )
        elif name not in ("college", "name"):
            self.counts[name, "blank"] += values.count("")
            self.counts[name, unknown] += values.count(UNKNOWN_TEXT if name in _TEXT else UNKNOWN_NUMBER)
        if name in _CUT:
            changed = (cell for cell, value in zip(raw, values, strict=True) if cell != value)
            self.counts[name, "cut"] += sum(map(is_cut, changed))

    def _reject(self, block: Block, bad: dict[int, list[tuple[str, str]]]) -> list[bool]:
        numbers, rows = block
        keep = [True] * len(rows)
        rejected = 0
        problems = []
        for at, reasons in bad.items():
            keep[at] = False
            if not any(map(str.strip, rows[at])):
                continue
            rejected += 1
            for name, reason in reasons:
                cell = rows[at][self.columns.index[name]]
                problems.append(Problem(numbers[at], self.columns.header[name], shown(cell), reason))
        self.problems.reject(rejected, problems)
        return keep


def _clean(
    cleaner: Cleaner, name: str, cells: Sequence[str], bad: dict[int, list[tuple[str, str]]]
) -> Sequence[str]:
    try:
        return list(map(cleaner, cells))
    except Bad:
        pass
    values = []
    for at, cell in enumerate(cells):
        try:
            values.append(cleaner(cell))
        except Bad as error:
            values.append("!")
            bad.setdefault(at, []).append((name, str(error)))
    return values
