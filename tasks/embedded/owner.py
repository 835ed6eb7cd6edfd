"""The owner of a data folder: runs both servers while it lives, and tells other terminals where they are."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode

from tasks.embedded import postgres, valkey
from tasks.embedded.errors import DataFolderInUse, DataFolderUnusable
from tasks.embedded.folders import POSTGRES_PORT, Folders, prepare
from tasks.embedded.processes import read_pid, runs


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


@contextmanager
def running(data_dir: Path, *, redis: bool = True) -> Iterator[Servers]:
    """Own the data folder and run its servers for as long as the block lasts.

    Enter it from the main thread: only then do the servers end with a killed owner at once. Otherwise the
    next owner stops them. Raises EmbeddedError, in all its kinds.
    """
    folders = prepare(data_dir)
    note = folders.run / "servers.json"
    with ExitStack() as stack:
        _own(folders, stack)
        note.unlink(missing_ok=True)
        valkey.stop_left_over_valkey(folders)
        postgres.stop_left_over_postgres(folders)
        stack.callback(_remove_short_sockets, folders)
        database = postgres.start_postgres(folders)
        stack.callback(database.stop)
        ring = valkey.start_valkey(folders) if redis else None
        if ring:
            stack.callback(ring.stop)
        servers = _servers(folders, database.pid, ring.pid if ring else None)
        stack.callback(note.unlink, missing_ok=True)
        _write_note(note, servers)
        yield servers


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
