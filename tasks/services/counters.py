"""Counts that only grow, as monitoring wants them, over rows that are pruned: each process counts on from its start."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection

from sql.queries import query

BOUNDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0)
"""Upper bounds of a job's duration, in seconds."""
OUTCOMES = ("completed", "failed", "cancelled")


class Counters:
    """What ended since this process looked for the first time."""

    def __init__(self) -> None:
        self.jobs: Counter[tuple[str, str]] = Counter()
        self.durations: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.missed: Counter[str] = Counter()
        self._lock = Lock()
        self._since: datetime | None = None

    def catch_up(self, tx: Connection) -> None:
        """Count what ended since the last time."""
        with self._lock:
            until: datetime = tx.execute(query("metrics", "settled")).scalar_one()
            if self._since is not None and until > self._since:
                self._count(tx, {"since": self._since, "until": until})
            if self._since is None or until > self._since:
                self._since = until

    def _count(self, tx: Connection, span: dict[str, datetime]) -> None:
        for row in tx.execute(query("metrics", "finished"), span | {"bounds": list(BOUNDS)}):
            self.jobs[row.type, row.outcome] += row.jobs
            if row.bucket is not None:
                self.durations[row.type][row.bucket] += row.jobs
                self.seconds[row.type] += row.seconds
        for row in tx.execute(query("metrics", "missed"), span):
            self.missed[row.schedule] += row.missed
