"""Help pages, plain text: usage, one sentence, options (those of every command apart), examples as they are typed."""

from __future__ import annotations

import inspect
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from placeops_cli.output import colourful

if TYPE_CHECKING:
    from typer._click.core import Command, Context

EVERYWHERE = frozenset({"json", "quiet", "debug", "as_name", "help"})
WIDEST = 100
Rows = Sequence[tuple[str, str]]


class Leaf(TyperCommand):
    """A command that does something."""

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        return _light(super().get_help_option(ctx))

    def get_help(self, ctx: Context) -> str:
        sections: dict[str, list[tuple[str, str]]] = {
            "Arguments": [],
            "Options": [],
            "Options of every command": [],
        }
        for param in self.get_params(ctx):
            if isinstance(param, TyperArgument):
                sections["Arguments"].append((param.metavar or "", param.help or ""))
            elif row := param.get_help_record(ctx):
                sections["Options of every command" if param.name in EVERYWHERE else "Options"].append(row)
        arguments = " ".join(name for name, _ in sections["Arguments"])
        return page(
            self, f"{ctx.command_path} {arguments} [OPTIONS]".replace("  ", " "), list(sections.items())
        )


class Noun(TyperGroup):
    """A group of commands about one noun; bare, it shows its help."""

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        return _light(super().get_help_option(ctx))

    def get_help(self, ctx: Context) -> str:
        return page(
            self, f"{ctx.command_path} COMMAND", [("Commands", self.rows(ctx, self.list_commands(ctx)))]
        )

    def rows(self, ctx: Context, names: Iterable[str]) -> Rows:
        """Name and summary of the visible commands among `names`."""
        found = [(name, self.get_command(ctx, name)) for name in names]
        return [
            (name, command.get_short_help_str(WIDEST))
            for name, command in found
            if command and not command.hidden
        ]

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            raise typer.Exit()
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(name, self.list_commands(ctx), n=2)
            ctx.fail(f"no such command: {name}" + (f"; did you mean {' or '.join(near)}?" if near else ""))
        return super().resolve_command(ctx, args)


def _light(option: TyperOption | None) -> TyperOption | None:
    # Typer imports pydantic to look at a None, but takes a bool as it is.
    if option and option.default is None:
        option.default = False
    return option


def page(command: TyperCommand | TyperGroup, usage: str, sections: Sequence[tuple[str, Rows]]) -> str:
    """The whole page; sections without rows are left out."""
    width = min(shutil.get_terminal_size().columns, WIDEST)
    blocks = [f"{_heading('Usage')} {usage}", *_paragraphs(command.help or "", width)]
    blocks += [_section(title, rows, width) for title, rows in sections if rows]
    if command.epilog:
        blocks.append(_heading("Examples") + "\n" + textwrap.indent(inspect.cleandoc(command.epilog), "  "))
    return "\n\n".join(blocks)


def _paragraphs(text: str, width: int) -> list[str]:
    return [textwrap.fill(part, width - 2) for part in inspect.cleandoc(text).split("\n\n")]


def _section(title: str, rows: Rows, width: int) -> str:
    first = min(max(len(name) for name, _ in rows), 34) + 2
    lines = [_heading(title)]
    for name, text in rows:
        wrapped = textwrap.wrap(text, max(width - first - 4, 20)) or [""]
        if len(name) > first - 2:
            lines.append(f"  {name}")
            name = ""
        lines.append(f"  {name:<{first}}{wrapped[0]}".rstrip())
        lines += [" " * (first + 2) + line for line in wrapped[1:]]
    return "\n".join(lines)


def _heading(title: str) -> str:
    return f"\x1b[1m{title}:\x1b[0m" if colourful(sys.stdout) else f"{title}:"
