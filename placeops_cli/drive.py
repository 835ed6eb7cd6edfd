"""`placeops drive`: a company recruits on campus. Who may register lies in `drive_publish` and `drive_eligibility`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli import drive_eligibility, drive_publish
from placeops_cli.command import TEN_MINUTES, Call, DriveArgument, Paging, Timeout, Wait, command, noun
from placeops_cli.criteria import CriteriaFlags, read_criteria, rules_of
from placeops_cli.output import Column
from placeops_cli.reading import day, in_zone, moment, rupees
from placeops_cli.waiting import finish, settled

if TYPE_CHECKING:
    from tasks.services.drives import Drive, DriveDetails

app = noun("drive", "Drives: a company recruits on campus.")
app.add_typer(drive_publish.app)
app.add_typer(drive_eligibility.app)

Status = Literal["draft", "posted", "paused", "in_progress", "completed", "cancelled", "archived"]


def selection_of(drive: Drive) -> str:
    """Who may register, in a few words."""
    chosen = drive.selection
    if chosen.state in ("none", "applied"):
        return chosen.state
    return f"{chosen.state} (job {chosen.job_id})"


DRIVE: tuple[Column[Drive], ...] = (
    Column("id"),
    Column("code"),
    Column("company"),
    Column("title"),
    Column("status"),
    Column("registration"),
    Column("reg_opens_at", title="Opens", wide=True),
    Column("reg_closes_at", title="Closes"),
    Column("drive_date", wide=True),
    Column("ctc_min", title="CTC from", wide=True),
    Column("ctc_max", title="CTC to", wide=True),
    Column("selection", selection_of),
    Column("selected", lambda drive: drive.selection.selected),
    Column("registered"),
    Column("auto_calc", wide=True),
    Column("auto_published", wide=True),
    Column("criteria_version", wide=True),
    Column("eligibility_computed_at", title="Eligibility computed", wide=True),
    Column("published_at", title="Published", wide=True),
    Column("published_by", wide=True),
    Column("paused_reason", wide=True),
    Column("cancelled_reason", wide=True),
    Column("note", wide=True),
    Column("allowed_moves", wide=True),
    Column("created_by", wide=True),
    Column("created_at", title="Created", wide=True),
)


def _lifted(column: Column[Drive]) -> Column[DriveDetails]:
    return Column(column.name, lambda found: column.of(found.drive), column.title)


RULES: Column[DriveDetails] = Column("criteria", lambda found: rules_of(found.criteria))
DETAILS = (*map(_lifted, DRIVE), RULES)


@command(app, "list", examples=["placeops drive list --status posted", "placeops drive list --json"])
def list_drives(
    call: Call,
    status: Annotated[Status | None, typer.Option("--status", help="Only drives in this status.")] = None,
    *,
    paging: Paging,
) -> None:
    """List drives, newest first."""
    actor = call.open()
    from tasks.services import drives

    found = paging.pages(partial(drives.list_drives, actor, status=status))
    call.out.listing(found, DRIVE, empty="No such drives. Next: placeops drive create --company … --title …")


@command(app, "show", examples=["placeops drive show 12", "placeops drive show ACME-1 --json"])
def show_drive(call: Call, drive: DriveArgument) -> None:
    """Show one drive with its rules."""
    actor = call.open()
    from tasks.services import drives

    found = drives.show_drive(actor, drive)
    call.out.record(found, DETAILS, key=lambda details: details.drive.id)
    _hint_at_trouble(call, found.drive)


@dataclass(frozen=True, slots=True)
class DriveFlags:
    """What a new drive is made of."""

    company: Annotated[str, typer.Option("--company", metavar="NAME", help="Who recruits.")]
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="For which position.")]
    code: Annotated[
        str | None,
        typer.Option("--code", metavar="CODE", help="A short name; made from the company if absent."),
    ] = None
    ctc_min: Annotated[
        int | None,
        typer.Option("--ctc-min", metavar="RUPEES", parser=rupees, help="Pay from, rupees a year."),
    ] = None
    ctc_max: Annotated[
        int | None,
        typer.Option("--ctc-max", metavar="RUPEES", parser=rupees, help="Pay up to, rupees a year."),
    ] = None
    opens: Annotated[
        datetime | None,
        typer.Option(
            "--opens", metavar="TIME", parser=moment, help="Registration opens: '2026-12-01 09:00'."
        ),
    ] = None
    closes: Annotated[
        datetime | None,
        typer.Option(
            "--closes", metavar="TIME", parser=moment, help="Registration closes: '2026-12-05 17:00'."
        ),
    ] = None
    drive_date: Annotated[
        date | None,
        typer.Option("--drive-date", metavar="DATE", parser=day, help="The day itself: 2026-12-10."),
    ] = None
    auto_calc: Annotated[
        bool, typer.Option("--auto-calc", help="Compute who is eligible, and publish to them by itself.")
    ] = False


@command(
    app,
    "create",
    examples=[
        "placeops drive create --company Acme --title 'Graduate engineer' --closes '2026-12-05 17:00' --cgpa-min 7",
        "placeops drive create --company Acme --title Analyst --criteria rules.toml --auto-calc --wait",
    ],
)
def create_drive(
    call: Call,
    new: DriveFlags,
    rules: CriteriaFlags,
    criteria: Annotated[
        str | None,
        typer.Option("--criteria", metavar="FILE", help="The rules in a TOML or JSON file; flags win."),
    ] = None,
    wait: Wait = False,
    timeout: Timeout = TEN_MINUTES,
) -> None:
    """Create a drive as a draft. Times without an offset are in the college's zone."""
    actor = call.open()
    from tasks.services import drives

    wanted = drives.NewDrive(
        company=new.company,
        title=new.title,
        code=new.code,
        ctc_min=new.ctc_min,
        ctc_max=new.ctc_max,
        reg_opens_at=in_zone(new.opens, call.out.zone),
        reg_closes_at=in_zone(new.closes, call.out.zone),
        drive_date=new.drive_date,
        auto_calc=new.auto_calc,
    )
    created = drives.create_drive(actor, wanted, read_criteria(rules, criteria))
    jobs = settled(call.out, actor, created.job, wait=wait, timeout=timeout)
    drive = drives.show_drive(actor, str(created.drive.id)).drive if jobs else created.drive
    call.out.record(drive, DRIVE, document=replace(created, drive=drive, job=jobs[0] if jobs else None))
    for warning in created.warnings:
        call.out.warn(warning)
    if not new.auto_calc:
        call.out.hint(f"Next: placeops drive publish {drive.code} --eligible, or --students FILE")
    finish(call.out, actor, jobs, wait=wait)


def _hint_at_trouble(call: Call, drive: Drive) -> None:
    """The way out when the drive's last selection was never applied."""
    chosen = drive.selection
    if chosen.state in ("failed", "cancelled"):
        call.out.warn(f"the last selection was not applied: job {chosen.job_id} is {chosen.state}")
        call.out.hint(f"Next: placeops job retry {chosen.job_id}")
    elif chosen.state == "pending":
        call.out.hint(f"Next: placeops job watch {chosen.job_id}")
