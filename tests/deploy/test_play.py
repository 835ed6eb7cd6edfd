"""docker-compose.yml, played: from made secrets to a published drive, a downloaded list, and an orderly end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from psycopg import sql as psql

from tests.acceptance.conftest import eventually
from tests.acceptance.test_main_job import ROSTER
from tests.acceptance.test_up import free_port
from tests.conftest import REDIS, _admin, _database_url
from tests.deploy.play import Play


@pytest.fixture
def empty_database() -> Iterator[str]:
    """The URL of a database in which nothing is yet."""
    name = f"test_{uuid4().hex[:12]}"
    _admin(psql.SQL("CREATE DATABASE {}").format(psql.Identifier(name)))
    yield _database_url(name)
    _admin(psql.SQL("DROP DATABASE {} WITH (FORCE)").format(psql.Identifier(name)))


@pytest.fixture
def play(empty_database: str, tmp_path: Path) -> Iterator[Play]:
    dotenv = {"PLACEOPS_REDIS_NAMESPACE": f"test-{uuid4().hex[:12]}", "PLACEOPS_CONFIG": os.devnull}
    found = Play(tmp_path, empty_database, os.environ[REDIS], free_port(), dotenv)
    found.prepare()
    yield found
    found.kill()


def test_compose_from_nothing_to_a_list_for_the_company_and_back(play: Play) -> None:
    assert play.run("migrate").returncode == 0
    refused = play.run("api")
    assert refused.returncode == 6 and "placeops user create EMAIL --role ADMIN" in refused.stderr, (
        refused.stderr
    )
    assert not play.healthy("worker") and not play.healthy("api")

    made = play.run("api", "user", "create", "dean@college.example", "--role", "ADMIN", "-q")
    assert made.returncode == 0 and made.stdout.strip(), made.stderr
    play.up()
    assert list(play.running) == ["api", "worker", "scheduler"]

    token = play.run("api", "token", "create", "--user", "dean@college.example", "--name", "test", "-q")
    headers = {"Authorization": f"Bearer {token.stdout.strip()}"}
    with httpx.Client(base_url=f"http://localhost:{play.port}", headers=headers, timeout=30) as api:
        publish_and_export(api)
        # Under this name Prometheus comes, and under no other.
        assert api.get("/metrics", headers={"Host": "api"}).status_code == 200
        assert api.get("/metrics", headers={"Host": "elsewhere"}).status_code == 403
    assert list((play.folder / "volumes" / "exports").glob("**/*.csv")), "the file lies in the shared volume"

    ended = play.down()
    for name, (status, needed) in ended.items():
        assert status in (0, -15), f"{name}: {status}\n{(play.folder / f'{name}.log').read_text()}"
        assert needed < 30, f"{name} had nothing to finish, and took {needed:.0f} s"
    assert not play.healthy("worker") and not play.healthy("api")


def publish_and_export(api: httpx.Client) -> None:
    """The main job, over the network."""
    roster = ROSTER.encode()
    sent = api.post("/students/import?college=ENG", content=roster, headers={"Content-Type": "text/csv"})
    assert sent.json()["new"] == 5, sent.text
    wanted = {
        "company": "Acme",
        "title": "Engineer",
        "code": "ACME-1",
        "reg_closes_at": "2099-12-05T17:00:00Z",
    }
    drive = api.post("/drives", json=wanted | {"criteria": {"cgpa_min": 7}})
    assert drive.status_code == 201, drive.text
    published = api.post("/drives/ACME-1/publish", json={"eligible": True})
    assert published.status_code == 200, published.text
    finished(api, published.json()["job"]["id"])
    assert api.get("/drives/ACME-1").json()["drive"]["selection"]["state"] == "applied"
    registered = api.post("/drives/ACME-1/registrations", json={"student": "0108123"})
    assert registered.status_code == 201, registered.text
    asked = api.post("/drives/ACME-1/exports", json={}).json()
    finished(api, asked["job"]["id"])
    assert b"0108123" in api.get(f"/exports/{asked['export']['id']}/download").content


def finished(api: httpx.Client, job: int) -> None:
    """Wait until a job is done, by the worker and not in the request."""
    (worker,) = [one["id"] for one in api.get("/workers").json()["items"] if one["kind"] == "worker"]

    def done() -> bool:
        found = api.get(f"/jobs/{job}").json()["job"]
        assert found["state"] in ("waiting", "active", "completed"), found
        return bool(found["state"] == "completed")

    eventually(done, 60)
    assert worker in [event["worker_id"] for event in api.get(f"/jobs/{job}").json()["events"]]
