"""Jobs through the API: listed, told with their story, retried, cancelled."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from sql.engine import transaction

ABSENT = 2**40


def _job(state: str = "waiting", **columns: Any) -> int:
    row = {"type": "auto-publish", "state": state, "created_by": "tests"} | columns
    names = ", ".join(row)
    with transaction() as tx:
        statement = (
            f"INSERT INTO jobs ({names}) VALUES ({', '.join(f':{name}' for name in row)}) RETURNING id"
        )
        return int(tx.execute(text(statement), row).scalar_one())


def _failed() -> int:
    return _job("failed", finished_at="now", reason="error", error="division by zero")


def test_a_page_and_the_next(client: TestClient) -> None:
    ids = [_job() for _ in range(3)]
    first = client.get("/jobs?limit=2").json()
    assert [job["id"] for job in first["items"]] == [ids[2], ids[1]]
    second = client.get(f"/jobs?limit=2&cursor={first['next_cursor']}").json()
    assert [job["id"] for job in second["items"]] == [ids[0]]
    assert second["next_cursor"] is None


def test_filters(client: TestClient) -> None:
    failed = _failed()
    _job()
    found = client.get(
        "/jobs", params={"state": "failed", "type": "auto-publish", "since": "2020-01-01T00:00:00Z"}
    )
    assert [job["id"] for job in found.json()["items"]] == [failed]
    assert client.get("/jobs", params={"since": "2999-01-01T00:00:00+05:30"}).json()["items"] == []


def test_filters_that_cannot_be_used(shapes: TestClient) -> None:
    for query in (
        "state=x",
        "since=2026-01-01T00:00:00",
        "since=2026-01-01",
        "since=0.5",
        "since=x",
        "since=%00",
    ):
        answer = shapes.get(f"/jobs?{query}")
        assert (answer.status_code, answer.json()["pointer"]) == (422, f"/{query.split('=')[0]}")


def test_a_type_that_does_not_exist(client: TestClient) -> None:
    answer = client.get("/jobs?type=x")
    assert (answer.status_code, answer.json()["pointer"]) == (404, "/type")


def test_a_story(client: TestClient) -> None:
    job_id = _job()
    story = client.get(f"/jobs/{job_id}").json()
    assert story["job"]["id"] == job_id
    assert isinstance(story["events"], list)


@pytest.mark.parametrize("act", ["", "/retry", "/cancel"])
def test_ids_that_do_not_exist(client: TestClient, act: str) -> None:
    for given, status in ((ABSENT, 404), (2**63 - 1, 404), (2**63, 422), (0, 422), ("x", 422)):
        answer = client.post(f"/jobs/{given}{act}") if act else client.get(f"/jobs/{given}")
        assert answer.status_code == status, given


def test_retry_and_what_cannot_be_retried(client: TestClient) -> None:
    failed = _failed()
    answer = client.post(f"/jobs/{failed}/retry")
    assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    again = client.post(f"/jobs/{failed}/retry")
    assert (again.status_code, again.json()["code"]) == (409, "job-state")


def test_cancel_is_told_apart_from_too_late(client: TestClient) -> None:
    waiting = _job()
    assert client.post(f"/jobs/{waiting}/cancel").json()["outcome"] == "cancelled"
    assert client.post(f"/jobs/{waiting}/cancel").json()["outcome"] == "finished"


def test_acts_are_audited_with_the_request(client: TestClient) -> None:
    client.post(f"/jobs/{_job()}/cancel", headers={"X-Request-ID": "r-5"})
    with transaction() as tx:
        event = tx.execute(text("SELECT actor, action, request_id FROM audit_events")).one()
    assert tuple(event) == ("admin@example.edu", "job.cancel", "r-5")
