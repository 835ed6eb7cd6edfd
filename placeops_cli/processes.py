"""What the long processes (API, worker, scheduler) have in common: being asked to stop is how they end well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from placeops_cli.failures import TERMINATED


@contextmanager
def until_stopped() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the block with exit code 0: the process did what it was started for."""
    try:
        yield
    except KeyboardInterrupt:
        pass
    except SystemExit as end:
        if end.code != TERMINATED:
            raise
