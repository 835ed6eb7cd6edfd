"""A placement officer's day, command by command, with a real worker; then with parts of it taken away."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
from pathlib import Path

from tests.acceptance.conftest import Shell, eventually, number_of

ROSTER = """\
Roll No.,Name,E-mail,Branch,Programme,Batch,CGPA/10,Backlogs
0108123,Anbu Selvan,anbu@example.edu,CSE,B.E.,2027,8.10,0
0108124,"O'Neil, Priya",priya@example.edu,ECE,B.E.,2027,7.00,0
0108125,=cmd|' /C calc'!A0,x@example.edu,CSE,B.E.,2027,9.00,0
0108126,Below The Line,y@example.edu,CSE,B.E.,2027,6.99,0
0108127,No Marks,z@example.edu,CSE,B.E.,2027,,0
"""


def an_office(shell: Shell) -> None:
    (shell.folder / "roster.csv").write_text(ROSTER)
    shell.run("student", "import", "roster.csv", "--college", "ENG", "--yes")
    shell.run(
        *("drive", "create", "--company", "Acme", "--title", "Graduate engineer", "--code", "ACME-1"),
        *("--closes", "2099-12-05 17:00", "--cgpa-min", "7", "--active-backlogs-max", "0"),
    )


def selection(shell: Shell) -> dict[str, object]:
    found = json.loads(shell.say("drive", "show", "ACME-1", "--json"))
    state: dict[str, object] = found["drive"]["selection"]
    return state


def test_the_day(shell: Shell, worker: subprocess.Popen[bytes]) -> None:
    an_office(shell)
    shell.run("drive", "eligible", "ACME-1", "--wait")
    assert "6.99" in shell.say("drive", "why", "ACME-1", "0108126")

    (shell.folder / "list.txt").write_text("0108123\n0108124\n0108125\n")
    shell.run("drive", "publish", "ACME-1", "--students", "list.txt", "--yes", "--wait")
    assert selection(shell)["state"] == "applied"
    again = shell.run("drive", "publish", "ACME-1", "--students", "list.txt", "--yes", "--wait")
    assert number_of("SELECT count(*) FROM publish_requests") == 1, again.stdout

    for roll_no in ("0108123", "0108124", "0108125", "0108123"):
        shell.run("registration", "add", "--drive", "ACME-1", "--student", roll_no)
    shell.run("registration", "add", "--drive", "ACME-1", "--student", "0108126", expect=5)
    shell.run("export", "registrations", "ACME-1", "--wait", "--file", "out.csv")
    rows = list(csv.reader((shell.folder / "out.csv").read_text("utf-8-sig").splitlines()))
    assert [row[1] for row in rows[1:]] == ["0108123", "0108125", "0108124"]
    assert rows[2][2].startswith("'=cmd")

    shell.run("view", "refresh", "--wait")
    funnel = json.loads(shell.say("view", "show", "drive_funnel", "--json"))
    assert dict(zip(funnel["columns"], funnel["rows"][0], strict=True))["registered"] == 3
    stats = json.loads(shell.say("queue", "stats", "--json"))
    assert stats["workers"] == 1
    assert sum(kind["completed_last_hour"] for kind in stats["types"]) >= 5


def test_auto_calc_publishes_by_itself(shell: Shell, worker: subprocess.Popen[bytes]) -> None:
    (shell.folder / "roster.csv").write_text(ROSTER)
    shell.run("student", "import", "roster.csv", "--college", "ENG", "--yes")
    shell.run(
        *("drive", "create", "--company", "Acme", "--title", "Analyst", "--code", "ACME-1", "--auto-calc"),
        *("--closes", "2099-12-05 17:00", "--cgpa-min", "7"),
    )
    eventually(lambda: selection(shell)["state"] == "applied")
    assert selection(shell)["selected"] == 3
    assert "Enqueued auto-publish job for drive" in shell.log


def test_killed_while_publishing_is_applied_once(shell: Shell) -> None:
    """The worker's process dies with the job claimed; the supervisor's next one does the job."""
    an_office(shell)
    shell.run("queue", "pause", "auto-publish")
    shell.run("drive", "publish", "ACME-1", "--eligible", "--yes")
    with shell.running("worker", "run"):
        eventually(lambda: number_of("SELECT count(*) FROM workers WHERE kind = 'worker'"))
        pid = number_of("SELECT pid FROM workers WHERE kind = 'worker' ORDER BY id LIMIT 1")
        os.kill(pid, signal.SIGSTOP)
        shell.run("queue", "resume", "auto-publish")
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: selection(shell)["state"] == "applied")
    assert number_of("SELECT count(*) FROM drive_coordinator_selections") == 3
    assert number_of("SELECT count(*) FROM job_events WHERE to_state = 'completed'") == 1


def test_without_redis_the_caller_does_it(shell: Shell) -> None:
    alone = Shell({**shell.environment, "REDIS_URL": "redis://127.0.0.1:1"}, shell.folder)
    an_office(alone)
    done = alone.run("drive", "publish", "ACME-1", "--eligible", "--yes")
    assert "Falling back to inline processing" in done.stderr
    assert selection(alone) == {"state": "applied", "selected": 3, "number": 1, "job_id": 1}
    assert number_of("SELECT count(*) FROM job_events WHERE to_state = 'completed'") == 1


def test_redis_wiped_with_jobs_waiting(shell: Shell) -> None:
    import redis

    an_office(shell)
    for _ in range(3):
        shell.run("export", "registrations", "ACME-1")
    shell.run("drive", "publish", "ACME-1", "--eligible", "--yes")
    client = redis.Redis.from_url(shell.environment["REDIS_URL"])
    mine = list(client.scan_iter(f"{shell.environment['PLACEOPS_REDIS_NAMESPACE']}*"))
    assert mine, "nothing was rung"
    client.delete(*mine)
    with shell.running("worker", "run"):
        eventually(lambda: number_of("SELECT count(*) FROM jobs WHERE state <> 'completed'") == 0)
    assert number_of("SELECT count(*) FROM jobs") == 4


def test_integration_test_leaves_only_its_audit_events(shell: Shell) -> None:
    steps = json.loads(shell.say("integration-test", "--json"))
    assert all(step["ok"] for step in steps)
    for table in ("students", "colleges", "placement_drives", "drive_registrations", "jobs", "exports"):
        assert number_of(f"SELECT count(*) FROM {table}") == 0, table
    assert not list(Path(shell.environment["PLACEOPS_EXPORT_DIR"]).glob("*.csv"))
    assert number_of("SELECT count(*) FROM audit_events") > 0


def test_integration_test_without_redis_and_worker(shell: Shell) -> None:
    alone = Shell({**shell.environment, "REDIS_URL": "redis://127.0.0.1:1"}, shell.folder)
    said = alone.run("integration-test").stdout
    assert "unreachable" in said and "inline" in said


def test_integration_test_fails_when_the_folder_cannot_be_written(shell: Shell) -> None:
    broken = shell.folder / "not-a-folder"
    broken.write_text("")
    alone = Shell(
        {**shell.environment, "PLACEOPS_EXPORT_DIR": str(broken / "x"), "REDIS_URL": "redis://127.0.0.1:1"},
        shell.folder,
    )
    done = alone.run("integration-test", expect=1)
    assert "\nfalse\t" in done.stdout and "[check-failed]" in done.stderr and "fix: " in done.stderr
    assert "no worker runs that would try it again: NotADirectoryError" in done.stdout
    assert number_of("SELECT count(*) FROM placement_drives") == 0
