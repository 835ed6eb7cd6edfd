"""Something to do for every type of job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sql.engine import transaction
from tasks.actor import Actor
from tasks.services.exports import request_export
from tasks.services.publishing import publish_drive
from tasks.services.selections import Listed
from tests import factories
from tests.experiments.world import World


def requests(world: World, name: str) -> Mapping[str, Callable[[], object]]:
    """A client's request for each type, which gives the job something to do."""
    with transaction() as tx:
        students = factories.crowd(tx, factories.college(tx, f"C{name}"), 40)
        drive = factories.drive(tx, f"D{name}")
    chosen = [Listed(line, student_id=one) for line, one in enumerate(students)]

    def publish(actor: Actor) -> int | None:
        chosen.pop()  # another selection each time: the same one again would be answered with the same job
        published = publish_drive(actor, str(drive), list(chosen))
        return published.job.id if published.job else None

    def export(actor: Actor) -> int:
        return request_export(actor, str(drive)).job.id

    filtering: dict[str, Any] = {"drive": drive, "criteria_version": 1, "publish": False}
    return {
        "auto-publish": lambda: world.request(publish),
        "export-registrations-csv": lambda: world.request(export),
        "eligibility-filter": lambda: world.trial("eligibility-filter", **filtering),
        "refresh-materialized-views": lambda: world.trial("refresh-materialized-views", view="drive_funnel"),
        "remove-expired-exports": lambda: world.trial("remove-expired-exports"),
        "prune-jobs": lambda: world.trial("prune-jobs"),
        "trial": world.trial,
    }
