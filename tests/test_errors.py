"""The registry of errors: every one has a way out, said by each door in its own words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from placeops_api.app import create_app
from placeops_api.words import REQUESTS, on_the_wire
from placeops_cli.main import ENTRIES
from placeops_cli.words import on_the_line
from tasks.errors import REGISTRY, PlaceopsError
from tests.test_words import verbs

ROOT = Path(__file__).parents[1]


def fixes() -> Iterator[str]:
    """Every text below the doors that tells what to do, with X for what is filled in."""
    yield from (code.fix for name, code in REGISTRY.items() if name != "usage")
    yield from _raised(2)


def sentences() -> Iterator[str]:
    """Every text below the doors that tells what is wrong, with X for what is filled in."""
    yield from (code.title for code in REGISTRY.values())
    yield from _raised(1)


def _raised(argument: int) -> Iterator[str]:
    for file in sorted((ROOT / "tasks").rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("PlaceopsError", "invalid"):
                yield from filter(None, map(_text, call.args[argument : argument + 1]))


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
    return None


def test_no_error_lacks_a_way_out() -> None:
    assert all(code.fix for code in REGISTRY.values())
    assert PlaceopsError("locked", "x").fix == PlaceopsError("locked", "x", "").fix == REGISTRY["locked"].fix
    assert PlaceopsError("locked", "x", "wait").fix == "wait"


# How a process is configured is said by that process only.
@pytest.mark.parametrize("fix", sorted({fix for fix in fixes() if "PLACEOPS_" not in fix}))
def test_no_door_speaks_in_the_other_ones_words(fix: str) -> None:
    error = PlaceopsError("internal", "x", fix)
    wire = on_the_wire(error).fix
    assert not re.search(r"`[a-z_]+`", on_the_line(error).fix + wire)
    assert not CODE.search(wire), f"{wire}: this is code"
    assert not re.search(r"--[a-z]", wire) or "(on the server)" in wire, wire
    assert "placeops " not in wire or "(on the server)" in wire, wire


CODE = re.compile(r"\b(?!pg_dump|pg_restore)[a-z]+_[a-z_]+\b(?!=)|\bNone\b|\bTrue\b|\bFalse\b")
"""Names of members, columns and the like; what is typed as NAME=VALUE is no name in a sentence."""


@pytest.mark.parametrize("sentence", sorted(set(sentences())))
def test_what_is_wrong_is_said_without_code(sentence: str) -> None:
    said = on_the_wire(PlaceopsError("internal", sentence)).message
    assert not CODE.search(said), said


def test_inputs_and_commands_become_what_the_door_calls_them() -> None:
    error = PlaceopsError(
        "invalid-input", "`reg_closes_at` is wrong", "give `override_reason`; placeops drive why A 'ENG:1 2'"
    )
    line, wire = on_the_line(error), on_the_wire(error)
    assert (line.message, line.fix) == (
        "--closes is wrong",
        "give --override-reason; placeops drive why A 'ENG:1 2'",
    )
    assert (wire.message, wire.fix) == (
        "close of registration is wrong",
        "give a reason to override; GET /drives/A/why?student=ENG:1%202",
    )
    assert on_the_wire(PlaceopsError("schema-outdated", "x")).fix == "placeops db migrate (on the server)"


@cache
def routes() -> dict[str, Any]:
    """What the API's description says of each path; writing it takes a second."""
    paths: dict[str, Any] = create_app().openapi()["paths"]
    return paths


@pytest.mark.parametrize("command", REQUESTS)
def test_requests_that_stand_for_commands_exist(command: str) -> None:
    noun, *more = command.split()
    assert noun in ENTRIES
    assert not verbs(noun) or more[0] in verbs(noun)
    method, path = REQUESTS[command].split("?")[0].split()
    assert any(
        method.lower() in operations and re.sub(r"{[^}]*}", "{}", place) == path
        for place, operations in routes().items()
    )
