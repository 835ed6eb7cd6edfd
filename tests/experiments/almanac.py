"""Which ticks a cron has, the slow way: every minute is turned into local time and compared field by field.

It knows nothing of the library that the program asks. Where clocks change it follows Debian's cron:

- A cron whose minute or hour begins with a star goes by the minutes that pass: it has no tick in an hour that does not
  exist, and ticks twice in one that comes twice.
- Any other names times of day: one that comes twice counts the first time, and those that do not exist have one tick
  together, in the first minute after the gap.

The day matches when both of its fields do if either begins with a star, else when one of them does. Sunday is 0 and 7.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
LAST = 32
"""Among days of a month: its last one."""


@dataclass(frozen=True)
class Cron:
    """An expression, taken apart."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    both_days: bool
    times_of_day: bool

    def names(self, wall: datetime) -> bool:
        """Whether this is one of its minutes by the clock on the wall."""
        if wall.minute not in self.minutes or wall.hour not in self.hours or wall.month not in self.months:
            return False
        last = LAST in self.days and wall.day == monthrange(wall.year, wall.month)[1]
        by_date, by_weekday = last or wall.day in self.days, wall.isoweekday() % 7 in self.weekdays
        return by_date and by_weekday if self.both_days else by_date or by_weekday


@cache
def cron(words: str) -> Cron:
    """Take an expression of five fields apart."""
    minute, hour, day, month, weekday = words.split()
    return Cron(
        _numbers(minute, 0, 59),
        _numbers(hour, 0, 23),
        _numbers(day.replace("L", str(LAST)), 1, 31),
        _numbers(month, 1, 12),
        frozenset(number % 7 for number in _numbers(weekday, 0, 7)),
        both_days=day.startswith("*") or weekday.startswith("*"),
        times_of_day=not (minute.startswith("*") or hour.startswith("*")),
    )


def _numbers(field: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = low if span == "*" else int(first)
        end = high if span == "*" or (step and not last) else int(last or first)
        found |= set(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def ticks(words: str, zone: str, since: datetime, until: datetime) -> list[datetime]:
    """The ticks after `since` up to and including `until`, oldest first, in UTC."""
    return ticks_of({"": (words, zone)}, since, until)[""]


def ticks_of(
    crons: Mapping[str, tuple[str, str]], since: datetime, until: datetime
) -> dict[str, list[datetime]]:
    """The same for many crons, each with its zone, by name."""
    found: dict[str, list[datetime]] = {name: [] for name in crons}
    for zone in {zone for _, zone in crons.values()}:
        here = {name: cron(words) for name, (words, at) in crons.items() if at == zone}
        for moment, wall, skipped in _minutes(zone, since, until):
            for name, one in here.items():
                if _ticks(one, wall, skipped):
                    found[name].append(moment)
    return found


def _ticks(one: Cron, wall: datetime, skipped: list[datetime]) -> bool:
    if not one.times_of_day:
        return one.names(wall)
    return (not wall.fold and one.names(wall)) or any(one.names(missing) for missing in skipped)


def _minutes(
    zone: str, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, list[datetime]]]:
    """Each minute: in UTC, on the wall, and the minutes that the wall left out just before it."""
    place = ZoneInfo(zone)
    moment = since.astimezone(UTC).replace(second=0, microsecond=0) + MINUTE
    before = (moment - MINUTE).astimezone(place).replace(tzinfo=None)
    while moment <= until:
        wall = moment.astimezone(place).replace(tzinfo=None)
        gap = (wall - before) // MINUTE - 1 if wall - before > MINUTE else 0
        yield moment, wall, [before + MINUTE * number for number in range(1, gap + 1)]
        before, moment = wall, moment + MINUTE
