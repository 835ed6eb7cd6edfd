"""What `doctor` looks at, one subject a file. A look yields what it found; a finding comes with its fix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tasks.settings import settings


@dataclass(frozen=True, slots=True)
class Check:
    """One look: `status` is ok, warn or fail; a warning is worth knowing, a failure needs the fix.

    `kind` and `id` say where to look further: a drive, the jobs of a state, a queue, a schedule, …
    """

    name: str
    status: str
    detail: str
    fix: str | None = None
    kind: str | None = None
    id: str | None = None


def unless(
    wrong: bool,
    name: str,
    detail: str,
    fix: str,
    *,
    status: str = "fail",
    kind: str | None = None,
    id: str | None = None,
) -> Check:
    """A check that passed, unless something is wrong: then it has the status, and says what to do and where."""
    return Check(name, status, detail, fix, kind, id) if wrong else Check(name, "ok", detail)


def clock(when: datetime) -> str:
    """A moment of today by its time, another with its day, in the college's zone."""
    zone = ZoneInfo(settings().time_zone)
    local, today = when.astimezone(zone), datetime.now(zone).date()
    return local.strftime("%H:%M" if local.date() == today else "%Y-%m-%d %H:%M")


def some(names: list[str], most: int = 3) -> str:
    """The first names of a list, and how many others there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
