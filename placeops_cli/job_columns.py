"""How jobs are named and shown, by whichever command."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from placeops_cli.output import Column
from placeops_cli.reading import ago, numbered

if TYPE_CHECKING:
    from tasks.services.jobs import Cancelled, Job

State = Literal["waiting", "delayed", "active", "completed", "failed", "cancelled"]
Kind = Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Only jobs of this type.")]
OfDrive = Annotated[
    str | None, typer.Option("--drive", metavar="DRIVE", help="Only jobs of this drive, by id or code.")
]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Only jobs that this one asked for.")]
Since = Annotated[
    datetime | None,
    typer.Option("--since", metavar="TIME", parser=ago, help="Only jobs created in this time: 30m, 2h, 3d."),
]
JobId = Annotated[int, typer.Argument(metavar="JOB", parser=numbered("job"), help="The job's id.")]
JobIds = Annotated[list[int], typer.Argument(metavar="JOB...", parser=numbered("job"), help="The jobs' ids.")]

JOB: tuple[Column[Job], ...] = (
    Column("id"),
    Column("type"),
    Column("state"),
    Column("drive_id", title="Drive"),
    Column("created_at", title="Created"),
    Column("started_at", title="Started"),
    Column("finished_at", title="Finished"),
    Column("failures"),
    Column("reason"),
    Column("about", wide=True),
    Column("created_by", title="By", wide=True),
    Column("attempt", wide=True),
    Column("crashes", wide=True),
    Column("run_at", title="Next try", wide=True),
    Column("worker_id", title="Worker", wide=True),
    Column("parent_id", title="Parent", wide=True),
    Column("request_id", title="Request", wide=True),
    Column("progress", wide=True),
    Column("result", wide=True),
    Column("error", wide=True),
)


def _of_state(state: str, one: tuple[str, dict[str, int]]) -> int:
    return one[1][state]


COUNT: tuple[Column[tuple[str, dict[str, int]]], ...] = (
    Column("type", itemgetter(0)),
    *(Column(state, partial(_of_state, state)) for state in get_args(State)),
)
OUTCOME: tuple[Column[Cancelled], ...] = (
    Column("id", lambda found: found.job.id),
    Column("type", lambda found: found.job.type),
    Column("outcome"),
    Column("state", lambda found: found.job.state),
    Column("effects"),
)
