"""`placeops api`: the REST door's process."""

from __future__ import annotations

from typing import Annotated

import typer

from placeops_cli.command import Call, command, noun
from placeops_cli.reading import whole

app = noun("api", "The REST API's process.")


@command(app, "run", examples=["placeops api run --port 5000"])
def run_api(
    call: Call,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="N", parser=whole(1, 65_535), help="The port to listen on."),
    ] = None,
) -> None:
    """Run the REST API until it is stopped."""
    from placeops_cli.signals import leave_at_once

    leave_at_once()
    from tasks.settings import settings

    found = settings()
    from placeops_api.server import run

    run(host or found.api_host, port or found.api_port)


@command(app, "health", examples=["placeops api health", "placeops api health --live"])
def health(
    call: Call,
    host: Annotated[str | None, typer.Option("--host", metavar="ADDRESS", help="Where it listens.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", metavar="N", parser=whole(1, 65_535), help="On which port.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Only whether the process answers; the database is not asked.")
    ] = False,
) -> None:
    """Whether the API on this host can serve requests; for health checks."""
    from tasks.probe import ask
    from tasks.settings import settings

    found = settings()
    state = ask(host or found.api_host, port or found.api_port, "/livez" if live else "/readyz")
    if call.out.json:
        call.out.document({"state": state})
    elif not call.out.quiet:
        call.out.raw(state)


@command(app, "openapi", examples=["placeops api openapi > openapi.json"])
def print_openapi(call: Call) -> None:
    """Print the API's description, an OpenAPI document."""
    from placeops_api.openapi import text

    print(text(), end="")
