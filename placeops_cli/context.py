"""Opens the process for a command: sound settings, a database of the right schema, somebody who acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.actor import Actor
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from tasks.settings import Settings


def read_settings() -> Settings:
    """The settings. Raises invalid-input naming what is wrong, without repeating a value that may be a secret."""
    from tomllib import TOMLDecodeError

    from pydantic import ValidationError

    from tasks.settings import config_file, settings

    try:
        return settings()
    except ValidationError as error:
        wrong = "; ".join(_told(one) for one in error.errors(include_input=False))
        raise PlaceopsError("invalid-input", f"the configuration cannot be used: {wrong}") from None
    except TOMLDecodeError as error:
        raise PlaceopsError("invalid-input", f"{config_file()}: {error}") from None


def _told(one: ErrorDetails) -> str:
    from placeops_cli.config import origin_of

    name = str(one["loc"][0]).lower()
    return f"{name} ({origin_of(name)}): {one['msg'].removeprefix('Value error, ')}"


def open_place(as_name: str | None = None, *, debug: bool = False, check_schema: bool = True) -> Actor:
    """Open the process and say who acts: `--as`, else the configured name. Raises as `open_runtime` does."""
    import logging

    found = read_settings()
    from tasks.runtime import open_runtime

    logging.basicConfig(level=logging.INFO if debug else logging.WARNING, format="%(message)s")
    open_runtime("placeops cli", check_schema=check_schema)
    return Actor(as_name or found.actor)


def open_process(name: str) -> None:
    """Open a process that runs until it is stopped, with its log on stderr. Raises as `open_runtime` does."""
    read_settings()
    from tasks.runtime import open_runtime

    open_runtime(name, log=True)
