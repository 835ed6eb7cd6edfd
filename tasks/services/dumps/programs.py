"""pg_dump and pg_restore: those of the right version, as child processes that see no password on their command line."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from sql.databases import address
from tasks.embedded import EmbeddedError
from tasks.embedded.binaries import postgres_programs
from tasks.errors import PlaceopsError
from tasks.processes import bound_to_parent

DEBIAN = Path("/usr/lib/postgresql")
TRANSACTION_TIMEOUT = 17
"""From this version on pg_restore sets what older servers do not know."""


def dumper(server: int) -> tuple[Path, int]:
    """pg_dump for a server of this major version, and its own: the nearest that is not older.

    Raises program-missing.
    """
    return _nearest("pg_dump", server, server)


def restorer(server: int, dumped_by: int) -> Path:
    """pg_restore that reads a dump of that version and writes to a server of this one. Raises program-missing."""
    program, version = _nearest("pg_restore", server, max(server, dumped_by))
    if server < TRANSACTION_TIMEOUT <= version:
        raise _missing("pg_restore", server, f"version {version} cannot write to PostgreSQL {server}")
    return program


def run(program: Path, arguments: Sequence[str], url: str, database: str) -> None:
    """Run it to its end, on a database. Raises dump-failed with its last words."""
    try:
        done = subprocess.run(
            [program, "--no-password", *arguments],
            env=environment(url, database),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            umask=0o077,
            preexec_fn=bound_to_parent(signal.SIGTERM),
        )
    except OSError as error:
        raise PlaceopsError("dump-failed", f"{program} cannot be executed: {error.strerror}") from error
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()] or [f"status {done.returncode}"]
        first = next((line for line in said if "error:" in line), said[-1])
        raise PlaceopsError("dump-failed", f"{program.name} failed: {first[:500]}")


def environment(url: str, database: str) -> dict[str, str]:
    """The environment by which PostgreSQL's programs find a database, password included."""
    given = conninfo_to_dict(address(url, database)) | {"application_name": "placeops backup"}
    variables = {
        option.keyword.decode(): option.envvar.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar
    }
    named = {variables[name]: str(value) for name, value in given.items() if name in variables}
    return dict(os.environ) | {"LC_MESSAGES": "C"} | named


def _nearest(name: str, server: int, least: int) -> tuple[Path, int]:
    found = [(path, version) for path in _candidates(name) if (version := _version(path)) is not None]
    fitting = [one for one in found if one[1] >= least]
    if not fitting:
        versions = ", ".join(str(version) for _, version in found)
        told = f"only version {versions} is here" if found else "it is not installed"
        raise _missing(name, least, told)
    return min(fitting, key=lambda one: one[1])


def _candidates(name: str) -> Iterator[Path]:
    if on_path := shutil.which(name):
        yield Path(on_path)
    with suppress(EmbeddedError):
        yield postgres_programs(None) / name
    yield from sorted(DEBIAN.glob(f"*/bin/{name}"))


def _version(program: Path) -> int | None:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\) (\d+)", said.stdout)
    return int(match[1]) if match else None


def _missing(name: str, version: int, why: str) -> PlaceopsError:
    return PlaceopsError(
        "program-missing",
        f"{name} for PostgreSQL {version} is needed: {why}",
        f"install postgresql-client-{version} on this machine (Debian: apt-get install postgresql-client-{version})",
    )
