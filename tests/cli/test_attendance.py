"""Withdrawals, rounds, attendance and offers at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sql.engine import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.conftest import Place


@pytest.fixture
def posted(place: Place) -> None:
    """Drive ACME-1 is open for nine students."""
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 9)
        factories.posted(tx, factories.drive(tx), ids)


def registered(placeops: Run, *numbers: int) -> None:
    for number in numbers:
        assert placeops("registration", "add", "--drive", "ACME-1", "--student", f"R00000{number}").code == 0


@pytest.mark.usefixtures("posted")
def test_a_registration_is_withdrawn_and_found_so(placeops: Run) -> None:
    registered(placeops, 1, 2)
    withdraw = ["registration", "withdraw", "--drive", "ACME-1", "--student", "R000001"]
    done = placeops(*withdraw, "--reason", "accepted another offer")
    assert (done.code, done.column("status")) == (0, ["withdrawn"])
    assert json.loads(placeops(*withdraw, "--json").out)["changed"] is False
    listed = placeops("registration", "list", "--drive", "ACME-1", "--status", "registered")
    assert listed.column("roll_no") == ["R000002"]
    assert placeops("registration", "list", "--drive", "ACME-1", "--search", "student 1").column(
        "roll_no"
    ) == ["R000001"]
    gone = placeops("registration", "withdraw", "--drive", "ACME-1", "--student", "R000009")
    assert (gone.code, "[not-registered]" in gone.err) == (5, True)
    assert placeops("registration", "mine").out.count("\n") == 1


@pytest.mark.usefixtures("posted")
def test_attendance_from_a_file_to_a_correction(placeops: Run, tmp_path: Path) -> None:
    registered(placeops, 1, 2, 3)
    planned = placeops("round", "create", "--drive", "ACME-1", "--kind", "test", "--name", "Aptitude test",
                       "--starts", "2027-01-21 10:00")  # fmt: skip
    assert (planned.column("seq"), planned.column("starts_at")) == (["1"], ["2027-01-21T10:00:00+05:30"])
    assert placeops("round", "update", "--drive", "ACME-1", "--round", "1", "--venue", "Hall").column(
        "venue"
    ) == ["Hall"]
    assert (
        placeops("round", "create", "--drive", "ACME-1", "--kind", "interview", "--name", "Interview").code
        == 0
    )
    assert placeops("drive", "start", "ACME-1", "--yes").code == 0

    came = tmp_path / "came.csv"
    came.write_text("Name,Roll No\nA,R000001\nB,R000008\nC,ENG:R000002\nD,R000001\n")
    mark = ["attendance", "mark", "--drive", "ACME-1", "--file", str(came), "--status", "PRESENT"]
    preview = placeops(*mark, "--dry-run")
    assert placeops("attendance", "list", "--drive", "ACME-1", "--status", "PENDING", "--round", "1", "-q").lines == [
        "ENG:R000001", "ENG:R000002", "ENG:R000003"]  # fmt: skip
    done = placeops(*mark)
    assert (done.code, done.column("marked"), done.column("not_marked")) == (0, ["2"], ["2"])
    assert preview.out == done.out.replace("false", "true")
    assert "line 3: R000008: not on the list" in done.err
    assert "line 5: R000001: duplicate" in done.err
    again = placeops(*mark[:-1], "LATE", "--from", "PRESENT")
    assert (again.column("changed"), again.column("marked")) == (["2"], ["0"])

    finalise = ["attendance", "finalise", "--drive", "ACME-1", "--round", "1"]
    asked = placeops(*finalise)
    assert (asked.code, "mark 1 student absent? Nobody can be asked here" in asked.err) == (2, True)
    assert placeops(*finalise, "--dry-run").column("became_absent") == ["1"]
    assert placeops(*finalise, "--yes").column("called") == ["2"]
    assert placeops(*finalise).column("repeated") == ["true"]
    late = placeops(*mark, "--round", "1")
    assert (late.code, "placeops attendance correct --drive ACME-1 --round 1" in late.err) == (5, True)
    correct = ["attendance", "correct", "--drive", "ACME-1", "--round", "1", "--student", "R000003"]
    assert placeops(*correct, "--status", "EXCUSED", "--reason", "in hospital").column("status") == [
        "EXCUSED"
    ]
    assert placeops("round", "list", "--drive", "ACME-1").column("state") == ["finalised", "open"]
    assert placeops("round", "delete", "--drive", "ACME-1", "--round", "2").column("name") == ["Interview"]


@pytest.mark.usefixtures("posted")
def test_offers_are_recorded_and_answered(placeops: Run) -> None:
    registered(placeops, 1)
    record = ["offer", "record", "--student", "R000001", "--drive", "ACME-1"]
    made = placeops(*record, "--ctc-fixed", "7,00,000", "--ctc-variable", "100000")
    assert (made.code, made.column("ctc_total"), made.column("company")) == (0, ["800000"], ["Acme"])
    number = made.column("id")[0]
    assert (placeops(*record).code, "[duplicate]" in placeops(*record).err) == (5, True)
    assert placeops("offer", "update", number, "--status", "ACCEPTED").column("status") == ["ACCEPTED"]
    revoked = placeops("offer", "update", number, "--status", "REVOKED")
    assert (revoked.code, "--reason" in revoked.err) == (2, True)
    beside = placeops("offer", "record", "--student", "R000002", "--kind", "PPO", "--company", "Globex", "-q")
    assert placeops("offer", "list", "-q").lines == [*beside.lines, number]
    assert placeops("offer", "list", "--student", "R000002").column("kind") == ["PPO"]
    shown = json.loads(placeops("offer", "show", number, "--json").out)
    assert json.loads(placeops("offer", "list", "--drive", "ACME-1", "--json").out)["items"] == [shown]
    assert placeops("offer", "show", "999").code == 4
