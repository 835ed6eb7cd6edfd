"""`placeops status`, `doctor`, `version`, `completion`: the place as a whole."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli.cells import count, relative, stamp
from placeops_cli.command import Call, command, noun
from placeops_cli.output import Column
from placeops_cli.queue import show_types
from placeops_cli.screen import watching
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from tasks.services.health import Check, Status

app = noun("operations", "The place as a whole.")

CHECK: tuple[Column[Check], ...] = (Column("status"), Column("name"), Column("detail"), Column("fix"))
FACT: tuple[Column[tuple[str, object]], ...] = (
    Column("name", lambda fact: fact[0]),
    Column("value", lambda fact: fact[1]),
)


def version_text() -> str:
    """The installed version; `unknown` when run from a tree that was never installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("placeops")
    except PackageNotFoundError:
        return "unknown"


@command(app, "version", examples=["placeops version"])
def show_version(call: Call) -> None:
    """Print the version."""
    if call.out.json:
        call.out.document({"version": version_text()})
    else:
        call.out.raw(version_text())


@command(
    app,
    "completion",
    examples=[
        "placeops completion bash > ~/.local/share/bash-completion/completions/placeops",
        "placeops completion zsh > ~/.zfunc/_placeops",
        "placeops completion fish > ~/.config/fish/completions/placeops.fish",
    ],
)
def completion(
    call: Call,
    shell: Annotated[
        Literal["bash", "zsh", "fish"], typer.Argument(metavar="SHELL", help="bash, zsh or fish.")
    ],
) -> None:
    """Print the completion script of a shell."""
    from placeops_cli.completion import SCRIPTS

    if call.out.json:
        call.out.document({"shell": shell, "script": SCRIPTS[shell]})
    else:
        print(SCRIPTS[shell])


@command(app, "status", examples=["placeops status --watch"])
def show_status(
    call: Call,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again every two seconds, until Ctrl-C.")
    ] = False,
) -> None:
    """Show everything that matters on one screen: drives, queues, workers, what is stuck."""
    actor = call.open()
    from tasks.services import health

    for _ in watching(call.out, watch):
        with _the_screen_tells():
            found = health.status(actor)
        if call.out.json:
            call.out.document(found)
        elif call.out.on_terminal:
            _screen(call, found)
        elif not call.out.quiet:
            call.out.listing(_facts(found), FACT, empty="")


@contextmanager
def _the_screen_tells() -> Iterator[None]:
    """An outage is what these commands show: its line in the log would stand there twice."""
    log = logging.getLogger("tasks.jobs.doorbell")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _screen(call: Call, found: Status) -> None:
    queue = found.queue
    drives = ", ".join(f"{row.drives:,} {row.status.replace('_', ' ')}" for row in found.drives) or "none yet"
    taking = sum(row.open for row in found.drives)
    call.out.grid(
        [
            ("Database", found.database),
            ("Redis", (found.degraded or found.redis).removeprefix("Redis ")),
            ("Workers", f"{queue.workers:,} alive, and {count(queue.schedulers, 'scheduler')}"),
            ("Drives", f"{drives}; {taking:,} take registrations"),
            ("Analytics", _age(call, found.views_as_of, "never refreshed")),
            ("Backup", _age(call, found.backup_at, "none yet")),
        ]
    )
    call.out.say("")
    show_types(call, queue.types)
    if found.attention:
        call.out.say("")
        call.out.grid(line for check in found.attention for line in _check_lines(check))


def _age(call: Call, when: datetime | None, never: str) -> str:
    return never if when is None else f"{relative(when)} ({stamp(when, call.out.zone)})"


def _facts(found: Status) -> list[tuple[str, object]]:
    """The same for a pipe: one fact a line."""
    queue = found.queue
    facts: list[tuple[str, object]] = [
        ("database", found.database),
        ("redis", found.redis),
        ("degraded", found.degraded),
        ("workers", queue.workers),
        ("schedulers", queue.schedulers),
    ]
    facts += [(f"drives.{row.status}", row.drives) for row in found.drives]
    for kind in queue.types:
        facts += [
            (f"{kind.type}.{state}", getattr(kind, state))
            for state in ("waiting", "active", "delayed", "failed")
        ]
    facts += [
        ("unapplied", len(found.unapplied)),
        ("views_as_of", found.views_as_of),
        ("backup_at", found.backup_at),
    ]
    return facts + [(f"attention.{check.name}", check.detail) for check in found.attention]


@command(app, "doctor", examples=["placeops doctor", "placeops doctor --json"])
def doctor(call: Call) -> None:
    """Check the installation; every finding comes with its fix. Exit 1 when a check fails."""
    actor = call.open(check_schema=False)
    from tasks.services import health

    with _the_screen_tells():
        checks = health.doctor(actor)
    show_checks(call, checks)
    failed = [check.name for check in checks if check.status == "fail"]
    if failed:
        raise PlaceopsError(
            "check-failed", f"{len(failed)} of {len(checks)} checks failed: {', '.join(failed)}"
        )


def show_checks(call: Call, checks: Sequence[Check]) -> None:
    """What was looked at, each finding with its fix."""
    if call.out.on_terminal:
        call.out.grid(line for check in checks for line in _check_lines(check))
    elif not call.out.quiet:
        call.out.listing(checks, CHECK, empty="")


def _check_lines(check: Check) -> list[tuple[str, str, str]]:
    line = (check.status, check.name, check.detail)
    return [line, ("", "", f"fix: {check.fix}")] if check.fix else [line]
