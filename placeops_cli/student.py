"""`placeops student`: the roster."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from placeops_cli import student_drives
from placeops_cli.ask import confirm
from placeops_cli.cells import count
from placeops_cli.command import Call, College, DryRun, Paging, Yes, command, noun
from placeops_cli.files import copy_out, open_input, require_room_for
from placeops_cli.output import Column
from placeops_cli.reading import whole

if TYPE_CHECKING:
    from tasks.services.roster import RosterReport
    from tasks.services.roster_export import RosterExport
    from tasks.services.students import Student

app = noun("student", "Students: the roster and its import.")
app.add_typer(student_drives.app)

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


@dataclass(frozen=True, slots=True)
class Which:
    """Which students of all."""

    search: Annotated[
        str | None,
        typer.Option("--search", metavar="TEXT", help="How the roll number or a word of the name begins."),
    ] = None
    college: Annotated[str | None, typer.Option("--college", metavar="CODE", help="Only this college's.")] = (
        None
    )
    branch: Annotated[str | None, typer.Option("--branch", metavar="NAME", help="Only this branch's.")] = None
    batch_year: Annotated[
        int | None,
        typer.Option("--batch-year", metavar="YEAR", parser=whole(1950, 2100), help="Only this batch's."),
    ] = None

    @property
    def given(self) -> dict[str, Any]:
        """As the services take it."""
        named = {
            "q": self.search,
            "college": self.college,
            "branch": self.branch,
            "batch_year": self.batch_year,
        }
        return {name: value for name, value in named.items() if value is not None}


@command(
    app,
    "list",
    examples=["placeops student list --college ENG --branch CSE", "placeops student list --search 21cs"],
)
def list_students(
    call: Call,
    *,
    which: Which,
    paging: Paging,
) -> None:
    """List students, in the order they came in; -q prints each as COLLEGE:ROLL_NO."""
    actor = call.open()
    from tasks.services import students

    found = paging.pages(partial(students.list_students, actor, **which.given))
    call.out.listing(
        found,
        STUDENT,
        empty="No such students; names of branches are matched letter by letter."
        if which.given
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
    Column("plan", wide=True),
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
    plan: Annotated[
        str | None, typer.Option("--plan", metavar="PLAN", help="Apply just what a --dry-run has planned.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Bring the students in line with a roster: shows the plan, asks, applies it as a whole."""
    given = plan is not None
    actor = call.open()
    from tasks.services import roster

    fields = roster.mapping_of(mapping or ())
    with open_input(file) as stream:
        act = partial(roster.import_roster, actor, stream, college=college, mapping=fields, on_error=on_error)
        if not (dry_run or yes) and plan is None:
            planned = act(dry_run=True)
            if planned.new or planned.changed:
                _tell_problems(call, planned)
                confirm(_question(planned), yes=False)
            plan = planned.plan
        report = act(dry_run=dry_run, plan=plan)
    call.out.record(report, REPORT, key=None)
    if dry_run or yes or given:
        _tell_problems(call, report)


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


@command(
    app,
    "export",
    examples=[
        "placeops student export --file students.csv",
        "placeops student export --college ENG --file - | wc -l",
    ],
)
def export_students(
    call: Call,
    *,
    which: Which,
    file: Annotated[
        str, typer.Option("--file", metavar="PATH", help="Where the roster goes; - is stdout.")
    ] = "students.csv",
) -> None:
    """Write the students to a CSV file that `student import` reads back."""
    require_room_for(file)
    actor = call.open()
    from tasks.services import roster_export

    with TemporaryFile() as made:
        exported = roster_export.export_roster(actor, made, **which.given)
        made.seek(0)
        target = copy_out(made, file)
    if target is not None:
        written: tuple[Column[RosterExport], ...] = (
            Column("file", lambda _: str(target)),
            Column("rows"),
            Column("bytes"),
            Column("sha256", title="SHA-256"),
        )
        call.out.record(exported, written, key=lambda _: str(target))
