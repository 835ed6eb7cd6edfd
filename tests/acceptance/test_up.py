"""`placeops up` with its own servers: from an empty folder, and back to nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.embedded import find
from tests.acceptance.conftest import ROOT, Shell, eventually, number_of, processes_about


@pytest.fixture
def empty() -> Iterator[Shell]:
    """A shell in an empty folder, nothing configured."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="placeops-up-"))
    folder.chmod(0o711)  # root's PostgreSQL runs as another user, who must be able to pass
    unset = ("DATABASE_URL", "REDIS_URL")
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in unset and (not name.startswith("PLACEOPS_") or name.startswith("PLACEOPS_TEST"))
    }
    yield Shell(environment | {"PYTHONPATH": str(ROOT), "PLACEOPS_CONFIG": os.devnull}, folder)
    shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, path: str = "/readyz", token: str = "") -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def test_once_twice(empty: Shell) -> None:
    for number in (1, 2):
        said = empty.run("up", "--demo", "--once").stdout
        assert said.count("✓") == 10 and "✗" not in said, said
        assert f"PLACEOPS-REHEARSAL-{number}" in said
        file = Path(
            next(line for line in said.splitlines() if line.startswith("The list")).split(": ", 1)[1].strip()
        )
        assert len(file.read_text("utf-8-sig").splitlines()) == 26
        assert not processes_about(empty.folder)


def test_up_serves_stops_and_keeps_its_data(empty: Shell) -> None:
    port = free_port()
    with empty.running("up", "--port", str(port)) as up:
        eventually(lambda: answers(port))
        empty.run("drive", "create", "--company", "Acme", "--title", "Analyst", "--code", "KEPT-1")
        assert empty.log.count("admin@localhost") == 1, "the first administrator is told"
        token = empty.say("token", "create", "--user", "admin@localhost", "--name", "test", "-q")
        assert answers(port, "/drives/KEPT-1", token) and not answers(port, "/drives/KEPT-1")
        eventually(lambda: json.loads(empty.say("status", "--json"))["queue"]["workers"] == 1)
        assert empty.run("up", "--port", str(free_port()), expect=5).stderr.count("[data-folder]") == 1
        up.send_signal(signal.SIGTERM)
        assert up.wait(60) == 0
    assert "stopped; the data stays" in empty.log
    assert not processes_about(empty.folder)
    with empty.running("up", "--port", str(port)) as up:
        eventually(lambda: answers(port, "/drives/KEPT-1", token))
        up.kill()
        up.wait()
        eventually(lambda: not processes_about(empty.folder))
    assert not answers(port)
    with empty.running("up", "--port", str(port)):
        eventually(lambda: answers(port, "/drives/KEPT-1", token))
    assert empty.log.count("admin@localhost") == 1, "and only once"


def test_up_starts_a_dead_server_again_and_everybody_goes_on(empty: Shell) -> None:
    port = free_port()
    with empty.running("up", "--port", str(port)) as up:
        eventually(lambda: answers(port))
        eventually(lambda: json.loads(empty.say("status", "--json"))["queue"]["workers"] == 1)
        before = find(empty.folder / "placeops-data")
        assert before is not None
        for pid in (before.valkey_pid, before.postgres_pid):
            os.kill(pid or 0, signal.SIGKILL)
        eventually(lambda: empty.log.count("it is started again") == 2)
        eventually(lambda: answers(port) and find(empty.folder / "placeops-data") is not None)
        assert json.loads(empty.say("status", "--json"))["redis"] == "reachable"
        ran = empty.run("schedule", "run", "refresh-drive-funnel", "--wait", "--json").stdout
        assert '"completed"' in ran
        up.send_signal(signal.SIGTERM)
        assert up.wait(60) == 0
    assert not processes_about(empty.folder)


def test_a_taken_port_is_said_before_anything_starts(empty: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = empty.run("up", "--port", str(taken.getsockname()[1]), expect=3)
    assert "[port-in-use]" in done.stderr and "--port" in done.stderr
    assert not (empty.folder / "placeops-data").exists()


def test_a_demo_is_not_mixed_with_real_data(empty: Shell) -> None:
    port = free_port()
    (empty.folder / "roster.csv").write_text("Roll No,Name\n1,Real Person\n")
    with empty.running("up", "--port", str(port)):
        eventually(lambda: answers(port))
        empty.run("student", "import", "roster.csv", "--college", "ENG", "--yes")
    done = empty.run("up", "--demo", "--once", expect=1)
    assert "✗ fill the demo college" in done.stdout and "real data" in done.stdout


def test_nothing_configured_says_what_to_do(empty: Shell) -> None:
    done = empty.run("drive", "list", expect=3)
    assert "placeops up" in done.stderr and "DATABASE_URL" in done.stderr


def test_configured_servers_are_used_and_nothing_is_embedded(shell: Shell) -> None:
    done = shell.run("up", "--demo", "--once")
    assert "find the servers" in done.stdout
    assert not (shell.folder / "data").exists()


@pytest.mark.parametrize(
    ("number", "code", "at"),
    [
        (signal.SIGTERM, 143, ""),
        (signal.SIGTERM, 143, "start the servers"),
        (signal.SIGINT, 130, "up to date"),
    ],
)
def test_a_signal_during_the_start_is_no_success(
    empty: Shell, number: signal.Signals, code: int, at: str
) -> None:
    with empty.running("up", "--demo", "--port", str(free_port())) as up:
        eventually(lambda: at in empty.log if at else any((empty.folder / "placeops-data").glob("*")))
        up.send_signal(number)
        assert up.wait(30) == code
    assert "placeOps is up" not in empty.log
    eventually(lambda: not processes_about(empty.folder))


def test_once_listens_to_ctrl_c(shell: Shell) -> None:
    with shell.running("up", "--demo", "--once", "--no-worker") as up:
        eventually(lambda: "create a drive" in shell.log)
        up.send_signal(signal.SIGINT)
        assert up.wait(20) == 130


def test_once_never_posts_a_drive_to_real_students(shell: Shell) -> None:
    assert "[usage]" in shell.run("up", "--once", expect=2).stderr
    assert number_of("SELECT count(*) FROM placement_drives") == 0
