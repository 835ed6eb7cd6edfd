"""Errors on the wire: RFC 9457, the code of the registry, a place in the input, never a traceback."""

from __future__ import annotations

import logging

import psycopg
import pytest
from anyio import run
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from placeops_api.problems import STATUS, respond, status_of, translate
from tasks.errors import REGISTRY, Kind, PlaceopsError


def _told(error: Exception) -> PlaceopsError:
    return run(translate, error, "r-1")


def test_every_kind_has_a_status() -> None:
    assert set(STATUS) == set(Kind)
    for code in REGISTRY:
        assert 400 <= status_of(PlaceopsError(code, "")) <= 599


@pytest.mark.parametrize(
    "code", ["database-unreachable", "schema-outdated", "selection-pending", "database-busy"]
)
def test_what_may_be_tried_again_says_when(code: str) -> None:
    assert int(respond(PlaceopsError(code, "x"), "r-1").headers["retry-after"]) > 0


@pytest.mark.parametrize("code", ["not-found", "invalid-input", "duplicate", "internal"])
def test_other_errors_do_not(code: str) -> None:
    assert "retry-after" not in respond(PlaceopsError(code, "x"), "r-1").headers


def test_half_a_surrogate_pair_cannot_break_an_answer() -> None:
    assert b"no \\ud800" not in respond(PlaceopsError("not-found", "no \ud800"), "r-1").body


def test_a_full_pool_is_busy() -> None:
    assert _told(PoolTimeout("QueuePool limit")).code == "database-busy"


def test_a_lost_connection_is_unreachable() -> None:
    lost = OperationalError("SELECT secret", {}, psycopg.OperationalError("server closed the connection"))
    told = _told(lost)
    assert told.code == "database-unreachable"
    assert "secret" not in told.message


def test_a_statement_that_ran_too_long_is_busy() -> None:
    assert _told(psycopg.errors.QueryCanceled("statement timeout")).code == "database-busy"


def test_what_nobody_foresaw_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "placeops.api"):
        told = _told(RuntimeError("password=hunter2"))
    assert told.code == "internal"
    assert "hunter2" not in told.message
    assert "hunter2" in caplog.text
    assert caplog.records[0].__dict__["request_id"] == "r-1"


def test_a_file_of_ours_that_is_missing_is_our_fault() -> None:
    assert _told(FileNotFoundError(2, "No such file", "/srv/secret")).code == "internal"


def test_unknown_addresses_and_methods(shapes: TestClient) -> None:
    unknown = shapes.get("/nothing/here")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found")
    wrong = shapes.delete("/livez")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (
        405,
        "method-not-allowed",
        "GET",
    )


def test_an_address_that_is_written_out_is_not_also_an_id(shapes: TestClient) -> None:
    for path, methods in {"/jobs/retry": "POST", "/jobs/7": "GET", "/jobs/counts": "GET"}.items():
        assert shapes.put(path, headers={"Content-Type": "application/json"}).headers["allow"] == methods


def test_control_characters_in_an_address_do_not_hide_what_is_wrong(shapes: TestClient) -> None:
    answer = shapes.post("/drives/%09/registrations", json={"student": 7})
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/student")
    assert shapes.get("/no%0Aplace").json()["detail"] == "there is nothing at /no\nplace"


def test_reading_where_one_can_only_write_is_no_wrong_id(shapes: TestClient) -> None:
    answer = shapes.get("/jobs/retry")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert shapes.get("/jobs/seven").status_code == 422


def test_a_problem_has_all_its_members(shapes: TestClient) -> None:
    answer = shapes.get("/students?limit=0", headers={"X-Request-ID": "r-9"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:placeops:error:invalid-input",
        "title": REGISTRY["invalid-input"].title,
        "status": 422,
        "code": "invalid-input",
        "detail": "limit: must be 1 or more",
        "fix": "correct it; GET /openapi.json describes every input",
        "pointer": "/limit",
        "details": {
            "errors": [{"pointer": "/limit", "detail": "must be 1 or more"}],
            "count": 1,
        },
        "request_id": "r-9",
    }


LIKE_A_TIME = "must be like 2026-12-01 or 2026-12-01T17:00:00+05:30"


@pytest.mark.parametrize(
    ("path", "body", "pointer", "detail"),
    [
        ("/drives", {"criteria": {"cgpa_min": "x"}}, "/criteria/cgpa_min", "least CGPA: must be a number"),
        ("/drives", {"reg_closes_at": "soon"}, "/reg_closes_at", f"close of registration: {LIKE_A_TIME}"),
        ("/drives", {"drive_date": 7}, "/drive_date", f"date of the drive: {LIKE_A_TIME}"),
        ("/drives", [], "", "body: must be a JSON object"),
        ("/drives/1/publish", {"selected_students": [1, 2, None]}, "/selected_students/2",
         "selected students, entry 3: must be a whole number"),
        ("/users", {"scope": {"branches": ["x"] * 1001}}, "/scope/branches",
         "branches: must have at most 1000 entries"),
    ],
)  # fmt: skip
def test_the_sentence_is_plain_and_the_pointer_exact(
    shapes: TestClient, path: str, body: dict[str, object] | list[object], pointer: str, detail: str
) -> None:
    needed = {
        "/drives": {"company": "A", "title": "B"},
        "/users": {"email": "a@example.edu", "role": "STAFF"},
    }
    sent = body if isinstance(body, list) else needed.get(path, {}) | body
    answer = shapes.post(path, json=sent).json()
    assert (answer.get("pointer", ""), answer["detail"]) == (pointer, detail)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=x", "/limit"),
        ("limit=" + "9" * 5000, "/limit"),
        ("limit=1&limit=2", "/limit"),
        ("page=2", "/page"),
        ("cursor=%00", "/cursor"),
        ("cursor=x", "/cursor"),
        ("branch=%00", "/branch"),
    ],
)
def test_queries_that_cannot_be_used(shapes: TestClient, query: str, pointer: str) -> None:
    answer = shapes.get(f"/students?{query}")
    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)


def test_a_service_error_keeps_code_fix_and_details(client: TestClient) -> None:
    answer = client.get("/students?college=NOWHERE")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"
    assert "fix" in answer.json()
