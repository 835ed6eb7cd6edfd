"""A command line run on a terminal, so that what people see can be tested."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """The exit code, and everything that reached the terminal."""

    code: int
    screen: str


def on_terminal(
    words: list[str], environment: Mapping[str, str], typed: str = "", columns: int = 160
) -> Seen:
    """Run with stdin, stdout and stderr on a terminal; `typed` is there from the start."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "placeops_cli", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "COLUMNS": str(columns), "LINES": "50", "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    seen = _read(ours)
    return Seen(process.wait(timeout=60), seen)


def in_this_process(run: Callable[[], int]) -> Seen:
    """The same for a function that prints: stdout and stderr are a terminal meanwhile."""
    ours, theirs = pty.openpty()
    seen: list[str] = []
    reader = threading.Thread(target=lambda: seen.append(_read(ours)))
    reader.start()
    with open(theirs, "w") as screen, redirect_stdout(screen), redirect_stderr(screen):
        code = run()
    reader.join()
    return Seen(code, seen[0])


def _read(terminal: int) -> str:
    """Everything until nobody holds the other side."""
    seen = b""
    while True:
        try:
            data = os.read(terminal, 65_536)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(terminal)
    return seen.decode()
