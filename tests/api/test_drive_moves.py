"""A drive's life through the API: moves, changes under a precondition, copies, lists and figures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from placeops_api.drive_bodies import CriteriaChangeBody, DriveChangeBody, DriveCopyBody
from sql.engine import transaction
from tasks.actor import Role
from tasks.services.drive_update import CriteriaChanges, DriveChanges
from tasks.services.drives import DriveStats
from tests import accounts, factories
from tests.conftest import Place
from tests.jobs.support import somebody_waits, until

LATER = "2198-01-01T18:00:00+05:30"


@pytest.fixture
def drive(client: TestClient) -> int:
    """ACME-1, posted to five students."""
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 5)
        found = factories.drive(tx)
        factories.posted(tx, found, ids)
    return found


def test_bodies_have_the_members_of_the_services() -> None:
    assert set(DriveChangeBody.model_fields) == set(DriveChanges.__annotations__)
    assert set(CriteriaChangeBody.model_fields) == set(CriteriaChanges.__annotations__)
    assert set(DriveCopyBody.model_fields) - set(DriveChangeBody.model_fields) == {"auto_calc"}


def test_a_drive_goes_its_way(client: TestClient, drive: int) -> None:
    way: list[tuple[str, dict[str, Any] | None, str]] = [
        ("extend", {"until": LATER}, "posted"),
        ("pause", {"reason": "a question"}, "paused"),
        ("resume", None, "posted"),
        ("start", None, "in_progress"),
        ("cancel", {"reason": "the company withdrew"}, "cancelled"),
        ("archive", None, "archived"),
    ]
    client.post("/drives/ACME-1/registrations", json={"student": "R000001"})
    for version, (move, body, status) in enumerate(way, 2):
        answer = client.post(f"/drives/ACME-1/{move}", json=body)
        assert (answer.status_code, answer.json()["status"]) == (200, status)
        assert (answer.headers["etag"], answer.json()["row_version"]) == (f'"{version}"', version)
    assert client.get("/drives/ACME-1").headers["etag"] == '"7"'


@pytest.mark.parametrize(
    ("move", "body"),
    [("resume", None), ("complete", None), ("archive", None)],
)
def test_a_move_that_is_not_allowed_names_those_that_are(
    client: TestClient, drive: int, move: str, body: dict[str, Any] | None
) -> None:
    answer = client.post(f"/drives/{drive}/{move}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "drive-state")
    assert answer.json()["details"]["allowed_moves"] == ["publish", "extend", "pause", "start", "cancel"]
    assert "its moves are: publish, extend, pause, start, cancel" in answer.json()["detail"]
    assert answer.json()["fix"] == "GET /drives/ACME-1"


MOVES = ["publish", "extend", "pause", "start", "cancel"]
ASKERS: dict[str, tuple[Role, dict[str, list[Any]], bool, list[str]]] = {
    "administrator": (Role.ADMIN, {}, True, MOVES),
    "staff": (Role.STAFF, {}, True, []),
    "coordinator of this drive": (Role.COORDINATOR, {"drives": [1]}, True, MOVES),
    "coordinator of all its students": (Role.COORDINATOR, {"branches": ["CSE", "ECE", "MECH"]}, True, MOVES),
    "coordinator of some": (Role.COORDINATOR, {"branches": ["CSE"]}, False, []),
    "student": (Role.STUDENT, {}, False, []),
}


@pytest.mark.parametrize("asker", ASKERS)
def test_only_moves_that_the_asker_may_do_are_listed(client: TestClient, asker: str) -> None:
    role, scopes, managed, moves = ASKERS[asker]
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 5)
        drive = factories.drive(tx, criteria={"branch_in": ["CSE", "ECE"]})
        factories.posted(tx, drive, ids)
    own = ids[0] if role is Role.STUDENT else None
    headers = _bearer(accounts.token(role, "asker@example.edu", scopes=scopes, student_id=own))
    shown = client.get(f"/drives/{drive}", headers=headers).json()["drive"]
    (listed,) = client.get("/drives", headers=headers).json()["items"]
    assert [(seen["managed"], seen["allowed_moves"]) for seen in (shown, listed)] == [(managed, moves)] * 2
    done = client.post(f"/drives/{drive}/pause", json={"reason": "a question"}, headers=headers)
    assert done.status_code == (200 if moves else 403), "and what is not listed is refused"


def test_a_token_that_only_reads_is_offered_no_moves(client: TestClient, drive: int) -> None:
    body = {"user": "admin@example.edu", "name": "dashboard", "scopes": ["read"]}
    headers = _bearer(client.post("/tokens", json=body).json()["secret"])
    shown = client.get(f"/drives/{drive}", headers=headers).json()["drive"]
    assert (shown["managed"], shown["allowed_moves"]) == (True, [])


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_draft_is_deleted(client: TestClient, drive: int) -> None:
    assert client.delete("/drives/ACME-1").status_code == 409
    with transaction() as tx:
        factories.drive(tx, "OTHER-1")
    answer = client.delete("/drives/OTHER-1")
    assert (answer.status_code, answer.json()["code"]) == (200, "OTHER-1")
    assert client.get("/drives/OTHER-1").status_code == 404
    assert client.delete("/drives/OTHER-1").status_code == 404


@pytest.mark.parametrize(
    ("move", "body", "pointer"),
    [
        ("extend", {}, "/until"),
        ("extend", {"until": "tomorrow"}, "/until"),
        ("extend", {"until": "2198-01-01T18:00:00"}, "/until"),
        ("extend", {"until": "2001-01-01T18:00:00Z"}, "/until"),
        ("extend", {"until": "9999-12-31T23:59:59Z"}, "/until"),
        ("pause", {}, "/reason"),
        ("pause", {"reason": ""}, "/reason"),
        ("pause", {"reason": " "}, "/reason"),
        ("pause", {"reason": "a\x00b"}, "/reason"),
        ("cancel", {"reason": 7}, "/reason"),
        ("cancel", {"reason": "x", "yes": True}, "/yes"),
    ],
)
def test_moves_that_lack_something(
    client: TestClient, drive: int, move: str, body: dict[str, Any], pointer: str
) -> None:
    answer = client.post("/drives/ACME-1/" + move, json=body)
    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
    assert client.get("/drives/ACME-1").json()["drive"]["row_version"] == 1


def test_a_change_is_for_one_version(client: TestClient, drive: int) -> None:
    etag = client.get("/drives/ACME-1").headers["etag"]
    without = client.patch("/drives/ACME-1", json={"title": "A"})
    assert (without.status_code, without.json()["code"]) == (428, "precondition-required")
    changed = client.patch("/drives/ACME-1", json={"title": "A"}, headers={"If-Match": etag})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert changed.json()["drive"]["title"] == "A"
    for stale in (etag, 'W/"2"', "2", '"x"', "", '"99999999999999999999"'):
        refused = client.patch("/drives/ACME-1", json={"title": "B"}, headers={"If-Match": stale})
        assert (refused.status_code, refused.json()["code"]) == (412, "precondition-failed"), stale
        assert refused.json()["fix"].endswith("GET /drives/ACME-1")
    for current in ('"2"', '"1", "3"', "*"):
        answer = client.patch("/drives/ACME-1", json={"title": current}, headers={"If-Match": current})
        assert answer.status_code == 200, current


def test_null_is_unknown_and_absent_stays(client: TestClient, drive: int) -> None:
    def change(body: dict[str, Any]) -> Any:
        return client.patch("/drives/ACME-1", json=body, headers={"If-Match": "*"})

    client.post("/drives/ACME-1/pause", json={"reason": "x"})
    assert (
        change({"ctc_min": 1, "ctc_max": 2, "criteria": {"cgpa_min": 7.5, "branches": ["CSE"]}}).status_code
        == 200
    )
    answer = change({"ctc_max": None, "criteria": {"branches": None}}).json()
    assert (answer["drive"]["ctc_min"], answer["drive"]["ctc_max"]) == (1, None)
    assert (answer["criteria"]["cgpa_min"], answer["criteria"]["branches"]) == ("7.5", [])
    assert change({"criteria": None}).json()["criteria"]["cgpa_min"] is None
    assert change({}).json()["drive"]["row_version"] == 5
    for body, pointer in (
        ({"company": None}, "/company"),
        ({"code": None}, "/code"),
        ({"status": "draft"}, "/status"),
        ({"criteria": {"cgpa_min": 78.5}}, "/criteria/cgpa_min"),
        ({"criteria": {"version": 1}}, "/criteria/version"),
        ({"note": "x" * 1001}, "/note"),
        ({"autoCalc": True}, "/autoCalc"),
    ):
        refused = change(body)
        assert (refused.status_code, refused.json()["pointer"]) == (422, pointer)
    fixed = change({"reg_closes_at": LATER})
    assert (fixed.status_code, fixed.json()["pointer"]) == (409, "/reg_closes_at")
    assert fixed.json()["fix"] == "POST /drives/ACME-1/extend"


def test_a_copy_and_its_key(client: TestClient, drive: int) -> None:
    body = {"title": "Analyst", "reg_closes_at": LATER, "autoCalc": True}
    first = client.post("/drives/ACME-1/copy", json=body, headers={"Idempotency-Key": "k-1"})
    assert (first.status_code, first.headers["location"]) == (201, f"/drives/{first.json()['drive']['id']}")
    assert (first.json()["drive"]["title"], first.json()["job"]["type"]) == ("Analyst", "eligibility-filter")
    again = client.post("/drives/ACME-1/copy", json=body, headers={"Idempotency-Key": "k-1"})
    assert again.json()["drive"]["id"] == first.json()["drive"]["id"]


def test_a_selection_that_stands_is_changed(client: TestClient, drive: int) -> None:
    with transaction() as tx:
        factories.student(tx, 1, "NEW")
    body: dict[str, Any] = {"add_students": ["NEW"], "remove_students": ["R000001", 2]}
    answer = client.post("/drives/ACME-1/publish", json=body)
    plan = answer.json()["plan"]
    assert (answer.status_code, plan["added"], plan["removed"], plan["selected"]) == (200, 1, 2, 4)
    both = client.post("/drives/ACME-1/publish", json=body | {"selected_students": ["NEW"]})
    assert (both.status_code, both.json()["code"]) == (422, "nobody-selected")
    wrong = client.post("/drives/ACME-1/publish", json={"add_students": [0]})
    assert (wrong.status_code, wrong.json()["pointer"]) == (422, "/add_students/0")


def test_lists_and_figures(client: TestClient, drive: int) -> None:
    assert len(client.get("/drives?registration=open&q=acme&status=posted").json()["items"]) == 1
    assert client.get("/drives?registration=closed").json()["items"] == []
    assert client.get("/drives?q=globex").json()["items"] == []
    for wrong in ("registration=draft", "q=%00", "q=" + "x" * 201, "search=x"):
        assert client.get(f"/drives?{wrong}").status_code == 422
    stats = client.get("/drives/ACME-1/stats").json()
    assert set(stats) == {field.name for field in fields(DriveStats)}
    assert (stats["selected"], stats["eligible"], stats["registered"]) == (5, None, 0)
    assert client.get("/drives/NONE/stats").status_code == 404


@pytest.mark.parametrize("what", ["eligibility", "exports"])
def test_what_is_asked_of_a_drive_that_goes_at_this_moment(
    client: TestClient, place: Place, what: str
) -> None:
    with transaction() as tx:
        drive = factories.drive(tx, "DRAFT")
    with psycopg.connect(place.database_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("DELETE FROM placement_drives WHERE id = %s", [drive])
        asked = pool.submit(client.post, f"/drives/{drive}/{what}", json={} if what == "exports" else None)
        until(somebody_waits, 10)
        other.commit()
        answer = asked.result(30)
    assert (answer.status_code, answer.json()["code"]) == (409, "changed-meanwhile")
