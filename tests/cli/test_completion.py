"""Completion in the shells themselves, as far as they are installed; nothing heavy is imported for it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperOption
from typer.main import get_command

from placeops_cli.completion import SCRIPTS, answer, candidates, choices
from placeops_cli.main import app, main
from tests.cli.test_help import HEAVY
from tests.cli.tree import LEAVES

ROOT = Path(__file__).parents[2]
TYPED = [
    ("placeops dri", ["drive"]),
    ("placeops drive publ", ["publish"]),
    ("placeops drive list --stat", ["--status"]),
    ("placeops drive list --status pa", ["paused"]),
    ("placeops offer update 7 --status ACC", ["ACCEPTED"]),
    ("placeops completion ", ["bash", "zsh", "fish"]),
    ("placeops drive publish X --students lis", ["list of names.csv"]),
    ("placeops student import lis", ["list of names.csv"]),
    ("placeops nonsense x", []),
    ("placeops drive nonsense --x", []),
]

BASH = """
source /dev/stdin <<< "$(placeops completion bash)"
complete -p placeops > /dev/null || exit 9
COMP_LINE="$1" COMP_POINT=${#1}
read -ra COMP_WORDS <<< "${1//=/ = }"
[[ "$1" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
_placeops placeops
printf '%s\\n' "${COMPREPLY[@]}"
"""
# What the widget of an interactive zsh would be told.
ZSH = """
compdef() { :; }
compset() { PREFIX="${PREFIX#*=}"; }
_files() { print -rl -- "$PREFIX"*(N); }
_describe() { print -rl -- "${(@)${(P)${@[-1]}}%%:*}"; }
eval "$(placeops completion zsh)"
words=("${(@s: :)1}") CURRENT=${#words} PREFIX="${words[-1]}"
_placeops
"""
FISH = """
placeops completion fish | source
complete -C "$argv[1]" | string replace -r '\\t.*' ''
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file in it, and `placeops` on the path."""
    (tmp_path / "list of names.csv").touch()
    command = tmp_path / "bin" / "placeops"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m placeops_cli "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("BASH_ENV", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("shell", SCRIPTS)
@pytest.mark.parametrize(("typed", "completed"), TYPED)
def test_what_is_typed_is_completed(shell: str, typed: str, completed: list[str]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    words = {
        "bash": ["bash", "--norc", "-c", BASH, "bash", typed],
        "zsh": ["zsh", "-f", "-c", ZSH, "zsh", typed],
        "fish": ["fish", "--no-config", "-c", FISH, typed],
    }[shell]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    assert done.returncode != 9 and done.stderr == ""
    assert sorted(filter(None, done.stdout.splitlines())) == sorted(completed)


def told(line: str, shell: str = "bash") -> list[str]:
    """What a shell is told when this stands after `placeops`."""
    return answer(shell, get_command(app), line.split(" "))


def test_a_value_after_an_equals_sign() -> None:
    assert told("drive list --status=pa") == ["--status=paused"]
    assert told("drive list --status = pa") == ["paused"], "as bash takes it apart"
    assert told("drive list --status =") == told("drive list --status ")
    assert told("drive list --nonsense=pa") == []
    assert told("drive publish X --students=a") == [":files"]


def test_help_comes_along_where_the_shell_shows_it() -> None:
    assert told("drive li", "fish") == ["list\tList drives, newest first."]
    assert told("drive li", "zsh") == ["list:List drives, newest first."]
    assert told("drive list --status pa", "zsh") == ["paused"]


def test_options_are_offered_once_needed_ones_first_those_of_all_commands_last() -> None:
    offered = told("drive cancel ACME-1 --")
    assert offered[0] == "--reason"
    assert offered[-5:] == ["--json", "--quiet", "--debug", "--as", "--help"]
    assert "--reason" not in told("drive cancel ACME-1 --reason x --")
    assert "--reason" not in told("drive cancel ACME-1 --reason=x --")
    assert "--map" in told("student import f.csv --map a=b --"), "this one may come again"
    assert told("drive list --") == told("drive list "), "where no argument is missing"
    assert told("drive show ") == [], "nobody knows the drives without asking the database"
    assert told("completion -- ") == ["bash", "zsh", "fish"]
    assert told("completion bash -- -") == []


@pytest.mark.parametrize("words", LEAVES)
def test_every_option_and_every_choice_of_every_command_can_be_completed(words: str) -> None:
    offered = candidates(get_command(app), [*words.split(), "--"])
    assert offered is not None
    for param in LEAVES[words].params:
        if isinstance(param, TyperOption) and not param.hidden:
            assert param.opts[0] in offered
            for choice in choices(param):
                assert choice in told(f"{words} {param.opts[0]} {choice[:1]}")


@pytest.mark.parametrize("line", ["dr", "drive p", "drive list --st", "drive list --status "])
@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_imports_nothing_heavy(line: str, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = "import sys; from placeops_cli.main import main; main(); print(*sys.modules, sep='\\n')"
    monkeypatch.setenv("_PLACEOPS_COMPLETE", shell)
    words = [sys.executable, "-c", probe, *line.split(" ")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines())
    assert "placeops_cli.completion" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_script_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert capsys.readouterr().out == SCRIPTS[shell] + "\n"
