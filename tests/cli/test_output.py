"""The output contract, form by form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import TypeAdapter

from placeops_cli.output import Column, Output, as_json, fitting
from tasks.services.paging import Page


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to list."""

    id: int
    name: str
    mark: Decimal | None
    at: datetime


THINGS = [
    Thing(1, "மீனா\t\x1b[31m", Decimal("6.90"), datetime(2026, 12, 1, 11, 30, tzinfo=UTC)),
    Thing(2, "[bold]x[/]:smile:", None, datetime(2026, 12, 1, 11, 30, tzinfo=UTC)),
]
COLUMNS: tuple[Column[Thing], ...] = (Column("id"), Column("name"), Column("mark", wide=True), Column("at"))


def test_json_is_what_the_rest_door_sends() -> None:
    page = Page(THINGS, "2")
    assert json.loads(as_json(page)) == json.loads(TypeAdapter(Page[Thing]).dump_json(page))
    assert json.loads(as_json(page))["items"][0]["mark"] == "6.90"


def test_json_holds_nothing_that_a_terminal_obeys() -> None:
    text = as_json({"name": "\x1b\x9b\x7f\u202e"})
    assert text.isascii()
    assert json.loads(text) == {"name": "\x1b\x9b\x7f\u202e"}


def test_tsv_has_a_header_even_without_rows(capsys: pytest.CaptureFixture[str]) -> None:
    Output().listing([], COLUMNS, empty="none")
    assert capsys.readouterr() == ("id\tname\tmark\tat\n", "")
    Output().listing(THINGS, COLUMNS, empty="none")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "1\tமீனா\\t\\x1b[31m\t6.90\t2026-12-01T17:00:00+05:30"
    assert lines[2].split("\t")[2] == ""


def test_quiet_prints_ids_only(capsys: pytest.CaptureFixture[str]) -> None:
    Output(quiet=True).listing(THINGS, COLUMNS, empty="none")
    Output(quiet=True).record(THINGS[0], COLUMNS, key=None)
    Output(quiet=True).hint("a hint")
    assert capsys.readouterr() == ("1\n2\n", "")


def test_a_list_that_goes_on_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Output().listing(Page(THINGS, "2"), COLUMNS, empty="none")
    assert "--cursor 2" in capsys.readouterr().err


def test_hints_are_for_terminals_and_warnings_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    Output().hint("next")
    Output(json=True).warn("careful\x07")
    assert capsys.readouterr() == ("", "warning: careful\\x07\n")


def test_a_terminals_table_obeys_no_markup_and_leaves_wide_columns_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    Output().listing(THINGS, COLUMNS, empty="none")
    text = capsys.readouterr().out
    assert "[bold]x[/]:smile:" in text
    assert "\\x1b[31m" in text
    assert "\x1b" not in text
    assert "Mark" not in text
    Output().record(THINGS[1], COLUMNS)
    assert "(" in capsys.readouterr().out


def test_a_narrow_terminal_gets_fewer_columns_and_no_word_cut() -> None:
    columns = [["ID", "1"], ["Company", "Indigo Kite Aerospace"], ["Closes", "2099-01-01"]]
    assert fitting(columns, 100) == [2, 21, 10]
    assert fitting(columns, 30) == [2, 12, 10]
    assert fitting(columns, 20) == [2, 14]
    assert fitting(columns, 1) == [2]
    assert fitting([["", ""], ["A", "ப"]], 40) == [0, 1]
