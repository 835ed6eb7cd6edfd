"""Schedules: which ticks there are, that each is fired once, and what becomes of those that were missed."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tasks.jobs.incarnation import Incarnation
from tasks.jobs.schedule import Fire, fire_due, next_ticks, ticks
from tasks.services.health import doctor
from tasks.services.schedules import list_schedules, run_schedule
from tests.conftest import Place
from tests.jobs.support import TESTER, ask, do, in_threads, job, work_off

KOLKATA, BERLIN = "Asia/Kolkata", "Europe/Berlin"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def local(zone: str, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold)  # type: ignore[arg-type, misc]


def plan(
    cron: str = "0 * * * *", *, zone: str = "UTC", catch_up: str = "one", since: datetime, name: str = "s"
) -> None:
    """A schedule that was made at `since`."""
    do(
        "INSERT INTO schedules (name, job_type, payload, cron, time_zone, catch_up, created_at, changed_at) "
        "VALUES (:name, 'trial', '{}', :cron, :zone, :catch_up, :since, :since)",
        name=name, cron=cron, zone=zone, catch_up=catch_up, since=since,
    )  # fmt: skip


def told(fires: list[Fire]) -> list[tuple[datetime, str, int]]:
    return [(fire.fire_at, fire.outcome, fire.missed) for fire in fires]


def every_minute(cron: str, zone: str, begin: datetime, end: datetime) -> list[datetime]:
    """The ticks as a scheduler sees them that looks once a minute; each must be seen in its own minute."""
    seen: list[datetime] = []
    now = begin
    while now <= end:
        found = ticks(cron, zone, seen[-1] if seen else begin, now)
        assert all(now - tick < timedelta(minutes=1) for tick in found), f"late at {now}: {found}"
        seen += reversed(found)
        now += timedelta(minutes=1)
    return seen


@pytest.mark.parametrize("sunday", ["0", "7", "SUN", "sun"])
def test_sundays_have_four_names(sunday: str) -> None:
    found = ticks(f"30 6 * * {sunday}", KOLKATA, utc(2026, 11, 1), utc(2026, 11, 30))
    assert [tick.astimezone(ZoneInfo(KOLKATA)).day for tick in reversed(found)] == [1, 8, 15, 22, 29]
    assert {tick.astimezone(ZoneInfo(KOLKATA)).strftime("%a %H:%M") for tick in found} == {"Sun 06:30"}


def test_ends_of_months() -> None:
    last = ticks("0 0 L * *", "UTC", utc(2027, 12, 31), utc(2028, 4, 30))
    assert [(tick.month, tick.day) for tick in reversed(last)] == [(1, 31), (2, 29), (3, 31), (4, 30)]
    thirty_first = ticks("0 0 31 * *", "UTC", utc(2026, 1, 31), utc(2026, 8, 30))
    assert [tick.month for tick in reversed(thirty_first)] == [3, 5, 7]


def test_every_five_minutes_of_an_hour_from_any_moment() -> None:
    for minute in range(0, 24 * 60, 7):
        now = utc(2026, 11, 23) + timedelta(minutes=minute, seconds=13)
        found = ticks("*/5 8 * * *", "UTC", now - timedelta(days=1), now)
        assert len(found) == 12
        assert all(tick.hour == 8 and tick.minute % 5 == 0 for tick in found)


def test_a_tick_is_not_seen_before_its_time() -> None:
    early = utc(2026, 11, 23, 9, 59, 59) + timedelta(milliseconds=900)
    assert ticks("0 * * * *", "UTC", utc(2026, 11, 23, 9, 0), early) == []
    exact = utc(2026, 11, 23, 10)
    assert ticks("0 * * * *", "UTC", utc(2026, 11, 23, 9, 0), exact) == [exact]
    assert ticks("0 * * * *", "UTC", exact, exact + timedelta(minutes=59)) == []


def test_half_hours_of_kolkata() -> None:
    found = every_minute("0 * * * *", KOLKATA, utc(2026, 11, 23, 0), utc(2026, 11, 23, 3))
    assert found == [utc(2026, 11, 23, hour, 30) for hour in (0, 1, 2)]


@pytest.mark.parametrize("cron", ["0 * * * *", "*/5 * * * *", "*/30 */2 * * *", "15 2 * * *", "0 3 * * *"])
@pytest.mark.parametrize("day", [(2026, 3, 29), (2026, 10, 25)], ids=["spring", "autumn"])
def test_on_days_of_a_clock_change_every_tick_is_seen_in_its_minute(
    cron: str, day: tuple[int, int, int]
) -> None:
    begin, end = utc(*day) - timedelta(hours=2), utc(*day, 6)
    seen = every_minute(cron, BERLIN, begin, end)
    forwards = [tick for tick in next_ticks(cron, BERLIN, begin, 400) if tick <= end]
    assert seen == forwards
    assert all(earlier < later for earlier, later in pairwise(seen))


def test_what_runs_by_the_hour_runs_25_times_on_the_long_day_and_what_runs_daily_once() -> None:
    begin, end = local(BERLIN, 2026, 10, 25), local(BERLIN, 2026, 10, 26) - timedelta(minutes=1)
    before = begin.astimezone(UTC) - timedelta(minutes=1)
    assert len(ticks("0 * * * *", BERLIN, before, end.astimezone(UTC))) == 25
    assert len(ticks("30 2 * * *", BERLIN, before, end.astimezone(UTC))) == 1


def test_what_falls_into_the_missing_hour_runs_at_its_end() -> None:
    found = ticks("30 2 * * *", BERLIN, utc(2026, 3, 28, 12), utc(2026, 3, 29, 12))
    assert found == [utc(2026, 3, 29, 1)]


def test_in_the_second_of_two_equal_hours_the_first_lies_in_the_past() -> None:
    again = utc(2026, 10, 25, 1, 15)  # 02:15 for the second time
    assert ticks("10,30 2 * * *", BERLIN, utc(2026, 10, 24, 12), again) == [
        utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 0, 10)
    ]  # fmt: skip
    assert next_ticks("30 2 * * *", BERLIN, again, 2) == [utc(2026, 10, 26, 1, 30), utc(2026, 10, 27, 1, 30)]
    assert ticks("*/20 2 * * *", BERLIN, utc(2026, 10, 25, 0, 30), again) == [
        utc(2026, 10, 25, 1), utc(2026, 10, 25, 0, 40)
    ]  # fmt: skip


@pytest.mark.parametrize(("cron", "year", "day"), [("* * */7 * *", 2026, 29), ("* * * 10 *", 2024, 31)])
def test_an_hour_that_comes_twice_before_midnight_is_caught_up_with(cron: str, year: int, day: int) -> None:
    """In Cairo it is 23:00 again when the day, or with it the month, would end."""
    noon = utc(year, 10, day, 12)
    missed = ticks(cron, "Africa/Cairo", noon, noon + timedelta(hours=16))
    assert missed[0] == utc(year, 10, day, 21, 59)
    assert missed == [missed[0] - timedelta(minutes=passed) for passed in range(len(missed))]
    assert missed[-1] == noon + timedelta(minutes=1)


def test_a_tick_is_fired_once_and_enqueues_its_job(here: Place) -> None:
    plan(since=utc(2026, 11, 23, 9, 30))
    now = utc(2026, 11, 23, 10, 0, 2)
    fires = fire_due(now)
    assert told(fires) == [(utc(2026, 11, 23, 10), "fired", 0)]
    assert fires[0].job_id is not None
    assert job(fires[0].job_id).created_by == "schedule s"
    assert fire_due(now) == []
    assert fire_due(now + timedelta(minutes=30)) == []


def test_three_schedulers_at_once_fire_once(here: Place) -> None:
    for turn in range(8):
        plan(since=utc(2026, 11, 23, 9, 30), name=f"s{turn}")
    now = utc(2026, 11, 23, 10, 0, 2)
    rounds = in_threads(*[partial(fire_due, now)] * 3)
    assert sorted(fire.schedule for fires in rounds for fire in fires) == [f"s{turn}" for turn in range(8)]
    assert ask("SELECT count(*) FROM jobs") == 8


@pytest.mark.parametrize(
    ("policy", "outcomes", "jobs"),
    [("one", [("late", 5)], 1), ("all", [("late", 0)] * 6, 6), ("none", [("skipped", 5)], 0)],
)
def test_after_six_hours_down_the_policy_decides(
    here: Place, policy: str, outcomes: list[tuple[str, int]], jobs: int
) -> None:
    plan(catch_up=policy, since=utc(2026, 11, 23, 3, 30))
    fires = fire_due(utc(2026, 11, 23, 9, 45))
    assert [(fire.outcome, fire.missed) for fire in fires] == outcomes
    assert fires[-1].fire_at == utc(2026, 11, 23, 9)
    assert ask("SELECT count(*) FROM jobs") == jobs
    assert fire_due(utc(2026, 11, 23, 9, 46)) == []
    again = fire_due(utc(2026, 11, 23, 10, 0, 1))
    assert told(again) == [(utc(2026, 11, 23, 10), "fired", 0)]


def test_with_policy_none_a_tick_in_time_is_fired_after_missed_ones(here: Place) -> None:
    plan(catch_up="none", since=utc(2026, 11, 23, 3, 30))
    assert told(fire_due(utc(2026, 11, 23, 9, 0, 1))) == [(utc(2026, 11, 23, 9), "fired", 5)]


def test_a_change_forgets_what_was_due_before_it(here: Place) -> None:
    plan(since=utc(2026, 11, 23, 3, 30))
    do("UPDATE schedules SET changed_at = :at WHERE name = 's'", at=utc(2026, 11, 23, 9, 15))
    assert fire_due(utc(2026, 11, 23, 9, 45)) == []


@pytest.mark.parametrize(
    "change", ["enabled = true", "cron = '*/5 * * * *'", "time_zone = 'Asia/Kolkata'", "catch_up = 'all'"]
)
def test_a_schedule_that_is_enabled_again_or_changed_catches_up_on_nothing(here: Place, change: str) -> None:
    plan("*/10 * * * *", since=utc(2026, 11, 23, 3, 30))
    if "enabled" in change:
        do("UPDATE schedules SET enabled = false, changed_at = created_at WHERE name = 's'")
    do(f"UPDATE schedules SET {change} WHERE name = 's'")
    now: datetime = ask("SELECT changed_at FROM schedules WHERE name = 's'")
    assert ask("SELECT clock_timestamp()") - now < timedelta(minutes=1)
    assert [fire.fire_at > now for fire in fire_due(now + timedelta(minutes=30))] != []
    assert ask("SELECT min(fire_at) FROM schedule_fires") > now


def test_a_stepped_clock_fires_nothing_twice(here: Place) -> None:
    plan(since=utc(2026, 11, 23, 8, 30))
    for minutes in (0, 60, 30, -45, 61, 5, 60):
        fire_due(utc(2026, 11, 23, 9, 0, 1) + timedelta(minutes=minutes))
    assert ask("SELECT array_agg(fire_at ORDER BY fire_at) FROM schedule_fires") == [
        utc(2026, 11, 23, 9), utc(2026, 11, 23, 10)
    ]  # fmt: skip


def test_a_disabled_schedule_is_not_fired(here: Place) -> None:
    plan(since=utc(2026, 11, 23, 3, 30))
    do("UPDATE schedules SET enabled = false")
    assert fire_due(utc(2026, 11, 23, 9, 45)) == []


def test_a_broken_cron_stops_no_other_and_is_said_once(here: Place, caplog: pytest.LogCaptureFixture) -> None:
    plan("61 * * * *", since=utc(2026, 11, 23, 9, 30), name="a-broken")
    plan("0 * * * *", zone="Mars/Olympus", since=utc(2026, 11, 23, 9, 30), name="b-nowhere")
    plan(since=utc(2026, 11, 23, 9, 30), name="c-sound")
    with caplog.at_level(logging.ERROR):
        assert [fire.schedule for fire in fire_due(utc(2026, 11, 23, 10, 0, 1))] == ["c-sound"]
        fire_due(utc(2026, 11, 23, 10, 0, 2))
    assert len(caplog.records) == 2


def test_a_fire_whose_input_waits_already_shares_its_job(me: Incarnation) -> None:
    do("UPDATE schedules SET enabled = true, created_at = :at, changed_at = :at", at=utc(2026, 11, 23, 9))
    first = fire_due(utc(2026, 11, 23, 9, 30, 1))
    second = fire_due(utc(2026, 11, 23, 10, 30, 1))
    views = {fire.schedule: fire.job_id for fire in first if fire.schedule.startswith("refresh")}
    assert {fire.schedule: fire.job_id for fire in second if fire.schedule.startswith("refresh")} == views
    work_off(me, "refresh-materialized-views")
    third = fire_due(utc(2026, 11, 23, 11, 30, 1))
    assert not set(views.values()) & {fire.job_id for fire in third}


def test_a_run_by_hand_leaves_the_ticks_alone(here: Place) -> None:
    plan(since=utc(2026, 11, 23, 9, 30))
    found = run_schedule(TESTER, "s")
    assert (found.type, found.created_by) == ("trial", "tester")
    assert ask("SELECT count(*) FROM schedule_fires") == 0


def test_the_list_shows_the_last_fires_and_the_next_ticks(here: Place) -> None:
    plan(catch_up="all", since=utc(2026, 11, 23, 1, 30))
    fire_due(utc(2026, 11, 23, 9, 45))
    shown = next(one for one in list_schedules(TESTER) if one.name == "s")
    assert [fire.fire_at.hour for fire in shown.fires] == [9, 8, 7, 6, 5]
    assert len(shown.next) == 3
    assert all(later - earlier == timedelta(hours=1) for earlier, later in pairwise(shown.next))


@pytest.mark.parametrize(
    ("cron", "zone"),
    [("0 0 30 2 *", "UTC"), ("61 * * * *", "UTC"), ("", "UTC"), ("0 * * * *", "Mars/Olympus")]
    + [("0 * * * *", zone) for zone in ("../etc", "Europe", "")],
)
def test_one_that_can_never_fire_breaks_neither_list_nor_doctor(here: Place, cron: str, zone: str) -> None:
    plan(cron, zone=zone, since=utc(2026, 11, 23, 1, 30))
    do("UPDATE schedules SET enabled = true")
    shown = {one.name: one.next for one in list_schedules(TESTER)}
    assert shown.pop("s") == []
    assert shown and all(len(ticks) == 3 for ticks in shown.values())
    assert [check.fix for check in doctor(TESTER) if check.name == "schedule s"] == ["correct its row"]
    assert [fire.schedule for fire in fire_due() if fire.schedule == "s"] == []


def test_with_policy_all_ticks_whose_input_waits_already_share_the_job_that_answers_them(
    me: Incarnation,
) -> None:
    do(
        "UPDATE schedules SET enabled = true, catch_up = 'all', created_at = :at, changed_at = :at "
        "WHERE name = 'refresh-drive-funnel'",
        at=utc(2026, 11, 23, 3),
    )
    fires = fire_due(utc(2026, 11, 23, 6, 45))
    assert [(fire.fire_at, fire.outcome) for fire in fires] == [
        (utc(2026, 11, 23, hour, 30), "late") for hour in (3, 4, 5, 6)
    ]
    shared = {fire.job_id for fire in fires}
    assert len(shared) == 1
    recorded = "SELECT count(*) FROM schedule_fires WHERE job_id = :id"
    assert ask(recorded, id=fires[0].job_id) == len(fires)
    assert work_off(me, "refresh-materialized-views") == list(shared)
