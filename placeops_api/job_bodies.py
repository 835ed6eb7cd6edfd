"""What requests about many jobs carry."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, Strict

from placeops_api.bodies import Body, Flag, Text
from placeops_api.params import Time
from tasks.services.job_sets import MOST
from tasks.services.jobs import JobFilter

JobId = Annotated[int, Strict(), Field(ge=1, le=2**53 - 1)]


class JobSetBody(Body):
    """Which jobs: those named, or those of a type, of a drive (by id or code), by whom, created since."""

    ids: Annotated[list[JobId], Field(max_length=MOST)] | None = None
    type: Text | None = None
    drive: Annotated[Text, Field(min_length=1)] | None = None
    by: Text | None = None
    since: Time | None = None
    dry_run: Flag = False


class RetryBody(JobSetBody):
    """Which failed jobs shall run again, or by their state which cancelled ones; without a filter every failed one."""

    state: Literal["failed", "cancelled"] | None = None

    model_config = ConfigDict(
        json_schema_extra={"example": {"state": "failed", "type": "auto-publish", "dry_run": True}}
    )

    def filter(self) -> JobFilter:
        """As the service takes it."""
        return JobFilter(self.state, self.type, self.drive, self.by, self.since)


class CancelBody(JobSetBody):
    """Which unfinished jobs shall not run; without a filter every one."""

    state: Literal["waiting", "delayed", "active"] | None = None

    model_config = ConfigDict(
        json_schema_extra={"example": {"state": "waiting", "type": "eligibility-filter", "dry_run": True}}
    )

    def filter(self) -> JobFilter:
        """As the service takes it."""
        return JobFilter(self.state, self.type, self.drive, self.by, self.since)
