"""Files that come in, and files that go out: whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from tasks.errors import PlaceopsError


@contextmanager
def open_input(source: str) -> Iterator[BinaryIO]:
    """A file to read from its start as often as one likes; `-` is standard input, kept aside for that.

    Raises file-unreadable.
    """
    try:
        with TemporaryFile() if source == "-" else open(source, "rb") as file:
            if source == "-":
                shutil.copyfileobj(sys.stdin.buffer, file)
                file.seek(0)
            yield file
    except OSError as error:
        if error.filename != source:
            raise
        raise PlaceopsError(
            "file-unreadable", f"{source}: {error.strerror}", "name a file that can be read; - is stdin"
        ) from None


def copy_out(source: BinaryIO, target: str) -> Path | None:
    """Copy a finished file to `target` and return that path; `-` is standard output (None).

    Raises file-unwritable.
    """
    try:
        if target == "-":
            shutil.copyfileobj(source, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return None
        return _replace(source, Path(target))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(target, error.strerror) from None


def require_room_for(target: str) -> None:
    """Find out before the work begins that its file cannot be put there. Raises file-unwritable."""
    path = Path(target)
    if target == "-":
        return
    if path.is_dir():
        raise _unwritable(target, "is a folder")
    if not path.parent.is_dir():
        raise _unwritable(target, "there is no such folder")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise _unwritable(target, "you may not write there")


def _unwritable(target: str, why: str | None) -> PlaceopsError:
    return PlaceopsError("file-unwritable", f"{target}: {why}", "name a file in a folder you may write to")


def _replace(source: BinaryIO, target: Path) -> Path:
    """Through a file beside it, so that a full disk or Ctrl-C leaves what was there."""
    if target.exists() and not target.is_file():
        with target.open("wb") as device:
            shutil.copyfileobj(source, device)
        return target
    part = target.with_name(f".{target.name[:40]}.{os.getpid()}.part")
    try:
        with part.open("xb") as copy:
            shutil.copyfileobj(source, copy)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target
