"""`placeops config`: what this process would run with."""

from __future__ import annotations

import os
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


SETTING: tuple[Column[Setting], ...] = (Column("name"), Column("value"), Column("origin"))


@command(app, "show", examples=["placeops config show --origin"])
def show_config(
    call: Call,
    origin: Annotated[
        bool, typer.Option("--origin", help="Also say which variable or file decides each value.")
    ] = False,
) -> None:
    """Show the effective configuration; secrets are masked."""
    call.out.listing(effective(), SETTING if origin else SETTING[:2], empty="", key=attrgetter("name"))


def effective() -> list[Setting]:
    """Every setting of this process. Raises invalid-input where one cannot be used."""
    from pydantic import SecretStr

    from placeops_cli.context import read_settings
    from tasks.settings import Settings

    found = read_settings()
    result = []
    for name in Settings.model_fields:
        value = getattr(found, name)
        if isinstance(value, SecretStr):
            value = _masked(value.get_secret_value())
        elif isinstance(value, tuple):
            value = list(value)
        elif not isinstance(value, int | None):
            value = str(value)
        result.append(Setting(name, value, origin_of(name)))
    return result


def origin_of(name: str) -> str:
    """Which variable or file decides a setting."""
    import tomllib

    from tasks.settings import Settings, config_file

    field = Settings.model_fields.get(name)
    variable = name.upper() if field is None or field.validation_alias else f"PLACEOPS_{name.upper()}"
    if variable in os.environ:
        return f"environment: {variable}"
    if f"{variable}_FILE" in os.environ:
        return f"file: {os.environ[f'{variable}_FILE']}"
    path = config_file()
    in_file = path.is_file() and name in tomllib.loads(path.read_text("utf-8"))
    return f"config file: {path}" if in_file else "default"


def _masked(url: str) -> str:
    """The URL with its password, and any secret parameter, as asterisks."""
    import re

    hidden = re.sub(r"(//[^:/@?]*:).*@", r"\1***@", url)
    return re.sub(r"(?i)((?:password|secret|token|key)=)[^&]*", r"\1***", hidden)
