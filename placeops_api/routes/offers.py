"""Offers: record, look up, change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict

from placeops_api.bodies import Body, Day, Name, RollNo, Rupees, Text, Why
from placeops_api.identity import Caller, Creator
from placeops_api.openapi import errors, needs
from placeops_api.params import College, Cursor, DriveFilter, Id, Limit
from placeops_api.versions import Versions, tagged
from placeops_api.words import NO_NUL
from tasks.services import offers
from tasks.services.offer_rules import NewOffer
from tasks.services.offers import Offer
from tasks.services.paging import Page

router = APIRouter(prefix="/offers", tags=["offers"])

Status = Literal["OFFERED", "ACCEPTED", "DECLINED", "REVOKED"]
StudentFilter = Annotated[
    str | None, Query(description="A student's roll number", min_length=1, max_length=200, pattern=NO_NUL)
]


class OfferBody(Body):
    """An offer to a student: of a drive, or (PPO, OFF_CAMPUS) of a company. Whole rupees a year, null is unknown."""

    student: RollNo
    college: Text | None = None
    drive: Text | None = None
    kind: Literal["DRIVE", "PPO", "OFF_CAMPUS"] = "DRIVE"
    company: Name | None = None
    ctc_fixed: Rupees | None = None
    ctc_variable: Rupees | None = None
    ctc_total: Rupees | None = None
    status: Status = "OFFERED"
    offered_on: Day | None = None
    joins_on: Day | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "student": "0108CS211042",
                "drive": "ACME-1",
                "ctc_fixed": 700000,
                "ctc_variable": 100000,
                "offered_on": "2027-01-25",
            }
        }
    )

    def new_offer(self) -> NewOffer:
        """As the service takes it."""
        return NewOffer(**self.model_dump())


class OfferChangeBody(Body):
    """What changes of an offer; absent members stay, null is unknown."""

    # Defaults are never looked at: only what was sent is handed on.
    status: Status = "OFFERED"
    ctc_fixed: Rupees | None = None
    ctc_variable: Rupees | None = None
    ctc_total: Rupees | None = None
    offered_on: Day | None = None
    joins_on: Day | None = None
    reason: Why | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"status": "ACCEPTED"}})

    def changes(self) -> Mapping[str, object]:
        """As the service takes it."""
        return self.model_dump(exclude_unset=True, exclude={"reason"})


@router.get(
    "",
    summary="Offers, newest first",
    responses=errors("not-found", "ambiguous"),
    openapi_extra=needs("offer.read"),
)
def list_offers(
    caller: Caller,
    drive: DriveFilter = None,
    student: StudentFilter = None,
    college: College = None,
    status: Annotated[Status | None, Query(description="Offers in this status")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Offer]:
    return offers.list_offers(
        caller, drive=drive, student=student, college=college, status=status, limit=limit, cursor=cursor
    )


@router.post(
    "",
    status_code=201,
    summary="Record an offer",
    responses=errors(
        "not-found", "ambiguous", "drive-state", "not-registered", "duplicate", "idempotency-key-reused"
    ),
    openapi_extra=needs("offer.write"),
)
def record_offer(caller: Creator, body: OfferBody, response: Response) -> Offer:
    offer = offers.record_offer(caller, body.new_offer())
    response.headers["Location"] = f"/offers/{offer.id}"
    tagged(response, offer)
    return offer


@router.get("/{id}", summary="One offer", responses=errors("not-found"), openapi_extra=needs("offer.read"))
def show_offer(caller: Caller, id: Id, response: Response) -> Offer:
    offer = offers.show_offer(caller, id)
    tagged(response, offer)
    return offer


@router.patch(
    "/{id}",
    summary="Change an offer's status, pay or dates",
    description="Needs the ETag of the version to be changed (its `row_version` in quotes) as If-Match. From OFFERED "
    "the status moves freely; an answer is taken back, or an offer revoked after it, with a reason only.",
    responses=errors("not-found", "offer-state", "precondition-required", "precondition-failed"),
    openapi_extra=needs("offer.write"),
)
def update_offer(
    caller: Caller, id: Id, body: OfferChangeBody, versions: Versions, response: Response
) -> Offer:
    offer = offers.update_offer(caller, id, body.changes(), reason=body.reason, versions=versions)
    tagged(response, offer)
    return offer
