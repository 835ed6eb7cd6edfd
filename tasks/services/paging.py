"""Lists in pages by key: a page says where the next one starts, whatever was inserted meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tasks.errors import PlaceopsError

T = TypeVar("T")
MAX_LIMIT = 200
BIGGEST_ID = 2**63 - 1
"""What PostgreSQL can compare an id with; a larger one names nothing."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items and the cursor of the next page (None: this was the last)."""

    items: list[T]
    next_cursor: str | None


def check_limit(limit: int) -> int:
    """The limit itself. Raises invalid-input outside 1..200."""
    if not 1 <= limit <= MAX_LIMIT:
        raise PlaceopsError(
            "invalid-input",
            f"`limit` must be 1 to {MAX_LIMIT}, not {limit}",
            "go on from page to page with `cursor`",
            field="/limit",
        )
    return limit


def id_cursor(cursor: str | None) -> int | None:
    """A cursor that is an id. Raises invalid-input for anything else."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise PlaceopsError(
            "invalid-input",
            f"no such cursor: {cursor!r}",
            "start without `cursor`, and go on with the one that the list gives",
            field="/cursor",
        )
    return int(cursor)


def page(found: Sequence[T], limit: int, key: Callable[[T], object]) -> Page[T]:
    """Cut `found` (up to limit + 1 items) into a page; the extra item only tells that there is more."""
    items = list(found[:limit])
    return Page(items, str(key(items[-1])) if len(found) > limit else None)
