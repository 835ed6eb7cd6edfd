"""What Prometheus reads: the ledger as it stands, and this process's requests by route."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from sql.engine import transaction
from tasks.actor import SYSTEM, Role
from tasks.jobs import ledger
from tasks.services import audit
from tasks.services.queues import pause_types
from tests import accounts

KIND = ("type", "auto-publish")
COMPLETED = ("placeops_jobs_total", (("outcome", "completed"), KIND))


def _read(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_ledger_in_figures(client: TestClient) -> None:
    with transaction() as tx:
        for number in range(3):
            ledger.enqueue(tx, "export-registrations-csv", {"export": number}, created_by="tests")
    pause_types(SYSTEM, ["prune-jobs"])
    found = _read(client)
    kind = ("type", "export-registrations-csv")
    assert found["placeops_jobs", (("state", "waiting"), kind)] == 3
    assert found["placeops_jobs", (("state", "failed"), kind)] == 0
    assert found["placeops_oldest_waiting_seconds", (kind,)] > 0
    assert found["placeops_queue_paused", (("type", "prune-jobs"),)] == 1
    assert found["placeops_workers", ()] == 0
    assert found["placeops_view_stale", (("view", "drive_funnel"),)] in (0, 1)


def test_counts_grow_by_what_ended_since_the_last_look(client: TestClient) -> None:
    end = """
        INSERT INTO jobs (type, state, created_by, attempt, started_at, finished_at, error, reason)
        SELECT 'auto-publish', state, 'tests', 1, t - make_interval(secs => took), t, error, error
        FROM (SELECT now() - make_interval(secs => :ago)) x (t),
             (VALUES ('completed', 0.2, NULL), ('completed', 20, NULL), ('failed', 2000, 'no')) y (state, took, error)
    """
    with transaction() as tx:
        tx.execute(text(end), {"ago": 60})
    assert _read(client)[COMPLETED] == 0, "what ended before the first look is not counted"
    client.app.state.counters._since -= timedelta(minutes=1)  # type: ignore[attr-defined]
    with transaction() as tx:
        tx.execute(text(end), {"ago": 30})
        tx.execute(text("DELETE FROM jobs WHERE finished_at < now() - interval '45 seconds'"))
        tx.execute(
            text(
                "INSERT INTO schedule_fires (schedule, fire_at, fired_at, outcome, missed) "
                "VALUES ('prune-jobs', now() - interval '1 hour', now() - interval '30 seconds', 'late', 2)"
            )
        )
    found = _read(client)
    assert found[COMPLETED] == 2 and found["placeops_jobs_total", (("outcome", "failed"), KIND)] == 1
    below = {
        le: found["placeops_job_seconds_bucket", (("le", le), KIND)] for le in ("0.1", "0.5", "60.0", "+Inf")
    }
    assert below == {"0.1": 0, "0.5": 1, "60.0": 2, "+Inf": 3}
    assert found["placeops_job_seconds_sum", (KIND,)] == pytest.approx(2020.2)
    assert found["placeops_schedule_missed_total", (("schedule", "prune-jobs"),)] == 3
    assert _read(client)[COMPLETED] == 2, "nothing counts twice"
    with transaction() as tx:
        tx.execute(text("DELETE FROM jobs"))
    assert _read(client)[COMPLETED] == 2, "pruning takes nothing back"


def test_the_place_in_figures(client: TestClient) -> None:
    found = _read(client)
    assert found["placeops_backup_last_success_timestamp", ()] == 0
    assert found["placeops_redis_up", ()] == 1 and found["placeops_free_bytes", ()] > 0
    assert found["placeops_schedule_overdue_seconds", (("schedule", "prune-jobs"),)] == 0
    with transaction() as tx:
        tx.execute(
            text(
                "UPDATE schedules SET created_at = now() - interval '3 d', changed_at = now() - interval '3 d'"
            )
        )
        taken = {"created_at": "2026-01-02T03:04:05+00:00"}
        audit.record(tx, SYSTEM, "backup.create", "backup", "b", after=taken)
    found = _read(client)
    assert (
        found["placeops_backup_last_success_timestamp", ()]
        == datetime.fromisoformat(taken["created_at"]).timestamp()
    )
    assert found["placeops_schedule_overdue_seconds", (("schedule", "prune-jobs"),)] > 86_400
    assert [value for (name, _), value in found.items() if name == "placeops_build_info"] == [1]


def test_requests_are_counted_by_route_and_not_by_id(client: TestClient) -> None:
    for number in (1, 2, 3):
        client.get(f"/jobs/{number}")
    client.get("/nothing/here")
    found = _read(client)
    labels = (("method", "GET"), ("route", "/jobs/{id}"), ("status", "404"))
    assert found["placeops_http_request_seconds_count", labels] == 3
    assert found["placeops_http_request_seconds_count", (labels[0], ("route", "none"), labels[2])] == 1
    assert not any("/jobs/1" in str(labels) for _, labels in found)


def test_only_administrators_and_their_tokens(client: TestClient) -> None:
    headers = {"Authorization": f"Bearer {accounts.token(Role.STAFF)}"}
    assert client.get("/metrics", headers=headers).status_code == 403
    assert client.get("/metrics", headers={"Authorization": ""}).status_code == 401
