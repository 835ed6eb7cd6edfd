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


@command(app, "openapi", examples=["placeops api openapi > openapi.json"])
def print_openapi(call: Call) -> None:
    """Print the API's description, an OpenAPI document."""
    from placeops_api.openapi import text

    print(text(), end="")
