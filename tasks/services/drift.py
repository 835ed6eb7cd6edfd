"""Where a database is not what the migrations make: what somebody changed by hand, or a build that was broken off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from sql import databases, engine, schema
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.services import access, backups
from tasks.services.dumps.side import reached, scratch

Catalog = Mapping[str, Mapping[str, str]]
_WRITTEN_OTHERWISE = re.compile(r"::(?:double precision|\w+)(?:\[\])?|[()]")


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: `problem` is missing, different or added; `expected` and `found` are definitions."""

    kind: str
    name: str
    problem: str
    expected: str | None
    found: str | None


def check_database(actor: Actor) -> list[Drift]:
    """Compare tables, constraints, indexes, triggers, functions and views with those of an empty database, migrated to
    the side and removed again. An index or a constraint that is not valid is different.

    Raises forbidden, locked, database-unreachable.
    """
    access.require(actor, "system.manage")
    url = backups.database_url()
    with (
        reached(),
        databases.maintenance(url) as conn,
        scratch(conn, url, "check") as side,
    ):
        beside = create_engine(engine.sqlalchemy_url(databases.address(url, side)), poolclass=NullPool)
        with beside.connect() as empty:
            schema.migrate(empty)
        return list(differences(_catalog(url, side), _catalog(url)))


def differences(expected: Catalog, found: Catalog) -> Iterator[Drift]:
    """Where two databases part: in more than brackets and casts, which a restored dump writes otherwise."""
    for kind, names in expected.items():
        for name in sorted(names.keys() | found[kind].keys()):
            wanted, there = names.get(name), found[kind].get(name)
            if wanted is None or there is None or _said(wanted) != _said(there):
                problem = "missing" if there is None else "added" if wanted is None else "different"
                yield Drift(kind, name, problem, wanted, there)


def _said(definition: str) -> str:
    return "".join(_WRITTEN_OTHERWISE.sub("", definition).split())


def require_as_migrated(found: Sequence[Drift]) -> None:
    """Raises check-failed when something is missing or different; what was added is somebody's own business."""
    wrong = [f"{one.name} is {one.problem}" for one in found if one.problem != "added"]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise PlaceopsError(
            "check-failed",
            f"the schema is not what the migrations make: {', '.join(wrong[:3])}{more}",
            "take the change back by hand, or restore a backup: placeops backup list",
        )


def _catalog(url: str, database: str | None = None) -> Catalog:
    with databases.connect(url, database) as conn:
        return databases.catalog(conn)
