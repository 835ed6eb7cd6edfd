"""Writes every document whose text has changed."""

from __future__ import annotations

from tests.documents import ROOT, documents


def main() -> None:
    """Say which ones were written."""
    for path, text in documents().items():
        file = ROOT / path
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            print(f"written: {path}")  # noqa: T201


main()
