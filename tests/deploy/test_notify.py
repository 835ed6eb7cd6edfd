"""What systemd hears of worker and scheduler, on a socket like its own: readiness, progress, and silence without it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tasks.jobs import scheduler
from tasks.notify import Watchdog, tell
from tests.conftest import Place
from tests.jobs.support import ask, until

LIMIT_SECONDS = 1.2


class Manager:
    """The receiving end of NOTIFY_SOCKET."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def hears(self, seconds: float) -> str | None:
        """The next message, None when there is none in so many seconds."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(4096).decode()
        except (TimeoutError, BlockingIOError):
            return None

    def forget(self) -> None:
        """Drop what has come so far."""
        while self.hears(0) is not None:
            pass

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    found = Manager(tmp_path / "notify")
    yield found
    found.close()


STARTS = """
import sys, tasks.processes
tasks.processes.STEADY_SECONDS = 0.5
sys.executable = sys.argv[1]
from placeops_cli.main import main
main(sys.argv[2:])
"""


@contextmanager
def running(place: Place, manager: Manager, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A long command that systemd would have started; a child counts as steady after half a second.

    Its children run under `python` in the place's folder, which a test may spoil.
    """
    python = place.folder / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    told = {
        "NOTIFY_SOCKET": str(manager.path),
        "WATCHDOG_USEC": str(int(LIMIT_SECONDS * 1e6)),
        "PLACEOPS_SHUTDOWN_SECONDS": "2",
    }
    with (place.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", STARTS, python, *words],
            env=place.environment | told,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGCONT)
            process.terminate()
        process.wait(20)


def test_the_supervisor_beats_while_its_workers_live(place: Place, manager: Manager) -> None:
    with running(place, manager, "worker", "run") as process:
        assert manager.hears(60) == "READY=1"
        until(lambda: ask("SELECT count(*) FROM workers WHERE kind = 'worker'"))
        assert [manager.hears(LIMIT_SECONDS) for _ in range(5)] == ["WATCHDOG=1"] * 5

        os.kill(process.pid, signal.SIGSTOP)
        manager.forget()
        assert manager.hears(LIMIT_SECONDS) is None, "a frozen supervisor is silent"
        os.kill(process.pid, signal.SIGCONT)
        assert manager.hears(LIMIT_SECONDS) == "WATCHDOG=1"

        (place.folder / "python").write_text("#!/bin/sh\nexit 1\n")
        os.kill(ask("SELECT max(pid) FROM workers"), signal.SIGKILL)
        time.sleep(0.5)
        manager.forget()
        assert manager.hears(2 * LIMIT_SECONDS) is None, "workers that do not come up are no progress"

        process.terminate()
        heard = manager.hears(20)
        assert heard == "STOPPING=1"


def test_the_clock_beats_while_it_waits_for_the_next_minute(place: Place, manager: Manager) -> None:
    with running(place, manager, "scheduler", "run") as process:
        assert manager.hears(60) == "READY=1"
        assert [manager.hears(LIMIT_SECONDS) for _ in range(4)] == ["WATCHDOG=1"] * 4
        os.kill(process.pid, signal.SIGSTOP)
        manager.forget()
        assert manager.hears(LIMIT_SECONDS) is None
        os.kill(process.pid, signal.SIGCONT)
        process.terminate()
        while (heard := manager.hears(20)) == "WATCHDOG=1":
            pass
        assert heard == "STOPPING=1"


def test_a_clock_whose_alarms_do_not_come_is_silent(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(manager.path))
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    monkeypatch.setattr(scheduler, "OVERDUE_SECONDS", 0.25)
    clock = scheduler.Clock([])
    signal.signal(signal.SIGALRM, lambda *_: clock.stop())
    signal.setitimer(signal.ITIMER_REAL, 1.1)
    began = time.monotonic()
    clock._clock.loop()
    assert time.monotonic() - began > 1
    heard = 0
    while manager.hears(0):
        heard += 1
    assert 1 <= heard <= 4, "beats of the first quarter of a second only"


def test_messages_reach_an_abstract_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"placeops-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        tell("READY=1")
        assert listener.recv(100) == b"READY=1"


def test_without_a_manager_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    tell("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    tell("READY=1")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 15.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "nonsense"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_beats_for_the_process_that_is_watched(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], seconds: float | None
) -> None:
    for name in ("WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Watchdog().seconds == seconds
