"""Both doors, side by side: the same question goes to the same service function and gets the same document."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import pytest
from fastapi.testclient import TestClient

import tasks.services
from placeops_api.app import create_app
from placeops_api.identity import caller
from placeops_cli.main import main
from sql.engine import transaction
from tasks.actor import SYSTEM
from tasks.jobs import doorbell
from tasks.settings import settings
from tests import factories
from tests.conftest import Place

# What the command line asks, and the request that asks the same.
SAME: list[tuple[list[str], str, str, dict[str, Any] | None]] = [
    (["drive", "list"], "GET", "/drives", None),
    (["drive", "list", "--status", "posted"], "GET", "/drives?status=posted", None),
    (["drive", "show", "ACME-1"], "GET", "/drives/ACME-1", None),
    (["drive", "why", "ACME-1", "R000001"], "GET", "/drives/ACME-1/why?student=R000001", None),
    (["drive", "preview", "--cgpa-min", "7.25", "--drive", "ACME-1"], "POST", "/eligibility/preview",
     {"drive": "ACME-1", "criteria": {"cgpa_min": "7.25"}}),
    (["drive", "candidates", "ACME-1", "--verdict", "eligible", "--selected", "--search", "r00000", "--branch", "CSE"],
     "GET", "/drives/ACME-1/candidates?verdict=eligible&selected=true&q=r00000&branch=CSE", None),
    (["student", "choices"], "GET", "/students/choices", None),
    (["student", "drives", "R000001", "--open"], "GET", "/students/drives?roll_no=R000001&open=true", None),
    (["student", "list", "--limit", "3"], "GET", "/students?limit=3", None),
    (["student", "list", "--search", "r00000", "--batch-year", "2027", "--college", "eng", "--branch", "CSE"], "GET",
     "/students?q=r00000&batch_year=2027&college=eng&branch=CSE", None),
    (["student", "show", "R000002"], "GET", "/students/lookup?roll_no=R000002", None),
    (["registration", "list", "--drive", "ACME-1"], "GET", "/drives/ACME-1/registrations", None),
    (["registration", "list", "--drive", "ACME-1", "--status", "withdrawn"], "GET",
     "/drives/ACME-1/registrations?status=withdrawn", None),
    (["registration", "mine"], "GET", "/registrations/mine", None),
    (["round", "list", "--drive", "ACME-1"], "GET", "/drives/ACME-1/rounds", None),
    (["attendance", "list", "--drive", "ACME-1"], "GET", "/drives/ACME-1/attendance", None),
    (["offer", "list", "--status", "OFFERED"], "GET", "/offers?status=OFFERED", None),
    (["export", "list"], "GET", "/exports", None),
    (["view", "list"], "GET", "/views", None),
    (["view", "show", "drive_funnel"], "GET", "/views/drive_funnel", None),
    (["view", "show", "ctc_statistics", "--limit", "3"], "GET", "/views/ctc_statistics?limit=3", None),
    (["view", "show", "company_season"], "GET", "/views/company_season", None),
    (["view", "show", "daily_registrations"], "GET", "/views/daily_registrations", None),
    (["view", "show", "data_quality"], "GET", "/views/data_quality", None),
    (["job", "list"], "GET", "/jobs", None),
    (["job", "show", "1"], "GET", "/jobs/1", None),
    (["queue", "stats"], "GET", "/queues", None),
    (["queue", "throughput", "--window", "7d"], "GET", "/queues/throughput?window=7d", None),
    (["worker", "list"], "GET", "/workers", None),
    (["schedule", "list"], "GET", "/schedules", None),
    (["schedule", "disable", "prune-jobs"], "POST", "/schedules/prune-jobs/disable", None),
    (["job", "retry", "--failed", "--dry-run"], "POST", "/jobs/retry", {"dry_run": True}),
    (["job", "cancel", "--state", "waiting", "--type", "auto-publish", "--yes"], "POST", "/jobs/cancel",
     {"state": "waiting", "type": "auto-publish"}),
    (["job", "count"], "GET", "/jobs/counts", None),
    (["drive", "list", "--registration", "open", "--search", "acme"], "GET", "/drives?registration=open&q=acme", None),
    (["drive", "stats", "ACME-1"], "GET", "/drives/ACME-1/stats", None),
    (["drive", "extend", "ACME-1", "--until", "2099-12-07T17:00Z"], "POST", "/drives/ACME-1/extend",
     {"until": "2099-12-07T17:00:00Z"}),
    (["drive", "publish", "OTHER-1", "--eligible", "--dry-run"], "POST", "/drives/OTHER-1/publish",
     {"eligible": True, "dry_run": True}),
    (["registration", "add", "--drive", "ACME-1", "--student", "R000001"], "POST", "/drives/ACME-1/registrations",
     {"student": "R000001"}),
    (["queue", "pause", "prune-jobs"], "POST", "/queues/prune-jobs/pause", {}),
    (["queue", "drain", "prune-jobs"], "POST", "/queues/prune-jobs/drain", {}),
    (["queue", "resume", "prune-jobs"], "POST", "/queues/prune-jobs/resume", None),
]  # fmt: skip

# Moments and counts that differ between two calls of the same function.
VOLATILE = {"as_of", "age_seconds", "created"}

REFUSED: list[tuple[list[str], str, str, dict[str, Any] | None, str]] = [
    (["drive", "show", "NOPE"], "GET", "/drives/NOPE", None, "not-found"),
    (["job", "show", "999"], "GET", "/jobs/999", None, "not-found"),
    (["drive", "why", "ACME-1", "R9"], "GET", "/drives/ACME-1/why?student=R9", None, "not-found"),
    (["registration", "add", "--drive", "OTHER-1", "--student", "R000001"], "POST", "/drives/OTHER-1/registrations",
     {"student": "R000001"}, "registration-closed"),
    (["registration", "withdraw", "--drive", "ACME-1", "--student", "R000001"], "POST",
     "/drives/ACME-1/registrations/withdraw", {"student": "R000001"}, "not-registered"),
    (["attendance", "finalise", "--drive", "ACME-1", "--round", "1", "--yes"], "POST",
     "/drives/ACME-1/attendance/finalise", {"round": 1}, "not-found"),
    (["offer", "show", "9"], "GET", "/offers/9", None, "not-found"),
    (["job", "retry", "1"], "POST", "/jobs/1/retry", None, "job-state"),
    (["drive", "resume", "ACME-1"], "POST", "/drives/ACME-1/resume", None, "drive-state"),
    (["drive", "start", "ACME-1", "--yes"], "POST", "/drives/ACME-1/start", None, "drive-state"),
    (["drive", "delete", "ACME-1", "--yes"], "DELETE", "/drives/ACME-1", None, "drive-state"),
]  # fmt: skip


@pytest.fixture
def office(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A posted drive, a draft, one finished job; no Redis, so that jobs are done at once."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    settings.cache_clear()
    doorbell.reset()
    with transaction() as tx:
        students = factories.crowd(tx, factories.college(tx), 10)
        factories.posted(tx, factories.drive(tx), students)
        factories.drive(tx, "OTHER-1")
    assert main(["view", "refresh", "drive_funnel"]) == 0
    yield place
    doorbell.reset()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the service functions that a door called, those called by other services left out."""
    calls: list[str] = []
    depth = [0]

    def recorded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*given: Any, **named: Any) -> Any:
            if depth[0] == 0:
                calls.append(name)
            depth[0] += 1
            try:
                return function(*given, **named)
            finally:
                depth[0] -= 1

        return call

    for info in pkgutil.iter_modules(tasks.services.__path__):
        module = importlib.import_module(f"tasks.services.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            takes_actor = next(iter(inspect.signature(function).parameters), None) == "actor"
            if function.__module__ == module.__name__ and takes_actor:
                monkeypatch.setattr(module, name, recorded(f"{info.name}.{name}", function))
    return calls


def steady(value: Any) -> Any:
    """A document without what differs from one moment to the next."""
    if isinstance(value, dict):
        return {name: steady(inner) for name, inner in value.items() if name not in VOLATILE}
    return [steady(inner) for inner in value] if isinstance(value, list) else value


def over_http(method: str, path: str, body: dict[str, Any] | None) -> Any:
    app = create_app()
    app.dependency_overrides[caller] = lambda: SYSTEM
    client = TestClient(app, base_url="http://localhost:5000", raise_server_exceptions=False)
    return client.request(method, path, json=body)


@pytest.mark.parametrize(
    ("words", "method", "path", "body"), SAME, ids=lambda v: " ".join(v) if isinstance(v, list) else ""
)
def test_same_function_same_document(
    office: Place,
    asked: list[str],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    method: str,
    path: str,
    body: dict[str, Any] | None,
) -> None:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    cli = json.loads(capsys.readouterr().out)
    by_cli = asked.copy()
    asked.clear()
    answer = over_http(method, path, body)
    assert answer.status_code in (200, 201, 202), answer.text
    assert asked and asked[0] in by_cli, (by_cli, asked)
    rest = answer.json()
    if "items" in cli and "items" not in rest:
        (cli,) = cli["items"]  # the command line takes several types at once
    assert steady(cli) == steady(rest)


@pytest.mark.parametrize(
    ("words", "method", "path", "body", "code"),
    REFUSED,
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_same_refusal(
    office: Place,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    method: str,
    path: str,
    body: dict[str, Any] | None,
    code: str,
) -> None:
    capsys.readouterr()
    assert main([*words, "--json"]) != 0
    cli = json.loads(capsys.readouterr().err)
    answer = over_http(method, path, body)
    assert answer.status_code >= 400
    rest = answer.json()
    assert rest["code"] == code
    assert (cli["code"], cli["detail"]) == (rest["code"], rest["detail"])
    assert cli["fix"] and rest["fix"] and "placeops" not in rest["fix"]
