"""Every command that an error's fix, a help text or a document tells people to type exists."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_group

from placeops_cli.main import ENTRIES

ROOT = Path(__file__).parents[1]
FILES = [
    *(
        path
        for room in ("tasks", "placeops_cli", "placeops_api")
        for path in sorted((ROOT / room).rglob("*.py"))
    ),
    *(ROOT / name for name in ("README.md", "quickstart.sh", ".env.example", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("Dockerfile", "docker-compose.yml")),
    *sorted(path for path in (ROOT / "deploy").rglob("*.*") if path.is_file()),
]
TYPED = re.compile(r"placeops ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?")


@cache
def verbs(noun: str) -> frozenset[str]:
    """The commands of a noun; empty for a word that is a command itself."""
    group = get_group(import_module(f"placeops_cli.{ENTRIES[noun].module}").app)
    return frozenset(group.commands) if group.name == noun else frozenset()


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_commands_in_texts_exist(file: Path) -> None:
    for noun, verb in TYPED.findall(file.read_text("utf-8")):
        if noun in ENTRIES and verb and verbs(noun):
            # Names of processes and sessions read like commands: "placeops worker supervisor".
            assert verb in verbs(noun) or verb in {"supervisor"}, f"{file.name}: placeops {noun} {verb}"
