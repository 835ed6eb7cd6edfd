"""`placeops attendance`: who is called to a drive's rounds, and who came."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli.ask import confirm
from placeops_cli.cells import count
from placeops_cli.command import Call, College, DryRun, Paging, Yes, command, noun
from placeops_cli.output import Column
from placeops_cli.reading import whole
from placeops_cli.rolls import read_rolls

if TYPE_CHECKING:
    from tasks.services.attendance import Attendance, Marked
    from tasks.services.finalising import Finalised

app = noun("attendance", "Who is called to a drive's rounds, and who came.")

Decision = Literal["PRESENT", "LATE", "ABSENT", "EXCUSED"]
Drive = Annotated[str, typer.Option("--drive", metavar="DRIVE", help="The drive's id or code.")]
Seq = Annotated[
    int | None,
    typer.Option("--round", metavar="N", parser=whole(1, 32767), help="The round's number, from 1."),
]
Status = Annotated[Decision, typer.Option("--status", help="How they stand now.")]

ATTENDANCE: tuple[Column[Attendance], ...] = (
    Column("round"),
    Column("college"),
    Column("roll_no", title="Roll no."),
    Column("name"),
    Column("programme", wide=True),
    Column("branch"),
    Column("status"),
    Column("marked_at", title="Marked"),
    Column("marked_by", title="By"),
    Column("reason"),
    Column("student_id", title="Student", wide=True),
    Column("drive_id", title="Drive", wide=True),
)
MARKED: tuple[Column[Marked], ...] = (
    Column("round", lambda done: done.round.seq),
    Column("status"),
    Column("listed"),
    Column("marked"),
    Column("changed"),
    Column("already"),
    Column("not_marked", lambda done: sum(done.problem_counts.values())),
    Column("pending", lambda done: done.round.tally and done.round.tally.pending, title="Still pending"),
    Column("dry_run"),
)
FINALISED: tuple[Column[Finalised], ...] = (
    Column("round", lambda done: done.round.seq),
    Column("state", lambda done: done.round.state),
    Column("became_absent"),
    Column("next_round", lambda done: done.next_round and done.next_round.seq),
    Column(
        "called",
        lambda done: done.next_round and done.next_round.tally and done.next_round.tally.listed,
        title="Called to it",
    ),
    Column("repeated"),
    Column("dry_run"),
)


@command(
    app,
    "list",
    examples=[
        "placeops attendance list --drive ACME-1",
        "placeops attendance list --drive ACME-1 --round 2 --status PENDING",
    ],
)
def list_attendance(
    call: Call,
    drive: Drive,
    paging: Paging,
    seq: Seq = None,
    status: Annotated[
        Literal["PENDING", "PRESENT", "LATE", "ABSENT", "EXCUSED"] | None,
        typer.Option("--status", help="Those who stand like this only."),
    ] = None,
) -> None:
    """List who is called to a drive's rounds, and who came."""
    actor = call.open()
    from tasks.services import attendance

    found = paging.pages(partial(attendance.list_attendance, actor, drive, seq=seq, status=status))
    call.out.listing(found, ATTENDANCE, empty="Nobody is called yet.", key=_named)


@command(
    app,
    "mark",
    examples=[
        "placeops attendance mark --drive ACME-1 --file came.csv --status PRESENT",
        "placeops attendance mark --drive ACME-1 --round 2 --file - --status LATE --from ABSENT --dry-run",
    ],
)
def mark(
    call: Call,
    drive: Drive,
    file: Annotated[
        str,
        typer.Option(
            "--file",
            metavar="FILE",
            help="Roll numbers or COLLEGE:ROLL_NO, one a line or a CSV column; - is stdin.",
        ),
    ],
    status: Status,
    seq: Seq = None,
    previous: Annotated[
        Decision | None, typer.Option("--from", help="Overwrite this decision too, where it was made.")
    ] = None,
    college: College = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why, as with EXCUSED.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Mark students of a round in bulk (of the open one without --round); others than those pending stay as they are.

    Lines that mark nobody are told one by one: not on the list of the round, twice in the file, decided otherwise.
    """
    actor = call.open()
    from tasks.services import attendance
    from tasks.services.selections import Listed

    done = attendance.mark_attendance(
        actor,
        drive,
        [Listed(line, roll_no) for line, roll_no in read_rolls(file)],
        status,
        seq=seq,
        college=college,
        previous=previous,
        reason=reason,
        dry_run=dry_run,
    )
    call.out.record(done, MARKED, key=None)
    if done.problem_counts:
        told = (f"{number:,} {kind}" for kind, number in done.problem_counts.items())
        call.out.warn(", ".join(told))
    for problem in done.problems[:10]:
        detail = f": {problem.detail}" if problem.detail else ""
        call.out.warn(f"line {problem.line}: {problem.value}: {problem.problem}{detail}")


@command(
    app,
    "finalise",
    examples=[
        "placeops attendance finalise --drive ACME-1 --dry-run",
        "placeops attendance finalise --drive ACME-1 --round 1 --yes",
    ],
)
def finalise(call: Call, drive: Drive, seq: Seq = None, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Close a round (its number may be left out where it is the only one): who is pending becomes absent.

    Who came is called to the next round. Afterwards single decisions are corrected, each with a reason.
    """
    actor = call.open()
    from tasks.services import finalising

    if not (dry_run or yes):
        preview = finalising.finalise_round(actor, drive, seq=seq, dry_run=True)
        confirm(_question(preview), yes=preview.repeated)
    done = finalising.finalise_round(actor, drive, seq=seq, dry_run=dry_run)
    call.out.record(done, FINALISED, key=None)
    if done.repeated:
        call.out.hint("The round was finalised already; nothing was changed.")


def _question(preview: Finalised) -> str:
    found = preview.round
    return f"Finalise round {found.seq} ({found.name}) and mark {count(preview.became_absent, 'student')} absent?"


@command(
    app,
    "correct",
    examples=[
        "placeops attendance correct --drive ACME-1 --student 21CS001 --status PRESENT --reason 'signed on paper'"
    ],
)
def correct(
    call: Call,
    drive: Drive,
    student: Annotated[
        str, typer.Option("--student", metavar="ROLL_NO", help="The roll number, or COLLEGE:ROLL_NO.")
    ],
    status: Status,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the audit.")],
    seq: Seq = None,
    college: College = None,
) -> None:
    """Change one decision of a finalised round (of the last one without --round)."""
    actor = call.open()
    from tasks.services import finalising

    done = finalising.correct_attendance(
        actor, drive, student, status, reason=reason, seq=seq, college=college
    )
    call.out.record(done, ATTENDANCE, key=_named)


def _named(found: Attendance) -> str:
    return f"{found.college}:{found.roll_no}"
