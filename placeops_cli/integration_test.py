"""`placeops integration-test`: proves the whole path on the configured servers, and cleans up after itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from placeops_cli.command import Call, command, noun
from placeops_cli.output import Column
from placeops_cli.steps import print_step
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from tasks.actor import Actor
    from tasks.services.rehearsal import Step

app = noun("operations", "The place as a whole.")

STEP: tuple[Column[Step], ...] = (
    Column("ok"),
    Column("name"),
    Column("detail"),
    Column("seconds", lambda step: round(step.seconds, 3)),
    Column("fix"),
)


@command(app, "integration-test", examples=["placeops integration-test", "placeops integration-test --json"])
def integration_test(call: Call) -> None:
    """Prove the path from drive to file, in a college made for it and removed afterwards.

    Uses the configured servers; starts a worker when none runs. Exit 0 when every step held, else 1.
    """
    actor = call.open()
    steps = []
    tell = _teller(call)
    for step in _steps(actor):
        steps.append(step)
        tell(step)
    if call.out.json:
        call.out.document(steps)
    if failed := [step for step in steps if not step.ok]:
        told = ", ".join(step.name for step in failed)
        raise PlaceopsError(
            "check-failed", f"{len(failed)} of {len(steps)} steps failed: {told}", failed[0].fix
        )


def _teller(call: Call) -> Callable[[Step], None]:
    """Tells each step as it ends: to a person, or to a pipe; a document is made of all of them."""
    if call.out.on_terminal:
        return print_step
    if call.out.json or call.out.quiet:
        return lambda _: None
    write = call.out.rows(STEP)

    def tell(step: Step) -> None:
        write(step)
        sys.stdout.flush()

    return tell


def _steps(actor: Actor) -> Iterator[Step]:
    from tasks.services import rehearsal
    from tasks.services.health import redis_state
    from tasks.services.queues import queue_stats
    from tasks.settings import settings

    redis = redis_state()
    running = queue_stats(actor).workers
    inline = redis != "reachable" and not running
    missing = not running and not inline
    words = f"{running} running" if running else "none: jobs run inline" if inline else "none: one is started"
    yield rehearsal.Step("Redis", True, redis, 0.0)
    yield rehearsal.Step("worker", True, words, 0.0)
    yield rehearsal.Step("export folder", True, str(settings().export_dir.resolve()), 0.0)
    with _worker() if missing else nullcontext(), rehearsal.test_college(actor) as test:
        yield from test.run()
    yield rehearsal.attempt("clean up", lambda: rehearsal.require_gone(test))


@contextmanager
def _worker() -> Iterator[None]:
    from tasks.jobs.supervisor import GRACE_SECONDS, worker_command
    from tasks.processes import Child, stop_all
    from tasks.settings import settings

    found = settings()
    environment = {"PLACEOPS_EXPORT_DIR": str(found.export_dir), "PLACEOPS_DATA_DIR": str(found.data_dir)}
    with open(os.devnull, "wb") as nowhere:
        child = Child("worker", worker_command((), 10), environment=environment, output=nowhere)
        try:
            yield
        finally:
            stop_all([child], 10 + GRACE_SECONDS)
