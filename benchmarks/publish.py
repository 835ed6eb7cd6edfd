"""Publishing 10,000 students, request to last row, beside one bare INSERT … SELECT; and the request at 230,000 ids.

    DATABASE_URL=postgresql://… python -m benchmarks.publish

A worker process and Redis (REDIS_URL) take part; without REDIS_URL the publish runs inline. Medians of five, in turn.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import make_url

from sql import engine, schema
from sql.engine import transaction
from tasks.actor import Actor, Role
from tasks.services.jobs import wait_for
from tasks.services.publishing import publish_drive
from tasks.services.selections import Listed
from tests import factories

ROUNDS = 5
ME = Actor("benchmark", role=Role.ADMIN)


@contextmanager
def scratch_database() -> Iterator[str]:
    """A migrated database of its own on the server of DATABASE_URL."""
    url = make_url(os.environ["DATABASE_URL"])
    name = f"bench_{uuid4().hex[:8]}"
    here = url.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(
        url.set(database="postgres").render_as_string(hide_password=False), autocommit=True
    ) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        os.environ |= {"DATABASE_URL": here, "PLACEOPS_REDIS_NAMESPACE": name}
        try:
            engine.configure(here, application="benchmark", pool_size=5)
            with engine.engine().connect() as conn:
                schema.migrate(conn)
            yield here
        finally:
            engine.dispose()
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@contextmanager
def worker() -> Iterator[None]:
    """A worker process, ready."""
    process = subprocess.Popen([sys.executable, "-m", "tasks.jobs", "10"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with transaction() as tx:
                if tx.scalar(text("SELECT count(*) FROM workers")):
                    break
            time.sleep(0.1)
        time.sleep(1)
        yield
    finally:
        process.terminate()
        process.wait()


def publish(number: int, ids: list[int]) -> tuple[float, float]:
    """Seconds until the request is answered, and until the last row is there."""
    with transaction() as tx:
        drive = factories.drive(tx, f"BENCH-{number}")
    began = time.perf_counter()
    done = publish_drive(ME, str(drive), [Listed(line, student_id=one) for line, one in enumerate(ids, 1)])
    answered = time.perf_counter() - began
    assert done.job is not None
    assert wait_for(ME, [done.job.id], timeout=60)[0].state == "completed"
    return answered, time.perf_counter() - began


def bare(number: int, ids: list[int]) -> float:
    """Seconds of the one statement that nobody can do without."""
    with transaction() as tx:
        drive = factories.drive(tx, f"BARE-{number}")
    statement = text("""
        INSERT INTO drive_coordinator_selections (drive_id, student_id, source, selected_by)
        SELECT :drive, unnest(CAST(:ids AS int[])), 'COORDINATOR', 'benchmark'
    """)
    began = time.perf_counter()
    with transaction() as tx:
        tx.execute(statement, {"drive": drive, "ids": ids})
    return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    with scratch_database(), worker():
        with transaction() as tx:
            everyone = factories.crowd(tx, factories.college(tx), 230_000)
        with engine.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("ANALYZE"))
        ids = everyone[:10_000]
        pairs = [(publish(number, ids), bare(number, ids)) for number in range(ROUNDS + 1)][1:]
        request = statistics.median(answered for (answered, _), _ in pairs)
        whole = statistics.median(last for (_, last), _ in pairs)
        limit = statistics.median(seconds for _, seconds in pairs)
        ratio = statistics.median(last / seconds for (_, last), seconds in pairs)
        print(f"10,000 students: request {request * 1000:.0f} ms, to the last row {whole * 1000:.0f} ms")
        print(f"one INSERT … SELECT: {limit * 1000:.0f} ms; ratio {ratio:.2f}")
        big = [publish(1000 + number, everyone) for number in range(3)]
        print(
            f"230,000 students: request {statistics.median(a for a, _ in big):.2f} s, "
            f"to the last row {statistics.median(b for _, b in big):.2f} s"
        )


if __name__ == "__main__":
    main()
