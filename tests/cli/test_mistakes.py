"""Every word that can be mistyped is answered with the name of its option and a way out; none in a library's words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from typer._click.core import Parameter
from typer.core import TyperCommand, TyperOption
from typer.models import ParameterInfo

from placeops_cli.main import main
from placeops_cli.words import OPTIONS, option
from tasks.settings import settings
from tests.cli.conftest import Run
from tests.cli.tree import LEAVES

ROOT = Path(__file__).parents[2]
# What would start servers and stay, or write files: any word is a folder's name.
NOT_TRIED = {("up", "--data-dir"), ("deploy render", "--to")}
LIBRARY = re.compile(r"Input should|Value error|unable to parse|Invalid value|codec|Traceback|<=x")


def mistakes() -> Iterator[tuple[str, str, bool]]:
    """A command line with one wrong value, the name of what is wrong, and whether it can be seen at once."""
    for words, leaf in LEAVES.items():
        for param in leaf.params:
            is_option = isinstance(param, TyperOption)
            name = param.opts[0] if is_option else str(param.metavar)
            own = param.name not in {"json", "quiet", "debug", "as_name", "help"}
            if own and not getattr(param, "is_flag", False) and (words, name) not in NOT_TRIED:
                given = [word for other in leaf.params for word in _given(leaf, other, wrong=other is param)]
                yield " ".join([words, *given]), name, _is_typed(leaf, str(param.name))


def _given(leaf: TyperCommand, param: Parameter, *, wrong: bool) -> list[str]:
    if isinstance(param, TyperOption):
        if wrong:
            return [param.opts[0], "-x-"]
        return [param.opts[0], _right(leaf, str(param.name))] if param.required else []
    return ["_x_"] if wrong else [_right(leaf, str(param.name))]


def _right(leaf: TyperCommand, name: str) -> str:
    """A value that this parameter takes: its first word, a time, a duration, else a number."""
    assert leaf.callback is not None
    kind = leaf.callback.__annotations__[name].__origin__
    if get_origin(kind) is Literal:
        return str(get_args(kind)[0])
    return {datetime: "2026-12-01T17:00", timedelta: "30d"}.get(kind, "1")


def _is_typed(leaf: TyperCommand, name: str) -> bool:
    """Whether a value of this parameter is more than text."""
    assert leaf.callback is not None
    annotation = leaf.callback.__annotations__[name]
    (info,) = (part for part in annotation.__metadata__ if isinstance(part, ParameterInfo))
    return info.parser is not None or "Literal" in str(annotation)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process without any database."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLACEOPS_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(("words", "name", "at_once"), list(mistakes()))
def test_a_wrong_value_is_told_by_its_option_with_a_way_out(
    words: str, name: str, at_once: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(words.split())
    said = capsys.readouterr()
    assert (code, said.out) == (2 if at_once else code or 1, "")
    assert "\n  fix: " in said.err
    assert not LIBRARY.search(said.err), said.err
    if at_once:
        assert said.err.startswith(f"error: {name}: "), said.err


def omissions() -> Iterator[tuple[str, str, str]]:
    """A command, a line of it that lacks one thing, and the name of that: of several arguments the last is missed."""
    for words, leaf in LEAVES.items():
        needed = [param for param in leaf.params if param.required]
        arguments = [param for param in needed if not isinstance(param, TyperOption)]
        for param in (one for one in needed if one not in arguments[:-1]):
            given = [
                word for other in needed if other is not param for word in _given(leaf, other, wrong=False)
            ]
            name = param.opts[0] if isinstance(param, TyperOption) else str(param.metavar)
            yield words, " ".join([words, *given]), name


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(("command", "line", "name"), list(omissions()))
def test_what_is_left_out_is_named_and_the_whole_command_told(
    command: str, line: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    said, way_out = capsys.readouterr().err.splitlines()
    assert said.startswith(f"error: {name} is missing") and said.endswith("[usage]")
    assert "None" not in said + way_out and "\\" not in said + way_out
    assert way_out.startswith(f"  fix: placeops {command}")
    options = [param for param in LEAVES[command].params if isinstance(param, TyperOption) and param.required]
    assert all(f"{param.opts[0]} " in way_out for param in options)


def test_words_to_choose_from_are_told_where_one_is_missing(
    nowhere: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["attendance", "mark", "--drive", "ACME-1", "--file", "-"]) == 2
    said, way_out = capsys.readouterr().err.splitlines()
    assert said.startswith("error: --status is missing: PRESENT, LATE, ABSENT or EXCUSED")
    assert way_out.endswith(" --drive DRIVE --file FILE --status PRESENT|LATE|ABSENT|EXCUSED")


@pytest.mark.parametrize(
    ("words", "sentence", "fix"),
    [
        (["--company", ""], "--company must be 1 to 300", "few words"),
        (["--cgpa-min", "78.5"], "--cgpa-min must be 0 to 10, not 78.5", "7.5"),
        (["--opens", "2026-02-02 10:00", "--closes", "2026-02-01 10:00"], "before it opens", "--closes"),
        (["--ctc-min", "9", "--ctc-max", "3"], "--ctc-min 9 is above --ctc-max 3", "swap"),
        (["--gender", "F"], "purpose", "--gender-purpose"),
        (["--gender", "W", "--gender-purpose", "x"], "--gender must be", "F, M or X"),
        (["--branch", ""], "--branch", "leave it out"),
        (["--placed-ctc-multiple", "2"], "--placed-ctc-multiple", "--not-placed"),
        (["--college", "NONE"], "no college has the code 'NONE'", "known colleges: ENG"),
        (["--code", "9 9"], "--code", "letter"),
        (["--auto-calc"], "close of registration", "--closes"),
        (["--criteria", "/"], "Is a directory", "name a file"),
    ],
)
def test_what_the_service_refuses_is_told_in_options(
    placeops: Run, office: list[int], words: list[str], sentence: str, fix: str
) -> None:
    ran = placeops("drive", "create", "--company", "A", "--title", "B", *words)
    said, way_out = ran.err.splitlines()
    assert (ran.code, ran.out) == (2, "")
    assert sentence in said
    assert fix in way_out and "`" not in ran.err


def test_inputs_that_fixes_speak_of_are_options() -> None:
    known = {name for leaf in LEAVES.values() for param in leaf.params for name in param.opts}
    spoken = {word for text in _strings() for word in re.findall(r"`([a-z][a-z_]*)`", text)}
    assert {"reg_closes_at", "override_reason", "limit"} <= spoken
    assert {option(name) for name in spoken | set(OPTIONS)} <= known


def _strings() -> Iterator[str]:
    """Every text of the services that is not a docstring."""
    for file in sorted((ROOT / "tasks").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                node.value.value = None
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


@pytest.mark.parametrize("content", [b"\x7fELF\x02\x00\xff\xfe", bytes(range(256))])
@pytest.mark.parametrize("name", ["rules.toml", "rules.json"])
def test_a_binary_file_of_rules(placeops: Run, tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    ran = placeops("drive", "create", "--company", "A", "--title", "B", "--criteria", str(tmp_path / name))
    assert ran.code == 2
    assert "is not a text file" in ran.err
    assert not LIBRARY.search(ran.err)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("cgpa_min = 'x'", "cgpa_min must be a number, not 'x'"),
        ("active_backlogs_max = 1.5", "active_backlogs_max must be a whole number, not"),
        ("branches = 'CSE'", "branches must be a list of texts, not 'CSE'"),
        ("not_debarred = 'perhaps'", "not_debarred must be true or false, not 'perhaps'"),
    ],
)
def test_a_rule_of_the_wrong_kind(placeops: Run, tmp_path: Path, rule: str, said: str) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(rule)
    ran = placeops("drive", "create", "--company", "A", "--title", "B", "--criteria", str(rules))
    assert ran.code == 2
    assert said in ran.err and "fix: correct it in the file" in ran.err


def test_a_misplaced_argument_is_answered_with_the_whole_command(placeops: Run) -> None:
    ran = placeops("registration", "add", "21", "X001")
    assert ran.code == 2
    assert "fix: placeops registration add --drive DRIVE --student ROLL_NO" in ran.err
    assert "fix: placeops drive show DRIVE" in placeops("drive", "show", "1", "2").err


def test_a_file_that_cannot_be_written_is_said_before_the_work(placeops: Run, office: list[int]) -> None:
    for target in ("/nowhere/x.csv", "/"):
        ran = placeops("export", "registrations", "ACME-1", "--wait", "--file", target)
        assert (ran.code, ran.out) == (1, "")
        assert "[file-unwritable]" in ran.err and "fix: name a file in a folder" in ran.err
    assert placeops("job", "list", "-q").out == ""
