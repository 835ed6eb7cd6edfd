"""docs/errors.md: the registry of errors, with the number that each door gives it and the way out in its words."""

from __future__ import annotations

from placeops_api.problems import status_of
from placeops_api.words import on_the_wire
from placeops_cli.failures import EXIT
from placeops_cli.words import on_the_line
from tasks.errors import REGISTRY, Kind, PlaceopsError
from tests.documents import head, table

MEANING = {
    Kind.FAILED: "A job, a check, or placeOps itself has failed.",
    Kind.INVALID: "What was asked cannot be understood or used.",
    Kind.UNAVAILABLE: "Something that is needed is down, or not set up.",
    Kind.NOT_FOUND: "There is no such object, or not for this actor.",
    Kind.CONFLICT: "The state of the object does not allow it.",
    Kind.FORBIDDEN: "The actor may not do this.",
    Kind.UNAUTHENTICATED: "Nobody knows who is asking.",
    Kind.LIMITED: "There were too many attempts.",
    Kind.DECLINED: "Whoever was asked has said No.",
    Kind.STILL_RUNNING: "The wait is over, the work goes on.",
    Kind.LOCKED: "Somebody else is at it.",
}


def written() -> str:
    """The whole list."""
    parts = head(
        "Errors",
        "Every error that placeOps reports on purpose has a code. On the terminal it ends the command with the exit "
        "status of its kind; the API answers with the HTTP status and sends the code as `code` in a problem document "
        "(RFC 9457). Each comes with a way out; the one below is said where an error knows none that fits better, "
        "on the terminal with commands and options, over the API with requests; which field an error is about says its "
        "`pointer`.",
    )
    for kind in Kind:
        found = [code for code, entry in REGISTRY.items() if entry.kind is kind]
        if found:
            parts += [
                f"## {kind.value.replace('-', ' ').capitalize()}: exit status {EXIT[kind]}",
                MEANING[kind],
            ]
            parts.append(table(["Code", "HTTP", "Means", "The way out"], [_row(code) for code in found]))
    return "\n\n".join(parts) + "\n"


def _row(code: str) -> list[str]:
    error = PlaceopsError(code, REGISTRY[code].title)
    line, wire = on_the_line(error).fix, on_the_wire(error).fix
    fix = line if line == wire else f"{line} (over the API: {wire})"
    return [f"`{code}`", str(status_of(error)), REGISTRY[code].title, fix]
