"""Criteria that nobody has stored yet: how many they let through."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from placeops_api.bodies import Body, CriteriaBody, Rupees
from placeops_api.identity import Caller
from placeops_api.openapi import errors, needs
from placeops_api.words import NO_NUL
from tasks.services import preview
from tasks.services.preview import EligibilityPreview

router = APIRouter(prefix="/eligibility", tags=["eligibility"])


class PreviewBody(Body):
    """Criteria, and the drive that they are for where there is one; the pay counts for placed students."""

    criteria: CriteriaBody = CriteriaBody()
    drive: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)] | None = None
    ctc_min: Rupees | None = None
    ctc_max: Rupees | None = None

    model_config = ConfigDict(
        json_schema_extra={"example": {"criteria": {"cgpa_min": "7.00", "twelfth_or_diploma_min": "60"}}}
    )


@router.post(
    "/preview",
    summary="Counts by verdict and by rule for criteria as they are typed; stores nothing",
    responses=errors("not-found"),
    openapi_extra=needs("eligibility.read"),
)
def preview_eligibility(caller: Caller, body: PreviewBody) -> EligibilityPreview:
    return preview.preview_eligibility(
        caller, body.criteria.criteria(), drive=body.drive, ctc_min=body.ctc_min, ctc_max=body.ctc_max
    )
