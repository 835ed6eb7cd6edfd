"""`placeops schedule`: what runs by the clock."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli.command import TEN_MINUTES, Call, Timeout, Wait, command, noun
from placeops_cli.job_columns import JOB
from placeops_cli.output import Column

if TYPE_CHECKING:
    from tasks.services.schedules import Punctuality, Schedule

app = noun("schedule", "What runs by the clock, and when.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The schedule's name.")]

SCHEDULE: tuple[Column[Schedule], ...] = (
    Column("name"),
    Column("job_type", title="Job type", wide=True),
    Column("words", title="When"),
    Column("cron", wide=True),
    Column("time_zone", title="Zone", wide=True),
    Column("enabled"),
    Column("catch_up", wide=True),
    Column("last_fire_at", lambda found: found.fires[0].fire_at if found.fires else None, title="Last fire"),
    Column("outcome", lambda found: found.fires[0].outcome if found.fires else None),
    Column("job", lambda found: found.fires[0].job_state if found.fires else None),
    Column("reason", lambda found: found.fires[0].reason if found.fires else None, wide=True),
    Column("missed", lambda found: sum(fire.missed for fire in found.fires)),
    Column("next", lambda found: found.next[:1], title="Next fire"),
    Column("then", lambda found: found.next[1:], wide=True),
    Column("due_at", title="Due since", wide=True),
    Column("problem", wide=True),
)
CHECKED: tuple[Column[Punctuality], ...] = (
    Column("name"),
    Column("last_fire_at", title="Last fire"),
    Column("due_at", title="Due since"),
    Column("late_seconds", lambda found: round(found.late_seconds), title="Late, s"),
    Column("next", title="Next fires"),
    Column("problem"),
)


@command(app, "list", examples=["placeops schedule list", "placeops schedule list --json"])
def list_schedules(call: Call) -> None:
    """List the schedules with their last fires, the next ones, and what was missed."""
    actor = call.open()
    from tasks.services import schedules

    call.out.listing(schedules.list_schedules(actor), SCHEDULE, empty="No schedules.", key=attrgetter("name"))


@command(app, "check", examples=["placeops schedule check", "placeops schedule check -q"])
def check_schedules(call: Call) -> None:
    """Check that every enabled schedule fires, and in time; exit 1 when one is late or never does."""
    actor = call.open()
    from tasks.services import schedules

    found = schedules.check_schedules(actor)
    call.out.listing(found, CHECKED, empty="No schedule is enabled.", key=attrgetter("name"))
    schedules.require_punctual(found)


@command(app, "enable", examples=["placeops schedule enable refresh-drive-funnel"])
def enable_schedule(call: Call, name: Name) -> None:
    """Let a schedule fire again; what it slept through is not caught up."""
    _set(call, name, enabled=True)


@command(app, "disable", examples=["placeops schedule disable refresh-drive-funnel"])
def disable_schedule(call: Call, name: Name) -> None:
    """Let a schedule fire no more; running it by hand is still possible."""
    _set(call, name, enabled=False)


def _set(call: Call, name: str, *, enabled: bool) -> None:
    actor = call.open()
    from tasks.services import schedules

    found = schedules.set_enabled(actor, name, enabled=enabled)
    call.out.record(found, SCHEDULE, key=attrgetter("name"))


@command(app, "run", examples=["placeops schedule run refresh-drive-funnel --wait"])
def run_schedule(
    call: Call,
    name: Name,
    wait: Wait = False,
    timeout: Timeout = TEN_MINUTES,
) -> None:
    """Do now what the schedule does at its time."""
    from placeops_cli.waiting import finish, settled

    actor = call.open()
    from tasks.services import schedules

    jobs = settled(call.out, actor, schedules.run_schedule(actor, name), wait=wait, timeout=timeout)
    call.out.record(jobs[0], JOB)
    finish(call.out, actor, jobs, wait=wait)
