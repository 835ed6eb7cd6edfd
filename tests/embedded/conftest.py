"""Data folders for the embedded servers, and processes that own one.

Not below pytest's own temporary folders: other users cannot enter those, and root's servers run as another.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from tasks.embedded import running

ROOT = Path(__file__).parents[2]

MEMORY = Path("/dev/shm")

Owner = subprocess.Popen[str]
StartOwner = Callable[..., Owner]


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty folder that other users may pass through."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def made() -> Iterator[Path]:
    """A data folder, stopped, with one row in its database."""
    with open_folder() as folder:
        data_dir = folder / "data"
        with running(data_dir) as servers, psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('ünïcode')")
        yield data_dir


@pytest.fixture
def data_dir(made: Path, place: Path) -> Path:
    """A copy of `made`: most tests need a database, few need to watch it being made."""
    return copied(made, place / "data")


@pytest.fixture
def start_owner() -> Iterator[StartOwner]:
    """Start a process that owns a data folder, as a terminal would; returns once both servers answer."""
    with ExitStack() as stack:

        def start(data_dir: Path, body: str = OWN, wait_for: str = "ready\n") -> Owner:
            owner = subprocess.Popen(
                [sys.executable, "-c", body, str(data_dir)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            stack.enter_context(owner)
            stack.callback(owner.kill)
            assert owner.stdout is not None
            assert not wait_for or owner.stdout.readline() == wait_for
            return owner

        yield start


OWN = """
import sys, time
from pathlib import Path
from tasks.embedded import running
with running(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(60)
"""


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that others may pass through; in memory where there is room, since fsync takes most time."""
    mount = os.statvfs(MEMORY) if MEMORY.is_dir() else None
    roomy = mount and mount.f_bavail * mount.f_frsize > 2**30 and not mount.f_flag & os.ST_NOEXEC
    with tempfile.TemporaryDirectory(
        prefix="placeops-test-", dir=MEMORY if roomy else None, ignore_cleanup_errors=True
    ) as name:
        os.chmod(name, 0o711)
        yield Path(name)


def copied(source: Path, target: Path) -> Path:
    """A copy of a data folder with its owners and modes."""
    subprocess.run(["cp", "-a", source, target], check=True)
    return target


def alive(pid: int | None) -> bool:
    """Whether a process exists and is no mere zombie; its parent hears of its end once all its threads are gone."""
    try:
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
        return threads > 1 or Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true, given ample time."""
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def words(url: str) -> list[str]:
    """What the table of `made` holds."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM kept ORDER BY word")]


def remove(path: Path) -> None:
    """Remove a folder outside the test's own place."""
    shutil.rmtree(path, ignore_errors=True)
