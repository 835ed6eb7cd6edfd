"""What can be configured, typed, with unsafe values refused and secrets hidden when printed.

Order: command-line flag, environment, config file (TOML), default. `DATABASE_URL` and `REDIS_URL` go by those names,
everything else by `PLACEOPS_…`; a secret may come from a file named by `DATABASE_URL_FILE` or `REDIS_URL_FILE`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tasks.errors import PlaceopsError

_ESCAPED = "with @ : / in a password written as %40 %3A %2F"
_HOST_AND_PORT = r"(?:[^@/?#:\[\],]+|\[[0-9A-Fa-f:.]+\])?(?::[0-9]+)?"
# Strict about `@`: part of a password with a bare one would pass for the host, and be told.
_POSTGRESQL = re.compile(
    rf"postgres(?:ql)?(?:\+psycopg)?://(?:[^@/?#]*@)?{_HOST_AND_PORT}(?:/[^@/?#]*)?(?:\?[^#]*)?"
)
_REDIS = re.compile(
    rf"(?:rediss?://(?:[^@/?#]*@)?{_HOST_AND_PORT}(?:/[0-9]*)?|unix://(?:[^@/?#]*@)?/[^@?#]+)(?:\?[^#]*)?"
)
_REDIS_NUMBERS: Mapping[str, Callable[[str], object]] = {
    "db": int,
    "socket_timeout": float,
    "socket_connect_timeout": float,
    "max_connections": int,
    "health_check_interval": int,
}


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
        hide_input_in_errors=True,
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
    api_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    session_hours: Annotated[int, Field(ge=1, le=24 * 30)] = 12
    shutdown_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    log_format: Literal["auto", "json", "text"] = "auto"
    actor: str = "system"

    @field_validator("job_types", "api_hosts", "cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("database_url")
    @classmethod
    def _postgresql_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and _POSTGRESQL.fullmatch(value.get_secret_value()) is None:
            raise ValueError(f"not a PostgreSQL URL: postgresql://user@host:5432/placeops, {_ESCAPED}")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_redis(value.get_secret_value()):
            raise ValueError(
                "not a Redis URL: redis://host:6379/0, rediss:// with TLS, unix:///path/of/socket, "
                + _ESCAPED
            )
        return value

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


def _is_redis(url: str) -> bool:
    """Whether redis-py reads the URL as meant; it would take a wrong database for 0, and fail at a wrong number."""
    try:
        parts = urlsplit(url)
        in_range = parts.port is None or parts.port > 0
        for name, value in parse_qsl(parts.query):
            _REDIS_NUMBERS.get(name, str)(value)
    except ValueError:
        return False
    return in_range and _REDIS.fullmatch(url) is not None


def origin_of(name: str) -> str:
    """Which variable or file decides a setting."""
    field = Settings.model_fields.get(name)
    variable = name.upper() if field is None or field.validation_alias else f"PLACEOPS_{name.upper()}"
    if variable in os.environ:
        return f"environment: {variable}"
    if f"{variable}_FILE" in os.environ:
        return f"file: {os.environ[f'{variable}_FILE']}"
    path = config_file()
    in_file = path.is_file() and name in tomllib.loads(path.read_text("utf-8"))
    return f"config file: {path}" if in_file else "default"


_given: dict[str, Any] = {}


def override(**values: Any) -> None:
    """Values from flags, or from running embedded servers: they win over the environment for this process."""
    _given.update(values)
    settings.cache_clear()


@cache
def settings() -> Settings:
    """The process's settings, read once. Raises invalid-input naming what is wrong, without repeating a value."""
    path = config_file()
    if os.environ.get("PLACEOPS_CONFIG") and (path.is_dir() or not path.exists()):
        raise _unusable(f"PLACEOPS_CONFIG names {path}, which is no file", "correct it, or unset it")
    try:
        return Settings(**_given)
    except ValidationError as error:
        wrong = [(str(one["loc"][0]).lower(), one["msg"]) for one in error.errors(include_input=False)]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unusable(f"{path}: {error}", f"correct {path}") from None
    except OSError as error:
        raise _unusable(f"{error.filename}: {error.strerror}", "name a file that can be read") from None
    told = "; ".join(
        f"{name} ({origin_of(name)}): {msg.removeprefix('Value error, ')}" for name, msg in wrong
    )
    where = " and ".join(origin_of(name).rpartition(": ")[2] for name, _ in wrong)
    raise _unusable(told, f"correct {where}")


def _unusable(wrong: str, fix: str) -> PlaceopsError:
    return PlaceopsError("invalid-input", f"the configuration cannot be used: {wrong}", fix)
