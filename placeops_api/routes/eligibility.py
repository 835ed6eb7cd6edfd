"""Eligibility: compute it for a drive, sum it up, explain it for one student."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from placeops_api.identity import Caller
from placeops_api.openapi import errors, needs
from placeops_api.params import Branch, College, Cursor, Limit, Ref, RollNo
from placeops_api.words import NO_NUL
from tasks.services import eligibility, standings
from tasks.services.eligibility import EligibilitySummary, Explanation
from tasks.services.jobs import Job
from tasks.services.paging import Page
from tasks.services.standings import Candidate

router = APIRouter(prefix="/drives/{ref}", tags=["eligibility"])


@router.post(
    "/eligibility",
    status_code=202,
    summary="Compute who is eligible, as a job",
    responses=errors("not-found", "drive-state", "queue-draining"),
    openapi_extra=needs("drive.write"),
)
def compute_eligibility(caller: Caller, ref: Ref, response: Response) -> Job:
    job = eligibility.compute_eligibility(caller, ref)
    response.headers["Location"] = f"/jobs/{job.id}"
    return job


@router.get(
    "/eligibility",
    summary="Counts by verdict and by rule",
    responses=errors("not-found"),
    openapi_extra=needs("eligibility.read"),
)
def show_eligibility(caller: Caller, ref: Ref) -> EligibilitySummary:
    return eligibility.eligibility_summary(caller, ref)


@router.get(
    "/candidates",
    summary="The students that the drive chooses from, each with today's verdict",
    responses=errors("not-found"),
    openapi_extra=needs("eligibility.why"),
)
def list_candidates(
    caller: Caller,
    ref: Ref,
    verdict: Annotated[
        Literal["eligible", "review", "not"] | None, Query(description="Those with this verdict today")
    ] = None,
    selected: Annotated[bool | None, Query(description="Whether they are on the selection")] = None,
    q: Annotated[
        str | None,
        Query(description="A part of the roll number or of the name", max_length=200, pattern=NO_NUL),
    ] = None,
    college: College = None,
    branch: Branch = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Candidate]:
    return standings.candidates(
        caller,
        ref,
        verdict=verdict,
        selected=selected,
        search=q,
        college=college,
        branch=branch,
        limit=limit,
        cursor=cursor,
    )


@router.get(
    "/why",
    summary="Every rule for one student",
    responses=errors("not-found", "ambiguous"),
    openapi_extra=needs("eligibility.why"),
)
def explain_eligibility(caller: Caller, ref: Ref, student: RollNo, college: College = None) -> Explanation:
    return eligibility.explain(caller, ref, student, college)
