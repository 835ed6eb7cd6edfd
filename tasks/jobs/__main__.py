"""The body of a worker process, started by the supervisor: `python -m tasks.jobs SHUTDOWN_SECONDS [TYPE…]`."""

from __future__ import annotations

import sys

from tasks.jobs.worker import run
from tasks.runtime import open_runtime


def main(arguments: list[str]) -> None:
    """Open the process and work until told to stop."""
    open_runtime("placeops worker", log=True)
    run(arguments[1:], float(arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
