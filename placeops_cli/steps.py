"""Steps as they end, each ✓ or ✗ with its remedy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from placeops_cli.cells import clean
from placeops_cli.output import colourful

if TYPE_CHECKING:
    from tasks.services.rehearsal import Step


def print_step(step: Step) -> None:
    """One line a step on stdout, and the fix below one that failed."""
    mark = "✓" if step.ok else "✗"
    if colourful(sys.stdout):
        mark = f"\x1b[{32 if step.ok else 31}m{mark}\x1b[0m"
    print(f"{mark} {clean(step.name):<34} {clean(step.detail)}  ({step.seconds:.1f} s)", flush=True)
    if not step.ok and step.fix:
        print(f"  fix: {clean(step.fix)}", flush=True)
