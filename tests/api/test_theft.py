"""What a stolen or made-up credential opens over the API: nothing; and what paths and words from outside do not do."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from placeops_api.app import create_app
from placeops_api.identity import COOKIE
from sql.engine import transaction
from tasks.actor import SYSTEM, Role
from tasks.logs import open_log
from tasks.services import tokens, users
from tests import accounts, factories
from tests.api.conftest import BASE
from tests.conftest import Place

RAVI = "ravi@example.edu"


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def run_sql(statement: str) -> None:
    with transaction() as tx:
        tx.execute(text(statement))


@pytest.fixture
def nobody(place: Place) -> TestClient:
    """A client that has not signed in."""
    return TestClient(create_app(), base_url=BASE, raise_server_exceptions=False)


ENDS: dict[str, Callable[[], object]] = {
    "expired": lambda: run_sql("UPDATE tokens SET expires_at = clock_timestamp()"),
    "revoked": lambda: tokens.revoke_token(SYSTEM, 1),
    "its owner disabled": lambda: users.set_active(SYSTEM, RAVI, active=False),
    "its owner disabled and enabled": lambda: [
        users.set_active(SYSTEM, RAVI, active=on) for on in (False, True)
    ],
    "its owner's password reset": lambda: users.reset_password(SYSTEM, RAVI),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("carried", ["header", "cookie"])
def test_what_has_ended_opens_nothing(nobody: TestClient, end: str, carried: str) -> None:
    secret = accounts.token(Role.ADMIN, RAVI)
    headers = bearer(secret) if carried == "header" else {"Cookie": f"{COOKIE}={secret}"}
    assert nobody.get("/users", headers=headers).status_code == 200
    ENDS[end]()
    for path in ("/users", "/auth/profile", "/drives"):
        answer = nobody.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), path


@pytest.mark.parametrize(
    "forged",
    [
        lambda secret: hashlib.sha256(secret.encode()).hexdigest(),
        lambda secret: secret.upper(),
        lambda secret: secret[:-1],
        lambda secret: secret + "x",
        lambda secret: secret.removeprefix(tokens.PREFIX),
        lambda secret: f"{secret}' OR '1'='1",
        lambda secret: "1",
        lambda secret: RAVI,
    ],
    ids=["what is stored", "capitals", "cut", "longer", "bare", "sql", "the token's id", "the owner"],
)
def test_what_was_never_told_opens_nothing(nobody: TestClient, forged: Callable[[str], str]) -> None:
    secret = accounts.token(Role.ADMIN, RAVI)
    assert nobody.get("/users", headers=bearer(forged(secret))).status_code == 401
    assert nobody.get("/users", params={"token": secret}).status_code in (401, 422), (
        "and no address carries one"
    )


def test_a_role_that_changed_meanwhile_holds_from_the_next_request(nobody: TestClient) -> None:
    headers = bearer(accounts.token(Role.ADMIN, RAVI))
    assert nobody.get("/users", headers=headers).status_code == 200
    users.set_role(SYSTEM, RAVI, role="STAFF")
    assert nobody.get("/users", headers=headers).json()["code"] == "forbidden"
    users.set_role(SYSTEM, RAVI, role="COORDINATOR")
    assert nobody.get("/drives", headers=headers).json()["items"] == []
    assert nobody.get("/auth/profile", headers=headers).json()["role"] == "COORDINATOR"


def test_another_ones_id_is_no_way_in(nobody: TestClient) -> None:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 2)
        factories.posted(tx, factories.drive(tx), ids)
    own = bearer(accounts.token(Role.STUDENT, "r1@example.edu", student_id=ids[0]))
    other = {"student": "R000002", "college": "ENG"}
    path = "/drives/ACME-1/registrations"
    assert nobody.post(path, json=other, headers=own).status_code in (403, 404)
    assert nobody.post(f"{path}/withdraw", json=other, headers=own).status_code in (403, 404)
    for asked in ("/drives/ACME-1/why?student=R000002", "/students/lookup?roll_no=R000002"):
        assert nobody.get(asked, headers=own).json()["code"] == "not-found"
    assert nobody.post(path, json={}, headers=own).json()["registration"]["roll_no"] == "R000001"
    with transaction() as tx:
        assert list(tx.scalars(text("SELECT student_id FROM drive_registrations"))) == [ids[0]]


def test_signing_out_ends_the_own_session_and_no_other(nobody: TestClient) -> None:
    mine, theirs = accounts.token(Role.ADMIN, RAVI), accounts.token(Role.STAFF)
    assert nobody.post("/auth/logout", headers=bearer(mine)).status_code == 204
    assert nobody.get("/drives", headers=bearer(mine)).status_code == 401
    assert nobody.get("/drives", headers=bearer(theirs)).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..%2F..%2Fetc%2Fpasswd",
        "%2Fetc%2Fpasswd",
        "1%00",
        "1/../../1",
        "1.csv",
        "-1",
        "1%0A",
    ],
)
def test_a_download_is_named_by_a_number_alone(client: TestClient, name: str) -> None:
    answer = client.get(f"/exports/{name}/download")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json" and "root:" not in answer.text


@pytest.mark.parametrize(
    "words", ["' OR true --", "'; DROP TABLE students; --", "%", "_", "\\", "1) OR (1=1"]
)
def test_words_from_outside_are_no_sql(client: TestClient, words: str) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 3)
        factories.drive(tx)
    for path, name in (("/students", "branch"), ("/students", "q"), ("/drives", "q"), ("/audit", "actor")):
        answer = client.get(path, params={name: words})
        assert (answer.status_code, answer.json()["items"]) == (200, []), (path, name)
    assert client.get("/drives/x", params={}).status_code == 404
    assert client.get("/students").json()["items"] != []


FORGED = 'x\r\n{"level": "ERROR", "message": "forged"}\n\x1b[2J'


def test_what_people_send_is_one_line_of_the_log(
    nobody: TestClient, capfd: pytest.CaptureFixture[str], own_root_log: None
) -> None:
    open_log()
    nobody.post("/auth/login", json={"email": FORGED, "password": FORGED})
    nobody.get("/drives", headers={"X-Request-ID": "a b", "Authorization": "Bearer x"})
    nobody.get("/students%0d%0aforged")
    lines = capfd.readouterr().err.splitlines()
    assert lines and all(json.loads(line)["message"] != "forged" for line in lines)
    assert "\x1b" not in "".join(lines)


@pytest.fixture
def own_root_log() -> Iterator[None]:
    """What the test adds to the log is gone after it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_key_is_spent_by_what_it_created_and_by_nothing_else(client: TestClient) -> None:
    key = {"Idempotency-Key": "k-1"}
    body = {"company": "Acme", "title": "Engineer", "code": "ACME-9"}
    assert client.post("/drives", json=body | {"ctc_min": 5, "ctc_max": 1}, headers=key).status_code == 422
    client.post("/drives", json=body)
    taken = client.post("/drives", json=body, headers=key)
    assert (taken.status_code, taken.json()["code"]) == (409, "duplicate")
    with transaction() as tx:
        assert tx.scalar(text("SELECT count(*) FROM idempotency_keys")) == 0, "rolled back with the creation"
    made = client.post("/drives", json=body | {"code": "ACME-10"}, headers=key)
    again = client.post("/drives", json=body | {"code": "ACME-10"}, headers=key)
    assert (made.status_code, again.json()["drive"]["id"]) == (201, made.json()["drive"]["id"])


def test_one_persons_key_is_nobody_elses(client: TestClient) -> None:
    key = {"Idempotency-Key": "k-1"}
    other = bearer(accounts.token(Role.ADMIN, RAVI))
    body = {"company": "Acme", "title": "Engineer"}
    ids = [client.post("/drives", json=body, headers=key | who).json()["drive"]["id"] for who in ({}, other)]
    assert len(set(ids)) == 2
