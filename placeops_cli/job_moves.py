"""`placeops job retry` and `cancel`: single jobs, or all that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli.ask import confirm
from placeops_cli.cells import count
from placeops_cli.command import TEN_MINUTES, Call, DryRun, Timeout, Wait, Yes, command, part
from placeops_cli.job_columns import JOB, OUTCOME, Kind, OfDrive, Since
from placeops_cli.reading import numbered
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from tasks.actor import Actor
    from tasks.services.job_sets import MovedJobs

app = part()

Some = Annotated[
    list[int] | None,
    typer.Argument(metavar="[JOB...]", parser=numbered("job"), help="The jobs' ids."),
]


@command(app, "retry", examples=["placeops job retry 12", "placeops job retry --failed --dry-run"])
def retry(
    call: Call,
    jobs: Some = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="The failed jobs that fit instead, 1,000 at a time.")
    ] = False,
    kind: Kind = None,
    drive: OfDrive = None,
    since: Since = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Run failed or cancelled jobs again, with fresh budgets of failures and crashes."""
    _require_one_way(jobs, "--failed", failed, bool(dry_run or kind or drive or since))
    actor = call.open()
    from tasks.services import job_sets
    from tasks.services.jobs import JobFilter, retry_jobs

    if jobs:
        again = retry_jobs(actor, jobs)
        call.out.listing(again, JOB, empty="")
    else:
        which = JobFilter("failed", kind, drive, None, since)
        if not dry_run:
            found = len(job_sets.retry_matching(actor, which, dry_run=True).ids)
            confirm(f"Run {count(found, 'failed job')} again?", yes=yes or not found)
        moved = job_sets.retry_matching(actor, which, dry_run=dry_run)
        _tell(call, actor, moved, "No failed jobs that could run again.")
        jobs = moved.ids
    if jobs and not dry_run:
        from placeops_cli.waiting import warn_without_worker
        from tasks.services.jobs import get_jobs

        warn_without_worker(call.out, [job for job in get_jobs(actor, jobs) if not job.finished])
        call.out.hint(f"Next: placeops job wait {' '.join(map(str, jobs[:20]))}")


@command(
    app,
    "cancel",
    examples=[
        "placeops job cancel 12 --wait",
        "placeops job cancel --state waiting --type eligibility-filter --dry-run",
    ],
)
def cancel(
    call: Call,
    jobs: Some = None,
    state: Annotated[
        Literal["waiting", "delayed", "active"] | None,
        typer.Option("--state", help="The jobs in this state that fit instead, 1,000 at a time."),
    ] = None,
    kind: Kind = None,
    drive: OfDrive = None,
    since: Since = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    wait: Wait = False,
    timeout: Timeout = TEN_MINUTES,
) -> None:
    """Cancel jobs: a waiting one at once, a running one at its next heartbeat, before it applies anything.

    With --wait the answer says of each whether nothing or all of it was applied.
    """
    _require_one_way(jobs, "--state", state is not None, bool(dry_run or kind or drive or since))
    actor = call.open()
    from tasks.services import job_sets
    from tasks.services import jobs as service

    if not jobs:
        which = service.JobFilter(state, kind, drive, None, since)
        if not dry_run:
            fitting = len(job_sets.cancel_matching(actor, which, dry_run=True).ids)
            confirm(f"Cancel {count(fitting, f'{state} job')}?", yes=yes or not fitting)
        _tell(call, actor, job_sets.cancel_matching(actor, which, dry_run=dry_run), f"No {state} jobs.")
        return
    found = service.cancel_jobs(actor, jobs)
    if wait:
        from placeops_cli.waiting import follow

        ended = follow(call.out, actor, jobs, timeout=timeout)
        found = [service.cancelled(job, one.outcome) for job, one in zip(ended, found, strict=True)]
    call.out.listing(found, OUTCOME, empty="", key=lambda one: one.job.id)
    if running := [str(one.job.id) for one in found if not one.job.finished]:
        call.out.hint(f"Next: placeops job wait {' '.join(running)}")


def _require_one_way(jobs: list[int] | None, option: str, by_filter: bool, narrowed: bool) -> None:
    """Jobs are named, or found by a filter. Raises usage."""
    if bool(jobs) == by_filter:
        raise PlaceopsError("usage", f"name the jobs or say {option}, not both", "placeops job list")
    if jobs and narrowed:
        message = f"--dry-run, --type, --drive and --since go with {option}"
        raise PlaceopsError("usage", message, f"leave them out, or say {option} instead of the ids")


def _tell(call: Call, actor: Actor, moved: MovedJobs, empty: str) -> None:
    """The jobs that an act moved, and what it left."""
    from tasks.services.jobs import get_jobs

    if call.out.json:
        call.out.document(moved)
    else:
        call.out.listing(get_jobs(actor, moved.ids), JOB, empty=empty)
    if moved.left_out:
        call.out.warn(f"{count(moved.left_out, 'job')} could not be moved")
    if moved.more:
        call.out.warn(f"{count(moved.more, 'job')} more: say it again")
