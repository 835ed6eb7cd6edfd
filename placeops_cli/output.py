"""The output contract: data on stdout in the form its reader needs, talk on stderr.

Terminal: a table with relative times. Pipe: TSV with a header and full values. `--json`: one document, the model
that the REST API sends. `--quiet`: ids only. Hints are for people: they appear on a terminal only.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TextIO, TypeVar

from placeops_cli.cells import clean, plain, shown, stamp

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from tasks.services.paging import Page

T = TypeVar("T")

PALETTE = {
    "completed": "green",
    "eligible": "green",
    "posted": "green",
    "ok": "green",
    "pass": "green",
    "alive": "green",
    "open": "green",
    "active": "cyan",
    "in_progress": "cyan",
    "waiting": "yellow",
    "delayed": "yellow",
    "paused": "yellow",
    "warn": "yellow",
    "to be reviewed": "yellow",
    "unknown": "yellow",
    "late": "yellow",
    "stale": "yellow",
    "failed": "red",
    "fail": "red",
    "not eligible": "red",
    "lost": "red",
    "cancelled": "dim",
    "archived": "dim",
    "stopped": "dim",
}


GAP = 2
"""Spaces between the columns of a table."""


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column: its name in a pipe, where its value comes from, and how a terminal shows it.

    `wide` columns are left out of a terminal's list (they would push the others off the screen), never of a pipe.
    """

    name: str
    value: Callable[[T], object] | None = None
    title: str | None = None
    wide: bool = False

    def of(self, item: T) -> object:
        """The column's value for one item; without a function it is the attribute of the column's name."""
        return self.value(item) if self.value else attrgetter(self.name)(item)

    @property
    def heading(self) -> str:
        """What a terminal calls the column."""
        return self.title or self.name.replace("_", " ").capitalize().replace("Id", "ID")


