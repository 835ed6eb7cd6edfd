"""`placeops backup`: the database, as files that can be brought back."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli.ask import confirm, typed
from placeops_cli.cells import count
from placeops_cli.command import Call, DryRun, Yes, command, noun
from placeops_cli.output import Column
from placeops_cli.reading import whole

if TYPE_CHECKING:
    from tasks.services.dumps.files import Backup
    from tasks.services.restoring import Restored

app = noun("backup", "The database as files that can be brought back.")

Name = Annotated[
    str | None,
    typer.Argument(metavar="[BACKUP]", help="The backup's name, or its file's; the newest by default."),
]

BACKUP: tuple[Column[Backup], ...] = (
    Column("name"),
    Column("created_at", title="Created"),
    Column("verified_at", title="Verified"),
    Column("bytes"),
    Column("rows", lambda found: sum(found.rows.values())),
    Column("revision"),
    Column("database", wide=True),
    Column("placeops", title="placeOps", wide=True),
    Column("server_version", title="PostgreSQL", wide=True),
    Column("sha256", title="SHA-256", wide=True),
)
RESTORED: tuple[Column[Restored], ...] = (
    Column("database"),
    Column("backup"),
    Column("created_at", title="Data of"),
    Column("rows"),
    Column("given_back", title="Jobs given back"),
    Column("kept", title="Before it"),
    Column("revision", wide=True),
)


@command(app, "create", examples=["placeops backup create", "placeops backup create --keep 30 -q"])
def create_backup(
    call: Call,
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep",
            metavar="N",
            parser=whole(1, 10_000),
            help="Then remove all but the newest N of this database, as `backup prune` does.",
        ),
    ] = None,
) -> None:
    """Dump the database into the folder of backups (PLACEOPS_BACKUP_DIR): whole, or not at all.

    The API and the workers go on meanwhile. Copy the folder to another machine: a disk may go with everything on it.
    """
    actor = call.open(check_schema=False)
    from tasks.services import backups

    made = backups.create_backup(actor)
    gone = [] if keep is None else backups.prune_backups(actor, keep)
    call.out.record(made, BACKUP, key=attrgetter("name"))
    if gone:
        call.out.hint(f"{count(len(gone), 'older backup')} removed")
    call.out.hint(f"Next: placeops backup verify {made.name}")


@command(app, "list", examples=["placeops backup list", "placeops backup list -q"])
def list_backups(call: Call) -> None:
    """List the backups of the folder, newest first, with the day on which each was proven. PostgreSQL is not asked."""
    actor = call.open(check_schema=False)
    from tasks.services import backups

    found = backups.list_backups(actor)
    call.out.listing(found, BACKUP, empty="No backups: placeops backup create", key=attrgetter("name"))


@command(
    app, "verify", examples=["placeops backup verify", "placeops backup verify placeops-20261124T020000Z"]
)
def verify_backup(call: Call, name: Name = None) -> None:
    """Prove a backup: its checksum, and a restore into a database of its own that is compared and removed again.

    It needs as much room as the database has, and the right to make databases; the real one is not touched.
    """
    actor = call.open(check_schema=False)
    from tasks.services import backups

    call.out.record(backups.verify_backup(actor, name), BACKUP, key=attrgetter("name"))


@command(
    app,
    "restore",
    examples=[
        "placeops backup restore placeops-20261124T020000Z",
        "placeops backup restore placeops-20261124T020000Z --replace placeops",
    ],
)
def restore_backup(
    call: Call,
    name: Name = None,
    replace: Annotated[
        str | None,
        typer.Option(
            "--replace", metavar="DATABASE", help="The database's name, instead of typing it when asked."
        ),
    ] = None,
    disconnect: Annotated[
        bool, typer.Option("--disconnect", help="End the sessions of others instead of refusing.")
    ] = False,
) -> None:
    """Put a backup in the place of the database; what was there stays under another name, which is told.

    Stop the API, the workers and the scheduler first. The backup is loaded to the side and compared with its manifest,
    and only then exchanged: when anything fails, nothing has changed. Jobs that ran at the backup's moment wait again.
    Redis needs nothing: its rings are no jobs.
    """
    actor = call.open(check_schema=False)
    from tasks.services import backups, restoring

    backup = backups.chosen(name)
    if replace is None:
        database = restoring.target()
        replace = typed(
            f"Everything in {database} since {backup.created_at.astimezone(call.out.zone):%Y-%m-%d %H:%M} will be gone "
            f"from it. To go on, type its name:",
            option="--replace DATABASE",
        )
    restored = restoring.restore_backup(actor, backup.name, into=replace, disconnect=disconnect)
    call.out.record(restored, RESTORED, key=attrgetter("database"))
    if restored.kept:
        call.out.hint(f'When all is well, in psql: DROP DATABASE "{restored.kept}";')


@command(
    app, "prune", examples=["placeops backup prune --keep 14 --dry-run", "placeops backup prune --keep 14 -y"]
)
def prune_backups(
    call: Call,
    keep: Annotated[
        int,
        typer.Option("--keep", metavar="N", parser=whole(1, 10_000), help="How many to keep, the newest."),
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove all but the newest backups of this database."""
    actor = call.open(check_schema=False)
    from tasks.services import backups

    if not dry_run and (doomed := backups.prune_backups(actor, keep, dry_run=True)):
        confirm(f"Remove {count(len(doomed), 'backup')} for good?", yes=yes)
    gone = backups.prune_backups(actor, keep, dry_run=dry_run)
    call.out.listing(gone, BACKUP, empty="Nothing to remove.", key=attrgetter("name"))
