"""`placeops db`: the database's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placeops_cli.command import Call, DryRun, command, noun
from placeops_cli.output import Column

if TYPE_CHECKING:
    from tasks.services.database import DatabaseStatus, Migrated
    from tasks.services.drift import Drift

app = noun("db", "The database's schema.")

STATUS: tuple[Column[DatabaseStatus], ...] = (
    Column("database"),
    Column("server_version", title="PostgreSQL"),
    Column("revision"),
    Column("head", title="Needed"),
    Column("pending"),
    Column("ready"),
)
MIGRATED: tuple[Column[Migrated], ...] = (Column("applied"), Column("revision"), Column("dry_run"))
DRIFT: tuple[Column[Drift], ...] = (
    Column("kind"),
    Column("name"),
    Column("problem"),
    Column("expected", wide=True),
    Column("found", wide=True),
)


@command(app, "migrate", examples=["placeops db migrate --dry-run", "placeops db migrate"])
def migrate(call: Call, dry_run: DryRun = False) -> None:
    """Bring the database to this version's schema; safe to run twice, and from two machines at once."""
    actor = call.open(check_schema=False)
    from tasks.services import database

    done = database.migrate(actor, dry_run=dry_run)
    call.out.record(done, MIGRATED, key=lambda found: found.revision)
    if not done.applied:
        call.out.hint("Nothing was pending.")


@command(app, "status", examples=["placeops db status"])
def status(call: Call) -> None:
    """Show which schema the database has and which one this version needs; exit 3 when migrations are pending."""
    actor = call.open(check_schema=False)
    from tasks.services import database

    found = database.database_status(actor)
    call.out.record(found, STATUS, key=lambda shown: shown.revision)
    if not found.ready:
        from tasks.runtime import require_schema

        require_schema()


@command(app, "check", examples=["placeops db check", "placeops db check --json"])
def check(call: Call) -> None:
    """Compare the schema with what this version's migrations make; exit 1 when something is missing or different.

    Those are run in a database of their own, which is removed again: it takes the right to make one. What was added is
    listed, and is no failure.
    """
    actor = call.open()
    from tasks.services import drift

    found = drift.check_database(actor)
    empty = "The schema is what the migrations make."
    call.out.listing(found, DRIFT, empty=empty, key=lambda one: one.name)
    drift.require_as_migrated(found)
