"""What every command has in common: its options, who asks, how its result is written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import typer

from placeops_cli.help import Leaf, Noun
from placeops_cli.output import Output
from placeops_cli.reading import duration, whole

if TYPE_CHECKING:
    from tasks.actor import Actor
    from tasks.services.paging import Page

F = TypeVar("F", bound=Callable[..., None])
T = TypeVar("T")


class Fetch(Protocol[T]):
    """A service's list function, all but the page chosen."""

    def __call__(self, *, limit: int, cursor: str | None) -> Page[T]: ...


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, as the REST API sends it.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print ids only, and no hints.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error and the log on stderr.")]
AsName = Annotated[
    str | None, typer.Option("--as", metavar="NAME", help="Act, and be audited, under this name.")
]

# Options that several commands share, so that they read alike everywhere.
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until the work is done.")]
Timeout = Annotated[
    timedelta,
    typer.Option(
        "--timeout",
        metavar="TIME",
        parser=duration,
        show_default=False,
        help="How long --wait waits (30s, 10m, 2h; 10m by default); then exit 8.",
    ),
]
TEN_MINUTES = timedelta(minutes=10)
College = Annotated[
    str | None,
    typer.Option("--college", metavar="CODE", help="The college, where the roll number alone is not enough."),
]
DriveArgument = Annotated[str, typer.Argument(metavar="DRIVE", help="The drive's id or code.")]


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a long list is wanted."""

    limit: Annotated[
        int,
        typer.Option("--limit", metavar="N", parser=whole(1, 200), help="How many to list, 1 to 200."),
    ] = 50
    cursor: Annotated[
        str | None, typer.Option("--cursor", metavar="C", help="Go on where the last list ended.")
    ] = None
    all: Annotated[bool, typer.Option("--all", help="List everything, however long, page by page.")] = False

    def pages(self, fetch: Fetch[T]) -> Page[T] | Iterator[Page[T]]:
        """What `fetch` (a service's list function) finds: one page, or with `--all` one after another."""
        return self._every(fetch) if self.all else fetch(limit=self.limit, cursor=self.cursor)

    def _every(self, fetch: Fetch[T]) -> Iterator[Page[T]]:
        cursor = self.cursor
        while True:
            page = fetch(limit=200, cursor=cursor)
            yield page
            cursor = page.next_cursor
            if cursor is None:
                return


@dataclass(frozen=True, slots=True)
class Call:
    """One command as it was called."""

    out: Output
    debug: bool = False
    as_name: str | None = None

    def open(self, *, check_schema: bool = True, patience: str = "60s") -> Actor:
        """Connect the process to its database and say who acts; `patience` is the limit of one statement.

        Raises PlaceopsError when there is none.
        """
        from placeops_cli.context import open_place

        return open_place(self.as_name, debug=self.debug, check_schema=check_schema, patience=patience)


def noun(name: str, summary: str) -> typer.Typer:
    """A group of commands; `summary` is its sentence in the help."""
    return typer.Typer(name=name, help=summary, cls=Noun, rich_markup_mode=None, add_completion=False)


def part() -> typer.Typer:
    """Commands of a noun that live in a file of their own; the noun takes them in with `add_typer`."""
    return typer.Typer(rich_markup_mode=None, add_completion=False)


def command(group: typer.Typer, name: str, *, examples: Sequence[str] = ()) -> Callable[[F], F]:
    """Register a function as `name`; the options of every command reach it as its first parameter, a `Call`.

    The function's docstring is the help, `examples` follow it. A parameter that is a dataclass of options stands for
    those options.
    """

    def register(function: F) -> F:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        bundles = {parameter.name: kind for parameter in own if (kind := _bundle(parameter))}

        @wraps(function)
        def run(json: bool, quiet: bool, debug: bool, as_name: str | None, **given: object) -> None:
            for bundle, kind in bundles.items():
                given[bundle] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
            function(Call(Output(json, quiet), debug, as_name), **given)

        parameters = [option for parameter in own for option in _options(parameter)] + _shared()
        ordered = sorted(parameters, key=lambda option: option.default is not option.empty)
        run.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        group.command(name, cls=Leaf, epilog="\n".join(examples) or None)(run)
        return function

    return register


def _bundle(parameter: inspect.Parameter) -> type | None:
    kind = parameter.annotation
    return kind if isinstance(kind, type) and is_dataclass(kind) else None


def _options(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    bundle = _bundle(parameter)
    found = inspect.signature(bundle, eval_str=True).parameters.values() if bundle else [parameter]
    return [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in found]


def _shared() -> list[inspect.Parameter]:
    kind = inspect.Parameter.KEYWORD_ONLY
    options = {
        "json": (Json, False),
        "quiet": (Quiet, False),
        "debug": (Debug, False),
        "as_name": (AsName, None),
    }
    return [
        inspect.Parameter(name, kind, default=value, annotation=form)
        for name, (form, value) in options.items()
    ]
