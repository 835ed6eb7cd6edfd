"""Rounds of a drive: list, plan, change, drop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import ConfigDict, Field

from placeops_api.bodies import Body
from placeops_api.identity import Caller, Creator
from placeops_api.openapi import errors, needs
from placeops_api.params import Cursor, Limit, Ref, Time
from placeops_api.versions import Versions, tagged
from placeops_api.words import NO_NUL
from tasks.services import rounds
from tasks.services.paging import Page
from tasks.services.rounds import NewRound, Round

router = APIRouter(prefix="/drives/{ref}/rounds", tags=["attendance"])

Kind = Annotated[str, Field(min_length=1, max_length=40, pattern=NO_NUL)]
Called = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
Seq = Annotated[int, Path(description="The round's number, from 1", ge=1, le=32767)]


class RoundBody(Body):
    """A round after the last one."""

    kind: Kind
    name: Called
    starts_at: Time | None = None
    venue: Called | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kind": "interview",
                "name": "Technical interview",
                "starts_at": "2027-01-21T10:00:00+05:30",
                "venue": "Placement block",
            }
        }
    )

    def new_round(self) -> NewRound:
        """As the service takes it."""
        return NewRound(**self.model_dump())


class RoundChangeBody(Body):
    """What changes of a round; absent members stay, null is unknown."""

    # Defaults are never looked at: only what was sent is handed on.
    kind: Kind = ""
    name: Called = ""
    starts_at: Time | None = None
    venue: Called | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"venue": "Main hall"}})

    def changes(self) -> Mapping[str, object]:
        """As the service takes it."""
        return self.model_dump(exclude_unset=True)


@router.get(
    "",
    summary="A drive's rounds in their order, with who stands where",
    responses=errors("not-found"),
    openapi_extra=needs("attendance.read"),
)
def list_rounds(caller: Caller, ref: Ref, limit: Limit = 50, cursor: Cursor = None) -> Page[Round]:
    return rounds.list_rounds(caller, ref, limit=limit, cursor=cursor)


@router.post(
    "",
    status_code=201,
    summary="Plan one more round; who came to the one before is called to it when that one is finalised",
    responses=errors("not-found", "drive-state", "idempotency-key-reused"),
    openapi_extra=needs("drive.write"),
)
def create_round(caller: Creator, ref: Ref, body: RoundBody, response: Response) -> Round:
    made = rounds.create_round(caller, ref, body.new_round())
    tagged(response, made)
    return made


@router.patch(
    "/{seq}",
    summary="Change a round until it is finalised",
    description="Needs the version to be changed (its `row_version` in quotes) as If-Match.",
    responses=errors(
        "not-found", "drive-state", "round-state", "precondition-required", "precondition-failed"
    ),
    openapi_extra=needs("drive.write"),
)
def update_round(
    caller: Caller, ref: Ref, seq: Seq, body: RoundChangeBody, versions: Versions, response: Response
) -> Round:
    changed = rounds.update_round(caller, ref, seq, body.changes(), versions=versions)
    tagged(response, changed)
    return changed


@router.delete(
    "/{seq}",
    summary="Drop the last round while nobody has been marked in it; the answer is the round as it was",
    responses=errors("not-found", "drive-state", "round-state"),
    openapi_extra=needs("drive.write"),
)
def delete_round(caller: Caller, ref: Ref, seq: Seq) -> Round:
    return rounds.delete_round(caller, ref, seq)
