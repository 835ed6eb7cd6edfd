"""E4, clock: three schedulers at once, one of them right, one whose clock jumps, one that freezes for hours.

Pass: the fires are those that an almanac of its own and the catch-up policy ask for, 0 missing, 0 extra; each has one
job, or the waiting job that answers for its input; every tick is fired or counted as missed.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from sql.engine import transaction
from tasks.jobs import schedule
from tasks.jobs.incarnation import Incarnation
from tests.experiments import almanac, fleet
from tests.experiments.checker import Findings
from tests.experiments.era import DAY, Era, Plan, fires
from tests.experiments.world import World
from tests.jobs.support import do, until
from tests.jobs.trials import SINGLE

OWN_REDIS = OWN_POSTGRES = False
BERLIN, NEW_YORK, KOLKATA = "Europe/Berlin", "America/New_York", "Asia/Kolkata"
CHANGES = {
    BERLIN: ((2026, 3, 29, 1), (2026, 10, 25, 1)),
    NEW_YORK: ((2026, 3, 8, 7), (2026, 11, 1, 6)),
    KOLKATA: ((2026, 5, 1, 1),),
    "Africa/Cairo": ((2026, 4, 23, 22), (2026, 10, 29, 21)),
    "America/Havana": ((2026, 3, 8, 5), (2026, 11, 1, 5)),
}
"""Hours (UTC) at which clocks change, or nothing happens at all."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def run(world: World, bug: str | None, only: str | None) -> tuple[object, Mapping[str, str], list[str]]:
    """The whole experiment, or one part of it."""
    parts = {"oracle": oracle, "days": days, "months": months, "steps": steps, "down": down, "limits": limits}
    found, rounds, start = Findings(), 0, time.monotonic()
    do("DELETE FROM schedules")
    with ExitStack() as stack:
        worker = Incarnation("worker", [SINGLE])
        stack.callback(worker.end)
        for name, part in parts.items():
            if only in (None, name):
                began = time.monotonic()
                rounds += part(world, worker, found)
                print(f"e4 {name}: {time.monotonic() - began:.1f} s", flush=True)
        # The long form goes on with other crons, other moments and other schedulers until its time is over.
        while only is None and world.minutes is not None and time.monotonic() - start < 60 * world.minutes:
            rounds += sum(part(world, worker, found) for part in (oracle, days, steps))
    if only == "frozen" or (only is None and world.minutes is not None):
        frozen(world, found)
    return found, {"looks at the clock": f"{rounds:,}"}, found.faults


def oracle(world: World, worker: Incarnation, found: Findings) -> int:
    """Random crons around changes of the clock: as the almanac has it, from any moment and minute by minute."""
    count = int(world.seconds(150))
    for _ in range(count):
        zone = world.random.choice(list(CHANGES))
        words = _random_cron(world.random)
        change = datetime(*world.random.choice(CHANGES[zone]), tzinfo=UTC)
        end = change + MINUTE * world.random.randint(-70, 200)
        begin = end - MINUTE * world.random.randint(1, 400)
        found.broken += _compared(words, zone, begin, end, almanac.ticks(words, zone, begin, end))
    found.asked += count
    return count


