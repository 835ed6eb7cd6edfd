"""The drive's lifecycle: which moves its status allows, what may still be changed. Services and jobs both ask here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from tasks.errors import PlaceopsError


class Move(NamedTuple):
    """From which statuses somebody may ask for a move, the status that it leads to (None: it stays, or goes with the
    drive), and how the move is said: a drive cannot be …"""

    sources: tuple[str, ...]
    target: str | None
    said: str


MOVES: Mapping[str, Move] = {
    "publish": Move(("draft", "posted"), "posted", "published"),
    "extend": Move(("posted", "paused"), None, "extended"),
    "pause": Move(("posted",), "paused", "paused"),
    "resume": Move(("paused",), "posted", "resumed"),
    "start": Move(("posted", "paused"), "in_progress", "started"),
    "complete": Move(("in_progress",), "completed", "completed"),
    "cancel": Move(("draft", "posted", "paused", "in_progress"), "cancelled", "cancelled"),
    "archive": Move(("completed", "cancelled"), "archived", "archived"),
    "delete": Move(("draft",), None, "deleted"),
}
"""Every move by its command. A paused drive is not published: nobody gets past the reason for the pause unseen."""

SELECTABLE = ("draft", "posted", "paused")
"""Where a selection that was asked for is still applied."""

_ABOUT = frozenset({"company", "title", "code", "drive_date", "note"})
_WHO_MAY = frozenset({"ctc_min", "ctc_max", "criteria"})
_WINDOW = frozenset({"reg_opens_at", "reg_closes_at"})
CHANGEABLE: Mapping[str, frozenset[str]] = {
    "draft": _ABOUT | _WHO_MAY | _WINDOW,
    "posted": _ABOUT,
    "paused": _ABOUT | _WHO_MAY,
    "in_progress": _ABOUT,
    "completed": frozenset({"note"}),
    "cancelled": frozenset({"note"}),
    "archived": frozenset(),
}
"""What may be changed in a status. Who may register (the pay is part of it) changes only while nobody can register;
the window of a published drive moves by `extend` alone."""


def allowed_moves(status: str) -> list[str]:
    """The moves that somebody can ask for in a status."""
    return [name for name, move in MOVES.items() if status in move.sources]


def require_move(ref: str, status: str, name: str) -> Move:
    """The move itself. Raises drive-state when the status does not allow it; for a publish drive-not-publishable."""
    move = MOVES[name]
    if status in move.sources:
        return move
    allowed = allowed_moves(status)
    fix = f"placeops drive show {ref}"
    if name == "publish" and status in ("cancelled", "archived"):
        fix = f"placeops drive create --copy-from {ref}"
    elif name == "publish" and status == "paused":
        fix = f"placeops drive resume {ref}"
    raise PlaceopsError(
        "drive-not-publishable" if name == "publish" else "drive-state",
        f"drive {ref} is {said(status)} and cannot be {move.said}; its moves are: {_listed(allowed)}",
        fix,
        details={"status": status, "allowed_moves": allowed},
    )


def require_changeable(ref: str, status: str, names: Collection[str]) -> None:
    """Raises drive-state when the status does not let all of these fields be changed."""
    fixed = sorted(set(names) - CHANGEABLE[status])
    if not fixed:
        return
    fix = f"placeops drive show {ref}"
    if status in MOVES["pause"].sources and set(fixed) <= _WHO_MAY:
        fix = f"pause it first, so that nobody registers meanwhile: placeops drive pause {ref} --reason TEXT"
    elif status in MOVES["extend"].sources and "reg_closes_at" in fixed:
        fix = f"placeops drive extend {ref} --until TIME"
    elif status in ("cancelled", "archived", "completed"):
        fix = f"placeops drive create --copy-from {ref}"
    raise PlaceopsError(
        "drive-state",
        f"drive {ref} is {said(status)}: its {_listed([f'`{name}`' for name in fixed])} cannot be changed",
        fix,
        field=f"/{fixed[0]}",
        details={"status": status, "allowed_moves": allowed_moves(status)},
    )


def said(status: str) -> str:
    """A status within a sentence: drive ACME-1 is …"""
    return f"a {status}" if status == "draft" else status.replace("_", " ")


def _listed(names: Collection[str]) -> str:
    return ", ".join(names) or "none"
