"""Students through the API: the roster in, in two steps, and out again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import anyio
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from starlette.requests import Request
from starlette.types import Message

from placeops_api import uploads
from placeops_api.app import create_app
from placeops_api.uploads import ROSTER
from sql.engine import transaction
from tasks.actor import Role
from tasks.errors import PlaceopsError
from tests import accounts, factories
from tests.api.conftest import BASE
from tests.conftest import Place

IMPORT = "/students/import"
CSV = {"Content-Type": "text/csv"}
ROSTER_CSV = "Roll No.,Student,CPI\n0108,Asha Rao,8.25\n1E5,नेहा,78.5\n".encode()


@pytest.fixture
def eng(client: TestClient) -> TestClient:
    """The API of a place with one college, ENG."""
    with transaction() as tx:
        factories.college(tx, "ENG")
    return client


def as_role(role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {accounts.token(role)}"}


def test_roster_is_planned_then_applied(eng: TestClient) -> None:
    asked: list[tuple[str, str]] = [("college", "ENG"), ("map", "name=Student"), ("map", "cgpa=CPI")]
    answer = eng.post(IMPORT, params=[*asked, ("dry_run", "true")], content=ROSTER_CSV, headers=CSV)
    plan = answer.json()
    assert answer.status_code == 200, answer.text
    assert {name: plan[name] for name in ("rows", "new", "changed", "unchanged", "rejected", "dry_run")} == {
        "rows": 2, "new": 1, "changed": 0, "unchanged": 0, "rejected": 1, "dry_run": True
    }  # fmt: skip
    (problem,) = plan["problems"]
    assert (problem["line"], problem["column"], problem["value"]) == (3, "CPI", "78.5")
    assert plan["plan"].startswith(hashlib.sha256(ROSTER_CSV).hexdigest())
    assert eng.get("/students").json()["items"] == []
    named = [*asked, ("plan", plan["plan"])]
    other = eng.post(IMPORT, params=named, content=ROSTER_CSV + b"7,X,7\n", headers=CSV)
    assert (other.status_code, other.json()["code"]) == (409, "plan-changed")
    done = eng.post(IMPORT, params=named, content=ROSTER_CSV, headers=CSV)
    assert (done.status_code, done.json()["new"], done.json()["dry_run"]) == (200, 1, False)
    assert eng.post(IMPORT, params=named, content=ROSTER_CSV, headers=CSV).json()["code"] == "plan-changed"
    assert eng.get("/students/lookup", params={"roll_no": "0108"}).json()["cgpa"] == "8.25"


def test_abort_names_the_lines(eng: TestClient) -> None:
    params = {"map": "name=Student", "on_error": "abort"}
    answer = eng.post(IMPORT, params=params, content=ROSTER_CSV.replace(b"CPI", b"CGPA"), headers=CSV)
    assert (answer.status_code, answer.json()["code"]) == (422, "roster-rejected")
    assert answer.json()["details"]["problems"][0]["line"] == 3
    assert "--" not in answer.json()["fix"]


@pytest.mark.parametrize("kind", ["text/csv", "TEXT/CSV; charset=utf-16", "application/octet-stream"])
def test_types_of_files_are_taken(eng: TestClient, kind: str) -> None:
    body = "Roll No,Name\n1,செல்வி\n".encode("utf-16")
    answer = eng.post(IMPORT, content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["encoding"]) == (200, "UTF-16")


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "text/csvx",
        "",
    ],
)
def test_what_a_form_can_send_is_refused(shapes: TestClient, kind: str) -> None:
    answer = shapes.post(
        IMPORT, content=b"Roll No,Name\n1,A\n", headers={"Content-Type": kind} if kind else {}
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "media-type")
    assert answer.json()["fix"] == "send Content-Type: text/csv"


@pytest.mark.parametrize("path", ["/drives", "/students/import/", "/students", "/students/importx"])
def test_no_other_route_takes_a_file(shapes: TestClient, path: str) -> None:
    answer = shapes.post(path, content=b"Roll No,Name\n", headers=CSV)
    assert answer.json()["code"] == "media-type"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_cannot_import(shapes: TestClient, headers: dict[str, str]) -> None:
    answer = shapes.post(IMPORT, content=b"Roll No,Name\n1,A\n", headers=CSV | headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(uploads.UPLOADS, IMPORT, replace(ROSTER, most_bytes=100))


@pytest.mark.parametrize("declared", [True, False])
def test_larger_file_is_refused_declared_or_not(client: TestClient, small: None, declared: bool) -> None:
    def pieces() -> Iterator[bytes]:
        yield from [b"Roll No,Name\n", *[b"1,A\n"] * 50]

    body = b"".join(pieces()) if declared else pieces()
    answer = client.post(IMPORT, content=body, headers=CSV)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_file_beyond_the_limit_of_json_is_taken(eng: TestClient) -> None:
    lines = (b"%d,Somebody %d,%060d\n" % (n, n, n) for n in range(110_000))
    body = b"Roll No,Name,Address\n" + b"".join(lines)
    assert len(body) > 8 * 1024 * 1024
    answer = eng.post(IMPORT, params={"dry_run": True}, content=body, headers=CSV)
    assert answer.json()["new"] == 110_000


def test_file_that_breaks_off_is_an_error_of_ours() -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b"Roll No,", "more_body": True}, {"type": "http.disconnect"}
    ]  # fmt: skip

    async def receive() -> Message:
        return messages.pop(0)

    async def take() -> None:
        async with uploads.spooled(Request({"type": "http"}, receive)):
            raise AssertionError("half a file was taken for a whole one")

    with pytest.raises(PlaceopsError) as refused:
        anyio.run(take)
    assert refused.value.code == "file-unreadable"


def test_who_may_not_import_is_refused_before_the_body_is_read(place: Place) -> None:
    api = TestClient(create_app(), base_url=BASE, raise_server_exceptions=False)
    taken = []

    def pieces() -> Iterator[bytes]:
        for _ in range(3):
            taken.append(1)
            yield b"x" * 10

    answer = api.post(IMPORT, content=pieces(), headers=CSV | as_role(Role.COORDINATOR))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert api.post(IMPORT, content=b"Roll No,Name\n", headers=CSV).status_code == 401


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("map=cgpa", "/map"),
        ("map=marks=Student", "/map"),
        ("map=cgpa=Nope", "/map/cgpa"),
        ("college=A&college=B", "/college"),
        ("on_error=ask", "/on_error"),
        ("dry_run=perhaps", "/dry_run"),
        ("mapping=x", "/mapping"),
        ("&".join(["map=cgpa=CPI"] * 51), "/map"),
    ],
)
def test_wrong_parameter_is_named(eng: TestClient, query: str, pointer: str) -> None:
    answer = eng.post(f"{IMPORT}?{query}", content=ROSTER_CSV, headers=CSV)
    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer), answer.text


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"\x00\x01\x02", b"Roll No,Name\n", b"\xff\xfe"])
def test_file_without_students_is_refused(eng: TestClient, body: bytes) -> None:
    answer = eng.post(IMPORT, content=body, headers=CSV)
    assert answer.status_code == 422
    assert answer.json()["code"] in ("file-unreadable", "roster-rejected")


def test_roster_comes_out_as_it_goes_in(eng: TestClient) -> None:
    body = b'roll_no,name,branch\n0108,Asha Rao,CSE\n1E5,"Neha, K",ECE\n'
    eng.post(IMPORT, content=body, headers=CSV)
    answer = eng.get("/students/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'attachment; filename="students.csv"'
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert [line.split(b",")[:3] for line in answer.content.splitlines()[1:2]] == [
        [b"ENG", b"0108", b"Asha Rao"]
    ]
    again = eng.post(IMPORT, content=answer.content, headers=CSV).json()
    assert (again["unchanged"], again["new"] + again["changed"] + again["rejected"]) == (2, 0)
    narrowed = eng.get("/students/export", params={"q": "neha", "branch": "ECE", "college": "eng"})
    assert narrowed.text.count("\n") == 2
    assert eng.get("/students/export", params={"college": "NOPE"}).json()["code"] == "not-found"


def test_list_takes_its_filters(eng: TestClient) -> None:
    with transaction() as tx:
        college = tx.execute(text("SELECT min(id) FROM colleges")).scalar_one()
        factories.student(tx, college, "21CS001", name="Asha Rao", batch_year=2027)
        factories.student(tx, college, "21EC002", name="Ravi", batch_year=2028)
    for query in ("q=asha", "q=21cs", "batch_year=2027", "batch_year=2027&q=rao&college=ENG"):
        assert [one["roll_no"] for one in eng.get(f"/students?{query}").json()["items"]] == ["21CS001"]
    assert eng.get("/students?batch_year=27").status_code == 422
    assert eng.get("/students?q=a%00").status_code == 422
