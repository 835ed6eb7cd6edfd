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

    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="PostgreSQL 15 to 18, as postgresql://user:password@host:5432/placeops. "
        "Unset: the servers that `placeops up` runs in PLACEOPS_DATA_DIR.",
    )
    redis_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("REDIS_URL", "redis_url"),
        description="Redis 7 or newer, or Valkey, with maxmemory-policy noeviction, as redis://host:6379/0. It only "
        "rings the bell for the workers: unset or out of reach, jobs are done in the request instead.",
    )
    redis_namespace: str = Field(
        "placeops",
        description="In front of every key in Redis; several installations may share one Redis under different names.",
    )
    data_dir: Path = Field(
        Path("placeops-data"),
        description="The folder in which `placeops up` keeps its database and its logs.",
    )
    backup_dir: Path | None = Field(
        None,
        description="Where `placeops backup create` writes. Unset: the folder backups in PLACEOPS_DATA_DIR. Copy it to "
        "another machine.",
    )
    export_dir: Path = Field(
        Path("uploads/temp"),
        description="Export files. API and workers must see the same folder; it is never served without asking who "
        "wants it.",
    )
    export_hours: int = Field(72, ge=1, le=24 * 90, description="Hours until an export file is removed.")
    finished_job_days: int = Field(
        30, ge=1, le=3650, description="Days that finished jobs stay in the ledger."
    )
    time_zone: str = Field(
        "Asia/Kolkata",
        description="The zone of the college: times are shown in it, and times without a zone are read in it.",
    )
    api_host: str = Field(
        "127.0.0.1",
        description="Where the API listens. Beyond loopback it starts only when there is a user who can sign in.",
    )
    api_port: int = Field(5000, ge=1, le=65535, description="The API's port.")
    api_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="The names, separated by commas, that the API answers to besides localhost: what a browser's "
        "address bar shows.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Other sites whose pages may use the API, separated by commas, as https://console.college.example. "
        "Empty: none.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses of proxies in front of the API, separated by commas, whose X-Forwarded-For and -Proto "
        "are believed.",
    )
    session_hours: int = Field(
        12, ge=1, le=24 * 30, description="Hours after which somebody who signed in has to do so again."
    )
    worker_processes: int = Field(
        1, ge=1, le=64, description="Worker processes that one `placeops worker run` starts."
    )
    concurrency: int | None = Field(
        None,
        ge=1,
        le=100,
        description="Jobs of one type that a worker process runs at once. Unset: what each job type's row says, 5 or "
        "1.",
    )
    job_types: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="The job types that a worker takes, separated by commas. Empty: all of them."
    )
    shutdown_seconds: int = Field(
        60,
        ge=1,
        le=3600,
        description="Seconds that running jobs get to end when a worker is told to stop; what is left goes back to the "
        "queue. Keep the limit of whoever stops the worker (systemd, Docker, Kubernetes) above it.",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="json, text, or auto: text on a terminal, JSON elsewhere."
    )
    actor: str = Field(
        "system",
        description="The user as whom commands act, by address, unless `--as` names another; system: the operator of "
        "this machine.",
    )

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


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    field = Settings.model_fields.get(name)
    return name.upper() if field is None or field.validation_alias else f"PLACEOPS_{name.upper()}"


def origin_of(name: str) -> str:
    """Which variable or file decides a setting."""
    variable = variable_of(name)
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
