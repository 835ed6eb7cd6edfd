"""A drive's moves at the command line: what they show, when they ask, how they refuse."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Run
from tests.cli.terminal import on_terminal
from tests.conftest import Place

pytestmark = pytest.mark.usefixtures("office")


def test_a_drive_from_its_window_to_the_archive(placeops: Run) -> None:
    placeops("drive", "publish", "ACME-1", "--eligible", "--yes", "--wait")
    extended = placeops("drive", "extend", "ACME-1", "--until", "2099-12-07 17:00")
    assert extended.column("reg_closes_at") == ["2099-12-07T17:00:00+05:30"]
    paused = placeops("drive", "pause", "ACME-1", "--reason", "a question")
    assert (paused.column("status"), paused.column("paused_reason")) == (["paused"], ["a question"])
    assert placeops("drive", "update", "ACME-1", "--cgpa-min", "5").code == 0
    assert placeops("drive", "resume", "ACME-1").column("registration") == ["open"]
    assert placeops("drive", "start", "ACME-1", "--yes").code == 5
    assert placeops("registration", "add", "--drive", "ACME-1", "--student", "R000010").code == 0
    assert placeops("drive", "start", "ACME-1", "--yes").column("status") == ["in_progress"]
    unfinished = placeops("drive", "complete", "ACME-1")
    assert (unfinished.code, "not finalised" in unfinished.err) == (5, True)
    cancelled = placeops("drive", "cancel", "ACME-1", "--reason", "the company withdrew", "--yes", "--json")
    assert json.loads(cancelled.out)["registered"] == 0
    assert placeops("drive", "archive", "ACME-1", "-q").lines == ["1"]


def test_a_refusal_names_the_moves_that_are_allowed(placeops: Run) -> None:
    placeops("drive", "cancel", "ACME-1", "--reason", "x", "--yes")
    ran = placeops("drive", "publish", "ACME-1", "--eligible", "--yes")
    assert ran.code == 5
    assert ran.err.splitlines() == [
        "error: drive ACME-1 is cancelled and cannot be published; its moves are: archive  [drive-not-publishable]",
        "  fix: placeops drive create --copy-from ACME-1",
    ]
    paused = placeops("drive", "pause", "ACME-1", "--reason", "x")
    assert (paused.code, "[drive-state]" in paused.err) == (5, True)


def test_what_is_posted_says_how_it_is_changed(placeops: Run) -> None:
    placeops("drive", "publish", "ACME-1", "--eligible", "--yes", "--wait")
    later = placeops("drive", "update", "ACME-1", "--closes", "2099-12-07 17:00")
    assert "its --closes cannot be changed" in later.err
    assert "fix: placeops drive extend ACME-1 --until TIME" in later.err
    rules = placeops("drive", "update", "ACME-1", "--cgpa-min", "5")
    assert (rules.code, "placeops drive pause ACME-1 --reason TEXT" in rules.err) == (5, True)


@pytest.mark.parametrize(
    "words", ["cancel ACME-1 --reason x", "delete ACME-1", "start ACME-1"], ids=lambda words: words.split()[0]
)
def test_what_cannot_be_taken_back_asks(placeops: Run, place: Place, words: str) -> None:
    silent = placeops("drive", *words.split())
    assert (silent.code, "[confirmation-needed]" in silent.err, "ACME-1" in silent.err) == (2, True, True)
    declined = on_terminal(["drive", *words.split()], place.environment, "n\n")
    assert declined.code == 7
    assert placeops("drive", "show", "ACME-1").column("status") == ["draft"]


def test_a_draft_is_deleted(placeops: Run) -> None:
    assert placeops("drive", "delete", "ACME-1", "--yes").column("code") == ["ACME-1"]
    assert placeops("drive", "show", "ACME-1").code == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["extend", "ACME-1", "--until", "tomorrow"], "--until"),
        (["extend", "ACME-1"], "--until TIME"),
        (["pause", "ACME-1"], "--reason TEXT"),
        (["cancel", "ACME-1", "--reason", " ", "--yes"], "--reason takes 1 to 500"),
    ],
)
def test_moves_that_lack_something(placeops: Run, words: list[str], said: str) -> None:
    ran = placeops("drive", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
