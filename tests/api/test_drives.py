"""Drives through the API: created, listed, published."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from placeops_api.bodies import CriteriaBody, DriveBody
from sql.engine import transaction
from tasks.services.criteria import Criteria
from tasks.services.drive_create import NewDrive
from tests import factories

NEW: dict[str, Any] = {
    "company": "Acme",
    "title": "Engineer",
    "reg_opens_at": "2026-01-01T09:00:00+05:30",
    "reg_closes_at": "2199-01-01T18:00:00+05:30",
}


def _crowded(count: int = 5) -> tuple[int, list[int]]:
    """A draft drive that everybody may join, and the students' ids."""
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), count)
        return factories.drive(tx), ids


def _requests() -> list[list[int]]:
    with transaction() as tx:
        return [
            sorted(row.student_ids)
            for row in tx.execute(text("SELECT * FROM publish_requests ORDER BY number"))
        ]


def test_bodies_have_the_fields_of_the_services() -> None:
    assert set(CriteriaBody.model_fields) == {field.name for field in fields(Criteria)}
    assert set(DriveBody.model_fields) - {"criteria"} == {field.name for field in fields(NewDrive)} - {
        "is_test"
    }


def test_create_tells_where_the_drive_is(client: TestClient) -> None:
    answer = client.post("/drives", json=NEW | {"criteria": {"cgpa_min": "6.995", "branches": ["CSE"]}})
    assert answer.status_code == 201
    created = answer.json()
    assert created["job"] is None
    assert answer.headers["location"] == f"/drives/{created['drive']['id']}"
    shown = client.get(answer.headers["location"]).json()
    assert shown["drive"]["status"] == "draft"
    assert (shown["criteria"]["cgpa_min"], shown["criteria"]["branches"]) == ("6.995", ["CSE"])


def test_a_number_keeps_its_decimals(client: TestClient) -> None:
    answer = client.post("/drives", json=NEW | {"criteria": {"cgpa_min": 6.995}})
    assert client.get(answer.headers["location"]).json()["criteria"]["cgpa_min"] == "6.995"


@pytest.mark.parametrize("spelling", ["autoCalc", "auto_calc"])
def test_auto_calc_starts_a_job_that_carries_the_request(client: TestClient, spelling: str) -> None:
    answer = client.post("/drives", json=NEW | {spelling: True}, headers={"X-Request-ID": "r-11"})
    job = answer.json()["job"]
    assert (job["type"], job["request_id"], job["created_by"]) == (
        "eligibility-filter",
        "r-11",
        "admin@example.edu",
    )


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"company": ""}, "/company"),
        ({"company": "a\x00b"}, "/company"),
        ({"company": 7}, "/company"),
        ({"title": None}, "/title"),
        ({"ctc_min": 10**30}, "/ctc_min"),
        ({"ctc_min": -1}, "/ctc_min"),
        ({"reg_closes_at": "2030-01-01"}, "/reg_closes_at"),
        ({"reg_closes_at": "2030-01-01T00:00:00"}, "/reg_closes_at"),
        ({"drive_date": "31.12.2030"}, "/drive_date"),
        ({"drive_date": 1}, "/drive_date"),
        ({"reg_closes_at": 1.5e9}, "/reg_closes_at"),
        ({"ctc_min": True}, "/ctc_min"),
        ({"autoCalc": "yes"}, "/autoCalc"),
        ({"criteria": {"cgpa_min": True}}, "/criteria/cgpa_min"),
        ({"criteria": {"active_backlogs_max": False}}, "/criteria/active_backlogs_max"),
        ({"surprise": 1}, "/surprise"),
        ({"a/b~c": 1}, "/a~1b~0c"),
        ({"status": "posted"}, "/status"),
        ({"criteria": {"cgpa": 7}}, "/criteria/cgpa"),
        ({"criteria": {"cgpa_min": 78.5}}, "/criteria/cgpa_min"),
        ({"criteria": {"cgpa_min": "NaN"}}, "/criteria/cgpa_min"),
        ({"criteria": {"cgpa_min": "1e999999999"}}, "/criteria/cgpa_min"),
        ({"criteria": {"active_backlogs_max": 2**70}}, "/criteria/active_backlogs_max"),
        ({"criteria": {"batch_years": [2**70]}}, "/criteria/batch_years/0"),
        ({"criteria": {"branches": ["x\x00"]}}, "/criteria/branches/0"),
    ],
)
def test_what_cannot_be_created(shapes: TestClient, change: dict[str, Any], pointer: str) -> None:
    answer = shapes.post("/drives", json=NEW | change)
    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)