def _compared(
    words: str, zone: str, begin: datetime, end: datetime, true: Sequence[datetime]
) -> Iterable[str]:
    where = f"{words!r} in {zone} from {begin} to {end}"
    back = schedule.ticks(words, zone, begin, end)[::-1]
    if back != true:
        yield f"{where}: {_differences(back, true)}"
    coming = schedule.next_ticks(words, zone, end, 2)
    if any(tick <= end for tick in coming):
        yield f"{where}: the next tick after {end} would be {coming[0]}"
    minutes = (begin + MINUTE * number for number in range(1, (end - begin) // MINUTE + 1, 7))
    for minute in minutes:
        seen = schedule.ticks(words, zone, minute - MINUTE, minute + timedelta(seconds=7))
        if (minute in seen) != (minute in true):
            yield f"{where}: {minute} is {'' if minute in seen else 'not '}seen in its minute"


def _differences(seen: Sequence[datetime], true: Sequence[datetime]) -> str:
    missing, extra = sorted(set(true) - set(seen)), sorted(set(seen) - set(true))
    return f"{len(missing)} missing {[*map(str, missing[:2])]}, {len(extra)} extra {[*map(str, extra[:2])]}"


def _random_cron(chance: random.Random) -> str:
    def numbers(low: int, high: int) -> str:
        first, last = sorted(chance.sample(range(low, high + 1), 2))
        listed = ",".join(map(str, sorted(chance.sample(range(low, high + 1), 3))))
        step = chance.choice((2, 3, 5, 7))
        return chance.choice(
            ("*", f"*/{step}", str(first), f"{first}-{last}", f"{first}-{last}/{step}", listed)
        )

    hour = chance.choice(("*", numbers(0, 3), numbers(0, 23)))
    day, weekday = chance.choice(("*", numbers(1, 31))), chance.choice(("*", numbers(0, 7)))
    return f"{numbers(0, 59)} {hour} {day} * {weekday}"


def days(world: World, worker: Incarnation, found: Findings) -> int:
    """The hours around each change of the clocks, with somebody looking every five minutes."""
    plans = (
        Plan("each-five", "*/5 * * * *", NEW_YORK, "all"),
        Plan("hourly", "0 * * * *", BERLIN, key="hourly"),
        Plan("hourly-half", "30 * * * *", KOLKATA, "all", key="hourly"),
        Plan("berlin-0230", "30 2 * * *", BERLIN),
        Plan("new-york-0230", "30 2 * * *", NEW_YORK, "all"),
        Plan("new-york-0130", "30 1 * * *", NEW_YORK, "none"),
        Plan("quarters", "15,45 1-2 * * *", NEW_YORK, "all"),
        Plan("by-the-minute", "*/20 2 * * *", BERLIN),
        Plan("kolkata", "45 6 * * *", KOLKATA),
    )
    rounds = 0
    around = HOUR * max(2, min(24, int(world.seconds(2))))
    for zone in (BERLIN, NEW_YORK):
        for change in CHANGES[zone]:
            middle = datetime(*change, tzinfo=UTC)
            era = Era(world, plans, middle - around, middle + around, worker)
            _three(era, [era.begin + MINUTE * 5 * n for n in range(1, int(2 * around / (5 * MINUTE)))])
            era.judge(found)
            rounds += era.rounds
    return rounds


def _three(era: Era, moments: Sequence[datetime]) -> None:
    """Three schedulers, each of which takes the moment from the database's clock and wakes by its own.

    The second's jumps: it wakes too often or not at all. The third reads the clock, freezes for hours, goes on with
    the moment it read, and freezes again.
    """
    chance = era.world.random
    held: datetime | None = None
    awake = 0
    for moment in moments:
        now = moment + timedelta(seconds=chance.randint(0, 20))
        looks = [now, *[now] * chance.choice((0, 1, 1, 2))]
        if held is None and chance.random() < 0.1:
            held, awake = now, era.rounds + chance.randint(3, 30)
        elif held is not None and era.rounds >= awake:
            looks.append(held)
            held = None
        elif held is None:
            looks.append(now)
        era.look(*looks)
        if chance.random() < 0.1:
            era.drain()


def months(world: World, worker: Incarnation, found: Findings) -> int:
    """Half a year with 29 February: somebody looks around its special days, and in the long form every day."""
    sundays = [Plan(f"weekday-{day}", f"{day} 6 * * {day}", KOLKATA, "all") for day in range(8)]
    plans = (
        *sundays,
        Plan("working-days", "30 9 * * MON-FRI".replace("MON-FRI", "1-5"), BERLIN),
        Plan("kolkata", "30 2 * * *", KOLKATA, "none"),
        Plan("berlin-0230", "30 2 * * *", BERLIN),
        Plan("new-york-0230", "30 2 * * *", NEW_YORK, "all"),
        Plan("thirty-first", "0 0 31 * *", KOLKATA),
        Plan("last-day", "0 23 L * *", BERLIN, "all"),
        Plan("leap-day", "15 12 29 2 *", NEW_YORK, "all"),
    )
    era = Era(world, plans, datetime(2027, 10, 25, tzinfo=UTC), datetime(2028, 3, 28, tzinfo=UTC), worker)
    special = [(2027, 10, 30), (2027, 11, 6), (2027, 12, 31), (2028, 2, 28), (2028, 3, 11), (2028, 3, 25)]
    watched = [datetime(*day, tzinfo=UTC) for day in special]
    every = sorted({tick for ticks in era.ticks.values() for tick in ticks if tick > era.begin})
    near = [
        tick
        for tick in every
        if world.minutes is not None or any(day <= tick < day + 3 * DAY for day in watched)
    ]
    _three(era, near)
    era.judge(found)
    return era.rounds


def steps(world: World, worker: Incarnation, found: Findings) -> int:
    """The database's own clock jumps by minutes and hours, for everybody: no tick twice, each fired or counted."""
    plans = (
        Plan("each-five", "*/5 * * * *", "UTC", "all"),
        Plan("hourly", "0 * * * *", BERLIN),
        Plan("half-past", "30 * * * *", KOLKATA, "none"),
        Plan("berlin-0230", "30 2 * * *", BERLIN, "all"),
    )
    begin = datetime(2026, 10, 24, 18, tzinfo=UTC)
    era = Era(world, plans, begin, begin + 3 * DAY, worker)
    off, latest = timedelta(), begin
    for number in range(int(min(600, world.seconds(80)))):
        if world.random.random() < 0.15:
            off = MINUTE * world.random.choice((0, 0, -7, 11, 61, -90, 240, -180))
        now = begin + MINUTE * 5 * number + off + timedelta(seconds=world.random.randint(0, 20))
        latest = max(latest, now)
        era.look(now, now, now + timedelta(seconds=1))
    rows = fires()
    for plan in plans:
        mine = [row for row in rows if row["schedule"] == plan.name]
        counted = len(mine) + sum(int(str(row["missed"])) for row in mine)
        true = sum(begin < tick <= latest for tick in era.ticks[plan.name])
        if counted != true:
            found.lost.append(f"schedule {plan.name}: {true} ticks, and {counted} were fired or counted")
    era.judge(found)
    return era.rounds


def down(world: World, worker: Incarnation, found: Findings) -> int:
    """Six hours without anybody, then one coalesced run, all or none, and on time from there on."""
    plans = [
        Plan(f"{cron[:2].strip()}-{policy}", cron, zone, policy, key)
        for policy in ("one", "all", "none")
        for cron, zone, key in (("*/5 * * * *", BERLIN, None), ("15 * * * *", KOLKATA, policy))
    ]
    rounds = 0
    for minute in (0, 2, 15, 50):
        begin = datetime(2026, 11, 23, 3, minute, 30, tzinfo=UTC)
        era = Era(world, [*plans, Plan("night", "30 4 * * *", BERLIN)], begin, begin + 9 * HOUR, worker)
        for pause in (MINUTE, 6 * HOUR, MINUTE, 5 * MINUTE, 2 * HOUR, 5 * MINUTE):
            begin += pause
            era.look(begin, begin, begin)
            era.drain()
        era.judge(found)
        rounds += era.rounds
    return rounds


def limits(world: World, worker: Incarnation, found: Findings) -> int:
    """Nothing from before a schedule was made, enabled or changed is caught up on."""
    with transaction() as tx:
        now: datetime = tx.execute(text("SELECT clock_timestamp()")).scalar_one()
    plans = [Plan(f"s-{policy}", "*/10 * * * *", KOLKATA, policy) for policy in ("one", "all", "none")]
    changes = {
        "made": "SELECT 1",
        "enabled": "UPDATE schedules SET enabled = true",
        "changed": "UPDATE schedules SET cron = '*/10  * * * *'",
        "moved": "UPDATE schedules SET time_zone = 'UTC'",
    }
    rounds = 0
    for what, statement in changes.items():
        begin = now if what == "made" else now - 2 * DAY
        era = Era(world, plans, begin, now + HOUR, worker)
        if what == "enabled":
            do("UPDATE schedules SET enabled = false")
        do(statement)
        if what != "made":
            era.since = dict.fromkeys(era.since, now)
        for minutes in (1, 11, 12, 31):
            moment = (now + MINUTE * minutes).replace(second=30)
            era.look(moment, moment, moment)
        before = len(found.faults)
        era.judge(found)
        if len(found.faults) > before:
            found.broken.append(f"that was after the schedules were {what}")
        rounds += era.rounds
    return rounds


def frozen(world: World, found: Findings) -> None:
    """A real scheduler process is frozen over two minutes and goes on: one coalesced fire, then on time again."""
    do(
        "INSERT INTO schedules (name, job_type, payload, cron) VALUES ('real', 'trial-noop', '{}', '* * * * *')"
    )
    with fleet.process(world, "scheduler") as process:
        until(lambda: fires(), 70)
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(130)
        os.kill(process.pid, signal.SIGCONT)
        until(lambda: len(fires()) > 2, 130)
    rows = fires()
    ticks = [row["fire_at"] for row in rows]
    counted = sum(int(str(row["missed"])) for row in rows) + len(rows)
    assert isinstance(ticks[0], datetime) and isinstance(ticks[-1], datetime)
    if len(set(ticks)) != len(ticks):
        found.doubled.append(f"the frozen scheduler fired twice: {ticks}")
    if counted != (ticks[-1] - ticks[0]) // MINUTE + 1:
        found.lost.append(f"of the minutes from {ticks[0]} to {ticks[-1]} {counted} were fired or counted")
    if len(rows) == counted:
        found.broken.append("the frozen scheduler missed nothing: was it frozen?")
    found.asked += counted
    found.acknowledged += len(rows)
    do("DELETE FROM schedules WHERE name = 'real'")
