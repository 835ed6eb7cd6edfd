"""Words from the command line as values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from placeops_cli.reading import (
    Unreadable,
    ago,
    day,
    duration,
    in_zone,
    moment,
    number,
    numbered,
    rupees,
    whole,
    words,
)
from tasks.errors import PlaceopsError

ZONE = ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("10m", 600), ("2h", 7200), ("1h30m", 5400), ("3d", 259_200)]
)
def test_durations(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


def test_a_time_without_an_offset_is_in_the_colleges_zone() -> None:
    assert in_zone(moment("2026-12-01 17:00"), ZONE) == datetime(2026, 12, 1, 11, 30, tzinfo=UTC)
    assert in_zone(moment("2026-12-01T17:00:00Z"), ZONE) == datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert in_zone(moment("2026-12-01T17:00+02:00"), ZONE) == datetime(2026, 12, 1, 15, tzinfo=UTC)
    assert in_zone(None, ZONE) is None


def test_numbers_are_exact_and_rupees_whole() -> None:
    assert str(number("6.995")) == "6.995"
    assert number("0") == Decimal(0)
    assert whole(1, 200)(50) == whole(1, 200)("50") == 50, "defaults come as they are"
    assert rupees("6,50,000") == rupees("650000") == 650_000


def test_ago_lies_back_from_now() -> None:
    before = datetime.now(UTC)
    assert before <= ago("2h") + timedelta(hours=2) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (duration, "10"),
        (duration, "soon"),
        (duration, "-5m"),
        (duration, "9" * 30 + "d"),
        (day, "01/12/2026"),
        (number, "seven"),
        (number, "NaN"),
        (rupees, "6.5"),
        (rupees, "-1"),
        (rupees, "٣"),
        (whole(1, 200), "0"),
        (whole(1, 200), "2.5"),
        (whole(1, 200), "²"),
        (numbered("job"), "abc"),
        (numbered("job"), "-1"),
        (ago, "999999d"),
        (moment, "01/12/2026 17:00"),
        (moment, "2026-12-01"),
        (moment, "2026-13-01 17:00"),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert text[:40] in caught.value.message
    assert caught.value.fix


def test_names_separated_by_commas_are_checked() -> None:
    assert words(" a, b ,", "job type", ["a", "b"]) == ("a", "b")
    assert words(None, "job type", ["a"]) == ()
    with pytest.raises(PlaceopsError) as caught:
        words("auto-publsh", "job type", ["auto-publish", "prune-jobs"])
    assert caught.value.fix == "did you mean auto-publish?"
