"""Exports through the API: which lists, in which format, for whom."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

import pytest
from fastapi.testclient import TestClient

from placeops_api.app import create_app
from sql.engine import transaction
from tasks.actor import Role
from tests import accounts, factories
from tests.api.conftest import BASE
from tests.conftest import Place

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def drive(without_redis: TestClient) -> int:
    """A posted drive for which two students of different branches are registered."""
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 5)
        found = factories.drive(tx)
        factories.posted(tx, found, ids)
    for student in ("R000001", "R000002"):
        without_redis.post(f"/drives/{found}/registrations", json={"student": student})
    return found


def test_workbook_is_asked_for_and_downloaded(without_redis: TestClient, drive: int) -> None:
    wanted = {"format": "xlsx", "branch": "ECE", "college": "eng", "status": "registered"}
    asked = without_redis.post(f"/drives/{drive}/exports", json=wanted).json()["export"]
    assert asked["filters"] == {"branch": "ECE", "college": "ENG", "status": "registered"}
    answer = without_redis.get(f"/exports/{asked['id']}/download")
    assert answer.headers["content-type"] == XLSX
    assert answer.headers["content-disposition"].endswith(f'ACME-1-company_shortlist-{asked["id"]}.xlsx"')
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "R000001" in sheet and "R000002" not in sheet


@pytest.mark.parametrize("preset", ["attendance_sheet", "coordinator_full", "no_show", "offers"])
def test_every_preset_can_be_had(without_redis: TestClient, drive: int, preset: str) -> None:
    wanted = {"preset": preset, "dialect": "data"}
    asked = without_redis.post("/drives/ACME-1/exports", json=wanted).json()["export"]
    answer = without_redis.get(f"/exports/{asked['id']}/download")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("S.No,Roll No,Name,")


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"format": "pdf"}, 422, "/format"),
        ({"status": "gone"}, 422, "/status"),
        ({"preset": "offers", "status": "registered"}, 422, "/status"),
        ({"branch": ""}, 422, "/branch"),
        ({"college": "NOPE"}, 404, "/college"),
        ({"filters": {}}, 422, "/filters"),
    ],
)
def test_wrong_wish_is_named(
    without_redis: TestClient, drive: int, body: dict[str, Any], status: int, pointer: str
) -> None:
    answer = without_redis.post(f"/drives/{drive}/exports", json=body)
    assert (answer.status_code, answer.json()["pointer"]) == (status, pointer)
    assert without_redis.get("/exports").json()["items"] == []


def test_same_key_makes_one_export(without_redis: TestClient, drive: int) -> None:
    key = {"Idempotency-Key": "once"}
    first, second = (
        without_redis.post(f"/drives/{drive}/exports", json={}, headers=key).json() for _ in range(2)
    )
    assert first["export"]["id"] == second["export"]["id"]
    other = without_redis.post(f"/drives/{drive}/exports", json={"format": "xlsx"}, headers=key)
    assert other.json()["code"] == "idempotency-key-reused"
    assert len(without_redis.get("/exports").json()["items"]) == 1


def test_staff_gets_the_lists_but_not_every_column(
    without_redis: TestClient, drive: int, place: Place
) -> None:
    full = without_redis.post(f"/drives/{drive}/exports", json={"preset": "coordinator_full"}).json()[
        "export"
    ]
    headers = {"Authorization": f"Bearer {accounts.token(Role.STAFF)}"}
    staff = TestClient(create_app(), base_url=BASE, raise_server_exceptions=False, headers=headers)
    assert staff.post(f"/drives/{drive}/exports", json={}).status_code == 202
    refused = staff.post(f"/drives/{drive}/exports", json={"preset": "coordinator_full"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert staff.get(f"/exports/{full['id']}/download").status_code == 403
