"""Signing in through the API: the cookie and its fences, tokens, and requests that come twice."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from placeops_api.app import create_app
from placeops_api.guard import Guard
from placeops_api.identity import COOKIE
from tasks import passwords
from tasks.actor import SYSTEM
from tasks.services import users
from tests.api.conftest import BASE
from tests.conftest import Place

OURS = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def browser(place: Place, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Somebody who has signed in with a browser, as an administrator."""
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: weak)
    told = users.create_user(SYSTEM, "meena@example.edu", role="ADMIN", temporary=False)
    client = TestClient(create_app(), base_url=BASE, raise_server_exceptions=False)
    answer = client.post("/auth/login", json={"email": "meena@example.edu", "password": told.password})
    assert answer.status_code == 200
    return client


def test_the_cookie_is_out_of_scripts_reach(browser: TestClient) -> None:
    told = users.reset_password(SYSTEM, "meena@example.edu").password
    answer = browser.post("/auth/login", json={"email": "meena@example.edu", "password": told}, headers=OURS)
    (cookie,) = answer.headers.get_list("set-cookie")
    parts = {part.strip().partition("=")[0].lower() for part in cookie.split(";")}
    assert cookie.startswith(f"{COOKIE}=") and {"httponly", "samesite", "path", "expires"} <= parts
    assert "samesite=strict" in cookie.lower() and "secure" not in parts
    assert answer.json()["secret"] == ""
    assert answer.headers["cache-control"] == "no-store"


def test_over_tls_the_cookie_is_secure(browser: TestClient) -> None:
    told = users.reset_password(SYSTEM, "meena@example.edu").password
    safe = TestClient(create_app(), base_url="https://localhost:5000")
    answer = safe.post("/auth/login", json={"email": "meena@example.edu", "password": told})
    assert "; secure" in answer.headers["set-cookie"].lower()


def test_a_session_reads_and_signs_out(browser: TestClient) -> None:
    assert browser.get("/auth/profile").json()["user"]["email"] == "meena@example.edu"
    assert browser.get("/drives").status_code == 200
    assert browser.post("/auth/logout", headers=OURS).status_code == 204
    assert COOKIE not in browser.cookies
    assert browser.get("/auth/profile").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": BASE},
    ],
)
def test_a_session_changes_nothing_for_another_sites_page(
    browser: TestClient, headers: dict[str, str]
) -> None:
    answer = browser.post("/queues/prune-jobs/pause", json={}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")
    assert browser.post("/queues/prune-jobs/pause", json={}, headers=OURS).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer placeops_nothing"},
        {"Authorization": "Basic bWVlbmE6eA=="},
        {"Authorization": "Bearer"},
        {"Cookie": f"{COOKIE}=placeops_nothing"},
    ],
)
def test_without_a_credential_nothing_is_answered(place: Place, headers: dict[str, str]) -> None:
    client = TestClient(create_app(), base_url=BASE, raise_server_exceptions=False)
    for path in ("/drives", "/students", "/auth/profile", "/jobs/1"):
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert client.get("/livez").status_code == 200


