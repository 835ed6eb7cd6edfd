"""E3, PostgreSQL broken: cut before and after every statement of a job's life, its sessions ended, itself restarted.

Pass: exactly once for every cut, ambiguous commits included; neither budget is spent; workers go on within 5 s of
its return; the API says 503 and when to come back, the command line exits with 3 and says what to do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
from sqlalchemy.engine import make_url

from sql import engine
from sql.engine import is_transient
from tasks.jobs import ledger, runner
from tasks.jobs.incarnation import Incarnation
from tests.experiments import fleet
from tests.experiments.checker import Findings, check
from tests.experiments.e2_redis_amnesia import free_port, ready
from tests.experiments.proxy import Cut, Proxy, When
from tests.experiments.report import Limit
from tests.experiments.work import requests
from tests.experiments.world import OwnPostgres, World, load
from tests.jobs.support import until

OWN_REDIS, OWN_POSTGRES = False, True
RESUME_SECONDS = 5.0
DOZES = (0, 0.1, 0.2, 0.3) * 5
FEW = 200
"""More statements than any job's life has."""


def run(world: World, bug: str | None, only: str | None) -> tuple[Findings, Mapping[str, str], list[str]]:
    """All three parts, or one of them."""
    complaints: list[str] = []
    extra: dict[str, str] = {}
    if world.minutes is not None:
        world.patience *= 5
    resumed: list[float] = []
    if only in (None, "cuts"):
        tried, words = cuts(world)
        complaints += words
        extra["cuts"] = str(tried)
    if only in (None, "terminations", "restarts"):
        with fleet.workers(world, 2, bug):
            if only in (None, "terminations"):
                extra["sessions ended"] = str(terminations(world))
            if only in (None, "restarts"):
                resumed, words = restarts(world)
                complaints += words
            world.at_rest()
    found = check(world.database_url, world.journal, world.export_folder)
    complaints += found.faults + _spent(world)
    if only in (None, "restarts"):
        extra["first job after PostgreSQL is back"] = ", ".join(f"{one:.1f} s" for one in resumed)
        limit = Limit("first job after a restart", resumed, 1.0, RESUME_SECONDS).complaint
        complaints += [limit] if limit else []
    return found, extra, complaints


def _spent(world: World) -> list[str]:
    """A broken database is no job's fault."""
    spent = (
        "SELECT id, type, failures, crashed_by FROM jobs WHERE failures > 0 OR crashed_by <> '{}' ORDER BY id"
    )
    with psycopg.connect(world.database_url) as conn:
        return [
            f"job {row[0]} ({row[1]}) paid: {row[2]} failures, crashes {row[3]}"
            for row in conn.execute(spent)
        ]


def cuts(world: World) -> tuple[int, list[str]]:
    """One life of a job for each statement in it and each side of that statement; how many, and what went wrong."""
    tried = 0
    complaints: list[str] = []
    fleet.leave_witnesses()
    assert world.postgres is not None
    proxy = Proxy(str(world.postgres.folders.sockets / ".s.PGSQL.5432"))
    direct = world.database_url
    through = make_url(direct).set(
        host="127.0.0.1", port=proxy.port, query={"sslmode": "disable", "gssencmode": "disable"}
    )
    engine.reconfigure(url=through.render_as_string(hide_password=False), pre_ping=False)
    try:
        for when in ("before", "after"):
            for kind in requests(world, f"{when}"):
                lives, words = _every_cut(world, proxy, kind, when)
                tried += lives
                complaints += words
                if words:
                    return tried, complaints
    finally:
        engine.reconfigure(url=direct, pre_ping=True)
        proxy.close()
    return tried, complaints


def _every_cut(world: World, proxy: Proxy, kind: str, when: When) -> tuple[int, list[str]]:
    for number in range(1, FEW):
        cut = Cut(number, when)
        if not _life(world, proxy, kind, cut):
            return number, [f"{kind}, cut {when} statement {number}: its job never ends"]
        if not cut.done:
            return number, [] if number > 5 else [f"{kind}: only {number} statements were seen"]
    return FEW, [f"{kind}: more than {FEW} statements"]


def _life(world: World, proxy: Proxy, kind: str, cut: Cut) -> bool:
    """From the request to the end of the job; whether it came to an end."""
    ask_for = requests(world, f"{kind}-{cut.when}-{cut.statement}")[kind]
    me = Incarnation("worker", [])
    proxy.cut = cut
    try:
        ask_for()
        with psycopg.connect(world.database_url, autocommit=True) as conn:
            for _ in range(20):
                _work(kind, me)
                conn.execute("UPDATE jobs SET run_at = clock_timestamp() WHERE state = 'delayed'")
                if conn.execute("SELECT FROM jobs WHERE finished_at IS NULL").fetchone() is None:
                    return True
    finally:
        proxy.cut = None
        me.end()
    return False


