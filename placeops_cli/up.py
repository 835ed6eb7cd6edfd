"""`placeops up`: everything on one machine; with `--once` the main job, from an empty folder to a CSV file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli import signals
from placeops_cli.command import Call, command, noun
from placeops_cli.reading import whole
from placeops_cli.steps import print_step
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from tasks.actor import Actor
    from tasks.embedded import Owner
    from tasks.processes import Child
    from tasks.services.users import NewPassword

app = noun("operations", "The place as a whole.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where this run's servers are."""

    environment: Mapping[str, str]
    folder: Path | None
    postgres_dir: Path | None
    database: str
    redis: str
    owner: Owner | None


@command(
    app,
    "up",
    examples=["placeops up", "placeops up --demo --once", "placeops up --port 8000 --data-dir ~/office"],
)
def up(
    call: Call,
    port: Annotated[
        int | None, typer.Option("--port", metavar="N", parser=whole(1, 65_535), help="The API's port.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", metavar="D", help="Where everything is kept.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Fill an invented college.")] = False,
    once: Annotated[
        bool, typer.Option("--once", help="With --demo: run the main job once and stop.")
    ] = False,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Start no worker and no scheduler.")] = False,
) -> None:
    """Start PostgreSQL, Valkey, the API, a worker and the scheduler, and keep them running.

    With DATABASE_URL set nothing is embedded: the configured servers are used.
    """
    from tasks.processes import stop_on_signals
    from tasks.settings import override, settings

    if once and not demo:
        # It posts a drive and registers students for it, and neither can be taken back.
        raise PlaceopsError("usage", "--once shows the main job on an invented college", "add --demo")
    if data_dir is not None:
        override(data_dir=data_dir)
    found = settings()
    address = found.api_host, port or found.api_port
    with ExitStack() as stack:
        if not once:
            _check_port(*address)
        began = time.monotonic()
        place = stack.enter_context(_servers())
        actor = _prepare(call, place, demo, began)
        first = None if once else _first_admin()
        children = stack.enter_context(
            _processes(place, address, api=not once, worker=not no_worker, quiet=once)
        )
        if once:
            _run_once(actor, place)
            return
        # Until here a signal interrupts the start; from here on it is the way to end.
        stopping = stop_on_signals()
        signals.go_on()
        _banner(place, address, first, worker=not no_worker)
        from tasks.processes import keep_alive

        keep_alive([*([place.owner] if place.owner else []), *children], stopping)
        print("\nstopping…", flush=True)
    print("stopped; the data stays" + (f" in {place.folder}" if place.folder else ""), flush=True)


def _step(name: str, act: Callable[[], str], *, since: float | None = None) -> None:
    """Do one step and say how it went; its time counts from `since` (monotonic) where it began before."""
    from tasks.services.rehearsal import attempt

    step = attempt(name, act)
    print_step(step if since is None else replace(step, seconds=time.monotonic() - since))
    signals.go_on()
    if not step.ok:
        raise typer.Exit(1)


def _check_port(host: str, port: int) -> None:
    from placeops_api.server import listen

    listen(host, port).close()


@contextmanager
def _servers() -> Iterator[Place]:
    """The embedded servers for as long as the block lasts, or the configured ones."""
    from tasks.settings import override, settings

    found = settings()
    if found.database_url is not None:
        redis = "configured" if found.redis_url else "not configured"
        yield Place({}, None, None, "configured", redis, None)
        return
    from tasks.embedded import EmbeddedError, owning

    folder = found.data_dir.expanduser().resolve()
    try:
        with owning(folder) as owner:
            servers = owner.servers
            override(
                database_url=servers.database_url,
                redis_url=servers.redis_url,
                export_dir=servers.export_dir,
                data_dir=folder,
            )
            environment = {
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url or "",
                "PLACEOPS_EXPORT_DIR": str(servers.export_dir),
                "PLACEOPS_DATA_DIR": str(folder),
            }
            elsewhere = None if servers.postgres_dir.is_relative_to(folder) else servers.postgres_dir
            yield Place(
                environment,
                folder,
                elsewhere,
                str(servers.socket_dir),
                "Valkey, on a socket beside it",
                owner,
            )
    except EmbeddedError as error:
        raise PlaceopsError(error.code, str(error), error.fix) from error


