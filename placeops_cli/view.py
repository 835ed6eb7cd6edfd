"""`placeops view`: analytics, each with the time it shows."""

from __future__ import annotations

from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placeops_cli.cells import lasting
from placeops_cli.command import TEN_MINUTES, Call, Timeout, Wait, command, noun
from placeops_cli.job_columns import JOB
from placeops_cli.output import Column
from placeops_cli.reading import whole
from placeops_cli.waiting import finish, follow

if TYPE_CHECKING:
    from tasks.services.views import View

app = noun("view", "Analytics, refreshed in the background.")

VIEW: tuple[Column[View], ...] = (
    Column("name"),
    Column("title"),
    Column("as_of", title="As of"),
    Column(
        "stale",
        lambda view: "never refreshed" if view.as_of is None else "stale" if view.stale else "current",
        "State",
    ),
    Column("checked_at", title="Checked"),
    Column("milliseconds", title="Took ms"),
    Column("age_seconds", wide=True),
)


@command(app, "list", examples=["placeops view list", "placeops view list --json"])
def list_views(call: Call) -> None:
    """List the views with their age."""
    actor = call.open()
    from tasks.services import views

    call.out.listing(views.list_views(actor), VIEW, empty="No views.", key=attrgetter("name"))


@command(app, "refresh", examples=["placeops view refresh", "placeops view refresh drive_funnel --wait"])
def refresh(
    call: Call,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Which ones; all without a name.")
    ] = None,
    wait: Wait = False,
    timeout: Timeout = TEN_MINUTES,
) -> None:
    """Bring views up to date; one whose data did not change costs next to nothing."""
    actor = call.open()
    from tasks.services import views

    jobs = views.refresh_views(actor, names or ())
    if wait:
        jobs = follow(call.out, actor, [job.id for job in jobs], timeout=timeout)
    call.out.listing(jobs, JOB, empty="")
    finish(call.out, actor, jobs, wait=wait)


def _heading(column: str) -> str:
    return column.replace("_", " ").capitalize().replace("Ctc", "CTC")


@command(app, "show", examples=["placeops view show drive_funnel", "placeops view show drive_funnel --json"])
def show_view(
    call: Call,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The view's name.")],
    limit: Annotated[
        int,
        typer.Option("--limit", metavar="N", parser=whole(1, 10_000), help="How many rows, 1 to 10000."),
    ] = 200,
) -> None:
    """Show a view's rows."""
    actor = call.open()
    from tasks.services import views

    found = views.show_view(actor, name, limit=limit)
    if call.out.json:
        call.out.document(found)
        return
    columns: list[Column[tuple[Any, ...]]] = [
        Column(column, itemgetter(place), _heading(column), wide=column.endswith("_id"))
        for place, column in enumerate(found.columns)
    ]
    call.out.listing(found.rows, columns, empty="No rows.", key=itemgetter(0))
    if found.more:
        call.out.warn(f"only the first {len(found.rows)} rows are shown; more: --limit")
    if found.as_of is None:
        call.out.warn(f"the view was never refreshed: placeops view refresh {name}")
    else:
        age = lasting(found.age_seconds or 0)
        call.out.hint(
            f"{found.title}, as of {age} ago" + ("; the data has changed since." if found.stale else ".")
        )
