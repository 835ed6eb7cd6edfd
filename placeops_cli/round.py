"""`placeops round`: the rounds of a drive, in the order in which they are held."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli.command import Call, Paging, command, noun
from placeops_cli.output import Column
from placeops_cli.reading import in_zone, moment, whole

if TYPE_CHECKING:
    from tasks.services.rounds import Round

app = noun("round", "Rounds of drives: a test, an interview.")

Drive = Annotated[str, typer.Option("--drive", metavar="DRIVE", help="The drive's id or code.")]
Seq = Annotated[
    int, typer.Option("--round", metavar="N", parser=whole(1, 32767), help="The round's number, from 1.")
]
Kind = typer.Option("--kind", metavar="KIND", help="What it is: test, interview, …")
Called = typer.Option("--name", metavar="TEXT", help="What it is called.")
Starts = Annotated[
    datetime | None,
    typer.Option("--starts", metavar="TIME", parser=moment, help="When it begins: '2026-12-01 17:00'."),
]
Venue = Annotated[str | None, typer.Option("--venue", metavar="TEXT", help="Where it is held.")]

ROUND: tuple[Column[Round], ...] = (
    Column("drive_id", title="Drive", wide=True),
    Column("seq", title="Round"),
    Column("kind"),
    Column("name"),
    Column("starts_at", title="Starts"),
    Column("venue"),
    Column("state", title="Is"),
    *(
        Column(name, lambda each, name=name: each.tally and getattr(each.tally, name))  # type: ignore[misc]
        for name in ("listed", "pending", "present", "late", "absent", "excused")
    ),
    Column("finalised_at", title="Finalised", wide=True),
    Column("row_version", title="Version", wide=True),
)


def number_of(found: Round) -> int:
    """What names a round within its drive."""
    return found.seq


@command(app, "list", examples=["placeops round list --drive ACME-1"])
def list_rounds(call: Call, drive: Drive, paging: Paging) -> None:
    """List a drive's rounds in their order, with how many are called and how they stand."""
    actor = call.open()
    from tasks.services import rounds

    found = paging.pages(partial(rounds.list_rounds, actor, drive))
    call.out.listing(found, ROUND, empty="No round is planned; the drive's start makes one.", key=number_of)


@command(
    app,
    "create",
    examples=["placeops round create --drive ACME-1 --kind interview --name 'Technical interview'"],
)
def create_round(
    call: Call,
    drive: Drive,
    kind: Annotated[str, Kind],
    name: Annotated[str, Called],
    starts: Starts = None,
    venue: Venue = None,
) -> None:
    """Plan one more round; who came to the one before is called to it once that one is finalised."""
    actor = call.open()
    from tasks.services import rounds

    new = rounds.NewRound(kind, name, in_zone(starts, call.out.zone), venue)
    call.out.record(rounds.create_round(actor, drive, new), ROUND, key=number_of)


@command(
    app, "update", examples=["placeops round update --drive ACME-1 --round 2 --starts '2026-12-01 10:00'"]
)
def update_round(
    call: Call,
    drive: Drive,
    seq: Seq,
    kind: Annotated[str | None, Kind] = None,
    name: Annotated[str | None, Called] = None,
    starts: Starts = None,
    venue: Venue = None,
) -> None:
    """Change what is given of a round, until it is finalised."""
    actor = call.open()
    from tasks.services import rounds

    given = {"kind": kind, "name": name, "starts_at": in_zone(starts, call.out.zone), "venue": venue}
    changes = {field: value for field, value in given.items() if value is not None}
    call.out.record(rounds.update_round(actor, drive, seq, changes), ROUND, key=number_of)


@command(app, "delete", examples=["placeops round delete --drive ACME-1 --round 2"])
def delete_round(call: Call, drive: Drive, seq: Seq) -> None:
    """Drop a drive's last round, as long as nobody is marked in it; shows it as it was."""
    actor = call.open()
    from tasks.services import rounds

    call.out.record(rounds.delete_round(actor, drive, seq), ROUND, key=number_of)
