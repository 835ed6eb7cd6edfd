"""Every error placeOps reports on purpose: a code, a sentence, a fix.

The doors map a code to an exit status or an HTTP status; nothing below them knows either number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """What sort of trouble it is; each door gives a kind one status."""

    FAILED = "failed"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    DECLINED = "declined"
    STILL_RUNNING = "still-running"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of the registry: the kind, a title for the documentation and what it means."""

    kind: Kind
    title: str


REGISTRY: Mapping[str, Code] = {
    "usage": Code(Kind.INVALID, "The command line cannot be understood"),
    "invalid-input": Code(Kind.INVALID, "A value cannot be used as it is"),
    "confirmation-needed": Code(Kind.INVALID, "The act needs --yes when nobody can be asked"),
    "declined": Code(Kind.DECLINED, "The operator answered No"),
    "not-found": Code(Kind.NOT_FOUND, "No such object"),
    "ambiguous": Code(Kind.INVALID, "The name fits more than one object"),
    "file-unreadable": Code(Kind.INVALID, "A file cannot be read"),
    "roster-rejected": Code(Kind.INVALID, "Rows of a roster cannot be imported"),
    "duplicate": Code(Kind.CONFLICT, "An object with this name exists already"),
    "drive-state": Code(Kind.CONFLICT, "The drive's status does not allow the move"),
    "drive-not-publishable": Code(Kind.CONFLICT, "The drive cannot be published as it stands"),
    "students-not-eligible": Code(Kind.CONFLICT, "Some selected students are not eligible"),
    "students-unknown": Code(Kind.INVALID, "Some listed students do not exist"),
    "nobody-selected": Code(Kind.INVALID, "A selection is empty"),
    "selection-pending": Code(Kind.CONFLICT, "The drive's selection is still being applied"),
    "registration-closed": Code(Kind.CONFLICT, "The registration window is not open"),
    "not-selected": Code(Kind.CONFLICT, "The student is not on the drive's selection"),
    "not-eligible": Code(Kind.CONFLICT, "The student does not meet the drive's criteria"),
    "job-state": Code(Kind.CONFLICT, "The job's state does not allow the act"),
    "job-failed": Code(Kind.FAILED, "The job that was waited for failed"),
    "job-cancelled": Code(Kind.FAILED, "The job that was waited for was cancelled"),
    "still-running": Code(Kind.STILL_RUNNING, "The wait ended before the job did"),
    "export-not-ready": Code(Kind.CONFLICT, "The export's file is not there (yet, or any more)"),
    "export-elsewhere": Code(Kind.UNAVAILABLE, "The export's file lies on another host"),
    "too-many-rows": Code(Kind.INVALID, "More rows than the format can hold"),
    "schema-outdated": Code(Kind.UNAVAILABLE, "The database needs migrations"),
    "schema-too-new": Code(Kind.UNAVAILABLE, "The database is newer than this program"),
    "database-unreachable": Code(Kind.UNAVAILABLE, "PostgreSQL does not answer"),
    "not-configured": Code(Kind.UNAVAILABLE, "No database is configured or running"),
    "database-busy": Code(Kind.UNAVAILABLE, "PostgreSQL is too busy to answer in time"),
    "embedded-servers": Code(Kind.UNAVAILABLE, "The embedded servers did not start"),
    "port-in-use": Code(Kind.UNAVAILABLE, "Another program listens on the port"),
    "data-folder": Code(Kind.CONFLICT, "The data folder cannot be used for this"),
    "unsafe-bind": Code(Kind.FORBIDDEN, "The API has no accounts yet and stays on loopback"),
    "forbidden": Code(Kind.FORBIDDEN, "The actor may not do this"),
    "wrong-host": Code(Kind.FORBIDDEN, "The request was meant for another host"),
    "cross-site": Code(Kind.FORBIDDEN, "The request comes from a page of another site"),
    "method-not-allowed": Code(Kind.INVALID, "The address does not know this method"),
    "media-type": Code(Kind.INVALID, "The body is not of a type that can be read"),
    "body-too-large": Code(Kind.INVALID, "The body is larger than the limit"),
    "check-failed": Code(Kind.FAILED, "A check failed"),
    "locked": Code(Kind.LOCKED, "Another run holds the lock"),
    "internal": Code(Kind.FAILED, "placeOps failed in a way nobody foresaw"),
}


class PlaceopsError(Exception):
    """An expected error: `code` from the registry, a sentence, and how to get out of it.

    `field` names the offending input as a JSON pointer (`/selected_students/3`), `details` carries what a program
    may want (line numbers, allowed moves).
    """

    def __init__(
        self,
        code: str,
        message: str,
        fix: str | None = None,
        *,
        field: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.kind = REGISTRY[code].kind
        self.message = message
        self.fix = fix
        self.field = field
        self.details = dict(details or {})
