"""What each role is kept from, on the page and by the server; and how the page says that it no longer follows."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.place import Office
from tests.console.watched import Watched


@pytest.fixture(scope="module")
def colleges(office: Office) -> tuple[str, str]:
    """The coordinator's college, and another one."""
    office.person("COORDINATOR")
    mine = office.json("student", "list", "--limit", "1")["items"][0]["college"]
    codes = [one["code"] for one in office.json("student", "choices")["colleges"]]
    return mine, next(code for code in codes if code != mine)


def draft(office: Office, code: str, *rules: str) -> Any:
    """A drive that is not yet published."""
    words = ["drive", "create", "--company", f"Limits {code}", "--title", "Clerk", "--code", code, *rules]
    return office.json(*words)["drive"]


def refused(watched: Watched, method: str, path: str, body: Any = None) -> str:
    """The code of the API's refusal, asked with the session of this page but without the page."""
    headers = {"Origin": watched.office.url}
    answer = watched.page.context.request.fetch(
        watched.office.url + path, method=method, data=body, headers=headers
    )
    assert answer.status in (403, 404), f"{method} {path}: {answer.status} {answer.text()}"
    return str(answer.json()["code"])


def test_a_coordinator_changes_only_what_is_wholly_in_scope(
    watched: Watched, office: Office, colleges: tuple[str, str]
) -> None:
    mine, other = colleges
    own = draft(office, "LIMITS-OWN", "--college", mine)
    shared = draft(office, "LIMITS-ALL", "--cgpa-min", "6")
    foreign = draft(office, "LIMITS-FAR", "--college", other)
    watched.sign_in("COORDINATOR", "/drives?q=Limits")
    page = watched.page
    table = page.get_by_role("table", name="Drives")
    expect(table).to_contain_text("LIMITS-OWN")
    expect(table).to_contain_text("LIMITS-ALL")
    expect(table).not_to_contain_text("LIMITS-FAR")
    watched.open(f"/drives/{own['id']}")
    expect(page.get_by_role("link", name="Edit", exact=True)).to_be_visible()
    expect(page.get_by_role("tab", name="Selection & publish")).to_be_visible()
    watched.open(f"/drives/{shared['id']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Limits LIMITS-ALL · Clerk")
    expect(page.get_by_role("tab", name="Eligibility")).to_be_visible()
    expect(page.get_by_role("tab", name=re.compile("Selection|Exports"))).to_have_count(0)
    expect(page.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Publish", exact=True)).to_have_count(0)
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Copy to a new draft"])
    watched.shoot("limits-shared-drive")
    page.keyboard.press("Escape")
    for path in (f"/drives/{shared['id']}/edit", f"/drives/{foreign['id']}", f"/drives/{foreign['id']}/edit"):
        watched.page.goto(f"{office.url}/#{path}")
        expect(page.get_by_role("main")).to_contain_text(re.compile("no such drive|may not", re.IGNORECASE))
        expect(page.get_by_role("main")).not_to_contain_text("LIMITS-FAR")
        expect(page.get_by_role("textbox")).to_have_count(0)
    assert refused(watched, "POST", f"/drives/{shared['id']}/publish", {"eligible": True}) == "forbidden"
    assert refused(watched, "GET", f"/drives/{foreign['id']}") == "not-found"
    stranger = office.json("student", "list", "--college", other, "--limit", "1")["items"][0]
    page.goto(f"{office.url}/#/students/{stranger['college']}/{stranger['roll_no']}")
    expect(page.get_by_role("main")).to_contain_text("no student has roll number")
    # The way out is one on the page: requests are for programs.
    expect(page.get_by_role("main")).to_contain_text("see students")
    expect(page.get_by_role("main")).not_to_contain_text("GET /")
    expect(page.get_by_role("main")).not_to_contain_text(stranger["name"])


def test_staff_mark_and_export_but_decide_nothing(
    watched: Watched, office: Office, colleges: tuple[str, str]
) -> None:
    drive = running_drive(office, colleges[0])
    watched.sign_in("STAFF", "/drives")
    page = watched.page
    page.get_by_role("table", name="Drives").wait_for()
    expect(page.get_by_role("link", name="New drive")).to_have_count(0)
    watched.open("/drives/new")
    expect(page.get_by_text("You may not change drives")).to_be_visible()
    watched.open(f"/drives/{drive['id']}?tab=attendance")
    expect(page.get_by_role("button", name="Preview")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^(Finalise|Complete|More)"))).to_have_count(0)
    page.get_by_role("tab", name="Exports").click()
    expect(page.get_by_role("button", name="Request the export")).to_be_enabled()
    assert "coordinator_full" not in page.get_by_label("What is in it").locator("option").evaluate_all(
        "options => options.map(({ value }) => value)"
    )
    watched.shoot("limits-staff-drive")
    path = f"/drives/{drive['id']}"
    assert refused(watched, "POST", f"{path}/attendance/finalise", {"round": 1}) == "forbidden"
    assert refused(watched, "POST", f"{path}/exports", {"preset": "coordinator_full"}) == "forbidden"
    assert refused(watched, "POST", f"{path}/complete") == "forbidden"
    watched.open("/jobs")
    expect(page.get_by_role("table", name="Jobs").or_(page.get_by_text("No jobs"))).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^(Retry|Cancel)"))).to_have_count(0)


def running_drive(office: Office, college: str) -> Any:
    """A drive whose first round expects one student."""
    student = office.json("student", "list", "--college", college, "--limit", "1")["items"][0]
    chosen = office.folder / "limits.txt"
    chosen.write_text(f"{college}:{student['roll_no']}\n")
    drive = draft(office, "LIMITS-RUN", "--opens", "2026-01-01 09:00", "--closes", "2099-01-01 09:00")
    office.run("drive", "publish", "LIMITS-RUN", "--students", str(chosen), "--yes", "--wait")
    office.run("registration", "add", "--drive", "LIMITS-RUN", "--student", f"{college}:{student['roll_no']}")
    office.run("drive", "start", "LIMITS-RUN", "--yes")
    return drive


@pytest.mark.parametrize("role", ["COORDINATOR", "STAFF", "STUDENT"])
@pytest.mark.parametrize("path", ["overview", "queues", "workers", "schedules", "audit", "users", "tokens"])
def test_a_typed_address_opens_nothing(watched: Watched, role: str, path: str) -> None:
    watched.sign_in(role, f"/{path}")
    expect(watched.page.get_by_role("alert")).to_contain_text("may not")
    expect(watched.page.get_by_role("main").get_by_role("row")).to_have_count(0)


def test_a_role_that_is_taken_away_holds_at_once(
    watched: Watched, office: Office, colleges: tuple[str, str]
) -> None:
    person = office.account("moved@college.example", "COORDINATOR", "--college", colleges[0])
    drive = draft(office, "LIMITS-MOVED", "--college", colleges[0])
    watched.become(person)
    watched.open(f"/drives/{drive['id']}")
    page = watched.page
    page.get_by_role("button", name="More").click()
    office.run("user", "set-role", person.email, "--role", "STAFF")
    page.get_by_role("menuitem", name="Delete").click()
    question = page.get_by_role("alertdialog", name=re.compile("Delete"))
    question.get_by_role("textbox").fill("LIMITS-MOVED")
    question.get_by_role("button", name=re.compile("^Delete")).click()
    expect(question.get_by_role("alert")).to_contain_text("may not")
    watched.shoot("limits-role-taken")
    assert office.json("drive", "show", "LIMITS-MOVED")["drive"]["status"] == "draft"
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Limits LIMITS-MOVED · Clerk")
    expect(page.get_by_role("button", name="More")).to_have_count(0)
    office.run("user", "disable", person.email)
    page.get_by_role("tab", name="Eligibility").click()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@contextmanager
def silent(office: Office) -> Iterator[None]:
    """The API hangs: connections stay open, nothing comes."""
    pid = office.process("api", "run")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("role", ["ADMIN", "STAFF"])
def test_what_no_longer_follows_says_since_when(watched: Watched, office: Office, role: str) -> None:
    watched.sign_in(role, "/jobs")
    page = watched.page
    badge = page.get_by_text(re.compile(r"^(Live|Connecting|Stale|Paused)"))
    expect(badge).to_have_text("Live")
    # Longer than a stream may be silent: it is told every two seconds that there is nothing to tell.
    page.wait_for_timeout(10_000)
    expect(badge).to_have_text("Live", timeout=1)
    with silent(office):
        expect(badge).to_have_text(re.compile(r"^Stale since \d\d:\d\d"))
        watched.shoot(f"stale-{role.lower()}")
    expect(badge).to_have_text("Live")
