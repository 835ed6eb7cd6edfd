"""A command line run on a terminal, so that what people see can be tested."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """The exit code, and everything that reached the terminal."""

    code: int
    screen: str


def on_terminal(words: list[str], environment: Mapping[str, str], typed: str = "") -> Seen:
    """Run with stdin, stdout and stderr on a terminal of 160 columns; `typed` is there from the start."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "placeops_cli", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "COLUMNS": "160", "LINES": "50", "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    seen = b""
    while True:
        try:
            data = os.read(ours, 65_536)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(ours)
    return Seen(process.wait(timeout=60), seen.decode())
