"""Every route × every role × in and out of scope, against the one table of permissions.

What the table grants must not be refused (401, 403, 404), what it does not must be; whatever lies out of somebody's
sight is answered as if it were not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from placeops_api.app import create_app
from placeops_api.identity import caller
from placeops_api.opening import Opening
from sql.engine import transaction
from tasks.actor import Actor, Role, Scope
from tasks.permissions import PERMISSIONS, Grant
from tests import factories
from tests.api.conftest import BASE, the_error_is_described
from tests.conftest import Place

APP = create_app()
APP.state.live.close()  # streams end once they have begun
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, operations in APP.openapi()["paths"].items()
    for method, operation in operations.items()
}
OPEN = {"live", "ready", "login"}
"""Answered to everybody."""


@dataclass(frozen=True)
class Case:
    """How to ask; `beyond` a scope the object is `hidden`, a list `empty` of it, or nothing changes (`same`)."""

    beyond: Literal["hidden", "empty", "forbidden", "same"] = "hidden"
    path: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


ME = "me@example.edu"
R1 = {"student": "R1"}
REASON = {"reason": "a test"}
LATER = "2199-01-01T00:00:00+00:00"
OFFER = {"drive": "1", "student": "R1", "kind": "DRIVE", "company": "Acme"}
DRIVE = {"company": "Acme", "title": "Engineer", "criteria": {"branches": ["CSE"], "colleges": ["ENG"]}}

CASES: dict[str, Case] = {
    "show_metrics": Case("same"),
    "show_status": Case("same"),
    "logout": Case("same"),
    "profile": Case("same"),
    "change_password": Case("same", body={"current_password": "x", "new_password": "four random words"}),
    "list_drives": Case("empty"),
    "create_drive": Case("forbidden", body=DRIVE),
    "copy_drive": Case(body={}),
    "show_drive": Case(),
    "update_drive": Case(body={"title": "Another"}, headers={"If-Match": '"1"'}),
    "delete_drive": Case(),
    "drive_stats": Case(),
    "publish_drive": Case(body={"eligible": True, "dry_run": True}),
    "extend_drive": Case(body={"until": LATER}),
    "pause_drive": Case(body=REASON),
    "resume_drive": Case(),
    "start_drive": Case(),
    "complete_drive": Case(),
    "cancel_drive": Case(body=REASON),
    "archive_drive": Case(),
    "compute_eligibility": Case(),
    "show_eligibility": Case(),
    "preview_eligibility": Case(body={"drive": "1", "criteria": {"cgpa_min": 7}}),
    "list_candidates": Case(),
    "explain_eligibility": Case(query=R1),
    "list_own_registrations": Case("same"),
    "list_registrations": Case(),
    "register_student": Case(body=R1),
    "withdraw_student": Case(body=R1),
    "list_rounds": Case(),
    "create_round": Case(body={"kind": "TEST", "name": "Written test"}),
    "update_round": Case(path={"seq": 1}, body={"name": "Written test"}, headers={"If-Match": "*"}),
    "delete_round": Case(path={"seq": 1}),
    "list_attendance": Case(),
    "mark_attendance": Case(body={"students": ["R1"], "status": "PRESENT"}),
    "finalise_round": Case(body={"dry_run": True}),
    "correct_attendance": Case(body=R1 | REASON | {"status": "PRESENT", "round": 1}),
    "list_offers": Case("empty"),
    "record_offer": Case(body=OFFER),
    "show_offer": Case(),
    "update_offer": Case(body={"status": "ACCEPTED"}, headers={"If-Match": '"1"'}),
    "request_export": Case(body={}),
    "list_exports": Case("empty"),
    "show_export": Case(),
    "download_export": Case(),
    "list_students": Case("empty"),
    "show_student": Case(query={"roll_no": "R1"}),
    "show_choices": Case("same"),
    "list_student_drives": Case(query={"roll_no": "R1"}),
    "import_students": Case(
        "same", query={"college": "ENG", "dry_run": "true"}, body=b"Roll No,Name\nR7,New\n"
    ),
    "export_students": Case("same"),
    "list_jobs": Case("empty"),
    "show_job": Case(),
    "follow_job": Case(),
    "retry_job": Case("same"),
    "count_jobs": Case("same"),
    "retry_jobs": Case("same", body={"dry_run": True}),
    "cancel_jobs": Case("same", body={"dry_run": True}),
    "cancel_job": Case("same"),
    "follow_everything": Case("same"),
    "show_queues": Case("same"),
    "show_throughput": Case("same"),
    "pause_queue": Case("same", path={"type": "prune-jobs"}, body={}),
    "drain_queue": Case("same", path={"type": "prune-jobs"}, body={}),
    "resume_queue": Case("same", path={"type": "prune-jobs"}),
    "list_views": Case("same"),
    "show_view": Case("same", path={"name": "drive_funnel"}),
    "refresh_view": Case("same", path={"name": "drive_funnel"}),
    "list_workers": Case("same"),
    "list_schedules": Case("same"),
    "enable_schedule": Case("same", path={"name": "prune-jobs"}),
    "disable_schedule": Case("same", path={"name": "prune-jobs"}),
    "run_schedule": Case("same", path={"name": "prune-jobs"}),
    "list_users": Case("same"),
    "create_user": Case("same", body={"email": "new@example.edu", "role": "STAFF"}),
    "set_user_role": Case("same", path={"email": "u@example.edu"}, body={"role": "STAFF"}),
    "disable_user": Case("same", path={"email": "u@example.edu"}),
    "enable_user": Case("same", path={"email": "u@example.edu"}),
    "reset_user_password": Case("same", path={"email": "u@example.edu"}),
    "list_tokens": Case("same"),
    "create_token": Case("same", body={"user": "u@example.edu", "name": "x"}),
    "revoke_token": Case("same"),
    "list_audit": Case("same"),
}

IN_SCOPE = {
    "listed": Scope(branches=("CSE",), drives=(1,)),
    "by its students": Scope(branches=("CSE",), colleges=("ENG",)),
}
OUT_OF_SCOPE = {
    "no scope": Scope(),
    "another branch": Scope(branches=("MECH",)),
    "another college": Scope(colleges=("LAW",)),
    "another drive": Scope(drives=(2,)),
}


THINGS = """
    WITH people AS (
        INSERT INTO users (email, name, role, password_hash)
        VALUES ('u@example.edu', 'U', 'STAFF', 'x'), ('me@example.edu', 'Me', 'STAFF', 'x') RETURNING id
    ), registered AS (
        INSERT INTO drive_registrations (drive_id, student_id, channel, criteria_version, registered_by)
        VALUES (1, :student, 'SELF', 1, 'R1')
    ), job AS (
        INSERT INTO jobs (type, state, created_by, drive_id, finished_at)
        VALUES ('eligibility-filter', 'completed', 'somebody', 1, now()) RETURNING id
    ), events AS (
        INSERT INTO job_events (job_id, to_state) SELECT id, 'completed' FROM job
    ), files AS (
        INSERT INTO exports (drive_id, preset, dialect, requested_by)
        VALUES (1, 'company_shortlist', 'excel', 'somebody')
    ), offered AS (
        INSERT INTO offers (student_id, drive_id, company) VALUES (:student, 1, 'Acme')
    ), called AS (
        INSERT INTO drive_rounds (drive_id, seq, kind, name) VALUES (1, 1, 'TEST', 'Test')
    )
    INSERT INTO tokens (user_id, kind, name, secret_sha256, created_by, expires_at)
    SELECT min(id), 'token', 'x', repeat('0', 64), 'x', now() + interval '1 day' FROM people
