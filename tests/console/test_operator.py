"""An operator at the console: what failed and why, again; hold and let go; a worker that dies, Redis that is away."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tasks.embedded import find
from tests.acceptance.conftest import eventually
from tests.console.place import Office
from tests.console.watched import Watched

TROUBLED = ("NEELAM-27", "TIDEPOOL-27", "VELLAI-27", "MANTRI-27")


@pytest.fixture
def operator(watched: Watched) -> Watched:
    """An administrator who looks at the overview."""
    watched.sign_in("ADMIN", "/overview")
    return watched


@contextmanager
def no_place_for_exports(office: Office) -> Iterator[None]:
    """A file stands where the folder of the exports should be."""
    folder = office.folder / "placeops-data" / "uploads"
    aside = folder.with_name("uploads-aside")
    folder.rename(aside)
    folder.touch()
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)


def state(watched: Watched, job: int) -> str:
    """How a job stands, as the API says."""
    return str(watched.ask("GET", f"/jobs/{job}")["job"]["state"])


def confirmed(watched: Watched, title: str, act: str) -> Locator:
    """The question of this title, answered by the button of this name once it has been looked at."""
    question = watched.page.get_by_role("alertdialog", name=title)
    expect(question.get_by_role("button", name=act, exact=True)).to_be_enabled()
    return question.get_by_role("button", name=act, exact=True)


def failed_exports(watched: Watched) -> list[int]:
    """Exports of some drives, each tried until its budget was spent."""
    jobs: list[int] = []
    for drive in TROUBLED:
        asked = watched.ask("POST", f"/drives/{drive}/exports", {"preset": "attendance_sheet"})
        jobs.append(asked["export"]["job_id"])
    eventually(lambda: {state(watched, job) for job in jobs} == {"failed"}, seconds=120)
    return jobs


def test_what_failed_is_found_understood_and_run_again(operator: Watched, office: Office) -> None:
    page = operator.page
    attention = page.get_by_role("region", name="What needs attention")
    with no_place_for_exports(office):
        first, second, *rest = failed_exports(operator)
        expect(attention).to_contain_text("Failed jobs: 4 wait for a decision")
        operator.assert_accessible()
        operator.shoot("overview-failures")
        attention.get_by_role("link", name="See the jobs").click()
        expect(page.get_by_role("tab", name="Failed 4")).to_have_attribute("aria-selected", "true")
        operator.shoot("jobs-failed")
        page.get_by_role("link").filter(has_text=f"#{first} ").click()
        expect(page.get_by_role("region", name="Why it failed")).to_contain_text("NotADirectoryError")
        story = page.get_by_role("region", name="What happened").get_by_role("listitem")
        expect(story.first).to_contain_text("admin@college.example")
        expect(story.filter(has_text="Attempt 1 ended")).to_contain_text("to be tried again later")
        expect(story.last).to_contain_text("Failed in attempt 3")
        operator.assert_accessible()
        operator.shoot("job-failed")
    page.get_by_role("button", name="Retry", exact=True).click()
    confirmed(operator, f"Retry job {first}?", f"Retry job {first}").click()
    expect(page.get_by_text(f"Job {first} will run again")).to_be_visible()
    expect(story.last).to_contain_text("Completed by attempt 4")
    expect(page.get_by_role("region", name="What came of it")).to_contain_text("rows")
    retry_the_rest(operator, second, rest)
    operator.open("/overview")
    expect(attention).not_to_contain_text(re.compile("failed", re.IGNORECASE))


def retry_the_rest(operator: Watched, second: int, rest: list[int]) -> None:
    """All at once; the server counts anew what has changed since the page was loaded."""
    page = operator.page
    page.get_by_role("button", name="Pause live updates").click()
    operator.open("/jobs?state=failed")
    page.get_by_label("Select all rows shown").check()
    expect(page.get_by_role("group", name="Chosen jobs")).to_contain_text("3 jobs selected")
    operator.ask("POST", f"/jobs/{second}/retry")
    page.get_by_role("button", name="Retry…").click()
    act = confirmed(operator, "Retry 2 failed jobs?", "Retry 2 jobs")
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("The server counts 2 jobs that fit now")
    operator.assert_accessible()
    operator.shoot("jobs-retry-many")
    act.click()
    expect(page.get_by_text("2 jobs will run again")).to_be_visible()
    expect(page.get_by_text("No failed jobs")).to_be_visible()
    page.get_by_role("button", name="Resume live updates").click()
    eventually(lambda: {state(operator, job) for job in (second, *rest)} == {"completed"})


def test_a_queue_is_held_with_a_reason_and_let_go(operator: Watched) -> None:
    page = operator.page
    operator.open("/queues")
    queue = page.get_by_role("row").filter(has_text="refresh-materialized-views")
    page.get_by_role("button", name="Pause Analytics").click()
    act = confirmed(operator, "Pause Analytics?", "Pause Analytics")
    page.get_by_label("Why (others see it)").fill("The disk is being moved")
    operator.assert_accessible()
    operator.shoot("queue-pause")
    act.click()
    expect(queue).to_contain_text("Paused")
    expect(queue).to_contain_text("by admin@college.example")
    expect(queue).to_contain_text("“The disk is being moved”")
    job = operator.ask("POST", "/views/data_quality/refresh")["id"]
    waiting = queue.get_by_role("link", name="1 waiting jobs of Analytics")
    expect(waiting).to_be_visible()
    operator.shoot("queue-paused")
    waiting.click()
    expect(page.get_by_role("table", name="Jobs")).to_contain_text(f"#{job}")
    page.go_back()
    page.get_by_role("button", name="Resume Analytics").click()
    confirmed(operator, "Resume Analytics?", "Resume Analytics").click()
    expect(queue).to_contain_text("Running")
    expect(waiting).to_have_count(0)
    eventually(lambda: state(operator, job) == "completed")


def test_a_schedule_runs_now(operator: Watched) -> None:
    page = operator.page
    operator.open("/schedules")
    page.get_by_role("button", name="Run now: refresh-drive-funnel").click()
    confirmed(operator, "Run refresh-drive-funnel now?", "Run now").click()
    toast = page.get_by_role("listitem").filter(has_text=re.compile(r"Job \d+ is queued"))
    expect(toast).to_be_visible()
    toast.get_by_role("button", name="Show").click()
    expect(page.get_by_role("region", name="What happened")).to_contain_text("Completed by attempt 1")
    expect(page.get_by_role("region", name="The job", exact=True)).to_contain_text("admin@college.example")


def test_a_worker_dies_and_another_takes_its_place(operator: Watched) -> None:
    page = operator.page
    operator.open("/workers")
    (old,) = alive(operator, "worker")
    row = page.get_by_role("row").filter(has_text=re.compile(rf"pid {old['pid']}(?!\d)"))
    expect(row).to_contain_text("Alive")
    os.kill(old["pid"], signal.SIGKILL)
    expect(row).to_have_count(0)
    living = page.get_by_role("row").filter(has_text=re.compile(r"^Worker \d+"))
    expect(living).to_have_count(1)
    expect(living).to_contain_text("Alive")
    page.get_by_label("With those that ended within a day").check()
    expect(row).to_contain_text("Lost")
    operator.shoot("workers-lost")
    (new,) = alive(operator, "worker")
    job = operator.ask("POST", "/views/drive_funnel/refresh")["id"]
    eventually(lambda: state(operator, job) == "completed")
    operator.open(f"/jobs/{job}")
    expect(page.get_by_role("region", name="What happened")).to_contain_text(f"pid {new['pid']}")


def alive(watched: Watched, kind: str) -> list[dict[str, Any]]:
    """The living processes of a kind."""
    return [one for one in watched.ask("GET", "/workers")["items"] if one["kind"] == kind]


def test_redis_is_away_for_a_while(operator: Watched, office: Office) -> None:
    page = operator.page
    redis = page.get_by_role("region", name="Health").locator("dl > div").filter(has_text="Redis")
    expect(redis).to_contain_text("Reachable")
    servers = find(office.folder / "placeops-data")
    assert servers is not None and servers.valkey_pid is not None
    os.kill(servers.valkey_pid, signal.SIGSTOP)
    try:
        expect(redis).to_contain_text("Degraded")
        operator.settle()
        operator.assert_accessible()
        operator.shoot("overview-degraded")
        page.get_by_role("link", name="Workers", exact=True).click()
        expect(page.get_by_role("table", name="Workers")).to_contain_text("without Redis since")
        job = operator.ask("POST", "/views/company_season/refresh")["id"]
        operator.open(f"/jobs/{job}")
        expect(page.get_by_role("region", name="What happened")).to_contain_text("Completed by attempt 1")
        page.keyboard.press("g")
        page.keyboard.press("d")
        expect(page.get_by_role("table", name="Drives")).to_be_visible()
    finally:
        os.kill(servers.valkey_pid, signal.SIGCONT)
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(redis).to_contain_text("Reachable")
    page.get_by_role("link", name="Workers", exact=True).click()
    expect(page.get_by_text("without Redis since")).to_have_count(0)
