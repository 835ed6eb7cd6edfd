"""Attendance: who is called to a drive's rounds and who came; mark, finalise, correct."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from placeops_api.bodies import Body, Flag, RollNo, Students, Text, Why, listed
from placeops_api.identity import Caller
from placeops_api.openapi import errors, needs
from placeops_api.params import Cursor, Limit, Ref
from placeops_api.words import NO_NUL
from tasks.services import attendance, finalising
from tasks.services.attendance import Attendance, Marked
from tasks.services.finalising import Finalised
from tasks.services.paging import Page
from tasks.services.rolls import rolls_of
from tasks.services.selections import Listed

router = APIRouter(prefix="/drives/{ref}/attendance", tags=["attendance"])

Decision = Literal["PRESENT", "LATE", "ABSENT", "EXCUSED"]
Seq = Annotated[int, Field(strict=True, ge=1, le=32767, description="The round's number, from 1")]
RoundFilter = Annotated[int | None, Query(description="One round, by its number", ge=1, le=32767)]
StatusFilter = Annotated[
    Literal["PENDING", "PRESENT", "LATE", "ABSENT", "EXCUSED"] | None,
    Query(description="Those who stand like this"),
]
Pasted = Annotated[str, Field(max_length=2_000_000, pattern=NO_NUL)]


class MarkBody(Body):
    """Students who all get one decision: ids and roll numbers, or `text` as pasted, a roll number a line or a CSV.

    The answer names places in `students` and lines of `text`, both from 1; where both are given the lines go on.
    """

    students: Annotated[Students, Field(default_factory=list)]
    text: Pasted | None = None
    status: Decision
    round: Seq | None = None
    college: Text | None = None
    previous: Decision | None = None
    reason: Why | None = None
    dry_run: Flag = False

    model_config = ConfigDict(
        json_schema_extra={"example": {"students": ["0108CS211042", "0108CS211043"], "status": "PRESENT"}}
    )

    def listed(self) -> list[Listed]:
        """As the service takes it."""
        if self.text is None:
            return listed(self.students)
        first = len(self.students)
        lines = rolls_of(self.text, "text")
        return listed(self.students) + [Listed(first + line, roll_no) for line, roll_no in lines]


class FinaliseBody(Body):
    """The round to close; a drive with one round needs no number."""

    round: Seq | None = None
    dry_run: Flag = False

    model_config = ConfigDict(json_schema_extra={"example": {"round": 1, "dry_run": True}})


class CorrectionBody(Body):
    """One decision of a finalised round, changed for a reason."""

    student: RollNo
    status: Decision
    reason: Annotated[Why, Field(min_length=1)]
    round: Seq | None = None
    college: Text | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"student": "0108CS211042", "status": "PRESENT", "reason": "signed the paper list"}
        }
    )


@router.get(
    "",
    summary="Who is called to a drive's rounds, and who came",
    responses=errors("not-found"),
    openapi_extra=needs("attendance.read"),
)
def list_attendance(
    caller: Caller,
    ref: Ref,
    round: RoundFilter = None,
    status: StatusFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Attendance]:
    return attendance.list_attendance(caller, ref, seq=round, status=status, limit=limit, cursor=cursor)


@router.post(
    "",
    summary="Mark many students; the answer tells which entries marked nobody, and why",
    description="Without `round` it is the one that is open. A decision is overwritten only when `previous` names it.",
    responses=errors("not-found", "drive-state", "round-state"),
    openapi_extra=needs("attendance.mark"),
)
def mark_attendance(caller: Caller, ref: Ref, body: MarkBody) -> Marked:
    return attendance.mark_attendance(
        caller,
        ref,
        body.listed(),
        body.status,
        seq=body.round,
        college=body.college,
        previous=body.previous,
        reason=body.reason,
        dry_run=body.dry_run,
    )


@router.post(
    "/finalise",
    summary="Close a round: who is pending becomes absent, who came is called to the next",
    responses=errors("not-found", "drive-state", "round-state"),
    openapi_extra=needs("attendance.finalise"),
)
def finalise_round(caller: Caller, ref: Ref, body: FinaliseBody) -> Finalised:
    return finalising.finalise_round(caller, ref, seq=body.round, dry_run=body.dry_run)


@router.post(
    "/correct",
    summary="Change one decision of a finalised round (without its number, the last one)",
    responses=errors("not-found", "ambiguous", "drive-state", "round-state"),
    openapi_extra=needs("attendance.finalise"),
)
def correct_attendance(caller: Caller, ref: Ref, body: CorrectionBody) -> Attendance:
    return finalising.correct_attendance(
        caller, ref, body.student, body.status, reason=body.reason, seq=body.round, college=body.college
    )
