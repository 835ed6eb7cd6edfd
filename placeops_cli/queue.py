"""`placeops queue`: what waits, runs and fails, by job type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli.cells import count, stamp
from placeops_cli.command import TEN_MINUTES, Call, Timeout, command, noun
from placeops_cli.output import Column
from placeops_cli.waiting import Line

if TYPE_CHECKING:
    from tasks.services.queues import QueueStats, TypeStats
    from tasks.services.throughput import Bucket

app = noun("queue", "What waits, runs and fails, by job type.")

TYPE: tuple[Column[TypeStats], ...] = (
    Column("type"),
    Column("waiting"),
    Column("active"),
    Column("delayed"),
    Column("failed"),
    Column("oldest_waiting_at", title="Oldest"),
    Column("completed_last_hour", title="Done/h"),
    Column("cancelled_last_hour", wide=True),
    Column("per_minute", title="Now/min"),
    Column("workers"),
    Column("concurrency", title="Limit"),
    Column("expected", wide=True),
    Column("paused_at", wide=True),
    Column("paused_by", wide=True),
    Column("paused_reason", wide=True),
    Column("draining_at", wide=True),
    Column("draining_by", wide=True),
    Column("draining_reason", wide=True),
    Column("drained", wide=True),
)
BUCKET: tuple[Column[Bucket], ...] = (
    Column("at", title="From"),
    Column("completed"),
    Column("cancelled"),
    Column("failed"),
)
BY_TYPE = attrgetter("type")
Types = Annotated[
    list[str], typer.Argument(metavar="TYPE...", help="Job types, as `queue stats` names them.")
]


@command(app, "stats", examples=["placeops queue stats --watch"])
def stats(
    call: Call,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again every two seconds, until Ctrl-C.")
    ] = False,
) -> None:
    """Show how many jobs of each type wait, run, and failed, and who is there to do them."""
    from placeops_cli.screen import watching

    actor = call.open()
    from tasks.services import queues

    for _ in watching(call.out, watch):
        show(call, queues.queue_stats(actor))


def show(call: Call, found: QueueStats) -> None:
    """The types as a table, and who is there to work below it."""
    if call.out.json:
        call.out.document(found)
        return
    show_types(call, found.types)
    if call.out.on_terminal:
        call.out.say("")
        call.out.say(f"Alive: {count(found.workers, 'worker')}, {count(found.schedulers, 'scheduler')}")
    if not found.workers:
        call.out.warn("no worker runs: placeops worker run")
    if found.redis_down_since:
        since = stamp(found.redis_down_since, call.out.zone)
        call.out.warn(f"a worker finds Redis unreachable since {since}, and works from PostgreSQL")


def show_types(call: Call, types: Sequence[TypeStats]) -> None:
    """The types as a table, and on a terminal a line for each that is paused or draining: by whom, and why."""
    call.out.listing(types, TYPE, empty="No job types.", key=BY_TYPE)
    if call.out.on_terminal and (lines := [line for stats in types for line in held(stats, call.out.zone)]):
        call.out.say("")
        for line in lines:
            call.out.say(line)


def held(stats: TypeStats, zone: tzinfo) -> Iterator[str]:
    """What keeps a type from being served as usual, in a sentence each."""
    for what, at, by, reason in (
        ("paused", stats.paused_at, stats.paused_by, stats.paused_reason),
        (
            "drained" if stats.drained else f"draining, {count(stats.unfinished, 'job')} to go,",
            stats.draining_at,
            stats.draining_by,
            stats.draining_reason,
        ),
    ):
        if at is not None:
            why = f": {reason}" if reason else ""
            yield f"{stats.type}: {what} by {by} since {stamp(at, zone)}{why}"


@command(app, "throughput", examples=["placeops queue throughput --window 24h"])
def show_throughput(
    call: Call,
    window: Annotated[
        Literal["1h", "24h", "7d"],
        typer.Option("--window", help="An hour by minutes, a day by half hours, or a week by three hours."),
    ] = "1h",
) -> None:
    """Show how many jobs ended when, and how many of them failed."""
    actor = call.open()
    from tasks.services import throughput

    found = throughput.throughput(actor, window)
    if call.out.json:
        call.out.document(found)
        return
    busy = [one for one in found.buckets if one.completed or one.cancelled or one.failed]
    shown = busy if call.out.on_terminal else found.buckets
    call.out.listing(shown, BUCKET, empty=f"No job ended within {window}.", key=attrgetter("at"))


@command(app, "pause", examples=['placeops queue pause auto-publish --reason "results are being corrected"'])
def pause(
    call: Call,
    types: Types,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; everybody sees it.")
    ] = None,
) -> None:
    """Start no more jobs of these types; what runs goes on, what is asked for waits."""
    actor = call.open()
    from tasks.services import queues

    show_types(call, queues.pause_types(actor, types, reason))
    call.out.hint(f"Next: placeops queue resume {' '.join(types)}")


@command(
    app, "drain", examples=['placeops queue drain auto-publish --reason "the release of tonight" --wait']
)
def drain(
    call: Call,
    types: Types,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; whoever is refused sees it.")
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until all that was accepted is finished.")
    ] = False,
    timeout: Timeout = TEN_MINUTES,
) -> None:
    """Accept no more jobs of these types and finish those that are there; nothing is deleted.

    New requests are refused, schedules skip their ticks, until `queue resume`. What the completion of a job asks for
    that was there before is still accepted, and waited for.
    """
    actor = call.open()
    from tasks.services import queues

    found = queues.drain_types(actor, types, reason)
    if idle := [stats.type for stats in found if stats.unfinished and not stats.workers]:
        call.out.warn(f"no worker runs that takes {', '.join(idle)}: placeops worker run")
    if wait:
        progress = Line(call.out)
        try:
            found = queues.wait_drained(
                actor,
                types,
                timeout=timeout.total_seconds(),
                look=lambda now: progress.write(_left(now)),
            )
        finally:
            progress.clear()
    show_types(call, found)
    call.out.hint(f"Next: placeops queue resume {' '.join(types)}")


def _left(found: Sequence[TypeStats]) -> str:
    return ", ".join(
        f"{stats.type}: {stats.waiting:,} waiting, {stats.active:,} active, {stats.delayed:,} delayed"
        for stats in found
        if not stats.drained
    )


@command(app, "resume", examples=["placeops queue resume auto-publish"])
def resume(call: Call, types: Types) -> None:
    """End a pause or a drain: accept and start jobs of these types again."""
    actor = call.open()
    from tasks.services import queues

    show_types(call, queues.resume_types(actor, types))
