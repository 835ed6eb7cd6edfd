"""What health checks of containers and service managers call, beside real processes and without them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from placeops_cli.main import main
from sql.engine import transaction
from tasks import probe
from tasks.jobs.incarnation import Incarnation
from tests.acceptance.conftest import eventually
from tests.acceptance.test_up import free_port
from tests.cli.conftest import Run
from tests.conftest import Place

pytestmark = pytest.mark.usefixtures("place")


@contextmanager
def serving(place: Place, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The API as a process."""
    with (place.folder / "api.log").open("wb") as log:
        words = [sys.executable, "-m", "placeops_cli", "api", "run", "--port", str(port)]
        process = subprocess.Popen(words, env=place.environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("kind", ["worker", "scheduler"])
def test_a_process_of_this_host_is_healthy_until_it_ends(placeops: Run, kind: str) -> None:
    none = placeops(kind, "health")
    assert (none.code, none.out) == (3, "")
    assert "[not-running]" in none.err and f"placeops {kind} run" in none.err
    me = Incarnation(kind, [])
    well = placeops(kind, "health")
    assert well.code == 0 and well.column("pid") == [str(os.getpid())]
    me.end()
    assert placeops(kind, "health").code == 3


@pytest.mark.parametrize(
    "spoilt", ["host = 'elsewhere'", "kind = 'inline'", "lease_until = clock_timestamp()", "lost_at = now()"]
)
def test_another_host_or_an_old_heartbeat_is_not_enough(placeops: Run, spoilt: str) -> None:
    me = Incarnation("worker", [])
    assert placeops("worker", "health", "-q").out.strip() == str(me.id)
    with transaction() as tx:
        tx.exec_driver_sql(f"UPDATE workers SET {spoilt}")
    assert placeops("worker", "health").code == 3
    me.end()


def test_without_a_database_nobody_is_called_healthy(process: Run) -> None:
    for kind in ("worker", "scheduler"):
        ran = process(kind, "health", DATABASE_URL="postgresql://placeops@127.0.0.1:1/none")
        assert ran.code == 3 and "[database-unreachable]" in ran.err


def test_the_api_is_asked_where_it_listens(
    place: Place, process: Run, placeops: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    where = {"PLACEOPS_API_PORT": str(port), "PLACEOPS_API_HOST": "0.0.0.0"}
    assert process("api", "health", **where).code == 3
    with serving(place, port) as api:
        eventually(lambda: main(["api", "health", "--port", str(port), "-q"]) == 0)
        assert process("api", "health", **where).out == "ready\n"
        assert json.loads(process("api", "health", "--live", "--json", **where).out) == {"state": "alive"}
        api.send_signal(signal.SIGSTOP)
        monkeypatch.setattr(probe, "PATIENCE_SECONDS", 0.5)
        frozen = placeops("api", "health", "--live", "--port", str(port))
        assert frozen.code == 3 and "[not-running]" in frozen.err and "timed out" in frozen.err


def test_an_api_without_its_database_lives_and_is_not_ready(place: Place, process: Run) -> None:
    port = free_port()
    where = {"PLACEOPS_API_PORT": str(port)}
    away = Place("postgresql://placeops@127.0.0.1:1/none", place.redis_url, place.namespace, place.folder)
    with serving(away, port):
        eventually(lambda: main(["api", "health", "--live", "--port", str(port), "-q"]) == 0)
        ran = process("api", "health", **where)
        assert ran.code == 3 and "[database-unreachable]" in ran.err


class Stranger(BaseHTTPRequestHandler):
    """Some other program on the port."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/readyz" else 200)
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.mark.parametrize("options", [(), ("--live",)])
def test_somebody_else_on_the_port_is_not_the_api(placeops: Run, options: tuple[str, ...]) -> None:
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        ran = placeops("api", "health", "--port", str(server.server_port), *options)
        server.shutdown()
    assert ran.code == 3 and "[not-running]" in ran.err


def test_a_host_that_only_listens_is_given_up_soon(placeops: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert probe.PATIENCE_SECONDS < 10, "health checks are given up after ten seconds"
    monkeypatch.setattr(probe, "PATIENCE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ran = placeops("api", "health", "--port", str(silent.getsockname()[1]))
    assert ran.code == 3 and "timed out" in ran.err
