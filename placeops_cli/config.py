"""`placeops config`: what this process would run with."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated

import typer

from placeops_cli.command import Call, command, noun
from placeops_cli.output import Column

app = noun("config", "What is configured, and where it comes from.")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: secrets are masked, `origin` is the variable or file that decides it."""

    name: str
    value: str | int | list[str] | None
    origin: str
    meaning: str


MEANING: Column[Setting] = Column("meaning", wide=True)
SETTING: tuple[Column[Setting], ...] = (Column("name"), Column("value"), MEANING)
WITH_ORIGIN: tuple[Column[Setting], ...] = (*SETTING[:2], Column("origin"), MEANING)


@command(app, "show", examples=["placeops config show --origin"])
def show_config(
    call: Call,
    origin: Annotated[
        bool, typer.Option("--origin", help="Also say which variable or file decides each value.")
    ] = False,
) -> None:
    """Show what a command started here would run with; secrets are masked.

    A flag such as `up --port` counts for its own run only and is not seen here.
    """
    call.out.listing(effective(), WITH_ORIGIN if origin else SETTING, empty="", key=attrgetter("name"))


def effective() -> list[Setting]:
    """Every setting of this process. Raises invalid-input where one cannot be used."""
    from pydantic import SecretStr

    from tasks.settings import Settings, origin_of, settings

    found = settings()
    result = []
    for name, field in Settings.model_fields.items():
        value = getattr(found, name)
        if isinstance(value, SecretStr):
            value = _masked(value.get_secret_value())
        elif isinstance(value, tuple):
            value = list(value)
        elif not isinstance(value, int | None):
            value = str(value)
        result.append(Setting(name, value, origin_of(name), field.description or ""))
    return result


def _masked(url: str) -> str:
    """The URL with its password, and any secret parameter, as asterisks."""
    import re

    hidden = re.sub(r"(//[^:/@?]*:).*@", r"\1***@", url)
    return re.sub(r"(?i)((?:password|secret|token|key)=)[^&]*", r"\1***", hidden)


@command(app, "check", examples=["placeops config check", "placeops config check --json"])
def check_config(call: Call) -> None:
    """Check that a process started here could work: settings, folders, database, Redis. Nothing is changed.

    Exit 2 when a setting or a folder cannot be used, 3 when the database is away or its schema does not fit.
    """
    from placeops_cli.operations import show_checks
    from tasks.services import configuration

    checks = configuration.check_configuration()
    show_checks(call, checks)
    configuration.require_usable(checks)
