"""The door has no rules: it imports nothing of SQL, and every route hands on to one service function."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import placeops_api

FOLDER = Path(placeops_api.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
ROUTE_FILES = [file for file in sorted((FOLDER / "routes").glob("*.py")) if file.name != "__init__.py"]
# These hand on to the process's poller, which asks the services.
STREAMS = ("follow_job", "follow_everything")
ALLOWED_IN_TASKS = {
    "tasks.actor",
    "tasks.errors",
    "tasks.logs",
    "tasks.permissions",
    "tasks.problems",
    "tasks.runtime",
    "tasks.settings",
}


def _imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return found


def _service_modules(tree: ast.Module) -> set[str]:
    """Local names of modules of tasks.services."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "tasks.services"
        for alias in node.names
    }


def _routes(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any("router." in ast.unparse(decorator) for decorator in node.decorator_list)
    ]


def _service_calls(function: ast.FunctionDef | ast.AsyncFunctionDef, modules: set[str]) -> list[str]:
    return [
        ast.unparse(node.func)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in modules
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FOLDER)))
def test_the_door_speaks_to_services_only(file: Path) -> None:
    for name in _imports(ast.parse(file.read_text("utf-8"))):
        assert name.split(".")[0] not in {"sql", "sqlalchemy", "psycopg", "redis", "dramatiq", "placeops_cli"}
        if name.startswith("tasks."):
            known = any(name == allowed or name.startswith(f"{allowed}.") for allowed in ALLOWED_IN_TASKS)
            assert known or name.startswith("tasks.services"), name


@pytest.mark.parametrize("file", ROUTE_FILES, ids=lambda file: file.stem)
def test_every_route_is_one_service_function(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    modules = _service_modules(tree)
    routes = _routes(tree)
    assert routes
    for route in routes:
        if route.name not in ("live", *STREAMS):
            assert len(_service_calls(route, modules)) == 1, f"{route.name} must call one service function"
