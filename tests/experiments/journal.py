"""What clients asked and were told, and what was done to the system: one line an event, on the disk before it counts.

Several processes append to the same file: a line is one `write`, at the end.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class Journal:
    """Lines with a kind and a time (seconds since the epoch)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def note(self, kind: str, **facts: Any) -> None:
        """Append a line; it survives whatever happens to this process afterwards."""
        line = json.dumps({"kind": kind, "at": time.time()} | facts) + "\n"
        os.write(self._file, line.encode())
        os.fsync(self._file)

    def lines(self, *kinds: str) -> Iterator[Line]:
        """The lines so far, of these kinds where any are named."""
        with self.path.open(encoding="utf-8") as file:
            for text in file:
                line = json.loads(text)
                if not kinds or line["kind"] in kinds:
                    yield line
