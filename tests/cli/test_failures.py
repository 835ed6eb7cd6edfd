"""How an error is told, and with which exit code."""

from __future__ import annotations

import json

import pytest

from placeops_cli.failures import EXIT, report, told
from tasks.errors import REGISTRY, Kind, PlaceopsError
from tasks.problems import problem


def test_every_kind_has_an_exit_code_and_those_of_the_api_share_one() -> None:
    assert set(EXIT) == set(Kind)
    assert {kind.value: code for kind, code in EXIT.items()} == {
        "failed": 1,
        "invalid": 2,
        "unavailable": 3,
        "not-found": 4,
        "conflict": 5,
        "forbidden": 6,
        "unauthenticated": 6,
        "limited": 6,
        "declined": 7,
        "still-running": 8,
        "locked": 75,
    }


def test_sentence_code_and_fix() -> None:
    error = PlaceopsError(
        "drive-not-publishable", "drive 12 is cancelled and cannot be published", "placeops drive list"
    )
    assert told(error).splitlines() == [
        "error: drive 12 is cancelled and cannot be published                    [drive-not-publishable]",
        "  fix: placeops drive list",
    ]


def test_the_first_ten_rejected_lines_and_how_many_more() -> None:
    lines = [{"line": n, "value": f"X{n}", "problem": "unknown", "detail": None} for n in range(1, 101)]
    error = PlaceopsError("students-unknown", "no", details={"problems": lines, "counts": {"unknown": 230}})
    text = told(error).splitlines()
    assert text[1] == "  line 1: X1, unknown"
    assert text[10] == "  line 10: X10, unknown"
    assert text[11] == "  … and 220 more"
    assert (text[12], len(text)) == (f"  fix: {REGISTRY['students-unknown'].fix}", 13)


def test_nothing_from_people_is_obeyed_by_the_terminal() -> None:
    assert "\x1b" not in told(PlaceopsError("not-found", "no drive \x1b[2J", "\x1b]0;x\x07"))


def test_json_is_the_problem_document(capsys: pytest.CaptureFixture[str]) -> None:
    error = PlaceopsError("not-found", "no such job: 7", "placeops job list", field="/job")
    assert report(error, json=True, debug=False) == 4
    caught = capsys.readouterr()
    assert caught.out == ""
    assert (
        json.loads(caught.err)
        == {
            "type": "urn:placeops:error:not-found",
            "title": REGISTRY["not-found"].title,
            "detail": "no such job: 7",
            "code": "not-found",
            "fix": "placeops job list",
            "pointer": "/job",
        }
        == problem(error)
    )


def test_the_unforeseen_is_one_line_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(ZeroDivisionError("oh"), json=False, debug=False) == 1
    text = capsys.readouterr().err
    assert "Traceback" not in text
    assert "[internal]" in text
    assert "--debug" in text


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(ZeroDivisionError("oh"), json=False, debug=True) == 1
    assert "ZeroDivisionError: oh" in capsys.readouterr().err
