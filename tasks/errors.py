"""Every error placeOps reports on purpose: a code, a sentence, a fix.

The doors map a code to an exit status or an HTTP status; nothing below them knows either number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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
    UNAUTHENTICATED = "unauthenticated"
    LIMITED = "limited"
    DECLINED = "declined"
    STILL_RUNNING = "still-running"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of the registry: the kind, a title for the documentation, the way out if an error knows none better."""

    kind: Kind
    title: str
    fix: str


REGISTRY: Mapping[str, Code] = {
    "usage": Code(Kind.INVALID, "The command line cannot be understood", "read the command's page: --help"),
    "invalid-input": Code(
        Kind.INVALID, "A value cannot be used as it is", "correct this value and try again"
    ),
    "confirmation-needed": Code(
        Kind.INVALID, "The act needs --yes when nobody can be asked", "look with a dry run, then confirm"
    ),
    "declined": Code(
        Kind.DECLINED, "The operator answered No", "answer y to go on, or look first with a dry run"
    ),
    "not-found": Code(
        Kind.NOT_FOUND, "No such object", "list what there is, and use an id or a name from there"
    ),
    "ambiguous": Code(Kind.INVALID, "The name fits more than one object", "name the college as well"),
    "file-unreadable": Code(
        Kind.INVALID, "A file cannot be read", "name a file that exists and that you may read"
    ),
    "file-unwritable": Code(
        Kind.FAILED,
        "A result cannot be written where it was to go",
        "free space on the disk, or write to another place",
    ),
    "roster-rejected": Code(
        Kind.INVALID, "Rows of a roster cannot be imported", "correct these rows and import the file again"
    ),
    "plan-changed": Code(
        Kind.CONFLICT,
        "The plan no longer fits",
        "make a new plan with a dry run, look at it, and apply that one",
    ),
    "changed-meanwhile": Code(
        Kind.CONFLICT, "Something changed at the same moment", "look at it again, then repeat what still fits"
    ),
    "duplicate": Code(Kind.CONFLICT, "An object with this name exists already", "choose another name"),
    "precondition-required": Code(
        Kind.INVALID,
        "The change does not say which version it is meant for",
        "read the object, and send its ETag as If-Match",
    ),
    "precondition-failed": Code(
        Kind.CONFLICT,
        "The object is not the version that the change was meant for",
        "read the object again, and repeat the change for that version",
    ),
    "drive-state": Code(
        Kind.CONFLICT,
        "The drive's status does not allow the move",
        "look at the drive's status first: placeops drive list",
    ),
    "drive-not-publishable": Code(
        Kind.CONFLICT,
        "The drive cannot be published as it stands",
        "look at the drive's status first: placeops drive list",
    ),
    "students-not-eligible": Code(
        Kind.CONFLICT,
        "Some selected students are not eligible",
        "take them off the list, or give a reason to override",
    ),
    "students-unknown": Code(
        Kind.INVALID,
        "Some listed students do not exist",
        "correct the list, or import the missing students first",
    ),
    "nobody-selected": Code(
        Kind.INVALID,
        "A selection is empty",
        "say who may register: a list of students, or everybody eligible",
    ),
    "selection-pending": Code(
        Kind.CONFLICT, "The drive's selection is still being applied", "try again in a moment"
    ),
    "registration-closed": Code(
        Kind.CONFLICT,
        "The registration window is not open",
        "look at the drive's window: placeops drive list",
    ),
    "not-registered": Code(
        Kind.CONFLICT,
        "The student is not registered for the drive",
        "see who is: placeops registration list --drive DRIVE",
    ),
    "round-state": Code(
        Kind.CONFLICT,
        "The round's state does not allow the act",
        "look at the drive's rounds first: placeops round list --drive DRIVE",
    ),
    "offer-state": Code(
        Kind.CONFLICT,
        "The offer's status does not allow the change",
        "look at the offer first: placeops offer list",
    ),
    "not-selected": Code(
        Kind.CONFLICT,
        "The student is not on the drive's selection",
        "publish the drive with this student on the list",
    ),
    "not-eligible": Code(
        Kind.CONFLICT,
        "The student does not meet the drive's criteria",
        "see which rules the student does not meet: placeops drive why DRIVE STUDENT",
    ),
    "job-state": Code(
        Kind.CONFLICT,
        "The job's state does not allow the act",
        "look at the job's state first: placeops job list",
    ),
    "job-failed": Code(
        Kind.FAILED,
        "The job that was waited for failed",
        "see what happened, then run it again: placeops job list --state failed",
    ),
    "job-cancelled": Code(Kind.FAILED, "The job that was waited for was cancelled", "ask for the work again"),
    "still-running": Code(
        Kind.STILL_RUNNING, "The wait ended before the job did", "wait longer; the job goes on meanwhile"
    ),
    "queue-draining": Code(
        Kind.CONFLICT,
        "The job type is draining and accepts nothing new",
        "ask again when it is resumed: placeops queue stats",
    ),
    "queue-state": Code(
        Kind.CONFLICT,
        "The job type's state does not allow the act",
        "look at the job types first: placeops queue stats",
    ),
    "export-not-ready": Code(
        Kind.CONFLICT,
        "The export's file is not there (yet, or any more)",
        "wait for its job, or ask for a new export",
    ),
    "export-elsewhere": Code(
        Kind.UNAVAILABLE, "The export's file lies on another host", "download it on the host that wrote it"
    ),
    "too-many-rows": Code(Kind.INVALID, "More rows than the format can hold", "export in parts"),
    "schema-outdated": Code(Kind.UNAVAILABLE, "The database needs migrations", "placeops db migrate"),
    "schema-too-new": Code(
        Kind.UNAVAILABLE, "The database is newer than this program", "upgrade placeOps on this machine"
    ),
    "database-unreachable": Code(
        Kind.UNAVAILABLE, "PostgreSQL does not answer", "start PostgreSQL, then look with: placeops doctor"
    ),
    "not-configured": Code(
        Kind.UNAVAILABLE,
        "No database is configured or running",
        "placeops up, or set DATABASE_URL and REDIS_URL",
    ),
    "database-busy": Code(
        Kind.UNAVAILABLE, "PostgreSQL is too busy to answer in time", "try again in a moment"
    ),
    "embedded-servers": Code(
        Kind.UNAVAILABLE,
        "The embedded servers did not start",
        "see what they said in the log folder of the data folder, then: placeops up",
    ),
    "not-running": Code(
        Kind.UNAVAILABLE,
        "The process is not running here, or no longer makes progress",
        "start it, or look into its log",
    ),
    "port-in-use": Code(Kind.UNAVAILABLE, "Another program listens on the port", "choose another port"),
    "data-folder": Code(
        Kind.CONFLICT, "The data folder cannot be used for this", "choose another data folder"
    ),
    "unsafe-bind": Code(
        Kind.FORBIDDEN,
        "Without any user the API stays on loopback",
        "create a user first: placeops user create EMAIL --role ADMIN",
    ),
    "unauthenticated": Code(
        Kind.UNAUTHENTICATED,
        "The request does not say who is asking",
        "sign in, or send a token: placeops token create --user EMAIL --name PROGRAM",
    ),
    "bad-credentials": Code(
        Kind.UNAUTHENTICATED,
        "The address or the password is wrong",
        "try again, or have it reset: placeops user reset-password EMAIL",
    ),
    "too-many-attempts": Code(
        Kind.LIMITED, "Too many attempts to sign in", "wait a quarter of an hour, or have the password reset"
    ),
    "too-many-streams": Code(
        Kind.LIMITED, "Too many live streams of one user", "close some of the pages that show live figures"
    ),
    "idempotency-key-reused": Code(
        Kind.INVALID, "The key came with another request before", "take a new key for every request"
    ),
    "forbidden": Code(Kind.FORBIDDEN, "The actor may not do this", "ask somebody who may do this"),
    "wrong-host": Code(
        Kind.FORBIDDEN, "The request was meant for another host", "name the host in PLACEOPS_API_HOSTS"
    ),
    "cross-site": Code(
        Kind.FORBIDDEN,
        "The request comes from a page of another site",
        "send the request from a program, or from a page of the API itself",
    ),
    "method-not-allowed": Code(
        Kind.INVALID, "The address does not know this method", "use a method that the Allow header names"
    ),
    "media-type": Code(
        Kind.INVALID, "The body is not of a type that can be read", "send Content-Type: application/json"
    ),
    "body-too-slow": Code(Kind.INVALID, "The body took too long to arrive", "send it again"),
    "body-too-large": Code(
        Kind.INVALID, "The body is larger than the limit", "send less, in several requests"
    ),
    "backup-damaged": Code(
        Kind.FAILED,
        "A backup is not what its manifest says",
        "take an older one that was verified: placeops backup list",
    ),
    "dump-failed": Code(
        Kind.FAILED,
        "pg_dump or pg_restore ended with an error",
        "look at what it said, and for room on the disk: placeops doctor",
    ),
    "program-missing": Code(
        Kind.UNAVAILABLE,
        "A program of PostgreSQL is not here, or too old",
        "install the client programs of the server's version",
    ),
    "database-in-use": Code(
        Kind.CONFLICT,
        "Programs are connected to the database that is to be replaced",
        "stop the API, the workers and the scheduler first",
    ),
    "check-failed": Code(Kind.FAILED, "A check failed", "see all checks, each with its fix: placeops doctor"),
    "locked": Code(Kind.LOCKED, "Another run holds the lock", "try again when the other run is done"),
    "internal": Code(
        Kind.FAILED,
        "placeOps failed in a way nobody foresaw",
        "look into the log for the whole error, and report it",
    ),
}


_INPUT = re.compile(r"`([a-z][a-z_]*)`")


class PlaceopsError(Exception):
    """An expected error: `code` from the registry, a sentence, and how to get out of it (else the registry's fix).

    `field` names the offending input as a JSON pointer (`/selected_students/3`), `details` carries what a program
    may want (line numbers, allowed moves). Sentence and fix call an input by its name in backticks (`cgpa_min`),
    and an act by its command (placeops drive list); each door says both in its own words (`in_words`).
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
        self.fix = fix or REGISTRY[code].fix
        self.field = field
        self.details = dict(details or {})

    def in_words(self, say: Callable[[str], str]) -> PlaceopsError:
        """The same error with sentence and fix as a door says them."""
        return PlaceopsError(
            self.code, say(self.message), say(self.fix), field=self.field, details=self.details
        )


def named_inputs(text: str, name: Callable[[str], str]) -> str:
    """The text with every input (a word in backticks) called what `name` calls it."""
    return _INPUT.sub(lambda found: name(found[1]), text)
