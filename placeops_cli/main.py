"""`placeops NOUN VERB`: finds the command's module, runs it, turns what went wrong into an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, TextIO

import typer
from typer.main import get_command, get_group

from placeops_cli import signals
from placeops_cli.help import Noun, page

if TYPE_CHECKING:
    from typer._click.core import Command, Context


class Entry(NamedTuple):
    """A word after `placeops`: the module that holds it and its line in the help."""

    module: str
    summary: str


OFFICE = {
    "drive": Entry("drive", "Drives: a company recruits on campus."),
    "student": Entry("student", "Students: the roster and its import."),
    "registration": Entry("registration", "Registrations of students for drives."),
    "round": Entry("round", "Rounds of drives: a test, an interview."),
    "attendance": Entry("attendance", "Who is called to a round, and who came."),
    "offer": Entry("offer", "Offers to students, and what becomes of them."),
    "export": Entry("export", "Lists for companies, as files."),
    "view": Entry("view", "Analytics, refreshed in the background."),
}
WORK = {
    "queue": Entry("queue", "What waits, runs and fails, by job type."),
    "job": Entry("job", "Single jobs: look, wait, retry, cancel."),
    "worker": Entry("worker", "The processes that do the jobs."),
    "schedule": Entry("schedule", "What runs by the clock, and when."),
    "scheduler": Entry("scheduler", "The process that watches the clock."),
}
PEOPLE = {
    "user": Entry("user", "Users: who may sign in, and as what."),
    "token": Entry("token", "Tokens: how programs sign in to the API."),
    "audit": Entry("audit", "The audit log: who changed what."),
}
PLACE = {
    "up": Entry("up", "Start everything on this machine: database, API, worker, scheduler."),
    "status": Entry("operations", "Everything that matters, on one screen."),
    "doctor": Entry("operations", "Check the installation; every finding comes with its fix."),
    "api": Entry("api", "The REST API's process."),
    "db": Entry("db", "The database's schema."),
    "backup": Entry("backup", "The database as files that can be brought back."),
    "deploy": Entry("deploy", "Files for systemd, Compose and Kubernetes."),
    "config": Entry("config", "What is configured, and where it comes from."),
    "integration-test": Entry(
        "integration_test", "Prove the whole path, end to end, in a college of its own."
    ),
    "completion": Entry("operations", "Print the completion script of a shell."),
    "version": Entry("operations", "Print the version."),
}
SECTIONS = {"The placement office": OFFICE, "Background work": WORK, "People": PEOPLE, "This place": PLACE}
ENTRIES = {name: entry for section in SECTIONS.values() for name, entry in section.items()}


class Root(Noun):
    """The words after `placeops`; a word's module is imported when the word is used."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(ENTRIES)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name not in ENTRIES:
            return None
        group = get_group(import_module(f"placeops_cli.{ENTRIES[cmd_name].module}").app)
        return group if group.name == cmd_name else group.get_command(ctx, cmd_name)

    def get_help(self, ctx: Context) -> str:
        sections = {
            title: [(name, entry.summary) for name, entry in section.items()]
            for title, section in SECTIONS.items()
        }
        sections["Options"] = [("--version", "Print the version."), ("-h, --help", "Show this page.")]
        return page(self, "placeops COMMAND", list(sections.items()))


app = typer.Typer(
    name="placeops",
    cls=Root,
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def root() -> None:
    """Run a college placement office: drives, selections, registrations, lists, and the jobs behind them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns its exit code (0 done, 1 failed, 2 usage, 3 … 8, 75, 130, 143: see the manual)."""
    if shell := os.environ.get("_PLACEOPS_COMPLETE"):
        return _complete(shell)
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        words = ["version"]
    signals.listen()
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return _run(words)
    except BrokenPipeError:
        _forget(sys.stdout, sys.stderr)
        return 0
    except KeyboardInterrupt:
        return signals.exit_code() or 130
    finally:
        # A KeyboardInterrupt inside text that an import executes (dataclasses do) leaves a mark by which CPython ends
        # the process with the signal, whatever is returned here; executing any other text wipes the mark.
        exec("")  # noqa: S102


def _run(words: list[str]) -> int:
    command = get_command(app)
    try:
        code = 0
        try:
            with command.make_context("placeops", list(words)) as ctx:
                command.invoke(ctx)
        except typer.Exit as end:
            code = end.exit_code
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        raise
    except Exception as error:
        if (asked := signals.exit_code()) is not None:
            return asked
        from placeops_cli.failures import report

        options = words[: words.index("--")] if "--" in words else words
        _flush_what_can_be()
        return report(error, json="--json" in options, debug="--debug" in options)


def _complete(shell: str) -> int:
    from placeops_cli.completion import answer

    sys.stdout.write("".join(f"{line}\n" for line in answer(shell, get_command(app), sys.argv[1:])))
    return 0


def _open_closed_streams() -> None:
    """Python has no stream where the shell closed one (`>&-`): it leads nowhere then."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115


def _flush_what_can_be() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError:
        _forget(sys.stdout)


def _forget(*streams: TextIO) -> None:
    """Send what is still buffered nowhere, so that the interpreter's last flush does not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream.fileno())
