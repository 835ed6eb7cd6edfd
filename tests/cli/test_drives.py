"""Drives at the command line, from creation to the company's file; without Redis, so that their jobs run inline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tasks.actor import Role
from tests import accounts, factories
from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("office")

CLOSES = ["--opens", "2026-01-01 09:00", "--closes", "2099-12-05 17:00"]
CREATE = ["drive", "create", "--company", "Globex", "--title", "Analyst", *CLOSES]


def test_a_drive_from_creation_to_the_companys_file(placeops: Run, tmp_path: Path) -> None:
    created = placeops(*CREATE, "--cgpa-min", "7.00", "--branch", "CSE", "--ctc-min", "6,50,000")
    assert created.code == 0
    assert created.column("code") == ["GLOBEX-1"]
    assert created.column("status") == ["draft"]
    assert created.column("reg_closes_at") == ["2099-12-05T17:00:00+05:30"]
    assert created.column("ctc_min") == ["650000"]

    published = placeops("drive", "publish", "GLOBEX-1", "--eligible", "--wait", "--yes")
    assert (published.code, published.column("job_state")) == (0, ["completed"])
    chosen = int(published.column("selected")[0])
    assert 0 < chosen < 10

    again = placeops("drive", "publish", "GLOBEX-1", "--eligible", "--wait")
    assert (again.code, again.column("repeated")) == (0, ["true"])

    summary = placeops("drive", "eligible", "GLOBEX-1", "--wait")
    assert summary.column("eligible") == [str(chosen)]

    why = placeops("drive", "why", "GLOBEX-1", "R000001")
    assert dict(zip(why.column("rule"), why.column("outcome"), strict=True))["cgpa_min"] == "FAIL"

    student = next(
        roll
        for roll in placeops("student", "list", "--branch", "CSE").column("roll_no")
        if placeops("registration", "add", "--drive", "GLOBEX-1", "--student", roll).code == 0
    )
    assert placeops("registration", "list", "--drive", "GLOBEX-1").column("roll_no") == [student]

    file = tmp_path / "list.csv"
    asked = placeops("export", "registrations", "GLOBEX-1", "--wait", "--file", str(file), "--for", "data")
    assert (asked.code, asked.column("state"), asked.column("rows")) == (0, ["ready"], ["1"])
    assert student in file.read_text()
    assert placeops("export", "list", "--drive", "GLOBEX-1").column("downloads") == ["1"]


def test_autocalc_publishes_by_itself(placeops: Run) -> None:
    created = placeops(*CREATE, "--auto-calc", "--wait", "--json")
    assert created.code == 0
    document = json.loads(created.out)
    assert document["job"]["state"] == "completed"
    assert document["drive"]["status"] == "posted"
    assert document["drive"]["selection"] == {"state": "applied", "selected": 30, "number": 1, "job_id": 2}


def test_rules_from_a_file_with_flags_over_them(placeops: Run, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('cgpa_min = 6.995\nbranches = ["CSE"]\nactive_backlogs_max = 0\n')
    assert placeops(*CREATE, "--criteria", str(rules), "--branch", "ECE", "--allow-debarred").code == 0
    criteria = json.loads(placeops("drive", "show", "GLOBEX-1", "--json").out)["criteria"]
    assert criteria["cgpa_min"] == "6.995"
    assert criteria["branches"] == ["ECE"]
    assert criteria["active_backlogs_max"] == 0
    assert criteria["total_backlogs_max"] is None
    assert criteria["not_debarred"] is False


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cgpa = 7", "no such rule: cgpa"),
        ("cgpa_min = 'x'", "cgpa_min"),
        ("= 7", "[file-unreadable]"),
        ("[[", "TOML"),
    ],
)
def test_a_file_of_rules_that_cannot_be_used(placeops: Run, tmp_path: Path, text: str, said: str) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(text)
    ran = placeops(*CREATE, "--criteria", str(rules))
    assert ran.code == 2
    assert said in ran.err


def test_a_zero_is_a_rule(placeops: Run) -> None:
    assert placeops(*CREATE, "--total-backlogs-max", "0", "--cgpa-min", "0").code == 0
    criteria = json.loads(placeops("drive", "show", "GLOBEX-1", "--json").out)["criteria"]
    assert (criteria["total_backlogs_max"], criteria["cgpa_min"]) == (0, "0")
    assert '"total_backlogs_max": 0' in placeops("drive", "show", "GLOBEX-1").out


def test_a_list_of_students_is_judged_line_by_line(placeops: Run, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("Name,Roll No\nA,R000010\nB,NOBODY\nC,R000010\n")
    ran = placeops("drive", "publish", "ACME-1", "--students", str(listed), "--yes")
    assert ran.code == 2
    assert "[students-unknown]" in ran.err
    assert "line 3: NOBODY, unknown" in ran.err
    assert placeops("drive", "show", "ACME-1").column("status") == ["draft"]


def test_a_dry_run_changes_nothing(placeops: Run, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("R000010\nR000011\n")
    publish = ["drive", "publish", "ACME-1", "--students", str(listed), "--override-reason", "dean's list"]
    ran = placeops(*publish, "--dry-run")
    assert (ran.code, ran.column("selected"), ran.column("dry_run")) == (0, ["2"], ["true"])
    assert placeops("drive", "show", "ACME-1").column("status") == ["draft"]
    assert placeops("job", "list", "-q").out == ""


def test_a_dry_run_shows_the_plan_of_a_list_that_is_refused(placeops: Run, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    fit, *unfit = ["R000010", "R000001", "R000002"]
    listed.write_text("\n".join([fit, *unfit, unfit[0], ""]))
    publish = ["drive", "publish", "ACME-1", "--students", str(listed)]
    ran = placeops(*publish, "--dry-run")
    assert (ran.code, ran.column("refused")) == (5, ["students-not-eligible"])
    assert (ran.column("selected"), ran.column("overridden")) == (["3"], ["0"])
    assert "warning: 1 duplicate, 2 not eligible on the list" in ran.err.replace(
        "2 not eligible, 1 duplicate", "1 duplicate, 2 not eligible"
    )
    assert [line.strip()[:7] for line in ran.err.splitlines() if line.startswith("  line")] == [
        "line 2:",
        "line 3:",
    ]
    assert json.loads(placeops(*publish, "--dry-run", "--json").out)["refused"] == "students-not-eligible"
    listed.write_text(f"{fit}\nNOBODY\n")
    ran = placeops(*publish, "--dry-run")
    assert (ran.code, ran.column("added"), ran.column("refused")) == (2, ["1"], ["students-unknown"])
    assert "line 2: NOBODY, unknown" in ran.err
    assert placeops("drive", "show", "ACME-1").column("status") == ["draft"]


def test_students_go_from_a_list_to_a_publish_without_doubt_who_is_meant(
    placeops: Run, tmp_path: Path
) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx, "ARTS"), 230)
    named = placeops("student", "list", "--college", "ARTS", "--all", "-q")
    assert (len(named.lines), named.lines[0], named.err) == (230, "ARTS:R000001", "")
    assert placeops("student", "show", "R000001").code == 2
    assert placeops("student", "show", named.lines[0]).column("college") == ["ARTS"]
    assert placeops("drive", "why", "ACME-1", "arts:R000001").code == 0
    listed = tmp_path / "list.txt"
    listed.write_text(named.out)
    publish = ["drive", "publish", "ACME-1", "--students", str(listed), "--override-reason", "all of arts"]
    done = placeops(*publish, "--yes", "--wait")
    assert (done.code, done.column("selected"), done.err) == (0, ["230"], "")
    add = ["registration", "add", "--drive", "ACME-1", "--student", named.lines[-1]]
    assert placeops(*add).column("college") == ["ARTS"]
    listed.write_text("ARTS:R000001\nNONE:R000001\nR000002\nARTS:R000001\n")
    ran = placeops(*publish, "--dry-run")
    assert "line 2: NONE:R000001, unknown" in ran.err and "line 3: R000002, ambiguous" in ran.err
    assert "1 duplicate" in ran.err


def test_a_roll_number_with_a_colon_is_found_as_it_stands(placeops: Run, tmp_path: Path) -> None:
    with transaction() as tx:
        factories.student(tx, factories.college(tx, "ART"), "ENG:R000001", name="Asha")
    assert placeops("student", "show", "ENG:R000001").column("name") == ["Asha"]
    assert placeops("student", "show", "ART:ENG:R000001").column("name") == ["Asha"]
    (tmp_path / "list.txt").write_text("ENG:R000001\n")
    words = ["--students", str(tmp_path / "list.txt"), "--override-reason", "x", "--wait", "--yes"]
    assert placeops("drive", "publish", "ACME-1", *words).code == 0
    asked = placeops("drive", "why", "ACME-1", "ENG:R000001", "--json")
    assert json.loads(asked.out)["selected"] == "OVERRIDE"


def test_a_branch_that_nobody_has_is_pointed_out(placeops: Run) -> None:
    created = placeops(*CREATE, "--branch", "CSE", "--branch", "CSS", "--programme", "Xyz")
    assert created.code == 0
    first, second = created.err.splitlines()
    assert first == "warning: no student has the branch 'CSS'; did you mean CSE?"
    assert second.startswith("warning: no student has the programme 'Xyz'; known: B")
    assert placeops(*CREATE, "--branch", "CSE").err == ""
    document = json.loads(placeops(*CREATE, "--branch", "cse", "--json").out)
    assert document["warnings"] == ["no student has the branch 'cse'; did you mean CSE?"]


def test_what_is_no_longer_computed_says_where_to_look(placeops: Run) -> None:

    with transaction() as tx:
        tx.execute(text("UPDATE placement_drives SET status = 'cancelled', cancelled_reason = 'x'"))
    ran = placeops("drive", "eligible", "ACME-1")
    assert (ran.code, "fix: placeops drive show ACME-1" in ran.err) == (5, True)
    assert placeops("drive", "show", "ACME-1").column("allowed_moves") == ["archive"]


def test_who_acts_is_named_in_the_audit(placeops: Run) -> None:
    accounts.token(Role.ADMIN, "dr.rao@example.edu")
    assert placeops(*CREATE, "--as", "dr.rao@example.edu").code == 0
    assert placeops("drive", "show", "GLOBEX-1").column("created_by") == ["dr.rao@example.edu"]


def test_whoever_is_named_may_do_what_that_user_may(placeops: Run) -> None:
    accounts.token(Role.STAFF, "ravi@example.edu")
    ravi = ("--as", "Ravi@example.edu")
    assert placeops("drive", "show", "ACME-1").column("allowed_moves") == ["publish,cancel,delete"]
    assert placeops("drive", "show", "ACME-1", *ravi).column("allowed_moves") == [""]
    refused = placeops(*CREATE, *ravi)
    assert (refused.code, "ravi@example.edu (staff) may not create" in refused.err) == (6, True)
    for command in ("drive list", "doctor", "db status"):
        assert placeops(*command.split(), "--as", "nobody@example.edu").code == 4
    assert [placeops(*command.split(), *ravi).code for command in ("doctor", "db status", "backup list")] == [
        6,
        6,
        6,
    ]
    assert placeops("user", "disable", "ravi@example.edu").code == 0
    out = placeops("drive", "list", *ravi)
    assert (out.code, "is disabled" in out.err) == (6, True)


def test_a_drive_is_changed_copied_and_found(placeops: Run) -> None:
    what = ["--title", "Analyst", "--ctc-max", "9,00,000", "--branch", "CSE", "--note", "hall A"]
    changed = placeops("drive", "update", "ACME-1", *what)
    assert (changed.code, changed.column("title"), changed.column("criteria_version")) == (
        0,
        ["Analyst"],
        ["2"],
    )
    cleared = placeops("drive", "update", "ACME-1", "--clear", "ctc-max,branch,allow-debarred", "--json")
    document = json.loads(cleared.out)
    assert (document["drive"]["ctc_max"], document["criteria"]["branches"]) == (None, [])
    assert (document["drive"]["note"], document["criteria"]["cgpa_min"]) == ("hall A", "7")
    assert placeops("drive", "update", "ACME-1").column("row_version") == ["3"]
    copied = placeops("drive", "create", "--copy-from", "ACME-1", "--company", "Globex", *CLOSES)
    assert (copied.column("code"), copied.column("title")) == (["GLOBEX-1"], ["Analyst"])
    assert placeops("drive", "list", "--search", "globex", "-q").lines == ["2"]
    placeops("drive", "publish", "GLOBEX-1", "--eligible", "--yes", "--wait")
    assert placeops("drive", "list", "--registration", "open", "-q").lines == ["2"]
    stats = placeops("drive", "stats", "GLOBEX-1")
    assert (int(stats.column("selected")[0]) > 0, stats.column("eligible")) == (True, [""])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["update", "ACME-1", "--clear", "company"], "no such option to clear: company"),
        (["update", "ACME-1", "--clear", "ctcmax"], "fix: did you mean ctc-max"),
        (["update", "ACME-1", "--company", ""], "--company must be 1 to 300"),
        (["create", "--title", "x"], "--copy-from DRIVE"),
        (["publish", "ACME-1", "--eligible", "--add", "x"], "--add FILE and --remove FILE"),
    ],
)
def test_changes_that_cannot_be_meant(placeops: Run, words: list[str], said: str) -> None:
    ran = placeops("drive", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_selection_that_stands_is_changed(placeops: Run, tmp_path: Path) -> None:
    (tmp_path / "come").write_text("R000001\n")
    (tmp_path / "go").write_text("R000010\n")
    lists = [
        "--add",
        str(tmp_path / "come"),
        "--remove",
        str(tmp_path / "go"),
        "--override-reason",
        "x",
        "--wait",
    ]
    refused = placeops("drive", "publish", "ACME-1", *lists, "--yes")
    assert (refused.code, "is a draft" in refused.err) == (5, True)
    placeops("drive", "publish", "ACME-1", "--eligible", "--yes", "--wait")
    assert placeops("drive", "publish", "ACME-1", *lists).code == 2, "a removal asks"
    done = placeops("drive", "publish", "ACME-1", *lists, "--yes")
    assert (done.code, done.column("added"), done.column("removed")) == (0, ["1"], ["1"])
