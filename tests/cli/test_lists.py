"""Lists that go out and come in: rosters, exports, views; without Redis, so that their jobs run inline."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from placeops_api.words import on_the_wire
from placeops_cli.words import on_the_line
from tasks.actor import Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.services.views import show_view
from tests.cli.conftest import Run
from tests.cli.terminal import on_terminal
from tests.conftest import Place

pytestmark = pytest.mark.usefixtures("office")


def test_roster_goes_out_and_comes_in_again(placeops: Run, tmp_path: Path) -> None:
    target = tmp_path / "students.csv"
    written = placeops("student", "export", "--branch", "CSE", "--file", str(target))
    assert (written.code, written.column("rows"), written.column("file")) == (0, ["10"], [str(target)])
    assert target.read_text().splitlines()[1].startswith("ENG,R000003,Student 3,")
    again = placeops("student", "import", str(target), "--yes")
    assert (again.column("unchanged"), again.column("new"), again.column("changed")) == (["10"], ["0"], ["0"])
    whole = json.loads(placeops("student", "export", "--file", str(target), "--json").out)
    assert (whole["rows"], whole["bytes"]) == (30, target.stat().st_size)
    assert placeops("student", "export", "--search", "nobody", "--file", str(target)).code == 0
    assert len(target.read_text().splitlines()) == 1
    assert placeops("student", "export", "--college", "NOPE", "--file", str(target)).code == 4
    assert placeops("student", "export", "--file", "/nowhere/x.csv").code == 1


def test_students_are_searched(placeops: Run) -> None:
    assert placeops("student", "list", "--search", "r00001", "-q").lines == [
        f"ENG:R0000{n}" for n in range(10, 20)
    ]
    assert placeops("student", "list", "--search", "7", "-q").lines == ["ENG:R000007"]
    assert placeops("student", "list", "--batch-year", "2026", "-q").lines == []
    assert placeops("student", "list", "--batch-year", "27").code == 2


def test_roster_is_applied_as_it_was_planned(placeops: Run, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("Roll No.,Name\n0108123,Arun\n")
    (plan,) = placeops("student", "import", str(roster), "--dry-run").column("plan")
    roster.write_text("Roll No.,Name\n0108123,Somebody else\n")
    refused = placeops("student", "import", str(roster), "--plan", plan)
    assert refused.code == 5
    assert "[plan-changed]" in refused.err and "dry run" in refused.err
    roster.write_text("Roll No.,Name\n0108123,Arun\n")
    assert placeops("student", "import", str(roster), "--plan", plan).column("new") == ["1"]
    assert placeops("student", "import", str(roster), "--map", "cgpa").code == 2


def test_lists_are_exported_as_workbooks_and_in_parts(placeops: Run, tmp_path: Path) -> None:
    assert placeops("drive", "publish", "ACME-1", "--eligible", "--yes", "--wait").code == 0
    for roll in placeops("student", "list", "--branch", "CSE").column("roll_no"):
        placeops("registration", "add", "--drive", "ACME-1", "--student", roll)
    target = tmp_path / "list.xlsx"
    order = ["export", "registrations", "ACME-1", "--wait", "--format", "xlsx", "--file", str(target)]
    written = placeops(*order, "--branch", "CSE", "--college", "eng", "--status", "registered")
    assert (written.code, written.column("format")) == (0, ["xlsx"])
    assert json.loads(written.column("filters")[0]) == {
        "branch": "CSE",
        "college": "ENG",
        "status": "registered",
    }
    assert zipfile.ZipFile(target).testzip() is None
    assert hashlib.sha256(target.read_bytes()).hexdigest() == written.column("sha256")[0]
    for preset in ("attendance_sheet", "coordinator_full", "no_show", "offers"):
        sheet = placeops("export", "registrations", "ACME-1", "--preset", preset, "--wait", "--file", "-")
        assert (sheet.code, sheet.err) == (0, "") and sheet.out.startswith("\ufeffS.No,Roll No,Name")
    for wrong in (["--preset", "all"], ["--status", "gone"], ["--format", "pdf"], ["--branch", " "],
                  ["--preset", "offers", "--status", "withdrawn"]):  # fmt: skip
        assert placeops("export", "registrations", "ACME-1", *wrong).code == 2
    assert placeops("export", "registrations", "ACME-1", "--college", "NOPE").code == 4


def test_wide_views_are_read_on_a_terminal(placeops: Run, place: Place) -> None:
    assert placeops("view", "refresh", "--wait", "-q").code == 0
    seen = on_terminal(["view", "show", "branch_placement"], place.environment | {"NO_COLOR": "1"})
    heading, *lines = [line for line in seen.screen.splitlines() if line.strip()]
    assert seen.code == 0
    assert heading.split()[:3] == ["College", "Programme", "Branch"], "ids are for programs"
    assert lines[0].split()[:3] == ["ENG", "B.E.", "CSE"]
    assert max(map(len, lines)) < 170 and "as of" in lines[-1]
    assert placeops("view", "show", "branch_placement").lines[0].startswith("college_id\tcollege\t")
    (row,) = json.loads(placeops("view", "show", "branch_placement", "--limit", "1", "--json").out)["rows"]
    assert row[:3] == [1, "ENG", "B.E."]


def test_view_that_a_scope_cannot_narrow_is_refused(place: Place) -> None:
    with pytest.raises(PlaceopsError) as refused:
        show_view(Actor("meena", role=Role.COORDINATOR, scope=Scope(branches=("CSE",))), "company_season")
    assert on_the_line(refused.value).fix.endswith("placeops view list")
    assert on_the_wire(refused.value).fix.endswith("GET /views")
