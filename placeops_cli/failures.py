"""Exit codes, and how an error is told: a sentence, its code, the way out; as problem+json with `--json`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from typer.exceptions import TyperException

from placeops_cli.cells import clean
from placeops_cli.output import as_json, colourful
from tasks.errors import Kind, PlaceopsError

EXIT: Mapping[Kind, int] = {
    Kind.FAILED: 1,
    Kind.INVALID: 2,
    Kind.UNAVAILABLE: 3,
    Kind.NOT_FOUND: 4,
    Kind.CONFLICT: 5,
    Kind.FORBIDDEN: 6,
    Kind.DECLINED: 7,
    Kind.STILL_RUNNING: 8,
    Kind.LOCKED: 75,
}
INTERRUPTED, TERMINATED = 130, 143
CODE_COLUMN = 72
LISTED = 10


def report(error: Exception, *, json: bool, debug: bool) -> int:
    """Tell an error on stderr and return the exit code; the traceback appears with `debug` only."""
    from tasks.problems import problem, understood

    known = usage(error) if isinstance(error, TyperException) else understood(error)
    if debug:
        import traceback

        traceback.print_exception(error)
    elif known.code == "internal" and known.fix is None:
        known.fix = "run it again with --debug and report what it prints"
    if json:
        sys.stderr.write(as_json(problem(known)) + "\n")
    else:
        sys.stderr.write(told(known))
    return EXIT[known.kind]


def usage(error: TyperException) -> PlaceopsError:
    """A mistake in the command line, in our words; the fix names the nearest option or the command's help."""
    message = error.format_message().strip().rstrip(".").replace("Value error, ", "")
    ctx = getattr(error, "ctx", None)
    near = getattr(error, "possibilities", None)
    if near:
        message = f"{error.message}; did you mean {' or '.join(near[:2])}?"
    fix = f"{ctx.command_path} --help" if ctx else None
    return PlaceopsError("usage", message[:1].lower() + message[1:], fix)


def told(error: PlaceopsError) -> str:
    """The error for a person: sentence and code on one line, then details and the fix."""
    head = f"error: {clean(error.message)}"
    gap = " " * max(2, CODE_COLUMN - len(head))
    lines = [f"{_red('error:')}{head[6:]}{gap}[{error.code}]"]
    lines += [f"  {line}" for line in _details(error)]
    if error.fix:
        lines.append(f"  fix: {clean(error.fix)}")
    return "\n".join(lines) + "\n"


def _details(error: PlaceopsError) -> list[str]:
    """The first entries of every list among the details; `counts` knows how many there are when the list is cut."""
    lines = []
    counts = error.details.get("counts")
    for name, value in error.details.items():
        if not isinstance(value, list | tuple):
            continue
        total = max(len(value), sum(counts.values()) if counts else error.details.get("rejected", 0))
        lines += [_detail(name, item) for item in value[:LISTED]]
        if total > LISTED:
            lines.append(f"… and {total - len(value[:LISTED])} more")
    return lines


def _detail(name: str, item: object) -> str:
    """One rejected line, move or check: its line number first where it has one."""
    if not isinstance(item, Mapping):
        return clean(f"{name.replace('_', ' ')}: {item}")
    line = f"line {item['line']}: " if item.get("line") is not None else ""
    rest = ", ".join(str(value) for key, value in item.items() if key != "line" and value is not None)
    return clean(line + rest)


def _red(text: str) -> str:
    return f"\x1b[31m{text}\x1b[0m" if colourful(sys.stderr) else text
