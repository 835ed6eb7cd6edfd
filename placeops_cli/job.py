"""`placeops job`: single jobs of the ledger."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli import job_moves, job_prune
from placeops_cli.command import TEN_MINUTES, Call, Paging, Timeout, command, noun
from placeops_cli.job_columns import COUNT, JOB, By, JobId, JobIds, Kind, OfDrive, Since, State

if TYPE_CHECKING:
    from tasks.services.jobs import Job

app = noun("job", "Single jobs: look, wait, retry, cancel.")
for part in (job_moves, job_prune):
    app.add_typer(part.app)


@command(app, "list", examples=["placeops job list --state failed", "placeops job list --since 2h --json"])
def list_jobs(
    call: Call,
    state: Annotated[State | None, typer.Option("--state", help="Only jobs in this state.")] = None,
    kind: Kind = None,
    drive: OfDrive = None,
    by: By = None,
    since: Since = None,
    *,
    paging: Paging,
) -> None:
    """List jobs, newest first."""
    actor = call.open()
    from tasks.services import jobs

    which = jobs.JobFilter(state, kind, drive, by, since)
    call.out.listing(paging.pages(partial(jobs.list_jobs, actor, which)), JOB, empty="No such jobs.")


@command(app, "count", examples=["placeops job count", "placeops job count --drive ACME-1"])
def count_jobs(
    call: Call, kind: Kind = None, drive: OfDrive = None, by: By = None, since: Since = None
) -> None:
    """Count jobs by type and state; of those that ended well or were cancelled the newest 10,000."""
    actor = call.open()
    from tasks.services import job_sets
    from tasks.services.jobs import JobFilter

    found = job_sets.count_jobs(actor, JobFilter(None, kind, drive, by, since))
    if call.out.json:
        call.out.document(found)
        return
    call.out.listing(sorted(found.types.items()), COUNT, empty="No such jobs.", key=itemgetter(0))
    if found.more:
        call.out.hint("There are older jobs that have ended.")


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
