"""`placeops student`: the roster."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli.ask import confirm
from placeops_cli.cells import count
from placeops_cli.command import Call, College, DryRun, Paging, Yes, command, noun
from placeops_cli.files import open_input
from placeops_cli.output import Column
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from tasks.services.roster import RosterReport
    from tasks.services.students import Student

app = noun("student", "Students: the roster and its import.")

STUDENT: tuple[Column[Student], ...] = (
    Column("college"),
    Column("roll_no", title="Roll no."),
    Column("name"),
    Column("programme"),
    Column("branch"),
    Column("batch_year", title="Batch"),
    Column("cgpa", title="CGPA"),
    Column("active_backlogs", title="Backlogs"),
    Column("email", wide=True),
    Column("phone", wide=True),
    Column("gender", wide=True),
    Column("admission_type", wide=True),
    Column("tenth_pct", title="10th %", wide=True),
    Column("twelfth_pct", title="12th %", wide=True),
    Column("diploma_pct", title="Diploma %", wide=True),
    Column("total_backlogs", wide=True),
    Column("placed"),
    Column("debarred"),
    Column("updated_at", wide=True),
    Column("id", wide=True),
)
BY_NAME = attrgetter("ref")


@command(app, "list", examples=["placeops student list --college ENG --branch CSE"])
def list_students(
    call: Call,
    college: Annotated[
        str | None, typer.Option("--college", metavar="CODE", help="Only this college's.")
    ] = None,
    branch: Annotated[
        str | None, typer.Option("--branch", metavar="NAME", help="Only this branch's.")
    ] = None,
    *,
    paging: Paging,
) -> None:
    """List students, in the order they came in; -q prints each as COLLEGE:ROLL_NO."""
    actor = call.open()
    from tasks.services import students

    found = paging.pages(partial(students.list_students, actor, college=college, branch=branch))
    call.out.listing(
        found,
        STUDENT,
        empty="No such students; names of branches are matched letter by letter."
        if college or branch
        else "No students yet. Next: placeops student import FILE --college CODE",
        key=BY_NAME,
    )


@command(app, "show", examples=["placeops student show 21CS001"])
def show_student(
    call: Call,
    roll_no: Annotated[str, typer.Argument(metavar="ROLL_NO", help="The roll number, or COLLEGE:ROLL_NO.")],
    college: College = None,
) -> None:
    """Show one student."""
    actor = call.open()
    from tasks.services import students

    call.out.record(students.show_student(actor, roll_no, college), STUDENT, key=BY_NAME, every=True)


REPORT: tuple[Column[RosterReport], ...] = (
    Column("rows"),
    Column("new"),
    Column("changed"),
    Column("unchanged"),
    Column("rejected"),
    Column("new_colleges", title="New colleges"),
    Column("columns", title="Read from", wide=True),
    Column("ignored_columns", title="Ignored columns"),
    Column("encoding"),
    Column("dry_run"),
)


@command(
    app,
    "import",
    examples=[
        "placeops student import roster.csv --college ENG --dry-run",
        "placeops student import roster.csv --map cgpa='CPI (out of 10)' --on-error abort --yes",
    ],
)
def import_students(
    call: Call,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A CSV with a header line; - is stdin.")],
    college: Annotated[
        str | None, typer.Option("--college", metavar="CODE", help="The college of rows that name none.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=HEADER", help="Where a field is, if not recognised; repeat it."),
    ] = None,
    on_error: Annotated[
        Literal["skip", "abort"], typer.Option("--on-error", help="Import the good rows, or nothing.")
    ] = "skip",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Bring the students in line with a roster: shows the plan, asks, applies it as a whole."""
    fields = dict(_pair(word) for word in mapping or ())
    actor = call.open()
    from tasks.services import roster

    with open_input(file) as stream:
        act = partial(roster.import_roster, actor, stream, college=college, mapping=fields, on_error=on_error)
        if not (dry_run or yes):
            plan = act(dry_run=True)
            if plan.new or plan.changed:
                _tell_problems(call, plan)
                confirm(_question(plan), yes=False)
        report = act(dry_run=dry_run)
    call.out.record(report, REPORT, key=None)
    if dry_run or yes:
        _tell_problems(call, report)


def _pair(word: str) -> tuple[str, str]:
    field, equals, header = word.partition("=")
    if not equals:
        raise PlaceopsError(
            "usage", f"--map {word}: no = in it", "--map FIELD=HEADER, such as --map cgpa=CPI"
        )
    return field.strip(), header.strip()


def _question(plan: RosterReport) -> str:
    without = f", leave {count(plan.rejected, 'rejected row')} out" if plan.rejected else ""
    founding = f" and the colleges {', '.join(plan.new_colleges)}" if plan.new_colleges else ""
    return f"Add {count(plan.new, 'student')}{founding}, change {plan.changed:,}{without}?"


def _tell_problems(call: Call, report: RosterReport) -> None:
    for problem in report.problems[:10]:
        where = f"line {problem.line}" + (f", {problem.column}" if problem.column else "")
        call.out.warn(f"{where}: {problem.value}: {problem.reason}")
    if report.rejected:
        call.out.warn(f"rejected: {report.rejected:,} of {count(report.rows, 'row')}")
    for note in report.notes:
        call.out.warn(f"{note.column}: {count(note.cells, 'cell')} {note.meaning}")
