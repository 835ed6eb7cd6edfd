"""`placeops audit`: who changed what."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli.command import Call, Paging, command, noun
from placeops_cli.output import Column
from placeops_cli.reading import ago

if TYPE_CHECKING:
    from tasks.services.audit import AuditEvent

app = noun("audit", "The audit log: who changed what.")

EVENT: tuple[Column[AuditEvent], ...] = (
    Column("id", wide=True),
    Column("at", title="When"),
    Column("actor", title="Who"),
    Column("action"),
    Column("object_type", title="Object"),
    Column("object_id", title="ID"),
    Column("before"),
    Column("after"),
    Column("reason"),
    Column("request_id", title="Request", wide=True),
)


@command(
    app,
    "list",
    examples=[
        "placeops audit list --since 2h",
        "placeops audit list --object drive --id 12",
        "placeops audit list --actor meena@college.example --json",
    ],
)
def list_audit(
    call: Call,
    by: Annotated[
        str | None, typer.Option("--actor", metavar="NAME", help="Only what this actor did.")
    ] = None,
    action: Annotated[
        str | None, typer.Option("--action", metavar="ACTION", help="Only such acts, as drive.publish.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--object", metavar="TYPE", help="Only objects of this type.")
    ] = None,
    id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Only the object with this id.")
    ] = None,
    request: Annotated[
        str | None, typer.Option("--request", metavar="ID", help="Only what this request changed.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", metavar="TIME", parser=ago, help="Only within this time: 30m, 2h, 3d."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until", metavar="TIME", parser=ago, help="Only what is older than this: 30m, 2h, 3d."
        ),
    ] = None,
    *,
    paging: Paging,
) -> None:
    """List changes, newest first; the log itself cannot be changed."""
    actor = call.open()
    from tasks.services import audit

    fetch = partial(
        audit.list_audit,
        actor,
        by=by,
        action=action,
        object_type=kind,
        object_id=id,
        request_id=request,
        since=since,
        until=until,
    )
    call.out.listing(paging.pages(fetch), EVENT, empty="Nothing was changed.")
