"""Exit codes, and how an error is told: a sentence, its code, the way out; as problem+json with `--json`."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from typer import BadParameter
from typer._click.exceptions import MissingParameter, NoSuchOption
from typer.exceptions import TyperException

from placeops_cli.cells import clean
from placeops_cli.help import Noun
from placeops_cli.output import as_json, colourful
from placeops_cli.words import on_the_line
from tasks.errors import Kind, PlaceopsError

if TYPE_CHECKING:
    from typer._click.core import Context, Parameter

EXIT: Mapping[Kind, int] = {
    Kind.FAILED: 1,
    Kind.INVALID: 2,
    Kind.UNAVAILABLE: 3,
    Kind.NOT_FOUND: 4,
    Kind.CONFLICT: 5,
    Kind.FORBIDDEN: 6,
    Kind.UNAUTHENTICATED: 6,
    Kind.LIMITED: 6,
    Kind.DECLINED: 7,
    Kind.STILL_RUNNING: 8,
    Kind.LOCKED: 75,
}
CODE_COLUMN = 72
LISTED = 10


def report(error: Exception, *, json: bool, debug: bool) -> int:
    """Tell an error on stderr and return the exit code; the traceback appears with `debug` only."""
    from tasks.problems import problem, understood

    known = on_the_line(usage(error) if isinstance(error, TyperException) else understood(error))
    if debug:
        import traceback

        traceback.print_exception(error)
    elif known.code == "internal":
        known.fix = "run it again with --debug and report what it prints"
    if json:
        sys.stderr.write(as_json(problem(known)) + "\n")
    else:
        sys.stderr.write(told(known))
    return EXIT[known.kind]


def usage(error: TyperException) -> PlaceopsError:
    """A mistake in the command line, in our words; the fix is the value's own, else how the command is called."""
    ctx: Context | None = getattr(error, "ctx", None)
    if isinstance(error, BadParameter) and not isinstance(error, MissingParameter) and error.param:
        message = error.message.removeprefix("Value error, ").rstrip(".")
        fix = _nearest(message) or _fix(error, ctx)
        return PlaceopsError("invalid-input", f"{_named(error.param)}: {message}", fix)
    if isinstance(error, MissingParameter) and error.param and ctx:
        return PlaceopsError("usage", _missing(error.param), synopsis(ctx))
    message = error.format_message().strip().rstrip(".")
    near = getattr(error, "possibilities", None)
    if near:
        message = f"{error.message}; did you mean {' or '.join(near[:2])}?"
    fix = _fix(error, ctx)
    if ctx and "extra argument" in message:
        fix = synopsis(ctx)
    elif ctx and isinstance(error, NoSuchOption) and isinstance(ctx.command, Noun):
        fix = f"options follow the whole command: {ctx.command_path} … {error.option_name}"
    return PlaceopsError("usage", message[:1].lower() + message[1:], fix)


def _nearest(message: str) -> str | None:
    """The choice that was probably meant."""
    given, is_choice, choices = message.partition(" is not one of ")
    near = get_close_matches(given.strip("'"), re.findall(r"'([^']*)'", choices), n=1) if is_choice else []
    return f"did you mean {near[0]}?" if near else None


def synopsis(ctx: Context) -> str:
    """The command with all that it cannot do without."""
    params = ctx.command.params
    needed = [_named(param) for param in params if param.param_type_name == "argument"]
    options = [param for param in params if param.required and param.param_type_name == "option"]
    needed += [f"{param.opts[0]} {_value(param)}" for param in options]
    return " ".join([ctx.command_path, *needed])


def _missing(param: Parameter) -> str:
    """The sentence for what was left out, with the words that it takes where they are few."""
    *others, last = _choices(param) or [""]
    taken = f": {', '.join(others)} or {last}" if last else ""
    return f"{_named(param)} is missing{taken}"


def _value(param: Parameter) -> str:
    """What stands for an option's value: its name, or the words that it takes."""
    return getattr(param, "metavar", None) or "|".join(_choices(param)) or "VALUE"


def _choices(param: Parameter) -> list[str]:
    known = getattr(getattr(param, "type_descriptor", None), "choices", None)
    return [str(word) for word in known or ()]


def _fix(error: TyperException, ctx: Context | None) -> str | None:
    return getattr(error, "fix", None) or (f"{ctx.command_path} --help" if ctx else None)


def _named(param: Parameter) -> str:
    """A parameter as the help page calls it."""
    if param.param_type_name == "option":
        return str(param.opts[0])
    return str(getattr(param, "metavar", None) or param.name)


def told(error: PlaceopsError) -> str:
    """The error for a person: sentence and code on one line, then details and the fix."""
    head = f"error: {clean(error.message)}"
    gap = " " * max(2, CODE_COLUMN - len(head))
    lines = [f"{_red('error:')}{head[6:]}{gap}[{error.code}]"]
    lines += [f"  {line}" for line in _details(error)]
    lines.append(f"  fix: {clean(error.fix)}")
    return "\n".join(lines) + "\n"


def _details(error: PlaceopsError) -> list[str]:
    """The first entries of every list among the details; `counts` knows how many there are when the list is cut."""
    lines = []
    counts = error.details.get("counts")
    for name, value in error.details.items():
        # The sentence names the moves already.
        if not isinstance(value, list | tuple) or name == "allowed_moves":
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
    rest = ", ".join(str(value) for key, value in item.items() if key != "line" and value not in (None, ""))
    return clean(line + rest)


def _red(text: str) -> str:
    return f"\x1b[31m{text}\x1b[0m" if colourful(sys.stderr) else text
