"""`placeops job`: single jobs of the ledger."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli import job_prune
from placeops_cli.ask import confirm
from placeops_cli.cells import count
from placeops_cli.command import TEN_MINUTES, Call, DryRun, Paging, Timeout, Wait, Yes, command, noun
from placeops_cli.output import Column
from placeops_cli.reading import ago, numbered
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from tasks.services.jobs import Cancelled, Job

app = noun("job", "Single jobs: look, wait, retry, cancel.")
app.add_typer(job_prune.app)

State = Literal["waiting", "delayed", "active", "completed", "failed", "cancelled"]
JobId = Annotated[int, typer.Argument(metavar="JOB", parser=numbered("job"), help="The job's id.")]
JobIds = Annotated[list[int], typer.Argument(metavar="JOB...", parser=numbered("job"), help="The jobs' ids.")]

JOB: tuple[Column[Job], ...] = (
    Column("id"),
    Column("type"),
    Column("state"),
    Column("drive_id", title="Drive"),
    Column("created_at", title="Created"),
    Column("started_at", title="Started"),
    Column("finished_at", title="Finished"),
    Column("failures"),
    Column("reason"),
    Column("created_by", title="By", wide=True),
    Column("attempt", wide=True),
    Column("crashes", wide=True),
    Column("run_at", title="Next try", wide=True),
    Column("worker_id", title="Worker", wide=True),
    Column("parent_id", title="Parent", wide=True),
    Column("request_id", title="Request", wide=True),
    Column("progress", wide=True),
    Column("result", wide=True),
    Column("error", wide=True),
)
OUTCOME: tuple[Column[Cancelled], ...] = (
    Column("id", lambda found: found.job.id),
    Column("type", lambda found: found.job.type),
    Column("outcome"),
    Column("state", lambda found: found.job.state),
    Column("effects"),
)


@command(app, "list", examples=["placeops job list --state failed", "placeops job list --since 2h --json"])
def list_jobs(
    call: Call,
    state: Annotated[State | None, typer.Option("--state", help="Only jobs in this state.")] = None,
    kind: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Only jobs of this type.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", metavar="TIME", parser=ago, help="Only jobs created in this time: 30m, 2h, 3d."
        ),
    ] = None,
    *,
    paging: Paging,
) -> None:
    """List jobs, newest first."""
    actor = call.open()
    from tasks.services import jobs

    found = paging.pages(partial(jobs.list_jobs, actor, state=state, type=kind, since=since))
    call.out.listing(found, JOB, empty="No such jobs.")


@command(app, "show", examples=["placeops job show 12"])
def show_job(call: Call, job: JobId) -> None:
    """Show one job with everything that happened to it."""
    actor = call.open()
    from tasks.services import jobs

    story = jobs.show_job(actor, job)
    call.out.record(story.job, JOB, document=story)
    if call.out.on_terminal:
        from placeops_cli.story import told

        call.out.say("")
        call.out.grid(told(story, call.out.zone))
    if story.job.state == "failed":
        call.out.hint(f"Next: placeops job retry {job}")


@command(app, "watch", examples=["placeops job watch 12"])
def watch_job(call: Call, job: JobId) -> None:
    """Follow one job until it is done; exit 1 when it fails or is cancelled."""
    from placeops_cli.waiting import follow, refuse_unfinished

    actor = call.open()
    in_a_pipe = not (call.out.on_terminal or call.out.json or call.out.quiet)
    (done,) = follow(call.out, actor, [job], each=_teller(call) if in_a_pipe else None)
    if call.out.json or call.out.on_terminal:
        call.out.record(done, JOB)
    refuse_unfinished([done])


def _teller(call: Call) -> Callable[[Job], None]:
    """Writes a line whenever the job has got somewhere."""
    write = call.out.rows(JOB)
    told: list[object] = []

    def tell(found: Job) -> None:
        where = (found.state, found.progress, found.failures)
        if where not in told[-1:]:
            told.append(where)
            write(found)
            sys.stdout.flush()

    return tell


@command(app, "wait", examples=["placeops job wait 12 13 --timeout 10m"])
def wait_jobs(call: Call, jobs: JobIds, timeout: Timeout = TEN_MINUTES) -> None:
    """Wait until all the jobs are done; exit 1 when one failed or was cancelled, 8 when the time is over."""
    from placeops_cli.waiting import follow, refuse_unfinished

    actor = call.open()
    done = follow(call.out, actor, jobs, timeout=timeout)
    call.out.listing(done, JOB, empty="")
    refuse_unfinished(done)


@command(app, "retry", examples=["placeops job retry 12", "placeops job retry --failed --dry-run"])
def retry(
    call: Call,
    jobs: Annotated[
        list[int] | None,
        typer.Argument(metavar="[JOB...]", parser=numbered("job"), help="The jobs' ids."),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All failed jobs instead.")] = False,
    kind: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="With --failed: of this type.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Run failed or cancelled jobs again, with fresh budgets of failures and crashes."""
    if bool(jobs) == failed:
        raise PlaceopsError(
            "usage", "name the jobs or say --failed, not both", "placeops job list --state failed"
        )
    if jobs and (dry_run or kind):
        raise PlaceopsError(
            "usage", "--dry-run and --type go with --failed", "placeops job retry --failed --dry-run"
        )
    actor = call.open()
    from tasks.services import jobs as service

    if failed and not dry_run:
        found = len(service.retry_failed(actor, type=kind, dry_run=True))
        confirm(f"Run {count(found, 'failed job')} again?", yes=yes or not found)
    again = (
        service.retry_jobs(actor, jobs) if jobs else service.retry_failed(actor, type=kind, dry_run=dry_run)
    )
    call.out.listing(again, JOB, empty="No failed jobs.")
    if again and not dry_run:
        from placeops_cli.waiting import warn_without_worker

        warn_without_worker(call.out, [job for job in again if not job.finished])
        call.out.hint(f"Next: placeops job wait {' '.join(str(job.id) for job in again[:20])}")


@command(app, "cancel", examples=["placeops job cancel 12 --wait"])
def cancel(call: Call, jobs: JobIds, wait: Wait = False, timeout: Timeout = TEN_MINUTES) -> None:
    """Cancel jobs: a waiting one at once, a running one at its next heartbeat, before it applies anything.

    With --wait the answer says of each whether nothing or all of it was applied.
    """
    from placeops_cli.waiting import follow

    actor = call.open()
    from tasks.services import jobs as service

    found = service.cancel_jobs(actor, jobs)
    if wait:
        ended = follow(call.out, actor, jobs, timeout=timeout)
        found = [service.cancelled(job, one.outcome) for job, one in zip(ended, found, strict=True)]
    call.out.listing(found, OUTCOME, empty="", key=lambda one: one.job.id)
    if running := [str(one.job.id) for one in found if not one.job.finished]:
        call.out.hint(f"Next: placeops job wait {' '.join(running)}")
