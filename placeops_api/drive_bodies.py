"""What changes of a drive carry: members that are absent stay as they are, null means unknown."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from pydantic import AliasChoices, ConfigDict, Field

from placeops_api.bodies import Body, Count, Day, Flag, Mark, Name, Rupees, Text
from placeops_api.params import Time
from tasks.services.drive_update import DriveChanges

Reason = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]


class CriteriaChangeBody(Body):
    """Rules to change; null takes a rule back."""

    cgpa_min: Mark | None = None
    tenth_min: Mark | None = None
    twelfth_or_diploma_min: Mark | None = None
    active_backlogs_max: Count | None = None
    total_backlogs_max: Count | None = None
    branches: tuple[Text, ...] | None = None
    programmes: tuple[Text, ...] | None = None
    batch_years: tuple[Count, ...] | None = None
    colleges: tuple[Text, ...] | None = None
    genders: tuple[Literal["F", "M", "X"], ...] | None = None
    gender_purpose: Text | None = None
    not_debarred: Flag | None = None
    not_placed: Flag | None = None
    placed_ctc_multiple: Mark | None = None
    on_missing: Literal["EXCLUDE", "REVIEW", "INCLUDE"] | None = None


class DriveChangeBody(Body):
    """Fields of a drive to change; rules change as a new version of the criteria, null takes them all back."""

    # Defaults are never looked at: only what was sent is handed on. They keep null out of what cannot be unknown.
    company: Name = ""
    title: Name = ""
    code: Text = ""
    ctc_min: Rupees | None = None
    ctc_max: Rupees | None = None
    reg_opens_at: Time | None = None
    reg_closes_at: Time | None = None
    drive_date: Day | None = None
    note: Text | None = None
    criteria: CriteriaChangeBody | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"title": "Graduate engineer, Pune", "ctc_max": None, "criteria": {"cgpa_min": "6.50"}}
        }
    )

    def changes(self) -> DriveChanges:
        """As the service takes it."""
        return cast(DriveChanges, self.model_dump(exclude_unset=True, exclude={"auto_calc"}))


class DriveCopyBody(DriveChangeBody):
    """What differs in the copy."""

    auto_calc: Annotated[Flag, Field(validation_alias=AliasChoices("autoCalc", "auto_calc"))] = False

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"reg_closes_at": "2027-02-17T18:00:00+05:30", "criteria": {"cgpa_min": "6.50"}}
        }
    )


class ExtendBody(Body):
    """When registration closes now."""

    until: Time

    model_config = ConfigDict(json_schema_extra={"example": {"until": "2027-01-20T18:00:00+05:30"}})


class ReasonBody(Body):
    """Why, as students are told."""

    reason: Reason

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "the company moves its visit"}})
