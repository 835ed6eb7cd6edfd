"""Words from the command line as values: times, dates, durations, amounts of money, ids.

The functions are the parsers of options and arguments: what they raise is told with the name of the option that was
typed. A default reaches them as the value that it is already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

import typer

from tasks.errors import PlaceopsError

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Unreadable(typer.BadParameter):
    """A word that is no value of its kind, and how to write one."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


def duration(text: str | timedelta) -> timedelta:
    """`30s`, `10m`, `2h`, `3d`, or several: `1h30m`. Raises Unreadable."""
    if isinstance(text, timedelta):
        return text
    parts = re.findall(r"([0-9]+)([smhd])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise Unreadable(f"{text!r} is not a duration", "write it like 30s, 10m, 2h, 3d or 1h30m")
    try:
        return timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in parts))
    except (OverflowError, ValueError):
        raise Unreadable(f"{text[:40]!r} is too long", "10m or 2h will do") from None


def ago(text: str) -> datetime:
    """The time that lies a duration back from now. Raises Unreadable."""
    try:
        return datetime.now(UTC) - duration(text)
    except OverflowError:
        raise Unreadable(f"{text!r} ago is too long ago", "write it like 30m, 2h or 3d") from None


def moment(text: str) -> datetime:
    """`2026-12-01 17:00`, still without a zone, or RFC 3339 with its own offset. Raises Unreadable."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or not re.search(r"[0-9][T ][0-9]", text):
        raise Unreadable(
            f"{text!r} is not a time", "write it like '2026-12-01 17:00', or 2026-12-01T17:00:00+05:30"
        )
    return found


def in_zone(found: datetime | None, zone: tzinfo) -> datetime | None:
    """The time, in the college's zone where it names none itself."""
    return found if found is None or found.tzinfo else found.replace(tzinfo=zone)


def day(text: str) -> date:
    """`2026-12-01`. Raises Unreadable."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Unreadable(f"{text!r} is not a date", "write it like 2026-12-01") from None


def words(text: str | None, kind: str, known: Collection[str]) -> tuple[str, ...]:
    """Names separated by commas. Raises invalid-input for one that is not known, with its likely spelling."""
    found = tuple(part.strip() for part in (text or "").split(",") if part.strip())
    for name in found:
        if name not in known:
            near = get_close_matches(name, known, n=1) or sorted(known)
            raise PlaceopsError(
                "invalid-input", f"no such {kind}: {name}", f"did you mean {' or '.join(near)}?"
            )
    return found


def number(text: str) -> Decimal:
    """A decimal number, as exact as it was typed. Raises Unreadable."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("nan")
    if not found.is_finite():
        raise Unreadable(f"{text!r} is not a number", "write it with digits and a point, such as 7.5")
    return found


def whole(least: int, most: int) -> Callable[[str | int], int]:
    """A parser of whole numbers from `least` to `most`. It raises Unreadable."""

    def read(text: str | int) -> int:
        found = _digits(str(text).strip())
        if found is None:
            raise Unreadable(f"{text!r} is not a whole number", f"give one from {least:,} to {most:,}")
        if not least <= found <= most:
            raise Unreadable(f"{text} is out of range", f"give a whole number from {least:,} to {most:,}")
        return found

    return read


def numbered(noun: str) -> Callable[[str], int]:
    """A parser of the ids of what `placeops NOUN list` shows. It raises Unreadable."""

    def read(text: str) -> int:
        found = _digits(text.strip())
        if found is None or found < 0:
            raise Unreadable(f"{text!r} is not an id", f"ids are numbers: placeops {noun} list")
        return found

    return read


def rupees(text: str) -> int:
    """Whole rupees, with or without commas: `650000`, `6,50,000`. Raises Unreadable."""
    found = _digits(text.strip().replace(",", ""))
    if found is None or not 0 <= found < 10**15:
        raise Unreadable(f"{text!r} is not an amount in whole rupees", "write it like 650000 or 6,50,000")
    return found


def _digits(text: str) -> int | None:
    """A whole number of ordinary digits, at most a hundred of them."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,100}", text) else None
