"""Questions before an act that many people will see: on stderr, the default is No."""

from __future__ import annotations

import sys

from placeops_cli.cells import clean
from tasks.errors import PlaceopsError


def confirm(question: str, *, yes: bool) -> None:
    """Ask unless `yes`. Raises declined, and confirmation-needed where nobody can be asked."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise PlaceopsError("confirmation-needed", f"{question} Nobody can be asked here", "add --yes")
    sys.stdout.flush()
    sys.stderr.write(f"{clean(question)} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        sys.stderr.write("\n")
    if answer.strip().lower() not in ("y", "yes"):
        raise PlaceopsError("declined", "nothing was changed")


def typed(question: str, *, option: str) -> str:
    """What somebody types in answer. Raises confirmation-needed, with the option to add, where nobody can be asked."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise PlaceopsError("confirmation-needed", f"{question} Nobody can be asked here", f"add {option}")
    sys.stdout.flush()
    sys.stderr.write(f"{clean(question)} ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.strip():
        raise PlaceopsError("declined", "nothing was changed")
    return answer.strip()
