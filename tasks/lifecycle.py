"""The drive's lifecycle: which status may follow which. Services and jobs both ask here."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.errors import PlaceopsError

MOVES: Mapping[str, tuple[str, ...]] = {
    "draft": ("posted", "cancelled"),
    "posted": ("posted", "paused", "in_progress", "cancelled"),
    "paused": ("posted", "in_progress", "cancelled"),
    "in_progress": ("completed", "cancelled"),
    "completed": ("archived",),
    "cancelled": ("archived",),
    "archived": (),
}
PUBLISHABLE = ("draft", "posted")
"""A paused drive is resumed first, so that nobody publishes past the reason for the pause."""


def require_publishable(ref: str, status: str) -> None:
    """Raises drive-not-publishable, naming the moves that the status allows."""
    if status in PUBLISHABLE:
        return
    moves = ", ".join(MOVES[status]) or "none"
    raise PlaceopsError(
        "drive-not-publishable",
        f"drive {ref} is {status.replace('_', ' ')} and cannot be published; possible moves: {moves}",
        f"placeops drive show {ref}" if status != "cancelled" else "placeops drive create, for a new drive",
        details={"status": status, "allowed": list(MOVES[status])},
    )
