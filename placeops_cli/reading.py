"""Words from the command line as values: times, dates, durations, amounts of money."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

from tasks.errors import PlaceopsError

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def duration(text: str) -> timedelta:
    """`30s`, `10m`, `2h`, `3d`, or several: `1h30m`. Raises invalid-input."""
    parts = re.findall(r"(\d+)([smhd])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise _invalid(f"{text!r} is not a duration", "30s, 10m, 2h, 3d or 1h30m")
    try:
        return timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in parts))
    except OverflowError:
        raise _invalid(f"{text!r} is too long") from None


def ago(text: str) -> datetime:
    """The time that lies a duration back from now. Raises invalid-input."""
    return datetime.now(UTC) - duration(text)


def moment(text: str, zone: tzinfo) -> datetime:
    """`2026-12-01 17:00` in the college's zone, or RFC 3339 with its own offset. Raises invalid-input."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or not re.search(r"\d[T ]\d", text):
        raise _invalid(
            f"{text!r} is not a time", "2026-12-01 17:00, or with an offset: 2026-12-01T17:00:00+05:30"
        )
    return found if found.tzinfo else found.replace(tzinfo=zone)


def day(text: str) -> date:
    """`2026-12-01`. Raises invalid-input."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise _invalid(f"{text!r} is not a date", "2026-12-01") from None


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
    """A decimal number, as exact as it was typed. Raises invalid-input."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("nan")
    if not found.is_finite():
        raise _invalid(f"{text!r} is not a number")
    return found


def rupees(text: str) -> int:
    """Whole rupees, with or without commas: `650000`, `6,50,000`. Raises invalid-input."""
    digits = text.strip().replace(",", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 15:
        raise _invalid(f"{text!r} is not an amount in whole rupees", "650000 or 6,50,000")
    return int(digits)


def _invalid(message: str, example: str | None = None) -> PlaceopsError:
    return PlaceopsError("invalid-input", message, example and f"write it like {example}")
