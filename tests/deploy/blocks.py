"""Fenced blocks of the documents that people write: their language, their text, and why a test cannot run them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.files import ROOT
from tests.documents import documents

BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^>]+) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)
_MADE = documents()
WRITTEN_BY_HAND = [
    ROOT / "README.md",
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.relative_to(ROOT).as_posix() not in _MADE),
]


@dataclass(frozen=True)
class Block:
    """One of them; `reason` is None for what a test runs."""

    language: str
    text: str
    reason: str | None


def blocks(path: Path) -> list[Block]:
    """The blocks of a document, in order."""
    text = path.read_text("utf-8")
    found = [Block(one["language"], one["text"], one["reason"]) for one in BLOCK.finditer(text)]
    fences = len(re.findall(r"^```", text, re.MULTILINE))
    assert fences == 2 * len(found), f"{path.name}: a fence is open, indented, or of a form of its own"
    return found


def script(path: Path) -> str:
    """The commands of a document that a test runs, one after another, stopping at the first that fails."""
    lines = [block.text for block in blocks(path) if block.language == "sh" and block.reason is None]
    return "set -euo pipefail\ntrap 'echo \"failed: $BASH_COMMAND\" >&2' ERR\n" + "\n".join(lines)