def _work(kind: str, me: Incarnation) -> None:
    """What a worker process does: take a job and run it; its heartbeat and its sweep see to the rest."""
    try:
        if (job := ledger.claim(kind, me.id)) is not None:
            runner.execute(job, me.id)
        ledger.hand_back(me.id, "no thread had it")
        ledger.promote_due()
    except Exception as error:
        if not is_transient(error):
            raise


def _pace(world: World, short: float) -> float:
    """Jobs a second. A long storm, in which much is done again, gets no more than workers do in it."""
    return short if world.minutes is None else short / 2.5


def terminations(world: World) -> int:
    """Once a second every session of the workers, or one of them, is ended; how many in all."""
    ended = 0
    world.phase("terminations")
    end = time.monotonic() + world.seconds(12)
    with (
        psycopg.connect(world.database_url, autocommit=True) as conn,
        load(world, _pace(world, 30), lambda: world.trial(doze=world.random.uniform(0, 0.2))),
    ):
        while time.monotonic() < end:
            share = world.random.choice((0.2, 1.0))
            gone = conn.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND application_name LIKE 'placeops%%' AND random() < %s",
                (share,),
            ).fetchone()
            ended += gone[0] if gone else 0
            time.sleep(1)
    return ended


def restarts(world: World) -> tuple[list[float], list[str]]:
    """PostgreSQL ends at once and comes back; seconds until a job completes again, and what the doors said wrongly."""
    assert world.postgres is not None
    resumed: list[float] = []
    complaints: list[str] = []
    port = free_port()
    rounds = 2 if world.minutes is None else int(8 * world.minutes)
    with (
        fleet.process(world, "api", str(port)),
        fleet.client_of(port) as client,
    ):
        until(lambda: ready(client), 20)
        world.phase("restarts")
        with load(world, _pace(world, 20), lambda: world.trial(doze=world.random.choice((*DOZES, 3)))):
            time.sleep(3)
            began = time.time()
            for round in range(rounds):
                with _down(world.postgres):
                    complaints += _doors(world, client, tell_cli=round == 0)
                resumed.append(_until_a_job_completes(world))
                time.sleep(3)
        until(lambda: ready(client), 10)
    return resumed, complaints + _taken(world, began)


def _taken(world: World, began: float) -> list[str]:
    """No worker has died, even though PostgreSQL let go of all their locks."""
    taken = "SELECT job_id, why FROM job_events WHERE at > to_timestamp(%s) AND why LIKE 'its worker died%%'"
    with psycopg.connect(world.database_url) as conn:
        return [
            f"job {job} was taken from a worker that lives: {why}"
            for job, why in conn.execute(taken, (began,))
        ]


@contextmanager
def _down(postgres: OwnPostgres) -> Iterator[None]:
    postgres.crash()
    try:
        time.sleep(1)
        yield
    finally:
        postgres.start()


def _until_a_job_completes(world: World) -> float:
    began = time.time()

    def completed() -> bool:
        with psycopg.connect(world.database_url) as conn:
            done = "SELECT FROM job_events WHERE to_state = 'completed' AND at > to_timestamp(%s) LIMIT 1"
            return conn.execute(done, (began,)).fetchone() is not None

    until(completed, 30)
    return time.time() - began


def _doors(world: World, client: httpx.Client, *, tell_cli: bool) -> list[str]:
    """What the API and the command line say while there is no database."""
    complaints = []
    for path in ("/drives", "/readyz", "/queues"):
        answer = client.get(path)
        kind, later = answer.headers.get("content-type", ""), answer.headers.get("retry-after")
        if (answer.status_code, kind.partition(";")[0]) != (503, "application/problem+json") or not later:
            complaints.append(f"GET {path}: {answer.status_code} {kind}, Retry-After {later}")
    if (status := client.get("/livez").status_code) != 200:
        complaints.append(f"GET /livez: {status}")
    if tell_cli:
        done = subprocess.run(
            [sys.executable, "-m", "placeops_cli", "job", "list"],
            env=os.environ | world.environment,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 3 or "fix:" not in done.stderr:
            complaints.append(f"placeops job list: exit {done.returncode}, {done.stderr}")
    return complaints
