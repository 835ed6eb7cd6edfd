"""Students: list, look up, import in two steps, export."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from tempfile import TemporaryFile
from typing import Annotated, BinaryIO, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from placeops_api.identity import Caller
from placeops_api.openapi import errors, needs
from placeops_api.params import Branch, College, Cursor, DriveStatus, Limit, RollNo
from placeops_api.uploads import ROSTER, spooled
from placeops_api.words import NO_NUL
from tasks.services import access, choices, roster, roster_export, standings, students
from tasks.services.choices import Choices
from tasks.services.paging import Page
from tasks.services.roster import RosterReport, mapping_of
from tasks.services.standings import StudentDrive
from tasks.services.students import Student

router = APIRouter(prefix="/students", tags=["students"])

Start = Annotated[
    str | None,
    Query(description="How the roll number or a word of the name begins", max_length=200, pattern=NO_NUL),
]
OptionalRollNo = Annotated[
    str | None,
    Query(
        description="A roll number; without it the caller's own", min_length=1, max_length=200, pattern=NO_NUL
    ),
]
OnlyOpen = Annotated[bool, Query(description="Only drives that take registrations now")]
BatchYear = Annotated[int | None, Query(description="The year of passing out", ge=1950, le=2100)]


@router.get(
    "",
    summary="Students, in the order they came in",
    responses=errors("not-found"),
    openapi_extra=needs("student.read"),
)
def list_students(
    caller: Caller,
    q: Start = None,
    college: College = None,
    branch: Branch = None,
    batch_year: BatchYear = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Student]:
    return students.list_students(
        caller, q=q, college=college, branch=branch, batch_year=batch_year, limit=limit, cursor=cursor
    )


# A roll number may hold slashes, so it travels as a parameter rather than in the path.
@router.get(
    "/lookup",
    summary="The student with a roll number",
    responses=errors("not-found", "ambiguous"),
    openapi_extra=needs("student.read"),
)
def show_student(caller: Caller, roll_no: RollNo, college: College = None) -> Student:
    return students.show_student(caller, roll_no, college)


@router.get(
    "/choices",
    summary="What a form may offer: colleges, branches, programmes and batches, with their students",
    openapi_extra=needs("student.read"),
)
def show_choices(caller: Caller) -> Choices:
    return choices.student_choices(caller)


@router.get(
    "/drives",
    summary="One student before every drive: verdict, reasons, registration; students leave the number out",
    responses=errors("not-found", "ambiguous"),
    openapi_extra=needs("eligibility.why"),
)
def list_student_drives(
    caller: Caller,
    roll_no: OptionalRollNo = None,
    college: College = None,
    status: DriveStatus = None,
    open: OnlyOpen = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[StudentDrive]:
    return standings.drives_of_student(
        caller, roll_no, college=college, status=status, open=open, limit=limit, cursor=cursor
    )


async def uploaded(request: Request, caller: Caller) -> AsyncIterator[BinaryIO]:
    """The body as a file, once it is clear that the caller may import at all. Raises forbidden, file-unreadable."""
    access.require(caller, "student.import")
    async with spooled(request) as file:
        yield file


def mapped(
    words: Annotated[
        list[str],
        Query(
            alias="map",
            description="FIELD=HEADER, such as cgpa=CPI, for a column that is not recognised; may be repeated",
            max_length=50,
        ),
    ] = [],  # noqa: B006 - the default of a parameter in the document, never changed
) -> dict[str, str]:
    """Which column each field is. Raises invalid-input."""
    return mapping_of(words)


@router.post(
    "/import",
    summary="Import a roster: with `dry_run` a plan and its name, with that `plan` just what was planned",
    openapi_extra=ROSTER.described() | needs("student.import"),
    responses=errors("file-unreadable", "roster-rejected", "not-found", "plan-changed", "locked"),
)
def import_students(
    caller: Caller,
    file: Annotated[BinaryIO, Depends(uploaded)],
    mapping: Annotated[dict[str, str], Depends(mapped)],
    college: College = None,
    on_error: Annotated[
        Literal["skip", "abort"], Query(description="Import the good rows, or nothing")
    ] = "skip",
    dry_run: Annotated[bool, Query(description="Say what would happen; change nothing")] = False,
    plan: Annotated[
        str | None,
        Query(description="`plan` of a dry run: refuse anything else", max_length=100, pattern=NO_NUL),
    ] = None,
) -> RosterReport:
    return roster.import_roster(
        caller, file, college=college, mapping=mapping, on_error=on_error, dry_run=dry_run, plan=plan
    )


@router.get(
    "/export",
    summary="The roster as a CSV that the import reads back; audited",
    response_class=FileResponse,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}},
        **errors("not-found"),
    },
    openapi_extra=needs("student.read"),
)
def export_students(
    caller: Caller,
    q: Start = None,
    college: College = None,
    branch: Branch = None,
    batch_year: BatchYear = None,
) -> FileResponse:
    file = TemporaryFile()  # noqa: SIM115 - it lives until its last byte is sent
    try:
        written = roster_export.export_roster(
            caller, file, q=q, college=college, branch=branch, batch_year=batch_year
        )
        file.flush()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return FileResponse(
        f"/dev/fd/{file.fileno()}",
        stat_result=os.fstat(file.fileno()),
        background=BackgroundTask(file.close),
        media_type="text/csv; charset=utf-8",
        filename="students.csv",
        headers={"ETag": f'"{written.sha256}"'},
    )
