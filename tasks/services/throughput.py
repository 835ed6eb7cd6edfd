"""How much work was done when: jobs that ended, over an hour, a day or a week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sql.engine import transaction
from sql.queries import query
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.services import access

WINDOWS: Mapping[str, tuple[int, int]] = {"1h": (60, 60), "24h": (1800, 48), "7d": (10_800, 56)}
"""By name: the seconds of a bucket, and how many buckets there are."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many jobs ended how, from `at` on."""

    at: datetime
    completed: int
    cancelled: int
    failed: int


@dataclass(frozen=True, slots=True)
class TypeThroughput:
    """The same of one job type, a number for each bucket."""

    type: str
    completed: list[int]
    cancelled: list[int]
    failed: list[int]


@dataclass(frozen=True, slots=True)
class Throughput:
    """Jobs that ended within a window, oldest bucket first; the last one is not over. Types without any are left out.

    A job that is retried after it was counted as failed, and fails again, counts twice.
    """

    window: str
    bucket_seconds: int
    buckets: list[Bucket]
    types: list[TypeThroughput]
    as_of: datetime


def throughput(actor: Actor, window: str = "1h") -> Throughput:
    """What ended within the last hour, day or week. Raises forbidden, invalid-input for another window."""
    access.require(actor, "queue.read")
    if window not in WINDOWS:
        fix = f"one of {', '.join(WINDOWS)}"
        raise PlaceopsError("invalid-input", f"no such window: {window!r}", fix, field="/window")
    seconds, number = WINDOWS[window]
    with transaction(read_only=True, snapshot=True) as tx:
        span = tx.execute(query("queues", "window"), {"seconds": seconds, "buckets": number}).one()
        values = {"since": span.since, "seconds": seconds}
        rows = [row for row in tx.execute(query("queues", "throughput"), values) if 0 <= row.place < number]
    types: dict[str, TypeThroughput] = {}
    for row in rows:
        of = types.setdefault(row.type, TypeThroughput(row.type, *([0] * number for _ in range(3))))
        of.completed[row.place], of.cancelled[row.place] = row.completed, row.cancelled
        of.failed[row.place] = row.failed
    return Throughput(
        window=window,
        bucket_seconds=seconds,
        buckets=[
            Bucket(
                at=span.since + timedelta(seconds=seconds * place),
                completed=sum(one.completed[place] for one in types.values()),
                cancelled=sum(one.cancelled[place] for one in types.values()),
                failed=sum(one.failed[place] for one in types.values()),
            )
            for place in range(number)
        ],
        types=[types[name] for name in sorted(types)],
        as_of=span.as_of,
    )