"""


def _world() -> dict[Role, Actor]:
    """Drive 1 for the CSE students of ENG, posted, R1 registered; with a job, an export and an offer."""
    with transaction() as tx:
        eng, law = factories.college(tx), factories.college(tx, "LAW")
        r1 = factories.student(tx, eng, "R1", branch="CSE", cgpa=8)
        r3 = factories.student(tx, law, "R3", branch="BALLB")
        drive = factories.drive(tx, criteria={"branch_in": ["CSE"], "college_in": [eng]})
        factories.posted(tx, drive, [r1])
        other = factories.drive(tx, "OTHER", criteria={"branch_in": ["NONE"], "college_in": [law]})
        assert (drive, other) == (1, 2)
        tx.execute(text(THINGS), {"student": r1})
    return {
        Role.ADMIN: Actor(ME, role=Role.ADMIN, user_id=2),
        Role.STAFF: Actor(ME, role=Role.STAFF, user_id=2),
        Role.STUDENT: Actor(ME, role=Role.STUDENT, user_id=2, student_id=r1),
        Role.COORDINATOR: Actor(ME, role=Role.STUDENT, user_id=2, student_id=r3),
    }


def _ask(actor: Actor | None, name: str, case: Case | None = None) -> Any:
    APP.state.opening = Opening()  # each test has a database of its own
    APP.dependency_overrides = {} if actor is None else {caller: lambda: actor}
    method, path, _ = OPERATIONS[name]
    case = case or CASES[name]
    headers = dict(case.headers)
    if actor is not None:
        headers |= {"Authorization": "Bearer x"}  # signing out asks for it
    client = TestClient(APP, base_url=BASE, raise_server_exceptions=False)
    client.event_hooks = {"response": [the_error_is_described]}
    values: dict[str, Any] = {"ref": 1, "id": 1} | case.path
    if isinstance(case.body, bytes):
        headers["Content-Type"] = "text/csv"
        return client.request(
            method, path.format(**values), params=case.query, content=case.body, headers=headers
        )
    return client.request(method, path.format(**values), params=case.query, json=case.body, headers=headers)


def _wanted(name: str, role: Role, *, inside: bool) -> str:
    """What the table says: `allowed`, `forbidden`, `hidden` or `empty`."""
    grant = PERMISSIONS[OPERATIONS[name][2]["x-permission"]].grant(role)
    if grant is Grant.NONE:
        return "forbidden"
    if grant is Grant.ALL or inside or CASES[name].beyond == "same":
        return "allowed"
    return CASES[name].beyond


def _found(answer: Any) -> str:
    if answer.status_code == 403:
        return "forbidden"
    if answer.status_code == 404:
        return "hidden"
    if answer.status_code == 200 and answer.headers["content-type"] == "application/json":
        document = answer.json()
        if isinstance(document, dict) and not any(
            one.get("id") == 1 for one in document.get("items", [{"id": 1}])
        ):
            return "empty"
    if answer.status_code == 401 and answer.json()["code"] == "bad-credentials":
        return "allowed"
    return "allowed" if answer.status_code != 401 and answer.status_code < 500 else str(answer.status_code)


def _changes() -> int:
    with transaction(read_only=True) as tx:
        return int(tx.execute(text("SELECT count(*) FROM audit_events")).scalar_one())


def test_every_route_is_in_the_table() -> None:
    assert set(CASES) | OPEN == set(OPERATIONS)
    for name in CASES:
        assert OPERATIONS[name][2]["x-permission"] in PERMISSIONS, name


def test_every_permission_is_asked_for_by_a_route_or_a_command() -> None:
    asked = {
        operation["x-permission"] for _, _, operation in OPERATIONS.values() if "x-permission" in operation
    }
    assert set(PERMISSIONS) - asked == {"export.full", "system.manage"}


@pytest.mark.parametrize("name", sorted(CASES))
def test_roles(place: Place, name: str) -> None:
    actors = _world()
    assert _ask(None, name).status_code == 401, "nobody"
    asked: list[tuple[str, Actor, Role, bool]] = [
        ("somebody without a role", Actor("x"), Role.ADMIN, False),
        ("another student", actors[Role.COORDINATOR], Role.STUDENT, False),
        *_coordinators(OUT_OF_SCOPE, inside=False),
        ("staff", actors[Role.STAFF], Role.STAFF, False),
        ("the student", actors[Role.STUDENT], Role.STUDENT, True),
        *_coordinators(IN_SCOPE, inside=True),
        ("administrator", actors[Role.ADMIN], Role.ADMIN, True),
    ]  # fmt: skip
    wrong = []
    for words, actor, role, inside in asked:
        wanted = "forbidden" if actor.role is None else _wanted(name, role, inside=inside)
        if wanted == "allowed" and OPERATIONS[name][0] == "DELETE" and role is not Role.ADMIN:
            continue  # it can be deleted once
        before = _changes()
        answer = _ask(actor, name)
        found = _found(answer)
        if found in ("forbidden", "hidden") and _changes() != before:
            wrong.append(f"{words}: refused, and something was changed all the same")
        if found == "empty" and CASES[name].beyond != "empty":
            found = "allowed"
        if found != wanted:
            wrong.append(f"{words}: {found}, not {wanted}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


def _coordinators(scopes: dict[str, Scope], *, inside: bool) -> list[tuple[str, Actor, Role, bool]]:
    return [
        (
            f"coordinator, {words}",
            Actor(ME, role=Role.COORDINATOR, user_id=2, scope=scope),
            Role.COORDINATOR,
            inside,
        )
        for words, scope in scopes.items()
    ]


NO_EVENT = {
    "preview_eligibility": "it stores nothing",
    "refresh_view": "it leaves a job, which says who asked for it",
    "change_password": "nobody has a password here; see tests/services/test_accounts.py",
}
OTHER = {"ref": 2}
MARKED = Case(body={"students": ["R1"], "status": "PRESENT"})
RUN = ("start_drive",)
CLOSED = Case(body={"round": 1})
CHANGES: dict[str, tuple[tuple[str, ...], Case]] = {
    "delete_drive": ((), Case(path=OTHER)),
    "publish_drive": (
        (),
        Case(path=OTHER, body={"selected_students": ["R3"], "override_reason": "asked for"}),
    ),
    "resume_drive": (("pause_drive",), Case()),
    "archive_drive": (("cancel_drive",), Case()),
    "complete_drive": ((*RUN, "finalise_round"), Case()),
    "mark_attendance": (RUN, MARKED),
    "finalise_round": (RUN, CLOSED),
    "correct_attendance": ((*RUN, "finalise_round"), CASES["correct_attendance"]),
    "register_student": (("withdraw_student",), CASES["register_student"]),
    "record_offer": ((), Case(body={"student": "R3", "kind": "PPO", "company": "Acme"})),
    "import_students": ((), Case(query={"college": "ENG"}, body=b"Roll No,Name\nR7,New\n")),
    "cancel_job": (("run_schedule",), Case(path={"id": 2})),
    "cancel_jobs": (("run_schedule",), Case(body={})),
    "retry_job": (("run_schedule", "cancel_job"), Case(path={"id": 2})),
    "retry_jobs": (("run_schedule", "fail"), Case(body={})),
    "resume_queue": (("pause_queue",), CASES["resume_queue"]),
    "enable_schedule": (("disable_schedule",), CASES["enable_schedule"]),
    "enable_user": (("disable_user",), CASES["enable_user"]),
    "set_user_role": ((), Case(path={"email": "u@example.edu"}, body={"role": "ADMIN"})),
}
"""Where the request of the walk would change nothing: what is asked before, and how."""

FAIL = """
    UPDATE jobs SET state = 'failed', started_at = now(), finished_at = now(), error = 'no', reason = 'ValueError',
                    attempt = 1, failures = 1 WHERE id = 2
"""


@pytest.mark.parametrize(
    "name", sorted(name for name in CASES if OPERATIONS[name][0] != "GET" and name not in NO_EVENT)
)
def test_every_change_is_an_event_of_who_made_it(place: Place, name: str) -> None:
    admin = _world()[Role.ADMIN]
    before, case = CHANGES.get(name, ((), CASES[name]))
    for first in before:
        if first == "fail":
            with transaction() as tx:
                tx.execute(text(FAIL))
        else:
            assert _ask(admin, first, CHANGES[first][1] if first in CHANGES else None).status_code < 300, (
                first
            )
    known = _changes()
    answer = _ask(admin, name, case)
    assert answer.status_code < 300, answer.text
    assert _changes() > known, answer.text
    with transaction(read_only=True) as tx:
        assert tx.scalar(text("SELECT actor FROM audit_events ORDER BY id DESC LIMIT 1")) == ME