def _prepare(call: Call, place: Place, demo: bool, began: float) -> Actor:
    from placeops_cli.context import open_place
    from tasks.services.database import database_status, migrate

    actor = open_place(call.as_name, debug=call.debug, check_schema=False)

    def servers() -> str:
        status = database_status(actor)
        return f"PostgreSQL {status.server_version} at {status.database}, {place.redis}"

    def migrations() -> str:
        done = migrate(actor)
        return f"applied {', '.join(done.applied)}" if done.applied else f"at {done.revision}, nothing to do"

    _step("start the servers" if place.folder else "find the servers", servers, since=began)
    _step("bring the schema up to date", migrations)
    if demo:
        _step("fill the demo college", lambda: _demo(actor))
    return actor


def _demo(actor: Actor) -> str:
    from tasks.services.demo import fill_demo

    report = fill_demo(actor)
    return f"{report.students:,} students, {report.drives} drives" + (
        "" if report.created else ", there already"
    )


@contextmanager
def _processes(
    place: Place, address: tuple[str, int], *, api: bool, worker: bool, quiet: bool
) -> Iterator[list[Child]]:
    """API, worker and scheduler as children; stopped in the opposite order of need when the block ends."""
    from tasks.jobs.supervisor import GRACE_SECONDS, worker_command
    from tasks.processes import Child, stop_all
    from tasks.settings import settings

    seconds = settings().shutdown_seconds
    me = [sys.executable, "-m", "placeops_cli"]
    commands: dict[str, list[str]] = {}
    if api:
        commands["API"] = [*me, "api", "run", "--host", address[0], "--port", str(address[1])]
    if worker:
        commands["worker"] = worker_command(settings().job_types, seconds)
        commands["scheduler"] = [*me, "scheduler", "run"]
    with ExitStack() as stack:
        output = stack.enter_context(_log(place.folder).open("ab")) if quiet else None
        children: list[Child] = []
        try:
            for name, command in commands.items():
                children.append(Child(name, command, environment=place.environment, output=output))
            yield children
        finally:
            stop_all(children, seconds + GRACE_SECONDS)


@cache
def _log(folder: Path | None) -> Path:
    """The log of the processes: in the data folder, else in a temporary file of its own."""
    import tempfile

    if folder is None:
        return Path(tempfile.mkstemp(prefix="placeops-", suffix=".log")[1])
    (folder / "log").mkdir(parents=True, exist_ok=True)
    return folder / "log" / "placeops.log"


def _run_once(actor: Actor, place: Place) -> None:
    from tasks.services.rehearsal import Rehearsal

    rehearsal = Rehearsal(actor, None, is_test=False, registrations=25, timeout=60)
    for step in rehearsal.run():
        print_step(step)
        if not step.ok:
            print(f"  log: {_log(place.folder)}")
            raise typer.Exit(1)
    print(f"\nThe list for the company: {rehearsal.file}")
    print(f"Everything is kept in:    {place.folder or 'the configured servers'}")
    if place.postgres_dir:
        print(f"The database is in:       {place.postgres_dir}")
    print(f"\nNext: placeops up, and in a second terminal: placeops drive show {rehearsal.drive}")


def _first_admin() -> NewPassword | None:
    from tasks.services.users import first_admin

    return first_admin()


def _banner(place: Place, address: tuple[str, int], first: NewPassword | None, *, worker: bool) -> None:
    from placeops_api.server import serves_console

    told = f"{first.user.email}, password {first.password} (told this once)" if first else None
    url = f"http://{address[0]}:{address[1]}"
    lines = [
        *([("Console", url)] if serves_console() else []),
        ("API", url),
        *([("Sign in", told)] if told else []),
        ("Data folder", str(place.folder) if place.folder else "none: the configured servers hold the data"),
        *([("Database files", str(place.postgres_dir))] if place.postgres_dir else []),
        ("PostgreSQL", place.database),
        ("Redis", place.redis),
        ("Running", "API, worker, scheduler" if worker else "API (no worker: jobs wait)"),
        ("Stop", "Ctrl-C"),
        ("Next", "in a second terminal, in this folder: placeops status"),
    ]
    print("\nplaceOps is up")
    for name, value in lines:
        print(f"  {name:<15} {value}")
    print(flush=True)
