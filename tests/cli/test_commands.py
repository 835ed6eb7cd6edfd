"""The commands against a real database; without Redis, so that their jobs run inline."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tests import factories
from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("office")

CLOSES = ["--opens", "2026-01-01 09:00", "--closes", "2099-12-05 17:00"]
CREATE = ["drive", "create", "--company", "Globex", "--title", "Analyst", *CLOSES]


@pytest.mark.parametrize("words", ["student list", "drive list", "job list", "export list"])
def test_everything_can_be_listed(placeops: Run, words: str) -> None:
    every = placeops(*words.split(), "--all")
    assert (every.code, every.err) == (0, "")
    assert len(json.loads(placeops(*words.split(), "--all", "--json").out)["items"]) == len(every.lines) - 1
    assert every.lines[0] == placeops(*words.split()).lines[0]


def test_roster_import_plans_asks_and_applies(placeops: Run, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("Roll No.,Student,CGPA\n0108123,Arun,8.1\nR000001,Devi,78.5\n")
    order = ["student", "import", str(roster), "--map", "name=Student"]
    assert placeops(*order).code == 2
    planned = placeops(*order, "--dry-run")
    assert (planned.code, planned.column("new"), planned.column("rejected")) == (0, ["1"], ["1"])
    assert "line 3, CGPA: 78.5" in planned.err
    assert placeops("student", "show", "0108123").code == 4
    assert placeops(*order, "--on-error", "abort", "--yes").code == 2
    done = placeops(*order, "--yes")
    assert (done.code, done.column("new")) == (0, ["1"])
    assert placeops("student", "show", "0108123").column("cgpa") == ["8.10"]
    assert placeops(*order, "--yes", "-q").out == ""


def test_the_queue_is_paused_and_the_job_cancelled_and_retried(placeops: Run) -> None:
    assert placeops("queue", "pause", "eligibility-filter", "--reason", "results change").code == 0
    stats = placeops("queue", "stats")
    assert dict(zip(stats.column("type"), stats.column("paused_reason"), strict=True))["eligibility-filter"]
    waiting = placeops("drive", "eligible", "ACME-1")
    assert waiting.column("state") == ["waiting"]
    job = waiting.column("id")[0]
    assert placeops("job", "list", "--state", "waiting", "-q").lines == [job]
    assert placeops("job", "cancel", job).column("outcome") == ["cancelled"]
    watched = placeops("job", "watch", job)
    assert watched.code == 1
    assert "nothing was applied" in watched.err
    assert placeops("queue", "resume", "eligibility-filter").code == 0
    assert placeops("job", "retry", job).code == 0
    assert placeops("job", "wait", job).column("state") == ["completed"]
    assert placeops("job", "retry", job).code == 5
    assert placeops("job", "retry").code == 2


def test_a_drained_type_refuses_until_it_is_resumed(placeops: Run) -> None:
    drained = placeops("queue", "drain", "auto-publish", "--reason", "tonight's release", "--wait")
    assert (drained.code, drained.column("drained")) == (0, ["true"])
    assert drained.column("draining_reason") == ["tonight's release"]
    publish = ["drive", "publish", "ACME-1", "--eligible", "--yes"]
    for words in (publish, [*publish, "--dry-run"], [*CREATE, "--auto-calc"]):
        refused = placeops(*words)
        assert refused.code == 5
        assert "[queue-draining]" in refused.err
        assert "tonight's release" in refused.err
        assert "placeops queue resume auto-publish" in refused.err
    assert placeops("drive", "eligible", "ACME-1", "--wait").code == 0
    assert placeops("queue", "resume", "auto-publish").column("drained") == ["false"]
    assert placeops(*publish).code == 0


def test_a_drain_that_takes_too_long_ends_with_8(placeops: Run) -> None:
    placeops("queue", "pause", "eligibility-filter")
    placeops("drive", "eligible", "ACME-1")
    assert placeops("queue", "drain", "eligibility-filter").code == 5
    with transaction() as tx:
        tx.execute(text("UPDATE job_types SET paused_at = NULL, paused_by = NULL"))
    waited = placeops("queue", "drain", "eligibility-filter", "--wait", "--timeout", "1s")
    assert waited.code == 8
    assert "no worker runs that takes eligibility-filter" in waited.err


def test_a_cancel_that_waits_says_what_was_applied(placeops: Run) -> None:
    done = placeops("drive", "eligible", "ACME-1", "--wait", "--json")
    job = placeops("job", "list", "-q").lines[0]
    assert done.code == 0
    late = placeops("job", "cancel", job, "--wait")
    assert (late.column("outcome"), late.column("effects")) == (["finished"], ["fully applied"])
    placeops("queue", "pause", "eligibility-filter")
    waiting = placeops("drive", "eligible", "ACME-1").column("id")[0]
    stopped = placeops("job", "cancel", waiting, "--wait")
    assert (stopped.column("outcome"), stopped.column("effects")) == (["cancelled"], ["nothing applied"])


def test_an_outage_of_redis_shows_in_status(placeops: Run) -> None:
    degraded = json.loads(placeops("status", "--json").out)["degraded"]
    assert re.fullmatch(r"Redis unreachable since \d\d:\d\d, working from PostgreSQL", degraded)


@pytest.mark.parametrize("command", ["status", "doctor"])
def test_the_log_is_quiet_about_an_outage_only_while_the_screen_tells_it(placeops: Run, command: str) -> None:
    log = logging.getLogger("tasks.jobs.doorbell")
    assert "Redis unreachable, working" not in placeops(command).err
    assert log.isEnabledFor(logging.WARNING)


def test_views_are_refreshed_and_shown(placeops: Run) -> None:
    before = placeops("view", "show", "branch_placement")
    assert "never refreshed" in before.err
    assert set(placeops("view", "refresh", "--wait").column("state")) == {"completed"}
    assert set(placeops("view", "list").column("stale")) == {"current"}
    shown = placeops("view", "show", "branch_placement")
    assert sum(map(int, shown.column("strength"))) == 30


def test_schedules_are_listed_and_run(placeops: Run) -> None:
    names = placeops("schedule", "list", "-q").lines
    assert "prune-jobs" in names
    assert placeops("schedule", "run", "prune-jobs", "--wait").column("state") == ["completed"]
    assert placeops("schedule", "run", "none").code == 4


def test_doctor_fails_where_a_check_fails(placeops: Run) -> None:
    ran = placeops("doctor")
    assert ran.code == 1
    assert "fail" in ran.column("status")
    checks = json.loads(placeops("doctor", "--json").out)["items"]
    workers = {"name": "workers", "status": "fail", "detail": "0 alive", "fix": "placeops worker run"}
    assert workers | {"kind": "workers", "id": None} in checks


def test_status_and_configuration(placeops: Run) -> None:
    facts = placeops("status")
    assert dict(zip(facts.column("name"), facts.column("value"), strict=True))["drives.draft"] == "1"
    assert json.loads(placeops("status", "--json").out)["queue"]["workers"] == 0
    shown = placeops("config", "show", "--origin")
    assert "environment: DATABASE_URL" in shown.column("origin")


def test_the_schema_is_shown_and_migrated(placeops: Run) -> None:
    assert placeops("db", "status").column("ready") == ["true"]
    assert placeops("db", "migrate").column("applied") == [""]


def test_an_old_schema_is_refused_with_the_way_out(placeops: Run) -> None:
    from sqlalchemy import text

    with transaction() as tx:
        tx.execute(text("DROP TABLE alembic_version"))
    ran = placeops("drive", "list")
    assert ran.code == 3
    assert "[schema-outdated]" in ran.err
    assert "placeops db migrate" in ran.err
    assert placeops("db", "status").code == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("drive show 999", 4),
        ("student show NOBODY", 4),
        ("job show 999", 4),
        ("job show 99999999999999999999999", 4),
        ("export download 99999999999999999999999", 4),
        ("export download 999", 4),
        ("view refresh none", 4),
        ("drive list --limit 0", 2),
        ("drive list --limit many", 2),
        ("drive list --status open", 2),
        ("drive create --company A", 2),
        ("drive publish ACME-1", 2),
        ("drive publish ACME-1 --eligible --students -", 2),
        ("job list --since yesterday", 2),
        ("worker run --types nonsense", 2),
        ("registration add --drive ACME-1 --student R000001", 5),
        ("student import /nowhere --yes", 2),
        ("export registrations ACME-1 --file -", 2),
        ("drive create --company A --title B --code ACME-1", 5),
        ("drive create --company A --title B --gender F", 2),
    ],
)
def test_exit_codes_of_mistakes(placeops: Run, words: str, code: int) -> None:
    ran = placeops(*words.split())
    assert (ran.code, ran.out) == (code, ""), ran.err
    assert ran.err.startswith("error: ")


def test_lists_go_on_where_they_ended(placeops: Run) -> None:
    first = placeops("student", "list", "--limit", "20")
    assert "--cursor" in first.err
    cursor = json.loads(placeops("student", "list", "--limit", "20", "--json").out)["next_cursor"]
    rest = placeops("student", "list", "--limit", "20", "--cursor", cursor)
    assert rest.err == ""
    assert len({*first.column("roll_no"), *rest.column("roll_no")}) == 30


def test_names_from_people_stay_in_their_cell(placeops: Run) -> None:
    with transaction() as tx:
        factories.student(tx, factories.college(tx, "ART"), "1E5", name='=cmd|\t"x"\n\x1b[2J மீனா')
    ran = placeops("student", "show", "1E5")
    assert len(ran.lines) == 2
    assert ran.column("name") == ['=cmd|\\t"x"\\n\\x1b[2J மீனா']
    assert "\x1b" not in ran.out
