"""`placeops job prune`: old finished jobs go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli.ask import confirm
from placeops_cli.cells import count
from placeops_cli.command import Call, DryRun, Yes, command, part
from placeops_cli.output import Column
from placeops_cli.reading import duration

if TYPE_CHECKING:
    from tasks.services.pruning import Pruned

app = part()

PRUNED: tuple[Column[Pruned], ...] = (Column("jobs"), Column("more"), Column("dry_run"))


@command(
    app,
    "prune",
    examples=["placeops job prune --older-than 30d --dry-run", "placeops job prune --older-than 30d -y"],
)
def prune(
    call: Call,
    older_than: Annotated[
        timedelta,
        typer.Option(
            "--older-than", metavar="TIME", parser=duration, help="Those that ended so long ago: 30d, 12h."
        ),
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Remove completed and cancelled jobs with all that is known of them; failed ones stay."""
    actor = call.open()
    from tasks.services import pruning

    if not dry_run:
        found = pruning.prune_jobs(actor, older_than, dry_run=True).jobs
        confirm(f"Remove {count(found, 'job')} for good?", yes=yes or not found)
    done = pruning.prune_jobs(actor, older_than, dry_run=dry_run)
    call.out.record(done, PRUNED, key=None)
    if done.more:
        call.out.hint("There may be more: run it again.")
