"""What cannot be used is refused when a process starts, by name and with a way out; no secret is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.errors import PlaceopsError
from tasks.settings import Settings, settings

COMMANDS = ("placeops_cli worker run", "tasks.jobs 5 auto-publish nonsense")
pytestmark = pytest.mark.usefixtures("place")


def read(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    return settings()


def refused(monkeypatch: pytest.MonkeyPatch, **environment: str) -> PlaceopsError:
    with pytest.raises(PlaceopsError) as caught:
        read(monkeypatch, **environment)
    assert caught.value.code == "invalid-input"
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost:6379/0",
        "redis://:s%40cret@localhost",
        "rediss://user:secret@cache.example.org:6380/1?ssl_cert_reqs=required",
        "redis://[::1]:6379",
        "unix:///run/valkey/valkey.sock",
        "unix://user:secret@/run/valkey.sock?db=2",
    ],
)
def test_urls_of_redis(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert read(monkeypatch, REDIS_URL=url).redis_url is not None


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://:hidden@localhost:6379",
        "redis://:hidden@localhost:hidden",
        "redis://:hidden@localhost:99999",
        "redis://:hid/hidden@localhost:6379/0",
        "redis://:hid@hidden@localhost:6379/0",
        "redis://:hidden@localhost/first",
        "redis://localhost/0?socket_timeout=hidden",
        "unix://",
    ],
)
def test_what_is_no_url_of_redis(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    error = refused(monkeypatch, REDIS_URL=url)
    assert "redis_url (environment: REDIS_URL): not a Redis URL" in error.message
    assert error.fix == "correct REDIS_URL"
    assert "hidden" not in str(error)
    assert error.__cause__ is None


@pytest.mark.parametrize(
    "url",
    ["mysql://u:hidden@h/d", "postgresql://u:hid@hidden@h/d", "postgresql://u:hidden@h:port/d", "hidden"],
)
def test_what_is_no_url_of_postgresql(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    error = refused(monkeypatch, DATABASE_URL=url)
    assert "database_url (environment: DATABASE_URL): not a PostgreSQL URL" in error.message
    assert "hidden" not in str(error)


def test_a_secret_file_is_named_when_what_is_in_it_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("REDIS_URL")
    secret = tmp_path / "redis_url"
    assert str(secret) in refused(monkeypatch, REDIS_URL_FILE=str(secret)).message
    secret.write_text("hidden\n")
    error = refused(monkeypatch, REDIS_URL_FILE=str(secret))
    assert f"file: {secret}" in error.message
    assert "hidden" not in str(error)


def test_a_config_file_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    absent = tmp_path / "placeops.toml"
    assert f"PLACEOPS_CONFIG names {absent}" in refused(monkeypatch, PLACEOPS_CONFIG=str(absent)).message
    assert str(tmp_path) in refused(monkeypatch, PLACEOPS_CONFIG=str(tmp_path)).message
    absent.write_text("api_port = 5001\n")
    assert read(monkeypatch, PLACEOPS_CONFIG=str(absent)).api_port == 5001
    absent.write_text("api_port = \n")
    assert str(absent) in refused(monkeypatch, PLACEOPS_CONFIG=str(absent)).message


def test_no_config_file_is_asked_for_with_the_null_device_or_without_a_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert read(monkeypatch, PLACEOPS_CONFIG=os.devnull).api_port == 5000
    assert read(monkeypatch, PLACEOPS_CONFIG="", XDG_CONFIG_HOME=str(tmp_path)).api_port == 5000


@pytest.mark.parametrize("command", COMMANDS)
def test_job_types_that_do_not_exist_are_refused_with_those_that_do(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        env=os.environ | {"PLACEOPS_JOB_TYPES": "auto-publish,nonsense"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode != 0
    assert "no such job type: nonsense" in done.stderr
