"""docs/cli.md: every command with its usage, its options and examples, from the tree of commands."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import typer
from typer.core import TyperArgument, TyperCommand, TyperOption

from placeops_cli.help import EVERYWHERE
from placeops_cli.main import SECTIONS, Entry, app
from tests.cli.tree import LEAVES
from tests.documents import head

NAMES_OF_HELP = app.info.context_settings["help_option_names"] if app.info.context_settings else []


def written() -> str:
    """The whole manual."""
    parts = head(
        "The commands",
        "What every command has in common (what goes to a terminal and what to a pipe, exit codes, errors) is the "
        "[contract](cli-contract.md); every code of an error stands in the [list of errors](errors.md). "
        "`placeops COMMAND -h` shows on the terminal what stands here.",
        "## Options of every command",
        "\n".join(_option(LEAVES["version"], everywhere=True)),
    )
    for title, section in SECTIONS.items():
        parts.append(f"## {title}")
        for name, entry in section.items():
            parts += _word(name, entry)
    return "\n\n".join(parts) + "\n"


def _word(name: str, entry: Entry) -> Iterator[str]:
    """A word after `placeops`: a command, or a noun with its verbs."""
    if name in LEAVES:
        yield from _command(name)
        return
    yield f"### placeops {name}"
    yield entry.summary
    for words in LEAVES:
        if words.startswith(f"{name} "):
            yield from _command(words)


def _command(words: str) -> Iterator[str]:
    leaf = LEAVES[words]
    yield f"{'####' if ' ' in words else '###'} placeops {words}"
    yield inspect.cleandoc(leaf.help or "")
    arguments = [param for param in leaf.params if isinstance(param, TyperArgument)]
    usage = " ".join(["placeops", words, *(str(param.metavar) for param in arguments), "[OPTIONS]"])
    yield f"```text\n{usage}\n```"
    listed = [f"- `{param.metavar}`: {param.help}" for param in arguments]
    if listed := listed + list(_option(leaf, everywhere=False)):
        yield "\n".join(listed)
    if leaf.epilog:
        yield f"```sh\n{leaf.epilog}\n```"


def _option(leaf: TyperCommand, *, everywhere: bool) -> Iterator[str]:
    ctx = typer.Context(leaf, help_option_names=NAMES_OF_HELP)
    for param in leaf.get_params(ctx):
        shared = param.name in EVERYWHERE
        if isinstance(param, TyperOption) and shared is everywhere and (row := param.get_help_record(ctx)):
            yield f"- `{row[0]}`: {row[1]}"
