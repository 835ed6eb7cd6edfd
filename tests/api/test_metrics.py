"""What Prometheus reads: the ledger as it stands, and this process's requests by route."""

from __future__ import annotations

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from sql.engine import transaction
from tasks.actor import SYSTEM, Role
from tasks.jobs import ledger
from tasks.services.queues import pause_types
from tests import accounts


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
    assert found["placeops_oldest_waiting_job_seconds", (kind,)] > 0
    assert found["placeops_queue_paused", (("type", "prune-jobs"),)] == 1
    assert found["placeops_workers", ()] == 0
    assert found["placeops_view_stale", (("view", "drive_funnel"),)] in (0, 1)


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
