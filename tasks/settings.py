"""What can be configured, typed, with unsafe values refused and secrets hidden when printed.

Order: command-line flag, environment, config file (TOML), default. `DATABASE_URL` and `REDIS_URL` go by those names,
everything else by `PLACEOPS_…`; a secret may come from a file named by `DATABASE_URL_FILE` or `REDIS_URL_FILE`.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


def config_file() -> Path:
    """The TOML file that is read: `PLACEOPS_CONFIG`, else `placeops/config.toml` below the XDG config folder."""
    if named := os.environ.get("PLACEOPS_CONFIG"):
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "placeops" / "config.toml"


class SecretFiles(PydanticBaseSettingsSource):
    """Reads `DATABASE_URL_FILE` and `REDIS_URL_FILE`: paths of files that hold one secret each."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: os.environ.get(f"{name.upper()}_FILE") for name in ("database_url", "redis_url")}
        return {name: Path(path).read_text("utf-8").strip() for name, path in found.items() if path}


class Settings(BaseSettings):
    """The effective configuration of one process."""

    model_config = SettingsConfigDict(
        env_prefix="PLACEOPS_",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
        validate_default=True,
    )

    database_url: Annotated[
        SecretStr | None, Field(validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    ] = None
    redis_url: Annotated[SecretStr | None, Field(validation_alias=AliasChoices("REDIS_URL", "redis_url"))] = (
        None
    )
    redis_namespace: str = "placeops"
    data_dir: Path = Path("placeops-data")
    export_dir: Path = Path("uploads/temp")
    export_hours: Annotated[int, Field(ge=1, le=24 * 90)] = 72
    finished_job_days: Annotated[int, Field(ge=1, le=3650)] = 30
    time_zone: str = "Asia/Kolkata"
    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=1, le=65535)] = 5000
    worker_processes: Annotated[int, Field(ge=1, le=64)] = 1
    concurrency: Annotated[int | None, Field(ge=1, le=100)] = None
    job_types: Annotated[tuple[str, ...], NoDecode] = ()
    shutdown_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    log_format: Literal["auto", "json", "text"] = "auto"
    actor: str = "system"

    @field_validator("job_types", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, OSError) as error:
            raise ValueError(f"no time zone is called {value!r}") from error
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags (init) over environment over secret files over the config file."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, SecretFiles(settings_cls), toml


_given: dict[str, Any] = {}


def override(**values: Any) -> None:
    """Values from flags, or from running embedded servers: they win over the environment for this process."""
    _given.update(values)
    settings.cache_clear()


@cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings(**_given)
