"""The API as a real process: it starts without a database, recovers by itself, and stops when told."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import URL, make_url

from placeops_api.app import create_app
from placeops_api.server import listen, run
from sql import engine
from sql.engine import transaction
from tasks.actor import Role
from tasks.errors import PlaceopsError
from tasks.settings import settings
from tests import accounts, factories
from tests.api.conftest import BASE
from tests.conftest import Place

PROGRAM = "import sys; from placeops_api.server import run; run(sys.argv[2], int(sys.argv[1]))"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _served(
    environment: dict[str, str], secret: str, host: str = "127.0.0.1", program: str = PROGRAM
) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(port), host], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        headers = {"Authorization": f"Bearer {secret}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, headers=headers) as client:
            _until(lambda: _alive(client))
            yield process, client
    finally:
        process.kill()
        process.communicate()


def _alive(client: httpx.Client) -> bool:
    try:
        return client.get("/livez").status_code == 200
    except httpx.TransportError:
        return False


def _until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)


def test_it_serves_and_stops_on_sigterm(place: Place) -> None:
    with _served(place.environment, accounts.token(Role.ADMIN)) as (process, client):
        assert client.get("/students", headers={"X-Request-ID": "r-7"}).json() == {
            "items": [],
            "next_cursor": None,
        }
        assert client.get("/readyz").status_code == 200
        process.terminate()
        _, log = process.communicate(timeout=30)
        assert process.returncode == -signal.SIGTERM
        assert '"request_id": "r-7"' in log
        assert "Traceback" not in log


def test_without_a_database_it_lives_and_recovers_by_itself(place: Place) -> None:
    url = make_url(place.database_url)
    later = url.set(database=f"{url.database}_later")
    environment = place.environment | {"DATABASE_URL": later.render_as_string(hide_password=False)}
    secret = accounts.token(Role.ADMIN)
    engine.dispose()
    with _served(environment, secret) as (_, client):
        for path in ("/students", "/readyz"):
            _assert_unavailable(client.get(path))
        assert client.get("/livez").status_code == 200
        _admin(url, f'CREATE DATABASE "{later.database}" TEMPLATE "{url.database}"')
        try:
            _until(lambda: client.get("/students").status_code == 200)
            assert client.get("/readyz").status_code == 200
        finally:
            _admin(url, f'DROP DATABASE "{later.database}" WITH (FORCE)')


def test_a_database_that_goes_away_and_comes_back(place: Place) -> None:
    url = make_url(place.database_url)
    with _served(place.environment, accounts.token(Role.ADMIN)) as (_, client):
        assert client.get("/students").status_code == 200
        _admin(url, f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
        _admin(
            url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'"
        )
        for path in ("/students", "/readyz"):
            _assert_unavailable(client.get(path))
        assert client.get("/livez").status_code == 200
        _admin(url, f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')
        assert client.get("/students").status_code == 200


def _assert_unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    # Where the servers stand is nothing for somebody who has not signed in.
    assert (told["code"], told["detail"]) == ("database-unreachable", "PostgreSQL does not answer")


def test_a_database_of_another_version_is_refused(place: Place) -> None:
    with psycopg.connect(place.database_url, autocommit=True) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999_future'")
    with _served(place.environment, accounts.token(Role.ADMIN)) as (_, client):
        answer = client.get("/students")
        assert (answer.status_code, answer.json()["code"]) == (503, "schema-too-new")
        assert "retry-after" in answer.headers


def _admin(url: URL, statement: str) -> None:
    where = url.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(where, autocommit=True) as conn:
        conn.execute(statement.encode())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org"])
def test_without_a_user_only_loopback_is_listened_on(place: Place, host: str) -> None:
    with pytest.raises(PlaceopsError) as caught:
        run(host, 5000)
    assert caught.value.code == "unsafe-bind"
    assert "user create" in caught.value.fix


def test_with_a_user_it_answers_by_the_names_that_are_configured(place: Place) -> None:
    secret = accounts.token(Role.ADMIN)
    environment = place.environment | {"PLACEOPS_API_HOSTS": "office.example"}
    with _served(environment, secret, host="0.0.0.0") as (_, client):
        assert client.get("/students").status_code == 200
        assert client.get("/students", headers={"Host": "office.example"}).status_code == 200
        assert client.get("/students", headers={"Host": "evil.example"}).json()["code"] == "wrong-host"


def test_a_head_without_an_end_is_cut_off(place: Place) -> None:
    hurry = "import placeops_api.protocol as p; p.HEAD_SECONDS = 1.0; "
    head = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
    with _served(place.environment, "none", program=hurry + PROGRAM) as (_, client):
        port = client.base_url.port or 0
        assert _answer(port, head + b"X-Long: " + b"x" * 200_000).startswith(b"HTTP/1.1 431 ")
        for begun in (b"", head):
            started = time.monotonic()
            assert _answer(port, begun) == b"", "the line is cut without a word"
            assert 0.9 < time.monotonic() - started < 10
        whole = head + b"\r\n"
        assert _answer(port, whole + whole).count(b"200 OK") == 2, "and whoever is in time is answered"
        time.sleep(1.2)
        assert client.get("/livez").status_code == 200


def _answer(port: int, sent: bytes) -> bytes:
    """All that comes back until the line is cut."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(sent)
        found = b""
        try:
            while some := line.recv(65536):
                found += some
        except ConnectionResetError:
            pass
        return found


def test_a_taken_port_is_told_with_another_one() -> None:
    with listen("localhost", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PlaceopsError) as caught:
            listen("127.0.0.1", port)
    assert caught.value.code == "port-in-use"
    assert caught.value.fix == f"--port {port + 1}"


def test_a_bad_database_url_is_not_the_callers_mistake(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "no url at all")
    settings.cache_clear()
    answer = TestClient(create_app(), base_url=BASE, raise_server_exceptions=False).get("/drives")
    assert (answer.status_code, answer.json()["code"]) == (503, "not-configured")


def test_a_requests_id_is_found_again_in_the_lines_of_its_job(place: Place) -> None:
    with transaction() as tx:
        factories.drive(tx)
    worker = subprocess.Popen(
        [sys.executable, "-m", "placeops_cli", "worker", "run"],
        env=place.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with _served(place.environment, accounts.token(Role.ADMIN)) as (process, client):
            asked = client.post("/drives/ACME-1/eligibility", headers={"X-Request-ID": "r-77"})
            job = asked.json()["id"]
            _until(lambda: client.get(f"/jobs/{job}").json()["job"]["state"] == "completed")
            process.terminate()
            requests = process.communicate(timeout=30)[1]
    finally:
        worker.terminate()
        lines = worker.communicate(timeout=60)[1].splitlines()
    assert '"POST /drives/ACME-1/eligibility 202' in requests and '"request_id": "r-77"' in requests
    done = [line for line in map(json.loads, lines) if line.get("request_id") == "r-77"]
    assert [line["job_id"] for line in done] == [job]
    assert done[0]["message"].startswith(f"job {job} completed")
