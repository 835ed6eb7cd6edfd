"""One value: full and reversible in a pipe, short and safe on a terminal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeops_cli.cells import clean, count, lasting, plain, relative, shown

ZONE = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 12, 1, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "in_a_pipe", "on_a_terminal"),
    [
        (None, "", "–"),
        (0, "0", "0"),
        (True, "true", "yes"),
        (Decimal("6.90"), "6.90", "6.90"),
        (NOW, "2026-12-01T17:00:00+05:30", "now"),
        (["a", "b"], "a,b", "a, b"),
        ([], "", "–"),
        ({"cgpa_min": Decimal("7")}, '{"cgpa_min": "7"}', "cgpa min 7"),
        ("மீனா", "மீனா", "மீனா"),
        ("a\tb\nc", "a\\tb\\nc", "a\\tb\\nc"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07", "\\x1b[31mred\\x07"),
        ("\x9b31m", "\\x9b31m", "\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe", "\\u202egnp.exe"),
        ("back\\slash", "back\\\\slash", "back\\slash"),
    ],
)
def test_values_in_both_forms(value: object, in_a_pipe: str, on_a_terminal: str) -> None:
    assert plain(value, ZONE) == in_a_pipe
    assert shown(value, ZONE, NOW) == on_a_terminal


def test_joiners_stay_because_indic_names_need_them() -> None:
    name = "ക്\u200dഷ"
    assert clean(name) == name


def read_back(cell: str) -> str:
    named = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    return re.sub(
        r"\\(x..|u....|.)", lambda m: named.get(m[1]) or chr(int(m[1][1:], 16)), cell, flags=re.DOTALL
    )


@given(st.text())
def test_a_text_in_a_pipe_is_one_cell_and_can_be_read_back(text: str) -> None:
    cell = plain(text, ZONE)
    assert not set(cell) & {chr(code) for code in [*range(32), *range(127, 160)]}
    assert read_back(cell) == text


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=1), "now"),
        (timedelta(seconds=45), "45 s ago"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=-3), "in 3 days"),
        (timedelta(days=40), "2026-10-22"),
    ],
)
def test_relative_times(passed: timedelta, words: str) -> None:
    assert relative(NOW - passed, NOW, ZONE) == words


def test_numbers_with_their_nouns() -> None:
    assert count(1, "row") == "1 row"
    assert count(2000, "row") == "2,000 rows"
    assert lasting(0.02) == "20 ms"
