"""Schedules are rows; a fire is a unique row written in the transaction that enqueues its job.

So two schedulers, a restart or a frozen one that wakes cannot fire a tick twice. Both the scheduler process and every
worker's sweep call `fire_due`: a schedule outlives a dead scheduler.

Every tick that its policy wants gets a row of its own, and the row names the job that answers it. Where that tick's
input waits in a job already (an hourly view after a night down, policy `all`), it is that one job: it starts later
than all of those ticks, and running it once a tick would do the same work again. A tick whose job type is draining is
recorded as skipped, with the reason.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from sqlalchemy import Connection, RowMapping

from sql.engine import sentence, transaction
from sql.queries import query
from tasks.errors import PlaceopsError
from tasks.jobs import ledger

log = logging.getLogger(__name__)

LATE = timedelta(seconds=90)
"""A tick fired later than this is recorded as late."""
TOO_LATE = "its time was over, and the schedule catches up with nothing"
UNUSABLE = (CronSimError, LookupError, ValueError, OSError)
"""What a cron that means nothing, one that never fires, or a zone that nobody knows raises."""
MOST_TICKS = 10_000
"""How many missed ticks are counted (and, by policy `all`, fired) after a downtime; older ones are forgotten."""

_broken: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Fire:
    """A tick of a schedule that was dealt with: the job it enqueued (None: skipped) and how many ticks were missed."""

    schedule: str
    fire_at: datetime
    outcome: str
    missed: int
    job_id: int | None


def ticks(cron: str, time_zone: str, since: datetime, until: datetime) -> list[datetime]:
    """The ticks after `since` up to and including `until`, newest first, in UTC. Raises UNUSABLE."""
    # A second is added before the zone is applied: local arithmetic forgets which of two equal hours it is in.
    end = (until.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)).astimezone(
        ZoneInfo(time_zone)
    )
    backwards = _Backwards(cron, _behind_the_repeated(end) if _names_times(cron) else end, reverse=True)
    past = (tick for tick in (tick.astimezone(UTC) for tick in backwards) if tick <= until)
    return list(islice(takewhile(lambda tick: tick > since, past), MOST_TICKS))


class _Backwards(CronSim):
    """Steps back to the last second of a day or month, which where it comes twice (Cairo in October) is the second one.

    The library means the first one, and leaves out the hour between them.
    """

    def reverse_day(self) -> bool:
        moved = super().reverse_day()
        if moved:
            self.dt = self.dt.replace(fold=1)
        return moved

    def reverse_month(self) -> None:
        month = self.dt.month
        super().reverse_month()
        if self.dt.month != month:
            self.dt = self.dt.replace(fold=1)


def _names_times(cron: str) -> bool:
    """Whether a cron names times of day; with a star for its minute or hour it goes by the minutes that pass."""
    return not any(field.startswith("*") for field in cron.split()[:2])


def _behind_the_repeated(local: datetime) -> datetime:
    """Where local time comes twice and this is its second time: the moment when that is over.

    Times of day that come twice tick the first time, so that all of those lie in the past.
    """
    first, second = local.replace(fold=0).utcoffset(), local.utcoffset()
    assert first is not None and second is not None
    return local + (first - second) if local.fold else local


def next_ticks(cron: str, time_zone: str, after: datetime, count: int) -> list[datetime]:
    """The next `count` ticks after a moment, in UTC; fewer where there are no more. Raises UNUSABLE."""
    forwards = (tick.astimezone(UTC) for tick in CronSim(cron, after.astimezone(ZoneInfo(time_zone))))
    return list(islice((tick for tick in forwards if tick > after), count))


def fire_due(now: datetime | None = None) -> list[Fire]:
    """Fire every schedule that is due by the database's clock (or by `now`); each in a transaction of its own."""
    fired: list[Fire] = []
    with transaction(read_only=True) as tx:
        enabled = tx.execute(query("schedules", "enabled")).mappings().all()
    for row in enabled:
        moment = now or row["now"]
        try:
            if ticks(row["cron"], row["time_zone"], row["since"], moment):
                fired += _fire(row["name"], moment)
            _broken.pop(row["name"], None)
        except Exception as error:
            _say_once(row["name"], sentence(error))
    return fired


def _say_once(name: str, words: str) -> None:
    """A bad cron is bad every second; the log hears of it once a process."""
    if _broken.get(name) != words:
        _broken[name] = words
        log.error("schedule %s could not be fired: %s", name, words)


def _fire(name: str, now: datetime) -> list[Fire]:
    with transaction() as tx:
        row = tx.execute(query("schedules", "lock_one"), {"name": name}).mappings().one_or_none()
        if row is None:
            return []
        due = ticks(row["cron"], row["time_zone"], row["since"], now)
        wanted = due if row["catch_up"] == "all" else due[:1]
        missed = 0 if row["catch_up"] == "all" else len(due) - 1
        return [fire for tick in reversed(wanted) if (fire := _record(tx, row, tick, now, missed))]


def _record(tx: Connection, row: RowMapping, tick: datetime, now: datetime, missed: int) -> Fire | None:
    late = now - tick > LATE
    outcome = "fired" if not late else "skipped" if row["catch_up"] == "none" else "late"
    values = {"schedule": row["name"], "fire_at": tick, "fired_at": now, "outcome": outcome, "missed": missed}
    values["reason"] = TOO_LATE if outcome == "skipped" else None
    if tx.scalar(query("schedules", "record_fire"), values) is None:
        return None
    job_id = None
    if outcome != "skipped":
        try:
            job_id = ledger.enqueue(tx, row["job_type"], row["payload"], created_by=f"schedule {row['name']}")
            tx.execute(query("schedules", "attach_job"), values | {"job_id": job_id})
        except PlaceopsError as refused:
            outcome, values["reason"] = "skipped", refused.message
            tx.execute(query("schedules", "skip"), values)
    why = f": {values['reason']}" if outcome == "skipped" else ""
    log.info("schedule %s: tick of %s %s%s", row["name"], tick.isoformat(), outcome, why)
    return Fire(row["name"], tick, outcome, missed, job_id)
