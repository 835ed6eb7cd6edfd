"""What requests carry: shapes only, the rules are the services'. Members that nobody declared are refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    Strict,
    WithJsonSchema,
)

from placeops_api.params import Time, require_date
from placeops_api.words import NO_NUL
from tasks.services.criteria import Criteria
from tasks.services.drive_create import NewDrive
from tasks.services.drives import BIGGEST_ID
from tasks.services.exports import Filters
from tasks.services.selections import Listed

Text = Annotated[str, Field(max_length=1000, pattern=NO_NUL)]
Why = Annotated[str, Field(max_length=500, pattern=NO_NUL)]
Name = Annotated[str, Field(min_length=1, max_length=300, pattern=NO_NUL)]
Count = Annotated[int, Strict(), Field(ge=0, le=BIGGEST_ID)]
Flag = Annotated[bool, Strict()]
_DECIMAL: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 10**6, "multipleOf": 0.0001},
        {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,9})?$"},
    ]
}
Mark = Annotated[Decimal, Field(max_digits=20), WithJsonSchema(_DECIMAL)]
Rupees = Annotated[int, Strict(), Field(ge=0, le=10**15)]
Day = Annotated[date, BeforeValidator(require_date)]
StudentId = Annotated[int, Strict(), Field(ge=1, le=BIGGEST_ID)]
RollNo = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
# A body of millions of wrong entries would else take gigabytes of errors.
Students = Annotated[list[StudentId | RollNo], FailFast()]


class Body(BaseModel):
    """A JSON object without unknown members."""

    model_config = ConfigDict(extra="forbid")


class CriteriaBody(Body):
    """The rules of a drive: an absent rule imposes nothing, a rule of 0 is a rule."""

    cgpa_min: Mark | None = None
    tenth_min: Mark | None = None
    twelfth_or_diploma_min: Mark | None = None
    active_backlogs_max: Count | None = None
    total_backlogs_max: Count | None = None
    branches: tuple[Text, ...] = ()
    programmes: tuple[Text, ...] = ()
    batch_years: tuple[Count, ...] = ()
    colleges: tuple[Text, ...] = ()
    genders: tuple[Literal["F", "M", "X"], ...] = ()
    gender_purpose: Text | None = None
    not_debarred: Flag = True
    not_placed: Flag = False
    placed_ctc_multiple: Mark | None = None
    on_missing: Literal["EXCLUDE", "REVIEW", "INCLUDE"] = "EXCLUDE"

    def criteria(self) -> Criteria:
        """As the service takes it."""
        return Criteria(**self.model_dump())


class DriveBody(Body):
    """A new drive; money in whole rupees a year, times with their zone."""

    company: Name
    title: Name
    code: Text | None = None
    ctc_min: Rupees | None = None
    ctc_max: Rupees | None = None
    reg_opens_at: Time | None = None
    reg_closes_at: Time | None = None
    drive_date: Day | None = None
    auto_calc: Annotated[Flag, Field(validation_alias=AliasChoices("autoCalc", "auto_calc"))] = False
    criteria: CriteriaBody = CriteriaBody()

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "company": "Acme",
                "title": "Graduate engineer",
                "ctc_min": 600000,
                "ctc_max": 900000,
                "reg_opens_at": "2027-01-10T09:00:00+05:30",
                "reg_closes_at": "2027-01-17T18:00:00+05:30",
                "autoCalc": True,
                "criteria": {"cgpa_min": "7.00", "active_backlogs_max": 0, "branches": ["CSE", "ECE"]},
            }
        }
    )

    def new_drive(self) -> NewDrive:
        """As the service takes it."""
        return NewDrive(**self.model_dump(exclude={"criteria"}))


class PublishBody(Body):
    """Who may register: numbers are students' ids, strings are roll numbers; or everybody eligible today; or who comes
    to the selection of a posted drive, and who leaves it.

    Problems of single students name their place in the list, counted from 1.
    """

    selected_students: Students = []
    add_students: Students = []
    remove_students: Students = []
    eligible: Flag = False
    college: Text | None = None
    override_reason: Text | None = None
    dry_run: Flag = False

    model_config = ConfigDict(json_schema_extra={"example": {"selected_students": [17, "0108CS211042"]}})

    def selection(self) -> list[Listed]:
        """As the service takes it."""
        return listed(self.selected_students)

    def additions(self) -> list[Listed]:
        """Who comes, as the service takes it."""
        return listed(self.add_students)

    def removals(self) -> list[Listed]:
        """Who leaves, as the service takes it."""
        return listed(self.remove_students)


def listed(given: Sequence[int | str]) -> list[Listed]:
    """Students by id or roll number, in their places from 1."""
    return [
        Listed(place, student_id=one) if isinstance(one, int) else Listed(place, roll_no=one)
        for place, one in enumerate(given, 1)
    ]


class RegistrationBody(Body):
    """Whom to register, by roll number; students leave it out and register themselves. A reason makes it a late one."""

    student: RollNo | None = None
    college: Text | None = None
    reason: Why | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"student": "0108CS211042"}})


class WithdrawalBody(Body):
    """Whom to withdraw, by roll number, after the close with a reason; students withdraw themselves without it."""

    student: RollNo | None = None
    college: Text | None = None
    reason: Why | None = None

    model_config = ConfigDict(
        json_schema_extra={"example": {"student": "0108CS211042", "reason": "accepted another offer"}}
    )


class ExportBody(Body):
    """Which columns, for whom (`excel` guards formulas, `data` is exact), in which format, and which rows."""

    preset: Text = "company_shortlist"
    dialect: Literal["excel", "data"] = "excel"
    format: Literal["csv", "xlsx"] = "csv"
    college: Text | None = None
    branch: Text | None = None
    status: Literal["registered", "withdrawn"] | None = None

    model_config = ConfigDict(
        json_schema_extra={"example": {"preset": "company_shortlist", "format": "xlsx", "branch": "CSE"}}
    )

    def filters(self) -> Filters:
        """As the service takes them."""
        return Filters(self.college, self.branch, self.status)


class PauseBody(Body):
    """Why no more jobs of a type shall start."""

    reason: Why | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "the college's database moves"}})


class DrainBody(Body):
    """Why a type shall accept no more jobs."""

    reason: Why | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "the release of tonight"}})
