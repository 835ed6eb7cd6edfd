"""The owner of a data folder: runs both servers while it lives, and tells other terminals where they are."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from tasks.embedded import postgres, valkey
from tasks.embedded.errors import DataFolderInUse, DataFolderUnusable, ServerDidNotStart
from tasks.embedded.folders import POSTGRES_PORT, Folders, prepare
from tasks.embedded.processes import Server, read_pid, runs
from tasks.processes import REPLACE_SECONDS

log = logging.getLogger(__name__)

UNSTEADY_SECONDS = 60.0
MOST_DEATHS = 5
"""So many deaths within UNSTEADY_SECONDS, the last of them during its start, are no accident."""


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of a data folder, as clients need them.

    `database_url` is a libpq URL, `redis_url` one for redis-py (None: Valkey was not wanted), `valkey_pid`
    is None when Valkey was not wanted or has died, `postgres_dir` is where the database really lies.
    """

    data_dir: Path
    database_url: str
    redis_url: str | None
    export_dir: Path
    postgres_dir: Path
    socket_dir: Path
    postgres_pid: int
    valkey_pid: int | None


class KeptServer:
    """A server that is started again when it has died; its address and its data stay."""

    def __init__(self, name: str, start: Callable[[], Server]) -> None:
        self.server = start()
        self._name = name
        self._start = start
        self._deaths: list[float] = []

    def replace_if_dead(self) -> bool:
        """Whether it had died and runs again now.

        Raises ServerDidNotStart when it does not come back for a while, or dies as soon as it does.
        """
        if self.server.is_running():
            return False
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if at > now - UNSTEADY_SECONDS]
        if self._deaths and now < self._deaths[-1] + REPLACE_SECONDS * 2 ** len(self._deaths):
            return False
        self._deaths.append(now)
        status = self.server.process.returncode
        log.warning("%s %s ended with status %s; it is started again", self._name, self.server.pid, status)
        try:
            self.server = self._start()
        except ServerDidNotStart:
            if len(self._deaths) >= MOST_DEATHS:
                raise
            return False
        return True

    def stop(self) -> None:
        """End it in order."""
        self.server.stop()


class Owner:
    """A process's hold on a data folder: runs its servers and starts again what dies."""

    def __init__(self, folders: Folders, stack: ExitStack, *, redis: bool) -> None:
        self._folders = folders
        self._note = folders.run / "servers.json"
        starts = {"PostgreSQL": postgres.start_postgres} | ({"Valkey": valkey.start_valkey} if redis else {})
        self._kept: list[KeptServer] = []
        for name, start in starts.items():
            kept = KeptServer(name, partial(start, folders))
            stack.callback(kept.stop)
            self._kept.append(kept)
        stack.callback(self._note.unlink, missing_ok=True)
        _write_note(self._note, self.servers)

    @property
    def servers(self) -> Servers:
        """The servers as they run now."""
        pids = [kept.server.pid for kept in self._kept]
        return _servers(self._folders, pids[0], pids[1] if len(pids) > 1 else None)

    def replace_if_dead(self) -> None:
        """Start again what has died. Raises ServerDidNotStart when that does not help."""
        replaced = [kept.replace_if_dead() for kept in self._kept]
        if any(replaced):
            _write_note(self._note, self.servers)


@contextmanager
def owning(data_dir: Path, *, redis: bool = True) -> Iterator[Owner]:
    """Own the data folder and run its servers for as long as the block lasts.

    Enter it from the main thread, and call `replace_if_dead` there: only then do the servers end with a killed owner
    at once. Otherwise the next owner stops them. Raises EmbeddedError, in all its kinds.
    """
    folders = prepare(data_dir)
    with ExitStack() as stack:
        _own(folders, stack)
        (folders.run / "servers.json").unlink(missing_ok=True)
        valkey.stop_left_over_valkey(folders)
        postgres.stop_left_over_postgres(folders)
        stack.callback(_remove_short_sockets, folders)
        yield Owner(folders, stack, redis=redis)


@contextmanager
def running(data_dir: Path, *, redis: bool = True) -> Iterator[Servers]:
    """The same for a block that needs its servers only briefly, and does not look after them."""
    with owning(data_dir, redis=redis) as owner:
        yield owner.servers


def find(data_dir: Path) -> Servers | None:
    """The live servers of a data folder that another process owns; None when none run.

    Raises DataFolderUnusable when the folder belongs to somebody else.
    """
    note = data_dir.expanduser().resolve() / "run" / "servers.json"
    try:
        servers = _from_json(note.read_text())
    except PermissionError as error:
        raise DataFolderUnusable(
            f"the data folder {data_dir} belongs to another user", "Use it as the user who started it."
        ) from error
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not runs(servers.postgres_pid, postgres.PROGRAM, servers.postgres_dir):
        return None
    return servers


def _own(folders: Folders, stack: ExitStack) -> None:
    """Lock the data folder, and the place of a database that lies elsewhere: folder copies share it."""
    for folder in sorted({folders.run, folders.home / "run"}):
        path = folder / "owner.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        stack.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataFolderInUse(folders.data_dir, read_pid(path)) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())


def _servers(folders: Folders, postgres_pid: int, valkey_pid: int | None) -> Servers:
    # The port is in the URL because PGPORT in a client's environment would win over the default.
    place = urlencode({"host": folders.sockets, "port": POSTGRES_PORT}, safe="/")
    return Servers(
        data_dir=folders.data_dir,
        database_url=f"postgresql://{postgres.ROLE}@/{postgres.DATABASE}?{place}",
        redis_url=f"unix://{folders.valkey_socket}?db=0" if valkey_pid else None,
        export_dir=folders.exports,
        postgres_dir=folders.postgres,
        socket_dir=folders.sockets,
        postgres_pid=postgres_pid,
        valkey_pid=valkey_pid,
    )


def _write_note(note: Path, servers: Servers) -> None:
    unfinished = note.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(servers), file, default=str, indent=2)
    unfinished.replace(note)


def _from_json(text: str) -> Servers:
    values = json.loads(text)
    socket_dir = Path(values["socket_dir"])
    valkey_pid = values["valkey_pid"]
    alive = valkey_pid is not None and runs(valkey_pid, valkey.PROGRAM, socket_dir)
    return Servers(
        data_dir=Path(values["data_dir"]),
        database_url=values["database_url"],
        redis_url=values["redis_url"],
        export_dir=Path(values["export_dir"]),
        postgres_dir=Path(values["postgres_dir"]),
        socket_dir=socket_dir,
        postgres_pid=int(values["postgres_pid"]),
        valkey_pid=valkey_pid if alive else None,
    )


def _remove_short_sockets(folders: Folders) -> None:
    if not folders.sockets.is_relative_to(folders.home):
        with suppress(OSError):
            folders.sockets.rmdir()
