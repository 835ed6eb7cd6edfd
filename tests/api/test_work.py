"""The work of a season through the API: eligibility, publish, registration, export, analytics."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import BinaryIO

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from sql.engine import transaction
from tasks.services.exports import ExportFile
from tasks.settings import settings
from tests import factories


def _posted(count: int = 5) -> tuple[int, list[int]]:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), count)
        drive = factories.drive(tx)
        factories.posted(tx, drive, ids)
        return drive, ids


def _exported(client: TestClient, drive: int) -> int:
    client.post(f"/drives/{drive}/registrations", json={"student": "R000001"})
    answer = client.post(f"/drives/{drive}/exports", json={"dialect": "data"})
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/exports/{answer.json()['export']['id']}"
    return int(answer.json()["export"]["id"])


def test_eligibility_is_computed_and_told(without_redis: TestClient) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 10)
        drive = factories.drive(tx, criteria={"cgpa_min": 7})
    answer = without_redis.post(f"/drives/{drive}/eligibility")
    assert (answer.status_code, answer.json()["state"]) == (202, "completed")
    assert answer.headers["location"] == f"/jobs/{answer.json()['id']}"
    summary = without_redis.get("/drives/ACME-1/eligibility").json()
    assert sum(summary["verdicts"].values()) == 10
    assert summary["stale"] is False


def test_why_takes_any_roll_number(client: TestClient) -> None:
    with transaction() as tx:
        factories.student(tx, factories.college(tx), "21/CSE 007 é")
        factories.drive(tx, criteria={"cgpa_min": 7})
    told = client.get("/drives/ACME-1/why", params={"student": "21/CSE 007 é"}).json()
    assert {rule["rule"]: rule["outcome"] for rule in told["rules"]}["cgpa_min"] == "UNKNOWN"


def test_a_publish_is_applied_within_the_request_without_redis(without_redis: TestClient) -> None:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 3)
        drive = factories.drive(tx)
    answer = without_redis.post(f"/drives/{drive}/publish", json={"selected_students": ids})
    assert (answer.status_code, answer.json()["job"]["state"]) == (200, "completed")
    selection = without_redis.get(f"/drives/{drive}").json()["drive"]["selection"]
    assert (selection["state"], selection["selected"]) == ("applied", 3)


def test_a_pending_selection_asks_to_come_back(client: TestClient) -> None:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 3)
        drive = factories.drive(tx)
    client.post(f"/drives/{drive}/publish", json={"selected_students": ids})
    answer = client.post(f"/drives/{drive}/registrations", json={"student": "R000001"})
    assert (answer.status_code, answer.json()["code"]) == (409, "selection-pending")
    assert int(answer.headers["retry-after"]) > 0


def test_a_second_registration_finds_the_first(client: TestClient) -> None:
    drive, _ = _posted()
    first = client.post(f"/drives/{drive}/registrations", json={"student": "R000001"})
    second = client.post(f"/drives/{drive}/registrations", json={"student": "R000001"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["registration"] == second.json()["registration"]
    listed = client.get(f"/drives/{drive}/registrations").json()["items"]
    assert [registration["roll_no"] for registration in listed] == ["R000001"]


def test_who_is_not_selected_is_refused(client: TestClient) -> None:
    drive, _ = _posted()
    with transaction() as tx:
        factories.student(tx, factories.college(tx, "ARTS"), "A1")
    answer = client.post(f"/drives/{drive}/registrations", json={"student": "A1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-selected")


def test_an_ambiguous_student_names_the_colleges(client: TestClient) -> None:
    drive, _ = _posted()
    with transaction() as tx:
        factories.student(tx, factories.college(tx, "ARTS"), "R000001")
    answer = client.post(f"/drives/{drive}/registrations", json={"student": "R000001"})
    assert (answer.status_code, answer.json()["details"]) == (422, {"colleges": ["ARTS", "ENG"]})
    named = client.post(f"/drives/{drive}/registrations", json={"student": "R000001", "college": "ENG"})
    assert named.status_code == 201


@pytest.mark.parametrize("reason", ["x" * 501, "\x00", 7])
def test_reasons_that_cannot_be_kept(client: TestClient, reason: object) -> None:
    drive, _ = _posted(1)
    answer = client.post(f"/drives/{drive}/registrations", json={"student": "R000001", "reason": reason})
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/reason")


def test_an_export_is_written_counted_and_downloaded(without_redis: TestClient) -> None:
    drive, _ = _posted()
    export = _exported(without_redis, drive)
    answer = without_redis.get(f"/exports/{export}/download")
    shown = without_redis.get(f"/exports/{export}").json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert answer.headers["cache-control"] == "no-store"
    assert (shown["state"], shown["downloads"], shown["bytes"]) == ("ready", 1, len(answer.content))
    with transaction() as tx:
        assert tx.scalar(text("SELECT count(*) FROM audit_events WHERE action = 'export.download'")) == 1


def test_a_file_that_is_not_here_names_its_host(without_redis: TestClient) -> None:
    drive, _ = _posted()
    export = _exported(without_redis, drive)
    for file in Path(settings().export_dir).iterdir():
        file.unlink()
    answer = without_redis.get(f"/exports/{export}/download")
    assert (answer.status_code, answer.json()["code"]) == (503, "export-elsewhere")


def test_a_file_that_is_removed_once_it_is_being_sent_arrives_whole(
    without_redis: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive, _ = _posted()
    export = _exported(without_redis, drive)
    opened = ExportFile.open

    def then_removed(file: ExportFile) -> BinaryIO:
        content = opened(file)
        file.path.unlink()
        return content

    monkeypatch.setattr(ExportFile, "open", then_removed)
    answer = without_redis.get(f"/exports/{export}/download")
    assert answer.status_code == 200
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert answer.headers["content-length"] == str(len(answer.content))


def test_a_file_that_is_removed_before_it_is_opened_is_no_crash(
    without_redis: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive, _ = _posted()
    export = _exported(without_redis, drive)
    opened = ExportFile.open

    def removed(file: ExportFile) -> BinaryIO:
        file.path.unlink()
        return opened(file)

    monkeypatch.setattr(ExportFile, "open", removed)
    answer = without_redis.get(f"/exports/{export}/download")
    assert (answer.status_code, answer.json()["code"]) == (409, "export-not-ready")
    assert answer.json()["fix"]


def test_an_export_that_is_not_written_yet(client: TestClient) -> None:
    drive, _ = _posted()
    export = _exported(client, drive)
    answer = client.get(f"/exports/{export}/download")
    assert (answer.status_code, answer.json()["code"]) == (409, "export-not-ready")
    listed = client.get("/exports", params={"drive": "ACME-1"}).json()["items"]
    assert [found["id"] for found in listed] == [export]


@pytest.mark.parametrize("body", [{"preset": "everything"}, {"dialect": "word"}, {"format": "pdf"}])
def test_exports_that_nobody_can_write(client: TestClient, body: dict[str, str]) -> None:
    drive, _ = _posted(1)
    answer = client.post(f"/drives/{drive}/exports", json=body)
    assert (answer.status_code, answer.json()["pointer"]) == (422, f"/{next(iter(body))}")


def test_a_view_is_refreshed_and_read_with_its_age(without_redis: TestClient) -> None:
    _posted()
    name = without_redis.get("/views").json()["items"][0]["name"]
    answer = without_redis.post(f"/views/{name}/refresh")
    assert (answer.status_code, answer.json()["state"]) == (202, "completed")
    shown = without_redis.get(f"/views/{name}").json()
    assert shown["as_of"] is not None
    assert all(len(row) == len(shown["columns"]) for row in shown["rows"])
    assert without_redis.get("/views/nothing").status_code == 404


def test_a_drained_queue_refuses_with_409(client: TestClient) -> None:
    found = client.post("/queues/refresh-materialized-views/drain", json={"reason": "a release"}).json()
    assert (found["drained"], found["draining_reason"]) == (True, "a release")
    refused = client.post("/views/drive_funnel/refresh")
    assert (refused.status_code, refused.json()["code"]) == (409, "queue-draining")
    assert refused.json()["fix"].endswith("POST /queues/refresh-materialized-views/resume")
    assert client.post("/queues/refresh-materialized-views/resume").json()["draining_at"] is None
    assert client.post("/views/drive_funnel/refresh").status_code == 202
    assert client.post("/queues/nothing/drain", json={}).status_code == 404
    client.post("/queues/prune-jobs/pause", json={})
    assert client.post("/queues/prune-jobs/drain", json={}).json()["code"] == "queue-state"


def test_an_outage_of_redis_shows_and_is_logged_once(
    without_redis: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        assert without_redis.post("/views/drive_funnel/refresh").status_code == 202
        found = without_redis.get("/readyz").json()
    assert (found["ready"], found["redis"]) == (True, "unreachable")
    assert re.fullmatch(r"Redis unreachable since \d\d:\d\d, working from PostgreSQL", found["degraded"])
    said = [record.message for record in caplog.records if record.message.startswith("Redis unreachable")]
    assert len(said) == 1


def test_queues_are_paused_and_resumed(client: TestClient) -> None:
    paused = client.post("/queues/auto-publish/pause", json={"reason": "maintenance"}).json()
    assert (paused["type"], paused["paused_by"], paused["paused_reason"]) == (
        "auto-publish",
        "admin@example.edu",
        "maintenance",
    )
    assert client.post("/queues/auto-publish/resume").json()["paused_at"] is None
    assert client.post("/queues/nothing/pause", json={}).status_code == 404
    assert {found["type"] for found in client.get("/queues").json()["types"]} >= {"auto-publish"}


def test_schedules_and_workers(without_redis: TestClient) -> None:
    name = without_redis.get("/schedules").json()["items"][0]["name"]
    answer = without_redis.post(f"/schedules/{name}/run")
    assert answer.status_code == 202
    assert without_redis.get(answer.headers["location"]).status_code == 200
    assert without_redis.get("/workers").json()["items"] == []
    assert [found["kind"] for found in without_redis.get("/workers?all=true").json()["items"]] == ["inline"]
    assert without_redis.post("/schedules/nothing/run").status_code == 404
