"""A client that speaks to the application as a program on the same machine does."""

from __future__ import annotations

from collections.abc import Iterator

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
    return TestClient(create_app(), base_url=BASE, raise_server_exceptions=False, headers=headers)


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
