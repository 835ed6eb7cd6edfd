"""The CLI's own words, real processes: an operator's shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tasks.actor import SYSTEM
from tasks.services.workers import list_workers
from tests.conftest import Place

ROOT = Path(__file__).parents[2]
PLACEOPS = [sys.executable, "-m", "placeops_cli"]


@dataclass(frozen=True)
class Shell:
    """Runs `placeops …` as an operator would, with pipes."""

    environment: Mapping[str, str]
    folder: Path

    def run(self, *words: str, expect: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """One command; its exit status must be the expected one."""
        done = subprocess.run(
            [*PLACEOPS, *words],
            input=stdin,
            capture_output=True,
            text=True,
            env=dict(self.environment),
            cwd=self.folder,
            timeout=120,
        )
        assert done.returncode == expect, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def say(self, *words: str) -> str:
        """One command's stdout, stripped."""
        return self.run(*words).stdout.strip()

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """A long command, ended by SIGTERM when the block ends, if it still runs."""
        log = (self.folder / "process.log").open("ab")
        process = subprocess.Popen(
            [*PLACEOPS, *words],
            env=dict(self.environment),
            cwd=self.folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(60)
            log.close()

    @property
    def log(self) -> str:
        """What the long commands printed."""
        return (self.folder / "process.log").read_text()


def eventually(what: Callable[[], object], seconds: float = 30) -> None:
    """Wait until `what()` is true; fails when it does not become so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def processes_about(folder: Path) -> Sequence[str]:
    """Command lines of living processes that mention a folder, or work in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            place = os.readlink(entry / "cwd")
        except OSError:
            continue
        if entry.name != str(os.getpid()) and (str(folder) in words or place.startswith(str(folder))):
            found.append(words)
    return found


@pytest.fixture
def shell(place: Place) -> Shell:
    """A shell on the test's own servers; nothing happens there by the clock."""
    with transaction() as tx:
        tx.execute(text("UPDATE schedules SET enabled = false"))
    return Shell(place.environment, place.folder)


@pytest.fixture
def worker(shell: Shell) -> Iterator[subprocess.Popen[bytes]]:
    """A worker, ready."""
    with shell.running("worker", "run") as process:
        eventually(lambda: [one for one in list_workers(SYSTEM) if one.kind == "worker"])
        yield process


def number_of(query: str) -> int:
    """One number from the database."""
    with transaction() as tx:
        return int(tx.execute(text(query)).scalar_one())
