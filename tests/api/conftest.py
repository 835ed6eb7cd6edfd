"""A client that speaks to the application as a program on the same machine does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from placeops_api.app import create_app
from placeops_api.identity import caller
from tasks.actor import SYSTEM, Role
from tasks.jobs import doorbell
from tasks.settings import settings
from tests import accounts
from tests.conftest import Place

BASE = "http://localhost:5000"


@pytest.fixture
def client(place: Place) -> TestClient:
    """The API over a fresh database, and an administrator who uses it by a token."""
    headers = {"Authorization": f"Bearer {accounts.token(Role.ADMIN)}"}
    found = TestClient(create_app(), base_url=BASE, raise_server_exceptions=False, headers=headers)
    found.event_hooks = {"response": [the_error_is_described]}
    return found


@cache
def _description() -> dict[str, Any]:
    """The errors of each operation, by path and method."""
    paths: dict[str, Any] = create_app().openapi()["paths"]
    return paths


def the_error_is_described(response: httpx.Response) -> None:
    """Whatever a test provokes: the error is one of those that the description of its operation names."""
    method, place = response.request.method.lower(), response.request.url.raw_path.decode().partition("?")[0]
    forms = [form for form in _description() if re.fullmatch(re.sub(r"{[^}]*}", "[^/]+", form), place)]
    form = place if place in forms else next(iter(forms), "")
    operation = _description().get(form, {}).get(method)
    if response.status_code < 400 or operation is None:
        return
    response.read()
    told = operation["responses"].get(str(response.status_code), {"description": "nothing"})["description"]
    code = response.json()["code"]
    assert f"`{code}`" in told, f"{method} {form} ends with {code}, which its description does not name"


@pytest.fixture(scope="session")
def shapes() -> TestClient:
    """The API without any database: what it refuses, it refuses before a service is asked to work."""
    app = create_app()
    app.state.opening.done = True
    app.dependency_overrides[caller] = lambda: SYSTEM
    return TestClient(app, base_url=BASE, raise_server_exceptions=False)


@pytest.fixture
def without_redis(client: TestClient, place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The API where Redis is gone, so that every job is done within its request."""
    monkeypatch.setenv("REDIS_URL", f"unix://{place.folder}/nobody-listens.sock")
    settings.cache_clear()
    doorbell.reset()
    yield client
    doorbell.reset()
