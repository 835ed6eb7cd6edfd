"""What is wrong with a roster, told by line and column; bounded whatever the file's size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

KEPT = 1_000
"""How many problems a report lists; all are counted."""

_SHOWN = 40


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Why a row is rejected: its first line, the file's column (empty: the whole row), the cell, the
    reason."""

    line: int
    column: str
    value: str
    reason: str


class Bad(ValueError):
    """A cell that cannot be imported; the message is the reason."""


@dataclass(slots=True)
class Problems:
    """Collects problems: the first `KEPT` in the order of lines, and how many rows they reject.

    `missing` cells at the end of a line are no reason to reject it: Excel leaves empty ones out.
    """

    kept: list[Problem] = field(default_factory=list)
    rejected: int = 0
    missing: int = 0

    def reject(self, rows: int, problems: Iterable[Problem]) -> None:
        """Count `rows` rejected rows and keep their problems while there is room."""
        self.rejected += rows
        full = len(self.kept) == KEPT
        if wanted := [problem for problem in problems if not full or problem < self.kept[-1]]:
            self.kept = sorted([*self.kept, *wanted])[:KEPT]

    def reject_line(self, line: int, text: str, reason: str) -> None:
        """Count one row that is broken as a whole."""
        self.reject(1, [Problem(line, "", shown(text), reason)])


def shown(text: str) -> str:
    """Text from a file, short and without control bytes, fit for a terminal or a log."""
    short = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)
