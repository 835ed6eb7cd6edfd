"""How one value looks: full and reversible in a pipe, short and safe on a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import Enum

UNKNOWN = "–"

# Controls of both ranges, and the marks that reverse or isolate text; joiners stay, Indic names need them.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NAMED = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def _escaped(found: re.Match[str]) -> str:
    char = found.group()
    return _NAMED.get(char) or (f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}")


def clean(value: str) -> str:
    """Text from people, with every control character made visible instead of obeyed."""
    return _CONTROL.sub(_escaped, value)


def plain(value: object, zone: tzinfo) -> str:
    """A value in a pipe: nothing shortened, empty for unknown; a backslash starts an escape and is doubled itself."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(zone).isoformat(timespec="seconds")
        case Enum():
            return str(value.value)
        case Mapping():
            return clean(json.dumps(value, ensure_ascii=False, default=str).replace("\\", "\\\\"))
        case list() | tuple():
            return ",".join(plain(item, zone) for item in value)
        case _:
            return clean(str(value).replace("\\", "\\\\"))


def shown(value: object, zone: tzinfo, now: datetime) -> str:
    """A value in a terminal's table: relative times, a dash for unknown."""
    match value:
        case None | "" | [] | ():
            return UNKNOWN
        case bool():
            return "yes" if value else "no"
        case datetime():
            return relative(value, now, zone)
        case date():
            return value.isoformat()
        case timedelta():
            return lasting(value.total_seconds())
        case Enum():
            return str(value.value)
        case Mapping():
            parts = (
                f"{clean(str(key)).replace('_', ' ')} {shown(item, zone, now)}" for key, item in value.items()
            )
            return "; ".join(parts) or UNKNOWN
        case list() | tuple():
            return ", ".join(shown(item, zone, now) for item in value)
        case _:
            return clean(str(value))


def stamp(when: datetime, zone: tzinfo) -> str:
    """The one form of a time for people: `2026-12-01 17:00` in the college's zone."""
    return when.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def relative(when: datetime, now: datetime | None = None, zone: tzinfo = UTC) -> str:
    """How far a time is from now; the date itself when that is more than a month."""
    seconds = ((now or datetime.now(UTC)) - when).total_seconds()
    if abs(seconds) < 2:
        return "now"
    if abs(seconds) > 30 * 86_400:
        return when.astimezone(zone).strftime("%Y-%m-%d")
    span = lasting(abs(seconds))
    return f"{span} ago" if seconds > 0 else f"in {span}"


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def lasting(seconds: float) -> str:
    """A span in its largest sensible unit: 8 s, 12 min, 5 h, 3 days."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