def test_a_token_beats_a_cookie(browser: TestClient) -> None:
    assert browser.get("/drives", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_programs_get_the_secret_in_the_answer(browser: TestClient) -> None:
    told = users.create_user(SYSTEM, "ravi@example.edu", role="STAFF", temporary=False).password
    client = TestClient(create_app(), base_url=BASE, raise_server_exceptions=False)
    body = {"email": "ravi@example.edu", "password": told, "deliver": "token"}
    answer = client.post("/auth/login", json=body)
    assert "set-cookie" not in answer.headers
    headers = {"Authorization": f"Bearer {answer.json()['secret']}"}
    assert client.get("/students", headers=headers).status_code == 200
    assert client.get("/users", headers=headers).status_code == 403


def test_too_many_attempts_are_told_when_to_come_back(browser: TestClient) -> None:
    body = {"email": "meena@example.edu", "password": "wrong"}
    codes = [browser.post("/auth/login", json=body, headers=OURS).status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]
    assert int(browser.post("/auth/login", json=body, headers=OURS).headers["retry-after"]) > 800


def test_a_password_is_changed(browser: TestClient) -> None:
    told = users.reset_password(SYSTEM, "meena@example.edu").password
    browser.post("/auth/login", json={"email": "meena@example.edu", "password": told}, headers=OURS)
    assert browser.get("/drives").status_code == 403
    body = {"current_password": told, "new_password": "four random words here"}
    changed = browser.post("/auth/password", json=body, headers=OURS)
    assert changed.status_code == 200 and "drive.read" in changed.json()["permissions"]
    assert browser.get("/drives").status_code == 200


def test_creating_twice_under_one_key_creates_once(client: TestClient) -> None:
    body = {"email": "ravi@example.edu", "role": "STAFF"}
    first, second = (client.post("/users", json=body, headers={"Idempotency-Key": "k-1"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["user"] == second.json()["user"]
    assert first.json()["password"] and second.json()["password"] is None
    other = client.post("/users", json=body | {"email": "x@example.edu"}, headers={"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    again = client.post("/users", json=body, headers={"Idempotency-Key": "k-2"})
    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
    for bad in ("", "two words", "k" * 201):
        assert client.post("/users", json=body, headers={"Idempotency-Key": bad}).status_code == 422


def test_a_token_is_created_once_under_one_key_and_told_once(client: TestClient) -> None:
    client.post("/users", json={"email": "ravi@example.edu", "role": "STAFF"})
    body = {"user": "ravi@example.edu", "name": "dashboard"}
    first, second = (client.post("/tokens", json=body, headers={"Idempotency-Key": "t-1"}) for _ in range(2))
    assert first.json()["token"] == second.json()["token"]
    assert first.json()["secret"] and not second.json()["secret"]


def test_users_and_tokens_are_managed(client: TestClient) -> None:
    client.post("/users", json={"email": "ravi@example.edu", "role": "STAFF"})
    assert len(client.get("/users", params={"role": "STAFF"}).json()["items"]) == 1
    role = {"role": "COORDINATOR", "scope": {"branches": ["CSE"]}}
    changed = client.post("/users/ravi@example.edu/role", json=role).json()
    assert changed["scope"] == {"colleges": [], "branches": ["CSE"], "drives": []}
    token = client.post("/tokens", json={"user": "ravi@example.edu", "name": "dashboard"}).json()
    mine = {"Authorization": f"Bearer {token['secret']}"}
    assert client.get("/auth/profile", headers=mine).json()["role"] == "COORDINATOR"
    assert client.post(f"/tokens/{token['token']['id']}/revoke").json()["state"] == "revoked"
    assert client.get("/auth/profile", headers=mine).status_code == 401
    assert client.post("/users/ravi@example.edu/disable").json()["active"] is False
    assert client.post("/users/ravi@example.edu/enable").json()["active"] is True
    assert client.post("/users/nobody@example.edu/disable").status_code == 404
    actions = [event["action"] for event in client.get("/audit").json()["items"]]
    assert actions[:3] == ["user.enable", "user.disable", "token.revoke"]
    assert (
        client.get("/audit", params={"action": "token.create"}).json()["items"][0]["object_type"] == "token"
    )


def test_pages_of_other_sites_only_where_it_is_configured(place: Place) -> None:
    headers = {"Origin": "https://console.example", "Access-Control-Request-Method": "POST"}
    closed = TestClient(create_app(), base_url=BASE).options("/drives", headers=headers)
    assert "access-control-allow-origin" not in closed.headers
    guard = Guard(origins=frozenset({"https://console.example"}))
    opened = TestClient(create_app(guard), base_url=BASE).options("/drives", headers=headers)
    assert opened.headers["access-control-allow-origin"] == "https://console.example"
    headers["Origin"] = "https://evil.example"
    other = TestClient(create_app(guard), base_url=BASE).options("/drives", headers=headers)
    assert "access-control-allow-origin" not in other.headers
