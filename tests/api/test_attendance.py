"""Registrations, attendance and offers through the API: statuses, receipts, who may."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from sql.engine import transaction
from tasks.actor import Role
from tests import accounts, factories


@pytest.fixture
def office(client: TestClient) -> list[int]:
    """Drive ACME-1 is open for five students."""
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 5)
        factories.posted(tx, factories.drive(tx), ids)
    return ids


@pytest.fixture
def student(client: TestClient, office: list[int]) -> TestClient:
    """The API as R000001 uses it."""
    headers = {"Authorization": f"Bearer {accounts.token(Role.STUDENT, student_id=office[0])}"}
    return TestClient(client.app, base_url=str(client.base_url), headers=headers)


def running(client: TestClient, count: int = 3) -> None:
    """ACME-1 begins with the first students."""
    for number in range(1, count + 1):
        client.post("/drives/ACME-1/registrations", json={"student": f"R00000{number}"})
    with transaction() as tx:
        tx.execute(text("UPDATE placement_drives SET status = 'in_progress'"))
        tx.execute(text("INSERT INTO drive_rounds (drive_id, seq, kind, name) SELECT id, 1, 'test', 'Test' "
                        "FROM placement_drives"))  # fmt: skip
        tx.execute(text("INSERT INTO attendance (round_id, student_id) SELECT o.id, r.student_id "
                        "FROM drive_rounds o JOIN drive_registrations r USING (drive_id)"))  # fmt: skip


def test_a_student_needs_no_roll_number_and_gets_a_receipt(student: TestClient) -> None:
    answer = student.post("/drives/ACME-1/registrations", json={})
    receipt = answer.json()["registration"]
    assert (answer.status_code, receipt["channel"], receipt["roll_no"]) == (201, "SELF", "R000001")
    assert receipt["registered_at"].endswith("Z") or "+" in receipt["registered_at"]
    again = student.post("/drives/ACME-1/registrations", json={"student": "R000001"})
    assert (again.status_code, again.json()["registration"]) == (200, receipt)
    other = student.post("/drives/ACME-1/registrations", json={"student": "R000002"})
    assert (other.status_code, other.json()["code"]) == (404, "not-found")
    mine = student.get("/registrations/mine").json()["items"]
    assert [(one["drive_code"], one["may_withdraw"]) for one in mine] == [("ACME-1", True)]


def test_withdrawing_twice_is_the_same_answer(student: TestClient) -> None:
    assert student.post("/drives/ACME-1/registrations/withdraw", json={}).json()["code"] == "not-registered"
    student.post("/drives/ACME-1/registrations", json={})
    first = student.post("/drives/ACME-1/registrations/withdraw", json={})
    second = student.post("/drives/ACME-1/registrations/withdraw", json={})
    assert (first.status_code, first.json()["changed"]) == (200, True)
    assert (second.status_code, second.json()["changed"]) == (200, False)
    assert first.json()["registration"] == second.json()["registration"]


def test_registrations_are_filtered(client: TestClient, office: list[int]) -> None:
    for number in (1, 2, 3):
        client.post("/drives/ACME-1/registrations", json={"student": f"R00000{number}"})
    client.post("/drives/ACME-1/registrations/withdraw", json={"student": "R000002"})

    def rolls(**query: str) -> list[str]:
        items = client.get("/drives/ACME-1/registrations", params=query).json()["items"]
        return [one["roll_no"][-1] for one in items]

    assert rolls(status="withdrawn") == ["2"]
    assert rolls(branch="CSE") == ["3"]
    assert rolls(q="000001", college="ENG") == ["1"]
    assert client.get("/drives/ACME-1/registrations?status=gone").status_code == 422


@pytest.mark.parametrize(
    "given",
    [
        {"students": ["R000001", "R000001", "NOBODY"]},
        {"text": "R000001\n\nR000001\nNOBODY\n"},
        {"text": "Name,Roll No\nA,R000001\nB,R000001\nC,NOBODY\n"},
    ],
)
def test_attendance_is_marked_from_a_list_or_a_pasted_text(
    client: TestClient, office: list[int], given: dict[str, Any]
) -> None:
    running(client)
    body = given | {"status": "PRESENT"}
    preview = client.post("/drives/ACME-1/attendance", json=body | {"dry_run": True}).json()
    assert client.get("/drives/ACME-1/attendance?status=PRESENT").json()["items"] == []
    done = client.post("/drives/ACME-1/attendance", json=body).json()
    assert done == preview | {"dry_run": False}
    assert (done["marked"], done["problem_counts"]) == (1, {"duplicate": 1, "not on the list": 1})
    assert [one["value"] for one in done["problems"]] == ["R000001", "NOBODY"]
    present = client.get("/drives/ACME-1/attendance?status=PRESENT&round=1").json()["items"]
    assert [one["roll_no"] for one in present] == ["R000001"]


def test_a_round_from_its_plan_to_a_correction(client: TestClient, office: list[int]) -> None:
    running(client)
    planned = client.post("/drives/ACME-1/rounds", json={"kind": "interview", "name": "Interview"})
    assert (planned.status_code, planned.json()["seq"], planned.json()["state"]) == (201, 2, "waiting")
    current = {"If-Match": planned.headers["etag"]}
    starts = {"starts_at": "2027-01-21T10:00:00+05:30"}
    changed = client.patch("/drives/ACME-1/rounds/2", json=starts, headers=current).json()
    assert (changed["starts_at"], changed["row_version"]) == ("2027-01-21T04:30:00Z", 2)
    assert client.patch("/drives/ACME-1/rounds/2", json={"name": None}, headers=current).status_code == 422
    client.post("/drives/ACME-1/attendance", json={"students": office[:1], "status": "PRESENT"})
    unnamed = client.post("/drives/ACME-1/attendance/finalise", json={})
    assert (unnamed.status_code, unnamed.json()["pointer"]) == (422, "/round")
    preview = client.post("/drives/ACME-1/attendance/finalise", json={"round": 1, "dry_run": True}).json()
    done = client.post("/drives/ACME-1/attendance/finalise", json={"round": 1}).json()
    assert (preview["became_absent"], done["became_absent"], done["next_round"]["tally"]["listed"]) == (
        2,
        2,
        1,
    )
    assert client.post("/drives/ACME-1/attendance/finalise", json={"round": 1}).json()["repeated"] is True
    late = client.post(
        "/drives/ACME-1/attendance", json={"students": office[1:2], "status": "PRESENT", "round": 1}
    )
    assert (late.status_code, late.json()["code"]) == (409, "round-state")
    assert "POST /drives/ACME-1/attendance/correct" in late.json()["fix"]
    correction = {"student": "R000002", "status": "LATE", "reason": "the bus", "round": 1}
    assert client.post("/drives/ACME-1/attendance/correct", json=correction).json()["status"] == "LATE"
    called = client.get("/drives/ACME-1/attendance?round=2").json()["items"]
    assert [one["roll_no"] for one in called] == ["R000001", "R000002"]
    assert client.delete("/drives/ACME-1/rounds/2").json()["name"] == "Interview"
    assert [one["seq"] for one in client.get("/drives/ACME-1/rounds").json()["items"]] == [1]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"students": ["R000001"]}, "/status"),
        ({"students": ["R000001"], "status": "HERE"}, "/status"),
        ({"status": "PRESENT"}, "/students"),
        ({"students": [1.5], "status": "PRESENT"}, "/students/0"),
        ({"students": ["a\x00b"], "status": "PRESENT"}, "/students/0"),
        ({"text": "a\x00b", "status": "PRESENT"}, "/text"),
        ({"students": [1], "status": "PRESENT", "round": 0}, "/round"),
        ({"students": [1], "status": "PRESENT", "round": 40000}, "/round"),
        ({"students": [1], "status": "PRESENT", "as": "x"}, "/as"),
    ],
)
def test_marks_that_nobody_can_make(
    client: TestClient, office: list[int], body: dict[str, Any], pointer: str
) -> None:
    running(client, 1)
    answer = client.post("/drives/ACME-1/attendance", json=body)
    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)


def test_students_mark_nobody_and_see_themselves(client: TestClient, student: TestClient) -> None:
    running(client)
    answer = student.post("/drives/ACME-1/attendance", json={"students": ["R000001"], "status": "PRESENT"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    seen = student.get("/drives/ACME-1/attendance").json()["items"]
    assert [(one["roll_no"], one["status"]) for one in seen] == [("R000001", "PENDING")]


def test_an_offer_is_recorded_changed_and_found(client: TestClient, student: TestClient) -> None:
    running(client)
    body = {"student": "R000001", "drive": "ACME-1", "ctc_fixed": 700_000, "offered_on": "2027-01-25"}
    made = client.post("/offers", json=body, headers={"Idempotency-Key": "k-1"})
    assert made.status_code == 201
    again = client.post("/offers", json=body, headers={"Idempotency-Key": "k-1"})
    assert (again.status_code, again.json()) == (201, made.json())
    assert client.post("/offers", json=body).json()["code"] == "duplicate"
    place = made.headers["location"]
    current = {"If-Match": made.headers["etag"]}
    accepted = client.patch(place, json={"status": "ACCEPTED", "ctc_total": 750_000}, headers=current).json()
    assert (accepted["status"], accepted["ctc_total"], accepted["ctc_fixed"]) == (
        "ACCEPTED",
        750_000,
        700_000,
    )
    current = {"If-Match": client.get(place).headers["etag"]}
    assert client.patch(place, json={"status": "OFFERED"}, headers=current).json()["code"] == "offer-state"
    assert client.patch(place, json={"status": None}, headers=current).status_code == 422
    assert client.patch(place, json={"ctc_total": None}, headers=current).json()["ctc_total"] is None
    assert student.get("/offers").json()["items"] == [client.get(place).json()]
    assert student.patch(place, json={"status": "DECLINED"}, headers=current).status_code == 403
    assert client.get("/offers?student=R000001&drive=ACME-1&status=ACCEPTED").json()["items"] != []
    assert client.get("/offers/999999999999").status_code == 404


@pytest.mark.parametrize("kind", ["offer", "round"])
def test_a_change_of_an_offer_or_a_round_is_for_one_version(
    client: TestClient, office: list[int], kind: str
) -> None:
    running(client)
    one: dict[str, object]
    other: dict[str, object]
    if kind == "offer":
        made = client.post("/offers", json={"student": "R000001", "drive": "ACME-1"})
        place, one, other = made.headers["location"], {"ctc_total": 1}, {"ctc_total": 2}
    else:
        made = client.post("/drives/ACME-1/rounds", json={"kind": "interview", "name": "Interview"})
        place, one, other = "/drives/ACME-1/rounds/2", {"venue": "Hall 1"}, {"venue": "Hall 2"}
    etag = made.headers["etag"]
    assert etag == f'"{made.json()["row_version"]}"'
    without = client.patch(place, json=one)
    assert (without.status_code, without.json()["code"]) == (428, "precondition-required")
    mine = client.patch(place, json=one, headers={"If-Match": etag})
    assert (mine.status_code, mine.headers["etag"], mine.json()["row_version"]) == (200, '"2"', 2)
    theirs = client.patch(place, json=other, headers={"If-Match": etag})
    assert (theirs.status_code, theirs.json()["code"]) == (412, "precondition-failed")
    assert client.patch(place, json=one, headers={"If-Match": '"2"'}).headers["etag"] == '"2"', "nothing new"
    assert client.patch(place, json=other, headers={"If-Match": "*"}).headers["etag"] == '"3"'
