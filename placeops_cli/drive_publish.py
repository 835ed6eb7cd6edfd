"""`placeops drive publish`: post a drive to those who may register."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placeops_cli.ask import confirm
from placeops_cli.cells import count
from placeops_cli.command import (
    TEN_MINUTES,
    Call,
    College,
    DriveArgument,
    DryRun,
    Timeout,
    Wait,
    Yes,
    command,
    part,
)
from placeops_cli.output import Column
from placeops_cli.rolls import read_rolls
from placeops_cli.waiting import finish, settled
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from tasks.services.publishing import Published
    from tasks.services.selections import Listed

app = part()

PUBLISHED: tuple[Column[Published], ...] = (
    Column("drive", lambda done: done.drive.id),
    Column("code", lambda done: done.drive.code),
    Column("status", lambda done: done.drive.status),
    Column("selected", lambda done: done.plan.selected),
    Column("added", lambda done: done.plan.added),
    Column("removed", lambda done: done.plan.removed),
    Column("removed_registered", lambda done: done.plan.removed_registered, title="Removed, registered"),
    Column("overridden", lambda done: done.plan.overridden),
    Column("repeated"),
    Column("dry_run"),
    Column("refused"),
    Column("job", lambda done: done.job and done.job.id),
    Column("job_state", lambda done: done.job and done.job.state, title="Job is"),
)


@dataclass(frozen=True, slots=True)
class SelectionFlags:
    """Who may register: a list, everybody eligible, or who comes and goes."""

    students: Annotated[
        str | None,
        typer.Option(
            "--students",
            metavar="FILE",
            help="Roll numbers or COLLEGE:ROLL_NO, one a line or a CSV column; - is stdin.",
        ),
    ] = None
    eligible: Annotated[
        bool, typer.Option("--eligible", help="Everybody who is eligible today, instead.")
    ] = False
    add: Annotated[
        str | None,
        typer.Option("--add", metavar="FILE", help="Instead: who comes to the selection that stands."),
    ] = None
    remove: Annotated[
        str | None,
        typer.Option("--remove", metavar="FILE", help="Instead, or beside --add: who leaves it."),
    ] = None
    college: College = None
    override_reason: Annotated[
        str | None,
        typer.Option(
            "--override-reason", metavar="TEXT", help="Why students who are not eligible are on the list."
        ),
    ] = None

    def wanted(self) -> dict[str, Any]:
        """As the service takes it; files are read here. Raises usage, file-unreadable."""
        amended = self.add is not None or self.remove is not None
        if self.eligible + (self.students is not None) + amended != 1:
            ways = "--students FILE, or --eligible, or --add FILE and --remove FILE"
            raise PlaceopsError("usage", "say who may register", ways)
        return {
            "selection": _listed(self.students),
            "add": _listed(self.add),
            "remove": _listed(self.remove),
            "eligible": self.eligible,
            "college": self.college,
            "override_reason": self.override_reason,
        }


@command(
    app,
    "publish",
    examples=[
        "placeops drive publish ACME-1 --eligible --wait",
        "placeops drive publish ACME-1 --students shortlist.csv --dry-run",
        "placeops drive publish ACME-1 --add latecomers.txt --remove left.txt --wait",
        "placeops student list --branch CSE --all -q | placeops drive publish ACME-1 --students - --yes",
    ],
)
def publish_drive(
    call: Call,
    drive: DriveArgument,
    selection: SelectionFlags,
    dry_run: DryRun = False,
    wait: Wait = False,
    timeout: Timeout = TEN_MINUTES,
    yes: Yes = False,
) -> None:
    """Post a drive to the students who may register; on a posted drive, replace or change its selection.

    A dry run shows the plan, and ends as the publish itself would: with 0, or with the error that it would meet.
    """
    wanted = selection.wanted()
    actor = call.open()
    from tasks.services import drives, publishing

    act = partial(publishing.publish_drive, actor, drive, **wanted)
    if dry_run:
        preview = act(dry_run=True)
        _tell_published(call, preview)
        _require_acceptable(preview)
        return
    done = act(allow_removals=yes or _confirmed(act(dry_run=True)))
    jobs = settled(call.out, actor, done.job, wait=wait, timeout=timeout)
    if jobs:
        done = replace(done, job=jobs[0], drive=drives.show_drive(actor, drive).drive)
    _tell_published(call, done)
    finish(call.out, actor, jobs, wait=wait)


def _listed(source: str | None) -> list[Listed]:
    from tasks.services.selections import Listed

    return [Listed(line, roll_no) for line, roll_no in read_rolls(source)] if source else []


def _require_acceptable(preview: Published) -> None:
    """Raises the error that the publish itself would end with, if any."""
    from tasks.services.publishing import refusal

    if refused := refusal(preview.plan):
        raise refused


def _confirmed(preview: Published) -> bool:
    """Ask before anybody sees the drive, or leaves it; whether somebody leaves, and that was agreed to."""
    _require_acceptable(preview)
    plan = preview.plan
    nothing_new = preview.drive.status == "posted" and not plan.added and not plan.removed
    confirm(_question(preview), yes=nothing_new)
    return plan.removed > 0


def _question(preview: Published) -> str:
    drive, plan = preview.drive, preview.plan
    if drive.status == "draft":
        return f"Post drive {drive.code} ({drive.company}) to {count(plan.selected, 'student')}?"
    leaving = f" ({plan.removed_registered:,} of them registered)" if plan.removed_registered else ""
    return f"Add {count(plan.added, 'student')} to drive {drive.code} and remove {plan.removed:,}{leaving}?"


def _tell_published(call: Call, done: Published) -> None:
    if call.out.on_terminal:
        call.out.say(_sentence(done))
    else:
        call.out.record(done, PUBLISHED, key=lambda found: found.job and found.job.id)
    counts = done.plan.problem_counts
    if counts:
        call.out.warn(", ".join(f"{number:,} {kind}" for kind, number in counts.items()) + " on the list")
    for mark, students in (("+", done.plan.added_students), ("-", done.plan.removed_students)):
        for student in students[:10]:
            call.out.say(f"  {mark} {student.college}:{student.roll_no}  {student.name}")
        if len(students) > 10:
            call.out.say(f"  {mark} …")
    if done.refused:
        return
    for problem in done.plan.problems[:10]:
        call.out.warn(f"line {problem.line}: {problem.value}: {problem.detail or problem.problem}")


def _sentence(done: Published) -> str:
    drive, plan = done.drive, done.plan
    whom = count(plan.selected, "student")
    if done.refused:
        able = plan.selected - plan.problem_counts.get("not eligible", 0)
        return (
            f"Drive {drive.code} would not be posted: {able:,} on the list may be selected, the others not."
        )
    if done.repeated:
        return f"Drive {drive.code} was published to these {whom} before; nothing was changed."
    parts = [f"{plan.added:,} added", f"{plan.removed:,} removed"]
    if plan.removed_registered:
        parts.append(f"{plan.removed_registered:,} of them registered and staying so")
    if plan.overridden:
        parts.append(f"{plan.overridden:,} by override")
    verb = "would be" if done.dry_run else "is"
    job = f" Job {done.job.id} is {done.job.state}." if done.job else ""
    return f"Drive {drive.code} {verb} posted to {whom}: {', '.join(parts)}.{job}"
