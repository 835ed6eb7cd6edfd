"""Every command explains itself; nothing heavy is imported for that."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from placeops_cli.main import ENTRIES, app, main
from tests.cli.tree import LEAVES

HEAVY = ("sqlalchemy", "fastapi", "dramatiq", "pydantic", "psycopg", "alembic", "redis", "rich")


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
    assert "Examples:\n  " in page
    assert main([*words.split(), "--help"]) == 0
    assert capsys.readouterr().out == page
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


HELP = [["--help"], ["nonsense"], ["drive", "publish", "--help"], *([name, "-h"] for name in ENTRIES)]


def test_help_imports_nothing_heavy() -> None:
    """One process asks for page after page, and looks after each at what it has imported by then."""
    probe = """if True:
        import json, sys
        from placeops_cli.main import main
        heavy = json.loads(sys.argv[1])
        for words in json.loads(sys.argv[2]):
            main(words)
            found = [name for name in heavy if name in sys.modules]
            assert not found, (words, found)
    """
    words = [sys.executable, "-c", probe, json.dumps(HEAVY), json.dumps(HELP)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    assert done.stdout.count("Usage: placeops") == len(HELP) - 1


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip()
