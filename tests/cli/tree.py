"""The tree of commands as it is, for tests and documents that must leave none out."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from typer.core import TyperCommand
from typer.main import get_group

from placeops_cli.main import ENTRIES


def _leaves() -> Iterator[tuple[str, TyperCommand]]:
    for name, entry in ENTRIES.items():
        group = get_group(import_module(f"placeops_cli.{entry.module}").app)
        found = group.commands if group.name == name else {"": group.commands[name]}
        for verb, command in found.items():
            assert isinstance(command, TyperCommand)
            yield f"{name} {verb}".strip(), command


LEAVES = dict(_leaves())
"""Every command with the words that reach it."""
