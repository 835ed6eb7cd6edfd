"""The reason that somebody gives for a change."""

from __future__ import annotations

from tasks.errors import PlaceopsError

MOST_CHARACTERS = 500


def checked_reason(reason: str | None) -> str | None:
    """The reason without spaces around it, None when there is none left. Raises invalid-input."""
    reason = (reason or "").strip()
    if "\0" in reason or len(reason) > MOST_CHARACTERS:
        raise PlaceopsError(
            "invalid-input",
            f"`reason` has at most {MOST_CHARACTERS} characters",
            "say it in a sentence or two",
            field="/reason",
        )
    return reason or None


def needed_reason(reason: str | None, act: str) -> str:
    """The same for an act that takes one. Raises invalid-input."""
    if found := checked_reason(reason):
        return found
    raise PlaceopsError("invalid-input", f"{act} needs a reason", "give it as `reason`", field="/reason")
