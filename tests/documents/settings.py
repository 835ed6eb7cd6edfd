"""docs/settings.md and .env.example: every setting with its sentence, its default and what it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import get_args

from pydantic.fields import FieldInfo

from tasks.settings import Settings, variable_of
from tests.documents import COMMAND, head, table

PARTS: Mapping[str, tuple[str, ...]] = {
    "Servers": ("database_url", "redis_url", "redis_namespace"),
    "Files": ("data_dir", "export_dir", "export_hours", "backup_dir"),
    "The API": ("api_host", "api_port", "api_hosts", "cors_origins", "trusted_proxies", "session_hours"),
    "Workers and jobs": (
        "worker_processes",
        "concurrency",
        "job_types",
        "shutdown_seconds",
        "finished_job_days",
    ),
    "Everything": ("time_zone", "log_format", "actor"),
}
"""Every setting in its part; the test of this document notices one that is in none."""

EXAMPLES = {
    "database_url": "postgresql://placeops:secret@localhost:5432/placeops",
    "redis_url": "redis://localhost:6379/0",
    "DATABASE_URL_FILE": "/run/secrets/database_url",
    "REDIS_URL_FILE": "/run/secrets/redis_url",
    "PLACEOPS_CONFIG": "/etc/placeops/config.toml",
}
BESIDES: Mapping[str, str] = {
    "DATABASE_URL_FILE": "A file that holds DATABASE_URL, as Docker and Kubernetes hand out secrets.",
    "REDIS_URL_FILE": "A file that holds REDIS_URL.",
    "PLACEOPS_CONFIG": "The TOML file to read instead of ~/.config/placeops/config.toml; there the names are small and "
    "without prefix. A file that is named must exist; /dev/null reads none.",
}
"""Variables that say where settings are read from."""

ORDER = "Order: command-line flag, environment, secret file, config file (TOML), default."


def written() -> str:
    """The page."""
    parts = head(
        "Settings",
        f"`placeops config show --origin` tells what holds and why; `placeops config check` tries it. {ORDER} "
        "The same list as a file to fill in: [.env.example](../.env.example).",
    )
    for title, names in PARTS.items():
        rows = [[f"`{variable_of(name)}`", _default(name), _meaning(name)] for name in names]
        parts += [f"## {title}", table(["Variable", "Default", "Means"], rows)]
    rows = [[f"`{name}`", meaning] for name, meaning in BESIDES.items()]
    parts += ["## Where settings are read from", table(["Variable", "Means"], rows)]
    return "\n\n".join(parts) + "\n"


def example() -> str:
    """The file for the environment, with every line commented out."""
    lines = [
        "# placeOps: every setting with its default. Copy to .env and remove the # in front of what you change.",
        f"# Written by `{COMMAND}`; do not edit .env.example itself.",
        "# Docker Compose and systemd (EnvironmentFile=) read the file; in a shell: set -a; . ./.env; set +a",
        f"# {ORDER}",
    ]
    for title, names in PARTS.items():
        lines += ["", f"# ── {title} {'─' * (106 - len(title))}"]
        for name in names:
            lines += [
                "",
                *_comment(_meaning(name)),
                f"# {variable_of(name)}={EXAMPLES.get(name, _plain(name))}",
            ]
    lines += ["", f"# ── Where settings are read from {'─' * 78}"]
    for name, meaning in BESIDES.items():
        lines += ["", *_comment(meaning), f"# {name}={EXAMPLES[name]}"]
    return "\n".join(lines) + "\n"


def _comment(sentence: str) -> Iterator[str]:
    yield from (f"# {line}" for line in wrap(sentence, 108, break_long_words=False, break_on_hyphens=False))


def _field(name: str) -> FieldInfo:
    return Settings.model_fields[name]


def _meaning(name: str) -> str:
    bounds = {type(one).__name__: next(iter(vars_of(one))) for one in _field(name).metadata if vars_of(one)}
    span = f" From {bounds['Ge']} to {bounds['Le']}." if {"Ge", "Le"} <= bounds.keys() else ""
    return f"{_field(name).description}{span}"


def vars_of(bound: object) -> list[object]:
    """What a bound says, such as the number of `Ge`."""
    return [value for key in ("ge", "le") if (value := getattr(bound, key, None)) is not None]


def _plain(name: str) -> str:
    value = _field(name).default
    if value is None or value == ():
        return ""
    return str(value)


def _default(name: str) -> str:
    words = [word for word in get_args(_field(name).annotation) if isinstance(word, str)]
    told = f"`{_plain(name)}`" if _plain(name) else ""
    return (
        f"{told} (or {', '.join(f'`{word}`' for word in words if word != _plain(name))})" if words else told
    )
