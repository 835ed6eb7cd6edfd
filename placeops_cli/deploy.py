"""`placeops deploy`: files for systemd, Compose and Kubernetes."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli.command import Call, DryRun, command, noun
from placeops_cli.output import Column

if TYPE_CHECKING:
    from tasks.deployment import File

app = noun("deploy", "Files for systemd, Compose and Kubernetes.")

FILE: tuple[Column[File], ...] = (Column("path"), Column("state"))


@command(
    app,
    "render",
    examples=[
        "placeops deploy render systemd --to units --data-dir /srv/placeops",
        "placeops deploy render compose --to office",
        "placeops deploy render k8s --to manifests --image registry.example/placeops:0.1.0",
    ],
)
def render(
    call: Call,
    target: Annotated[
        Literal["systemd", "compose", "k8s"],
        typer.Argument(metavar="TARGET", help="systemd, compose or k8s."),
    ],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder to write into.")],
    prefix: Annotated[
        str | None,
        typer.Option(
            "--prefix",
            metavar="DIR",
            help="Where placeOps is installed: bin/placeops below it; by default this one.",
        ),
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="NAME", help="As whom it runs; placeops by default.")
    ] = None,
    data_dir: Annotated[
        str | None,
        typer.Option("--data-dir", metavar="DIR", help="Exports and backups; /var/lib/placeops by default."),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option("--image", metavar="IMAGE", help="The image with its tag, for compose and k8s."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that differ.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Write the files of a deployment, this installation's paths filled in; needs no database."""
    from tasks import deployment

    filled = deployment.Filled(prefix, user, data_dir, image)
    found = deployment.render(target, to, filled, force=force, dry_run=dry_run)
    call.out.listing(found, FILE, empty="", key=attrgetter("path"))
