"""Set-based statements in `.sql` files beside this one, each under a name with a line of purpose.

    -- name: claim_next
    -- The next due job of a type becomes active.
    WITH …

`query("ledger", "claim_next")` gives the statement ready to execute with bound `:parameters`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from sqlalchemy import TextClause, text

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def _statements(module: str) -> dict[str, str]:
    parts = _NAME.split((files(__name__) / f"{module}.sql").read_text("utf-8"))
    return {name: body.strip().rstrip(";") for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def source(module: str, name: str) -> str:
    """The statement's text. Raises KeyError when the file has no such name."""
    return _statements(module)[name]


def names(module: str) -> tuple[str, ...]:
    """The names of the statements in `<module>.sql`, in the file's order."""
    return tuple(_statements(module))


@cache
def query(module: str, name: str) -> TextClause:
    """The named statement of `<module>.sql`, for `Connection.execute`."""
    return text(source(module, name))