def test_a_college_that_does_not_exist_leaves_nothing_behind(client: TestClient) -> None:
    answer = client.post("/drives", json=NEW | {"criteria": {"colleges": ["NOWHERE"]}})
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/criteria/colleges")
    assert client.get("/drives").json()["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"company": "\\ud800", "title": "x"}',
        b'{"company": NaN, "title": Infinity}',
        b'{"ctc_min": ' + b"9" * 5000 + b"}",
        b'{"\\ud800": 1}',
    ],
    ids=lambda body: repr(body[:12]),
)
def test_bodies_that_are_not_what_they_should_be(shapes: TestClient, body: bytes) -> None:
    answer = shapes.post("/drives", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


def test_a_taken_code_is_a_conflict(client: TestClient) -> None:
    assert client.post("/drives", json=NEW | {"code": "ACME-7"}).status_code == 201
    again = client.post("/drives", json=NEW | {"code": "ACME-7"})
    assert (again.status_code, again.json()["code"]) == (409, "duplicate")


def test_a_drive_by_id_and_by_code(client: TestClient) -> None:
    drive, _ = _crowded(1)
    assert client.get(f"/drives/{drive}").json() == client.get("/drives/ACME-1").json()


@pytest.mark.parametrize("act", ["", "/publish", "/eligibility", "/registrations", "/exports"])
def test_drives_that_do_not_exist(client: TestClient, act: str) -> None:
    bodies: dict[str, Any] = {
        "/publish": {"eligible": True},
        "/registrations": {"student": "R1"},
        "/exports": {},
    }
    for ref in ("0", "9", "99999999999999999999", "NO-SUCH", "%ff", "\N{SNOWMAN}", "%00"):
        answer = (
            client.post(f"/drives/{ref}{act}", json=bodies.get(act)) if act else client.get(f"/drives/{ref}")
        )
        assert answer.status_code == (422 if ref == "%00" else 404), ref


def test_list_by_status(client: TestClient) -> None:
    _crowded(1)
    assert len(client.get("/drives?status=draft").json()["items"]) == 1
    assert client.get("/drives?status=posted").json()["items"] == []
    assert client.get("/drives?status=drafty").status_code == 422


def test_publish_posts_at_once_and_names_the_job(client: TestClient) -> None:
    drive, ids = _crowded()
    body = {"selected_students": [ids[0], "R000002"]}
    answer = client.post(f"/drives/{drive}/publish", json=body, headers={"X-Request-ID": "r-12"})
    assert answer.status_code == 200
    published = answer.json()
    assert answer.headers["location"] == f"/jobs/{published['job']['id']}"
    assert published["drive"]["status"] == "posted"
    assert (published["plan"]["selected"], published["job"]["request_id"]) == (2, "r-12")
    assert _requests() == [ids[:2]]


def test_the_same_publish_again_says_so(client: TestClient) -> None:
    drive, ids = _crowded()
    first = client.post(f"/drives/{drive}/publish", json={"selected_students": ids}).json()
    second = client.post(f"/drives/{drive}/publish", json={"selected_students": ids}).json()
    assert (first["repeated"], second["repeated"]) == (False, True)
    assert len(_requests()) == 1


def test_a_dry_run_changes_nothing(client: TestClient) -> None:
    drive, ids = _crowded()
    answer = client.post(f"/drives/{drive}/publish", json={"selected_students": ids, "dry_run": True})
    assert answer.status_code == 200
    assert (answer.json()["drive"]["status"], answer.json()["job"]) == ("draft", None)
    assert "location" not in answer.headers
    assert _requests() == []


def test_publish_to_everybody_eligible(client: TestClient) -> None:
    drive, ids = _crowded()
    answer = client.post(f"/drives/{drive}/publish", json={"eligible": True})
    assert (answer.status_code, answer.json()["plan"]["selected"]) == (200, len(ids))


def test_selections_that_cannot_be_published(client: TestClient) -> None:
    drive, _ = _crowded()
    refused: list[tuple[dict[str, Any], str]] = [
        ({}, "nobody-selected"),
        ({"selected_students": []}, "nobody-selected"),
        ({"selected_students": ["R000001"], "eligible": True}, "nobody-selected"),
        ({"selected_students": ["NOBODY"]}, "students-unknown"),
        ({"selected_students": [2**31 - 1]}, "students-unknown"),
    ]
    for body, code in refused:
        answer = client.post(f"/drives/{drive}/publish", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), body
    assert _requests() == []


@pytest.mark.parametrize(
    "entry", [1.5, True, None, {}, [], "", "x\x00", 0, -1, 2**31, 2**63, 2**70, "x" * 201]
)
def test_entries_that_are_no_students(shapes: TestClient, entry: object) -> None:
    answer = shapes.post("/drives/1/publish", json={"selected_students": [17, entry]})
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/selected_students/1")


def test_the_first_wrong_entry_ends_the_look_at_a_list(shapes: TestClient) -> None:
    answer = shapes.post("/drives/1/publish", json={"selected_students": [17, None, *[0] * 5000]})
    assert (answer.status_code, answer.json()["details"]["count"]) == (422, 1)
    assert answer.json()["pointer"] == "/selected_students/1"


def test_many_wrong_entries_are_counted_not_listed(shapes: TestClient) -> None:
    answer = shapes.post("/drives", json={"criteria": {"batch_years": [None] * 5000}})
    details = answer.json()["details"]
    assert (len(details["errors"]), details["count"]) == (20, 5002)


def test_a_drive_that_is_over_cannot_be_published(client: TestClient) -> None:
    drive, ids = _crowded()
    with transaction() as tx:
        tx.execute(text("UPDATE placement_drives SET status = 'cancelled', cancelled_reason = 'x'"))
    answer = client.post(f"/drives/{drive}/publish", json={"selected_students": ids})
    assert (answer.status_code, answer.json()["code"]) == (409, "drive-not-publishable")
    assert answer.json()["details"] == {"status": "cancelled", "allowed_moves": ["archive"]}
    assert answer.json()["fix"] == "POST /drives/ACME-1/copy"
