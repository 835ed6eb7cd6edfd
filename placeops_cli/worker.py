"""`placeops worker`: the processes that do the jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli.command import Call, command, noun
from placeops_cli.output import Column
from placeops_cli.reading import duration, whole

if TYPE_CHECKING:
    from tasks.services.workers import WorkerProcess

app = noun("worker", "The processes that do the jobs.")

WORKER: tuple[Column[WorkerProcess], ...] = (
    Column("id"),
    Column("kind"),
    Column("host"),
    Column("pid", title="PID"),
    Column("state"),
    Column("job_ids", title="Jobs"),
    Column("started_at", title="Started"),
    Column("beat_at", title="Heartbeat"),
    Column("types"),
    Column("version", wide=True),
    Column("stopped_at", wide=True),
    Column("redis_down_since", wide=True),
)


@command(
    app, "run", examples=["placeops worker run --processes 2", "placeops worker run --types auto-publish"]
)
def run_worker(
    call: Call,
    processes: Annotated[
        int | None, typer.Option("--processes", metavar="N", parser=whole(1, 64), help="Worker processes.")
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            metavar="N",
            parser=whole(1, 100),
            help="Jobs of one type at once in a process; 5 by default.",
        ),
    ] = None,
    types: Annotated[
        str | None,
        typer.Option("--types", metavar="TYPE,...", help="Only these job types, separated by commas."),
    ] = None,
    shutdown_timeout: Annotated[
        timedelta | None,
        typer.Option(
            "--shutdown-timeout",
            metavar="TIME",
            parser=duration,
            help="How long running jobs may go on after a stop.",
        ),
    ] = None,
) -> None:
    """Run workers until they are stopped; jobs that cannot finish in time are handed back."""
    from placeops_cli.reading import words
    from placeops_cli.signals import leave_at_once

    patience = None if shutdown_timeout is None else shutdown_timeout.total_seconds()
    leave_at_once()
    from tasks.runtime import open_runtime
    from tasks.settings import settings

    open_runtime("placeops worker supervisor", log=True)
    from tasks.jobs.registry import job_types
    from tasks.jobs.supervisor import run

    found = settings()
    run(
        processes=processes or found.worker_processes,
        concurrency=concurrency,
        types=words(types, "job type", job_types()) or found.job_types,
        shutdown_seconds=found.shutdown_seconds if patience is None else patience,
    )


@command(app, "health", examples=["placeops worker health"])
def health(call: Call) -> None:
    """Whether a worker lives on this host (in this container), with a fresh heartbeat; for health checks."""
    show_living(call, "worker")


def show_living(call: Call, kind: str) -> None:
    """List this host's living processes of a kind. Raises not-running when there are none."""
    actor = call.open(check_schema=False, patience="5s")
    from tasks.services import workers

    call.out.listing(workers.living_here(actor, kind), WORKER, empty="")


@command(app, "list", examples=["placeops worker list --all"])
def list_workers(
    call: Call,
    everyone: Annotated[
        bool, typer.Option("--all", help="Also those that stopped or were lost within the last day.")
    ] = False,
) -> None:
    """List the processes that do jobs or keep time."""
    actor = call.open()
    from tasks.services import workers

    found = workers.list_workers(actor, all=everyone)
    call.out.listing(found, WORKER, empty="No worker runs. Next: placeops worker run")
