"""`--watch`: the same command again and again, on a cleared screen."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from placeops_cli.output import Output

EVERY_SECONDS = 2.0


def watching(out: Output, watch: bool) -> Iterator[None]:
    """Once, or with `watch` every two seconds: on a cleared terminal, one after another in a pipe."""
    yield
    while watch:
        sys.stdout.flush()
        time.sleep(EVERY_SECONDS)
        if out.on_terminal:
            sys.stdout.write("\x1b[H\x1b[2J")
        yield
