"""`placeops config`: what this process would run with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli.command import Call, command, noun
from placeops_cli.output import Column

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

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
    in_file = _config_file()
    result = []
    for name, field in Settings.model_fields.items():
        value = getattr(found, name)
        if isinstance(value, SecretStr):
            shown: str | int | list[str] | None = _masked(value.get_secret_value())
        else:
            shown = (
                list(value)
                if isinstance(value, tuple)
                else value
                if isinstance(value, int | None)
                else str(value)
            )
        result.append(Setting(name, shown, _origin(name, field, in_file)))
    return result


def _origin(name: str, field: FieldInfo, in_file: dict[str, str]) -> str:
    variable = name.upper() if field.validation_alias else f"PLACEOPS_{name.upper()}"
    if variable in os.environ:
        return f"environment: {variable}"
    if field.validation_alias and f"{variable}_FILE" in os.environ:
        return f"file: {os.environ[f'{variable}_FILE']}"
    return in_file.get(name, "default")


def _config_file() -> dict[str, str]:
    import tomllib

    from tasks.settings import config_file

    path = config_file()
    return dict.fromkeys(tomllib.loads(path.read_text()), f"config file: {path}") if path.is_file() else {}


def _masked(url: str) -> str:
    """The URL with its password, and any secret parameter, as asterisks."""
    import re

    hidden = re.sub(r"(//[^:/@?]*:).*@", r"\1***@", url)
    return re.sub(r"(?i)((?:password|secret|token|key)=)[^&]*", r"\1***", hidden)
