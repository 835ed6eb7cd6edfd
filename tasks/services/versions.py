"""Changes that are meant for one version of an object, so that nobody overwrites what nobody has seen."""

from __future__ import annotations

from collections.abc import Collection

from tasks.errors import PlaceopsError


def require_version(what: str, row_version: int, versions: Collection[int] | None, look: str) -> None:
    """Raises precondition-failed unless the object's version is among those that the change is meant for (None: any).

    `what` names the object, `look` is the command that shows it.
    """
    if versions is not None and row_version not in versions:
        raise PlaceopsError(
            "precondition-failed",
            f"{what} is at version {row_version} now: somebody changed it meanwhile",
            f"look at it again, and repeat the change for that version: {look}",
            details={"row_version": row_version},
        )
