"""`placeops queue`: what waits, runs and fails, by job type."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli.cells import count
from placeops_cli.command import Call, command, noun
from placeops_cli.output import Column

if TYPE_CHECKING:
    from tasks.services.queues import QueueStats, TypeStats

app = noun("queue", "What waits, runs and fails, by job type.")

TYPE: tuple[Column[TypeStats], ...] = (
    Column("type"),
    Column("waiting"),
    Column("active"),
    Column("delayed"),
    Column("failed"),
    Column("completed_last_hour", title="Done in 1 h"),
    Column("cancelled_last_hour", wide=True),
    Column("oldest_waiting_at", title="Oldest waits since"),
    Column("concurrency", title="Limit"),
    Column("paused_at", title="Paused"),
    Column("paused_reason", title="Why"),
    Column("paused_by", wide=True),
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
    call.out.listing(found.types, TYPE, empty="No job types.", key=BY_TYPE)
    if call.out.on_terminal:
        call.out.say("")
        call.out.say(f"Alive: {count(found.workers, 'worker')}, {count(found.schedulers, 'scheduler')}")
    if not found.workers:
        call.out.warn("no worker runs: placeops worker run")
    if found.redis_down_since:
        call.out.warn("a worker cannot reach Redis; jobs are taken from the table meanwhile")


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

    call.out.listing(queues.pause_types(actor, types, reason), TYPE, empty="", key=BY_TYPE)
    call.out.hint(f"Next: placeops queue resume {' '.join(types)}")


@command(app, "resume", examples=["placeops queue resume auto-publish"])
def resume(call: Call, types: Types) -> None:
    """Start jobs of these types again."""
    actor = call.open()
    from tasks.services import queues

    call.out.listing(queues.resume_types(actor, types), TYPE, empty="", key=BY_TYPE)
