"""Opens the process for a command: sound settings, a database of the right schema, somebody who acts."""

from __future__ import annotations

from tasks.actor import Actor, Role


def open_place(as_name: str | None = None, *, debug: bool = False, check_schema: bool = True) -> Actor:
    """Open the process and say who acts: `--as`, else the configured name. Raises as `open_runtime` does."""
    import logging

    from tasks.settings import settings

    found = settings()
    from tasks.runtime import open_runtime

    logging.basicConfig(level=logging.INFO if debug else logging.WARNING, format="%(message)s")
    open_runtime("placeops cli", check_schema=check_schema)
    return Actor(as_name or found.actor, role=Role.ADMIN)
