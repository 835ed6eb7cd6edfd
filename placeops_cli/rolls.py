"""Files of roll numbers: one a line, or a column of a CSV. Read here, judged by the service."""

from __future__ import annotations

from placeops_cli.files import open_input
from tasks.errors import PlaceopsError
from tasks.services.rolls import rolls_of


def read_rolls(source: str) -> list[tuple[int, str]]:
    """Line number (from 1) and roll number of every line that has one; `-` is standard input.

    Raises file-unreadable, and invalid-input for a CSV without a column of roll numbers.
    """
    with open_input(source) as file:
        return rolls_of(decoded(file.read(), source), source)


def decoded(data: bytes, source: str) -> str:
    """The text of a file as spreadsheets save it: UTF-8, UTF-16 with a byte order mark, else Windows-1252."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    try:
        if b"\0" in data:
            raise ValueError
        return data.decode("cp1252")
    except ValueError:
        raise PlaceopsError(
            "file-unreadable", f"{source} is not a text file", "save it as text in UTF-8"
        ) from None
