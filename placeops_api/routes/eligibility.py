"""Eligibility: compute it for a drive, sum it up, explain it for one student."""

from __future__ import annotations

from fastapi import APIRouter, Response

from placeops_api.identity import Caller
from placeops_api.openapi import errors, needs
from placeops_api.params import College, Ref, RollNo
from tasks.services import eligibility
from tasks.services.eligibility import EligibilitySummary, Explanation
from tasks.services.jobs import Job

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
    "/why",
    summary="Every rule for one student",
    responses=errors("not-found", "ambiguous"),
    openapi_extra=needs("eligibility.why"),
)
def explain_eligibility(caller: Caller, ref: Ref, student: RollNo, college: College = None) -> Explanation:
    return eligibility.explain(caller, ref, student, college)
