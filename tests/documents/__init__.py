"""Documents that are written by the program itself; `python -m tests.documents` writes all of them.

Each comes from what the program goes by (the tree of commands, the registry of errors, the table of permissions, the
routes, the settings), so that it cannot promise anything else. tests/test_documents.py compares them with the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import TextWrapper

COMMAND = "python -m tests.documents"
ROOT = Path(__file__).parents[2]


def documents() -> Mapping[str, str]:
    """Every document as it should be, by its path."""
    from tests.documents import api, errors, manual, permissions, settings

    return {
        "docs/cli.md": manual.written(),
        "docs/errors.md": errors.written(),
        "docs/permissions.md": permissions.written(),
        "docs/api.md": api.written(),
        "docs/openapi.json": api.openapi(),
        "docs/settings.md": settings.written(),
        ".env.example": settings.example(),
    }


def head(title: str, *paragraphs: str) -> list[str]:
    """A document's beginning."""
    wrapper = TextWrapper(120, break_long_words=False, break_on_hyphens=False)
    filled = [text if text.startswith(("-", "|", "#")) else wrapper.fill(text) for text in paragraphs]
    return [f"# {title}", f"<!-- Written by `{COMMAND}`; do not edit. -->", *filled]


def table(heading: list[str], rows: list[list[str]]) -> str:
    """A table; what would end a cell is escaped."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
