"""Opens the process for a command: sound settings, a database of the right schema, somebody who acts."""

from __future__ import annotations

from dataclasses import replace

from tasks.actor import SYSTEM, Actor


def open_place(
    as_name: str | None = None, *, debug: bool = False, check_schema: bool = True, patience: str = "60s"
) -> Actor:
    """Open the process and say who acts: the user named by `--as` or the configuration, else the system.

    Raises as `open_runtime` does, not-found for an unknown user.
    """
    import logging

    from tasks.settings import settings

    found = settings()
    from tasks.runtime import open_runtime, schema_fits

    logging.basicConfig(level=logging.INFO if debug else logging.WARNING, format="%(message)s")
    open_runtime("placeops cli", statement_timeout=patience, check_schema=check_schema)
    name = as_name or found.actor
    if name == SYSTEM.name:
        return SYSTEM
    if not check_schema and not schema_fits():
        return replace(SYSTEM, name=name)  # there may be no users yet to look among
    from tasks.services.users import acting_as

    return acting_as(name)