def colourful(stream: TextIO) -> bool:
    """Whether escape sequences may go to the stream."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def as_json(value: object) -> str:
    """One JSON document: what the REST API would send, with nothing in it that a terminal would obey."""
    from pydantic_core import to_json

    text = to_json(value, indent=2).decode()
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", lambda m: f"\\u{ord(m.group()):04x}", text
    )


@dataclass(frozen=True)
class Output:
    """Writes results of one command."""

    json: bool = False
    quiet: bool = False

    @cached_property
    def zone(self) -> tzinfo:
        """The college's time zone."""
        from zoneinfo import ZoneInfo

        from tasks.settings import settings

        return ZoneInfo(settings().time_zone)

    @property
    def on_terminal(self) -> bool:
        """Whether a person reads stdout as tables."""
        return sys.stdout.isatty() and not self.json and not self.quiet

    @property
    def chatty(self) -> bool:
        """Whether a person watches stderr."""
        return sys.stderr.isatty() and not self.quiet

    def listing(
        self,
        found: Page[T] | Sequence[T] | Iterator[Page[T]],
        columns: Sequence[Column[T]],
        *,
        empty: str,
        key: Callable[[T], object] = attrgetter("id"),
    ) -> None:
        """A list; `empty` is said on a terminal when there is nothing, `key` is what `--quiet` prints of an item.

        Pages that follow each other are written as they come, but for a table and a document, which are made whole.
        """
        from tasks.services.paging import Page

        if isinstance(found, Iterator):
            if not (self.json or self.on_terminal):
                self._stream(found, columns, key)
                return
            found = [item for page in found for item in page.items]
        page: Page[T] = found if isinstance(found, Page) else Page(list(found), None)
        if self.json:
            self._line(as_json(page))
        elif self.quiet:
            for item in page.items:
                self._line(plain(key(item), UTC))
        elif self.on_terminal:
            self._table(page.items, columns) if page.items else self.hint(empty)
        else:
            self._tsv(page.items, columns)
        if page.next_cursor and not self.json:
            self.warn(f"there are more: --cursor {page.next_cursor} goes on, --all lists everything")

    def _stream(
        self, pages: Iterator[Page[T]], columns: Sequence[Column[T]], key: Callable[[T], object]
    ) -> None:
        write = self.rows(columns, key=key)
        for page in pages:
            for item in page.items:
                write(item)

    def rows(
        self, columns: Sequence[Column[T]], *, key: Callable[[T], object] = attrgetter("id")
    ) -> Callable[[T], None]:
        """What a pipe reads of objects that come one after another: the header now, a line for each that is given."""
        if not self.quiet:
            self._line("\t".join(column.name for column in columns))
        return lambda item: self._line(plain(key(item), UTC) if self.quiet else self._row(item, columns))

    def record(
        self,
        value: T,
        columns: Sequence[Column[T]],
        *,
        key: Callable[[T], object] | None = attrgetter("id"),
        document: object = None,
        every: bool = False,
    ) -> None:
        """One object: name and value below each other on a terminal, one line of TSV in a pipe.

        `document` is the JSON model when that is more than the object shown; without `key`, `--quiet` is silent;
        on a terminal empty wide columns are left out unless `every` one matters.
        """
        if self.json:
            self._line(as_json(value if document is None else document))
        elif self.quiet:
            if key and (named := key(value)) is not None:
                self._line(plain(named, UTC))
        elif self.on_terminal:
            self._fields(value, columns, every)
        else:
            self._tsv([value], columns)

    def document(self, value: object) -> None:
        """The JSON document alone, where the other forms show it in parts."""
        self._line(as_json(value))

    def say(self, sentence: str) -> None:
        """A sentence for a person, on stdout; pipes and programs never see it."""
        if self.on_terminal:
            self.draw(self.text(sentence))

    def grid(self, rows: Iterable[Sequence[str]]) -> None:
        """Lines of cells below each other, on a terminal only; known states get their colour."""
        from rich.table import Table

        grid = Table.grid(padding=(0, 2, 0, 0))
        for row in rows:
            grid.add_row(*(self.text(cell) for cell in row))
        self.draw(grid)

    def hint(self, sentence: str) -> None:
        """What one might do next, for people only."""
        if self.chatty and not self.json:
            self._stderr(sentence, "dim")

    def warn(self, sentence: str) -> None:
        """What went not quite as expected; also seen in cron mails and logs."""
        self._stderr(f"warning: {sentence}", "yellow")

    def raw(self, line: str) -> None:
        """A line for stdout as it is, control characters apart."""
        self._line(clean(line))

    def draw(self, what: RenderableType) -> None:
        """Something of rich's, on a terminal."""
        self.console.print(what)

    def text(self, value: str) -> RenderableType:
        """A text for `draw` that obeys no markup; known states get their colour."""
        from rich.text import Text

        return Text(clean(value), style=PALETTE.get(value.lower(), ""))

    @cached_property
    def console(self) -> Console:
        """The terminal, as rich sees it."""
        from rich.console import Console

        system: Any = "auto" if colourful(sys.stdout) else None
        return Console(color_system=system, markup=False, emoji=False, highlight=False)

    def _table(self, items: Sequence[T], columns: Sequence[Column[T]]) -> None:
        """Whole words in every column; those on the right that find no room are named instead of shown."""
        from rich.table import Table

        seen = [column for column in columns if not column.wide]
        now = datetime.now(UTC)
        rows = [[shown(column.of(item), self.zone, now) for column in seen] for item in items]
        cells = zip(*([column.heading for column in seen], *rows), strict=True)
        widths = fitting([[clean(cell) for cell in column] for column in cells], self.console.width)
        table = Table(box=None, padding=(0, GAP, 0, 0), header_style="bold", pad_edge=False)
        for column, width in zip(seen, widths, strict=False):
            numbers = all(_is_number(column.of(item)) for item in items)
            side: Any = "right" if numbers else "left"
            table.add_column(column.heading, justify=side, overflow="fold", width=width)
        for row in rows:
            table.add_row(*map(self.text, row[: len(widths)]))
        self.draw(table)
        if left_out := [column.heading for column in seen[len(widths) :]]:
            self.hint(
                f"No room here for: {', '.join(left_out)}. A wider window shows them, and --json has them."
            )

    def _fields(self, value: T, columns: Sequence[Column[T]], every: bool) -> None:
        from rich.table import Table

        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(style="bold")
        grid.add_column(overflow="fold")
        now = datetime.now(UTC)
        for column in columns:
            field = column.of(value)
            if column.wide and not every and field in (None, [], {}):
                continue
            seen = shown(field, self.zone, now)
            if isinstance(field, datetime):
                seen = f"{stamp(field, self.zone)}  ({seen})"
            grid.add_row(column.heading, self.text(seen))
        self.draw(grid)

    def _tsv(self, items: Sequence[T], columns: Sequence[Column[T]]) -> None:
        self._line("\t".join(column.name for column in columns))
        for item in items:
            self._line(self._row(item, columns))

    def _row(self, item: T, columns: Sequence[Column[T]]) -> str:
        return "\t".join(plain(column.of(item), self.zone) for column in columns)

    def _line(self, text: str) -> None:
        sys.stdout.write(text + "\n")

    def _stderr(self, sentence: str, style: str) -> None:
        codes = {"dim": "2", "yellow": "33"}
        text = clean(sentence)
        sys.stderr.write((f"\x1b[{codes[style]}m{text}\x1b[0m" if colourful(sys.stderr) else text) + "\n")


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def fitting(columns: Sequence[Sequence[str]], room: int) -> list[int]:
    """Widths for as many columns, from the left, as `room` can hold without cutting a word; one at least."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, cells)) for cells in columns]
    least = [max((cell_len(word) for cell in cells for word in cell.split()), default=1) for cells in columns]
    number = len(columns)
    while number > 1 and sum(least[:number]) + GAP * number > room:
        number -= 1
    widths = widths[:number]
    while sum(widths) + GAP * number > room:
        spare, widest = max((widths[at] - least[at] and widths[at], at) for at in range(number))
        if not spare:
            break
        widths[widest] -= 1
    return widths
