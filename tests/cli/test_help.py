"""Every command explains itself; nothing heavy is imported for that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection, Iterator
from importlib import import_module

import pytest
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command, get_group

from placeops_cli.main import ENTRIES, app, main

HEAVY = ("sqlalchemy", "fastapi", "dramatiq", "pydantic", "psycopg", "alembic", "redis", "rich")


def leaves() -> Iterator[tuple[str, TyperCommand]]:
    """Every command with the words that reach it."""
    for name, entry in ENTRIES.items():
        group = get_group(import_module(f"placeops_cli.{entry.module}").app)
        found = group.commands if group.name == name else {"": group.commands[name]}
        for verb, command in found.items():
            assert isinstance(command, TyperCommand)
            yield f"{name} {verb}".strip(), command


LEAVES = dict(leaves())


def test_the_walk_sees_the_whole_tree() -> None:
    assert len(LEAVES) > 40
    assert {"drive publish", "job watch", "queue stats", "up", "completion"} <= set(LEAVES)
    assert isinstance(get_command(app), TyperGroup)


@pytest.mark.parametrize("words", LEAVES)
def test_every_command_has_help(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words.split(), "-h"]) == 0
    page = capsys.readouterr().out
    assert page.startswith(f"Usage: placeops {words}")
    assert "--json" in page
    assert LEAVES[words].help.rstrip().endswith((".", ")"))  # type: ignore[union-attr]


@pytest.mark.parametrize("words", LEAVES)
def test_every_option_is_described_and_examples_are_of_this_command(words: str) -> None:
    command = LEAVES[words]
    for param in command.params:
        assert getattr(param, "help", None), f"{words}: {param.name} has no help"
    options = {name for param in command.params if isinstance(param, TyperOption) for name in param.opts}
    assert {"--json", "--quiet", "--debug", "--as"} <= options
    for example in (command.epilog or "").splitlines():
        assert f"placeops {words}" in example


@pytest.mark.parametrize("group", ["", *(name for name in ENTRIES if f"{name}" not in LEAVES)])
def test_a_bare_group_shows_its_help(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(group.split()) == 0
    assert "COMMAND" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        (["drive", "publsh"], "did you mean publish?"),
        (["drvie"], "did you mean drive or view?"),
        (["drive", "list", "--statsu", "posted"], "did you mean --status or --as?"),
    ],
)
def test_a_typo_gets_a_suggestion(
    words: list[str], suggestion: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    text = capsys.readouterr().err
    assert suggestion in text
    assert "[usage]" in text


@pytest.mark.parametrize("words", [["--help"], ["drive", "publish", "--help"], ["drive"], ["nonsense"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    probe = (
        "import sys; from placeops_cli.main import main; main(sys.argv[1:]); print(*sys.modules, sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", probe, *words], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines())
    assert "placeops_cli.main" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize(
    ("typed", "completed", "unwanted"),
    [
        ("placeops dr", "drive", HEAVY),
        ("placeops drive p", "publish", HEAVY),
        # Typer looks at options with pydantic.
        ("placeops drive list --st", "--status", [name for name in HEAVY if name != "pydantic"]),
    ],
)
def test_completion_imports_nothing_heavy(
    typed: str, completed: str, unwanted: Collection[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = (
        "import sys, atexit; atexit.register(lambda: print(*sys.modules, sep='\\n'))\n"
        "from placeops_cli.main import main; main()"
    )
    place = str(typed.count(" "))
    completing = {"_PLACEOPS_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": place}
    for name, value in completing.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert completed in done.stdout.splitlines()[:2]
    assert not set(done.stdout.splitlines()) & set(unwanted)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "_PLACEOPS_COMPLETE" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip()
