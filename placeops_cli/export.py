"""`placeops export`: lists for companies, as files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli.command import TEN_MINUTES, Call, DriveArgument, Paging, Timeout, Wait, command, noun
from placeops_cli.files import copy_out, require_room_for
from placeops_cli.output import Column
from placeops_cli.reading import numbered
from placeops_cli.waiting import finish, refuse_unfinished, settled
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from tasks.services.exports import Export

app = noun("export", "Lists for companies, as files.")

EXPORT: tuple[Column[Export], ...] = (
    Column("id"),
    Column("drive_code", title="Drive"),
    Column("preset"),
    Column("dialect", title="For"),
    Column("format"),
    Column("filters", wide=True),
    Column("state"),
    Column("rows"),
    Column("bytes", wide=True),
    Column("requested_at", title="Requested"),
    Column("requested_by", title="By"),
    Column("expires_at", title="Expires"),
    Column("downloads"),
    Column("job_id", title="Job", wide=True),
    Column("completed_at", title="Completed", wide=True),
    Column("sha256", title="SHA-256", wide=True),
    Column("host", wide=True),
    Column("drive_id", wide=True),
)
PRESETS = ("company_shortlist", "attendance_sheet", "coordinator_full", "no_show", "offers")
Target = Annotated[
    str | None, typer.Option("--file", metavar="PATH", help="Copy the finished file here; - is stdout.")
]


@command(
    app,
    "registrations",
    examples=[
        "placeops export registrations ACME-1 --wait --file shortlist.csv",
        "placeops export registrations ACME-1 --for data --wait --file - | head",
        "placeops export registrations ACME-1 --preset attendance_sheet --branch CSE --format xlsx",
    ],
)
def export_registrations(
    call: Call,
    drive: DriveArgument,
    preset: Annotated[
        str, typer.Option("--preset", metavar="NAME", help=f"Which list: {', '.join(PRESETS)}.")
    ] = PRESETS[0],
    dialect: Annotated[
        Literal["excel", "data"], typer.Option("--for", help="Who reads it: a spreadsheet, or a program.")
    ] = "excel",
    format: Annotated[
        Literal["csv", "xlsx"],
        typer.Option("--format", help="A workbook keeps roll numbers like 0108 and 1E5 as they are."),
    ] = "csv",
    college: Annotated[
        str | None, typer.Option("--college", metavar="CODE", help="Only this college's.")
    ] = None,
    branch: Annotated[
        str | None, typer.Option("--branch", metavar="NAME", help="Only this branch's.")
    ] = None,
    status: Annotated[
        Literal["registered", "withdrawn"] | None, typer.Option("--status", help="Only these registrations.")
    ] = None,
    file: Target = None,
    wait: Wait = False,
    timeout: Timeout = TEN_MINUTES,
) -> None:
    """Write a drive's list to a file, in the background."""
    if file is not None and not wait:
        raise PlaceopsError("usage", "--file needs the finished file", "add --wait")
    if file is not None:
        require_room_for(file)
    actor = call.open()
    from tasks.services import exports

    filters = exports.Filters(college, branch, status)
    asked = exports.request_export(
        actor, drive, preset=preset, dialect=dialect, format=format, filters=filters
    )
    jobs = settled(call.out, actor, asked.job, wait=wait, timeout=timeout)
    if file is not None:
        refuse_unfinished(jobs)
        with exports.open_export(actor, asked.export.id).open() as content:
            copy_out(content, file)
    if file != "-":
        found = exports.show_export(actor, asked.export.id)
        call.out.record(found, EXPORT, document=exports.ExportRequested(found, jobs[0]))
    for warning in (jobs[0].result or {}).get("warnings", ()):
        call.out.warn(warning)
    finish(call.out, actor, jobs, wait=wait)
    if wait and file is None:
        call.out.hint(f"Next: placeops export download {asked.export.id}")


@command(app, "list", examples=["placeops export list --drive ACME-1"])
def list_exports(
    call: Call,
    drive: Annotated[str | None, typer.Option("--drive", metavar="DRIVE", help="Only this drive's.")] = None,
    *,
    paging: Paging,
) -> None:
    """List exports, newest first."""
    actor = call.open()
    from tasks.services import exports

    found = paging.pages(partial(exports.list_exports, actor, drive=drive))
    call.out.listing(found, EXPORT, empty="No exports. Next: placeops export registrations DRIVE --wait")


@command(
    app, "download", examples=["placeops export download 7", "placeops export download 7 --file - | less"]
)
def download(
    call: Call,
    export: Annotated[
        int, typer.Argument(metavar="EXPORT", parser=numbered("export"), help="The export's id.")
    ],
    file: Target = None,
) -> None:
    """Copy the file of an export, by default under its own name into this folder; the download is counted."""
    actor = call.open()
    from tasks.services import exports

    opened = exports.open_export(actor, export)
    with opened.open() as content:
        target = copy_out(content, file or opened.name)
    if target is not None:
        written: tuple[Column[exports.ExportFile], ...] = (
            Column("file", lambda _: str(target)),
            Column("bytes"),
            Column("sha256", title="SHA-256"),
        )
        call.out.record(opened, written, key=lambda _: str(target))
