"""The ground of an experiment: a database, a Valkey, a folder, a journal, and this process as the client."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql as psql
from sqlalchemy import text
from sqlalchemy.engine import make_url

from sql import engine, schema
from sql.engine import transaction
from tasks.actor import Actor, Role
from tasks.embedded import Server, prepare
from tasks.embedded.postgres import start_postgres
from tasks.errors import PlaceopsError
from tasks.jobs import delivery, doorbell, ledger
from tasks.settings import settings
from tests.conftest import DATABASE, REDIS
from tests.experiments.journal import Journal
from tests.jobs.support import OwnRedis, ask
from tests.jobs.trials import TRIALS, TYPES, known_types

DONE = ("completed",)


@dataclass
class World:
    """What an experiment works with. `minutes` is None in the short form, `patience` the longest wait for rest.

    `timed` is how many seconds of the short form grow with the minutes of the long one.
    """

    seed: int
    minutes: float | None
    folder: Path
    database_url: str
    redis_url: str
    journal: Journal
    redis: OwnRedis | None = None
    postgres: OwnPostgres | None = None
    patience: float = 60.0
    timed: float = 60.0
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    @property
    def export_folder(self) -> Path:
        """Where the workers write exports."""
        return self.folder / "exports"

    @property
    def log(self) -> str:
        """What the workers and the API said."""
        path = self.folder / "processes.log"
        return path.read_text("utf-8") if path.exists() else ""

    def seconds(self, short: float) -> float:
        """How long a phase lasts: as given in the short form; the long form shares its minutes out likewise."""
        return short if self.minutes is None else 60 * self.minutes * short / self.timed

    @property
    def environment(self) -> dict[str, str]:
        """For processes of this world."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "PLACEOPS_REDIS_NAMESPACE": self.folder.name,
            "PLACEOPS_DATA_DIR": str(self.folder),
            "PLACEOPS_EXPORT_DIR": str(self.export_folder),
            "PLACEOPS_CONFIG": os.devnull,
        }

    def phase(self, name: str) -> None:
        """What follows counts as before, during or after the fault."""
        self.journal.note("phase", name=name)

    def request(
        self,
        work: Callable[[Actor], int | None],
        *,
        expect: Sequence[str] = DONE,
        via: str = "",
    ) -> int | None:
        """Be a client: ask for a job and write down what was said, and how long that took.

        `expect` names the states in which the job may end, `via` the way in whose speed is told apart.
        """
        request = uuid4().hex
        self.journal.note("ask", request=request)
        began = time.monotonic()
        try:
            job = work(Actor("client", request, role=Role.ADMIN))
        except PlaceopsError as error:
            kind = "unknown" if error.code == "database-unreachable" else "refused"
            self.journal.note(kind, request=request, error=error.code, expect=expect)
        except Exception as error:
            self.journal.note("unknown", request=request, error=engine.sentence(error), expect=expect)
        else:
            seconds = time.monotonic() - began
            self.journal.note(
                "acknowledged", request=request, job=job, seconds=seconds, expect=expect, via=via
            )
            return job
        return None

    def trial(self, type: str = "trial", *, expect: Sequence[str] = DONE, **payload: Any) -> int | None:
        """Ask for a trial."""

        def work(actor: Actor) -> int:
            with transaction() as tx:
                return ledger.enqueue(tx, type, payload, created_by=actor.name, request_id=actor.request_id)

        return self.request(work, expect=expect)

    def at_rest(self) -> None:
        """Wait until no job is waiting, delayed or active; what is still there then is the checker's to report."""
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            try:
                if not ask("SELECT count(*) FROM jobs WHERE finished_at IS NULL"):
                    return
            except Exception as error:
                if not engine.is_transient(error):
                    raise
            time.sleep(0.1)

    def fault(self, job: str, point: str, action: str) -> None:
        """The next attempt that reaches the point is killed or frozen there; `job` is a type or an id."""
        (self.folder / "faults").mkdir(exist_ok=True)
        (self.folder / "faults" / f"{job}.{point}.{action}").touch()

    @property
    def faults_left(self) -> list[str]:
        """Those that nobody has run into yet."""
        return [path.name for path in (self.folder / "faults").glob("*")]

    def faults_met(self) -> bool:
        """Wait a moment for somebody to run into each of them."""
        deadline = time.monotonic() + 10
        while self.faults_left and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self.faults_left


@contextmanager
def load(world: World, a_second: float, one: Callable[[], object], clients: int = 4) -> Iterator[None]:
    """Clients that do `one` so many times a second in all, while the block runs."""
    stopping = threading.Event()

    def client() -> None:
        due = time.monotonic()
        while not stopping.is_set():
            one()
            due = max(due + clients / a_second, time.monotonic() - 1)
            stopping.wait(max(0.0, due - time.monotonic()))

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


class OwnPostgres:
    """A PostgreSQL that an experiment may restart at once, as after a power cut."""

    def __init__(self, folder: Path) -> None:
        self.folders = prepare(folder)
        self._server: Server = start_postgres(self.folders)
        host = self.folders.sockets
        self.url = f"postgresql://placeops@/postgres?host={host}"

    def crash(self) -> None:
        """Every backend ends without a word, and so does the server."""
        os.kill(self._server.pid, signal.SIGQUIT)
        self._server.process.wait()

    def start(self) -> None:
        """It recovers and accepts connections."""
        self._server = start_postgres(self.folders)

    def end(self) -> None:
        """Gone."""
        self._server.kill()


@contextmanager
def world(
    seed: int, minutes: float | None, *, own_redis: bool = False, own_postgres: bool = False
) -> Iterator[World]:
    """A fresh world; this process is its client, which never works inline unless the experiment lets it."""
    with ExitStack() as stack:
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        folder = Path(
            stack.enter_context(
                TemporaryDirectory(prefix="experiment-", dir=memory, ignore_cleanup_errors=True)
            )
        )
        folder.chmod(0o711)
        postgres = redis = None
        if own_postgres:
            postgres = OwnPostgres(folder / "postgres")
            stack.callback(postgres.end)
        if own_redis:
            redis = OwnRedis(folder / "valkey")
            redis.start()
            stack.callback(redis.end)
        server = postgres.url if postgres else os.environ[DATABASE]
        found = World(
            seed,
            minutes,
            folder,
            stack.enter_context(_database(server)),
            redis.url if redis else os.environ[REDIS],
            Journal(folder / "journal.jsonl"),
            redis,
            postgres,
        )
        _be_client(found)
        stack.callback(engine.dispose)
        yield found


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = f"experiment_{uuid4().hex[:12]}"
    admin = make_url(server).set(drivername="postgresql")
    url = admin.render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(psql.SQL("CREATE DATABASE {}").format(psql.Identifier(name)))
    yield admin.set(database=name).render_as_string(hide_password=False)
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(psql.SQL("DROP DATABASE {} WITH (FORCE)").format(psql.Identifier(name)))


def _be_client(found: World) -> None:
    os.environ.update(found.environment)
    settings.cache_clear()
    doorbell.reset()
    delivery.never_inline()
    engine.configure(found.database_url, application="client", pool_size=20)
    known_types().update(TRIALS)
    with engine.engine().connect() as conn:
        schema.migrate(conn)
    with transaction() as tx:
        for name, slots in TYPES.items():
            values = {"name": name, "slots": slots}
            tx.execute(text("INSERT INTO job_types (name, concurrency) VALUES (:name, :slots)"), values)
        tx.execute(text("CREATE TABLE witness (job_id bigint, attempt int, pid int)"))
        tx.execute(text("UPDATE schedules SET enabled = false"))
