"""Both doors give the same document: what `--json` prints is what the API answers."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from fastapi.testclient import TestClient

from sql.engine import transaction
from tests import factories
from tests.conftest import Place

PAIRS = [
    ("/drives", "drive list"),
    ("/drives/ACME-1", "drive show ACME-1"),
    ("/drives/ACME-1/why?student=R000002", "drive why ACME-1 R000002"),
    ("/drives/ACME-1/registrations", "registration list --drive ACME-1"),
    ("/students?limit=2", "student list --limit 2"),
    ("/students/lookup?roll_no=R000001", "student show R000001"),
    ("/jobs", "job list"),
    ("/exports", "export list"),
    ("/workers", "worker list"),
    ("/schedules", "schedule list"),
    ("/views", "view list"),
    ("/views/drive_funnel", "view show drive_funnel"),
]


@pytest.mark.parametrize(
    "wrong",
    [("/drives/NONE", "drive show NONE"), ("/students?limit=2&college=X", "student list --college X")],
)
def test_the_same_error(client: TestClient, place: Place, wrong: tuple[str, str]) -> None:
    path, words = wrong
    answer = client.get(path).json()
    assert "placeops" not in answer["fix"] or "(on the server)" in answer["fix"]
    del answer["status"], answer["request_id"], answer["fix"]
    told = json.loads(_cli(place, words).stderr)
    assert told.pop("fix")
    assert told == answer, "each door has its own words for the way out, and only for that"


def test_the_same_documents(client: TestClient, place: Place) -> None:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 3)
        factories.posted(tx, factories.drive(tx), ids)
    client.post("/drives/ACME-1/registrations", json={"student": "R000001"})
    client.post("/drives/ACME-1/exports", json={})
    for path, words in PAIRS:
        assert json.loads(_cli(place, words).stdout) == client.get(path).json(), words


def _cli(place: Place, words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "placeops_cli", *words.split(), "--json"]
    return subprocess.run(command, env=place.environment, capture_output=True, text=True, check=False)
