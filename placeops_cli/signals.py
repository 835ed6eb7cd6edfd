"""Being asked to stop, by Ctrl-C or by SIGTERM.

A signal raises wherever Python happens to be. A library that is in the middle of something may swallow that, or turn
it into an error of its own (psycopg cancels a COPY): so it is also remembered.
"""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import NoReturn

_asked: int | None = None


def listen() -> None:
    """From now on both signals interrupt what runs, the first one to come."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    global _asked
    _asked = number
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    signal.signal(number, signal.SIG_IGN)  # asking twice must not interrupt the tidying up
    raise SystemExit(128 + number)


def exit_code() -> int | None:
    """The exit code of a command that was asked to stop, 130 or 143; None when it was not."""
    return None if _asked is None else 128 + _asked


def go_on() -> None:
    """Raises SystemExit when somebody asked to stop and the command runs all the same."""
    if (code := exit_code()) is not None:
        raise SystemExit(code)


def leave_at_once() -> None:
    """For a long process until it listens by itself: it holds nothing yet, and ending is what it was asked for."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
