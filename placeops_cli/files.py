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


def copy_out(source: Path, target: str) -> Path | None:
    """Copy a finished file to `target` and return that path; `-` is standard output (None).

    Raises file-unreadable where the target cannot be written.
    """
    try:
        if target == "-":
            with source.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return None
        return _replace(source, Path(target))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise PlaceopsError(
            "file-unreadable", f"{target}: {error.strerror}", "name a file in a folder you may write to"
        ) from None


def _replace(source: Path, target: Path) -> Path:
    """Through a file beside it, so that a full disk or Ctrl-C leaves what was there."""
    if target.exists() and not target.is_file():
        with source.open("rb") as file, target.open("wb") as device:
            shutil.copyfileobj(file, device)
        return target
    part = target.with_name(f".{target.name[:40]}.{os.getpid()}.part")
    try:
        with source.open("rb") as file, part.open("xb") as copy:
            shutil.copyfileobj(file, copy)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target
