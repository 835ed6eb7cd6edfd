"""`placeops integration-test`: proves the whole path on the configured servers, and cleans up after itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import typer

from placeops_cli.command import Call, command, noun
from placeops_cli.steps import print_step

if TYPE_CHECKING:
    from tasks.actor import Actor
    from tasks.services.rehearsal import Step

app = noun("operations", "The place as a whole.")


@command(app, "integration-test", examples=["placeops integration-test", "placeops integration-test --json"])
def integration_test(call: Call) -> None:
    """Prove the path from drive to file, in a college made for it and removed afterwards.

    Uses the configured servers; starts a worker when none runs. Exit 0 when every step held, else 1.
    """
    actor = call.open()
    steps = []
    for step in _steps(actor):
        steps.append(step)
        if not (call.out.json or (call.out.quiet and step.ok)):
            print_step(step)
    if call.out.json:
        call.out.document(steps)
    if not all(step.ok for step in steps):
        raise typer.Exit(1)


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
