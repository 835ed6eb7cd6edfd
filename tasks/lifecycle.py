"""The drive's lifecycle: which status may follow which. Services and jobs both ask here."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.errors import PlaceopsError

MOVES: Mapping[str, tuple[str, ...]] = {"draft": ("posted",), "posted": ("posted",)}
"""The moves that somebody can ask for."""
PUBLISHABLE = tuple(MOVES)
"""A paused drive is resumed first, so that nobody publishes past the reason for the pause."""


def require_publishable(ref: str, status: str) -> None:
    """Raises drive-not-publishable, when the drive may not be posted (again)."""
    if status in PUBLISHABLE:
        return
    raise PlaceopsError(
        "drive-not-publishable",
        f"drive {ref} is {status.replace('_', ' ')} and cannot be published",
        f"placeops drive show {ref}" if status != "cancelled" else "placeops drive create, for a new drive",
        details={"status": status},
    )
