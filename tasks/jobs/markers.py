"""Markers in the export folder: each worker process leaves one, so that others can see whether they share its folder.

A marker names the worker and says which host and process wrote it: numbers alone begin anew with every database.
"""

from __future__ import annotations

import logging
import os
import re
import socket
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

NAME = re.compile(r"\.worker-([0-9]+)")


def text_of(host: str, pid: int) -> str:
    """What the marker of a worker says."""
    return f"{host} {pid}\n"


def leave(folder: Path, worker: int) -> None:
    """Leave the marker of this process. Never raises: a worker may have other work than exports."""
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        (folder / name_of(worker)).write_text(text_of(socket.gethostname(), os.getpid()))
    except OSError as error:
        log.warning("worker %s cannot write to the export folder %s: %s", worker, folder, error.strerror)


def found(folder: Path) -> dict[int, str]:
    """What the markers in a folder say, by worker; unreadable ones say nothing."""
    texts: dict[int, str] = {}
    with suppress(OSError):
        for path in folder.iterdir():
            if match := NAME.fullmatch(path.name):
                with suppress(OSError, UnicodeDecodeError):
                    texts[int(match[1])] = path.read_text("utf-8")
    return texts


def remove(folder: Path, worker: int) -> None:
    """Remove a worker's marker where that is possible."""
    with suppress(OSError):
        (folder / name_of(worker)).unlink(missing_ok=True)


def name_of(worker: int) -> str:
    """What the file of a worker's marker is called."""
    return f".worker-{worker}"
