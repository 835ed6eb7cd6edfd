"""Plays a Compose file without an engine: its services as processes, in its order, with its checks, ended its way.

What the engine would do is done here: variables filled in, secrets and volumes put where the file says (below a folder
instead of below /), dependencies waited for. What it cannot stand in for: images, networks, and what a kernel confines.
PostgreSQL and Redis are those of the tests; their services in the file are taken for their addresses and checks.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis

from tests.acceptance.conftest import eventually
from tests.deploy.files import DEPLOY, ROOT, compose, image_environment, in_image, of_ours, seconds

SERVERS = ("db", "redis")
_NO_NEW_PRIVILEGES = 38  # <linux/prctl.h>
_MEMORY_DENY_WRITE_EXECUTE = 65


def confined() -> None:
    """What no-new-privileges and the units' MemoryDenyWriteExecute ask of the kernel, where it knows them."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    prctl(_MEMORY_DENY_WRITE_EXECUTE, 1, 0, 0, 0)


@dataclass
class Play:
    """One Compose project. `port` is where this machine reaches the API."""

    folder: Path
    database_url: str
    redis_url: str
    port: int
    dotenv: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @cached_property
    def services(self) -> dict[str, dict[str, Any]]:
        """The file's services."""
        return dict(compose()["services"])

    def prepare(self) -> None:
        """The secrets, as the file's own script makes them, and empty volumes."""
        subprocess.run([DEPLOY / "make-secrets.sh", self.folder / "secrets"], check=True, capture_output=True)
        for name, real in (("database_url", self.database_url), ("redis_url", self.redis_url)):
            secret = self.folder / "secrets" / name
            host = urlsplit(secret.read_text()).hostname
            assert host in self.services, f"{name} points to {host}, which is no service"
            secret.write_text(real)
        for name in compose()["volumes"]:
            (self.folder / "volumes" / name).mkdir(parents=True)

    def environment(self, name: str) -> dict[str, str]:
        """What the service's process sees: the image's, the .env file's and the service's own, in this order."""
        service = self.services[name]
        assert service["env_file"] == [{"path": ".env", "required": False}]
        mounts = dict(volume.split(":")[:2][::-1] for volume in service.get("volumes", ()))
        own: dict[str, str] = service["environment"]
        seen = image_environment() | dict(self.dotenv) | own
        places = {"/run/secrets": str(self.folder / "secrets")}
        places |= {inside: str(self.folder / "volumes" / volume) for inside, volume in mounts.items()}
        for key, value in seen.items():
            for inside, here in places.items():
                if value.startswith(inside):
                    seen[key] = here + value.removeprefix(inside)
        return seen | {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": "/nonexistent",
            "PLACEOPS_API_PORT": str(self.port),
        }

    def _words(self, command: list[str]) -> list[str]:
        return [sys.executable, "-m", "placeops_cli", *command]

    def run(self, name: str, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """`docker compose run --rm NAME COMMAND…`: the service's place, another command."""
        return subprocess.run(
            self._words(list(command or self.services[name]["command"])),
            env=self.environment(name),
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            preexec_fn=confined,
            check=False,
        )

    def start(self, name: str) -> None:
        """The service's process."""
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                self._words(self.services[name]["command"]),
                env=self.environment(name),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=confined,
            )

    def healthy(self, name: str) -> bool:
        """What the service's own health check says now."""
        words = self.services[name]["healthcheck"]["test"][1:]
        if words[0] == "pg_isready":
            with psycopg.connect(self.database_url) as connection:
                return not connection.closed
        if words[0] == "redis-cli":
            return bool(redis.Redis.from_url(self.redis_url).ping())
        assert words.pop(0) == "placeops"
        return self.run(name, *words).returncode == 0

    def order(self) -> Iterator[str]:
        """The services that start without a profile, each after those that it depends on."""
        waiting = {name: service for name, service in self.services.items() if "profiles" not in service}
        done: set[str] = set()
        while waiting:
            ready = [name for name, service in waiting.items() if done >= set(service.get("depends_on", ()))]
            assert ready, f"they wait for each other: {list(waiting)}"
            for name in ready:
                del waiting[name]
                done.add(name)
                yield name

    def up(self) -> None:
        """`docker compose up --detach --wait`."""
        for name in self.order():
            for needed, wanted in self.services[name].get("depends_on", {}).items():
                if wanted["condition"] == "service_healthy":
                    eventually(lambda needed=needed: self.healthy(needed), 60)  # type: ignore[misc]
            if name in SERVERS:
                continue
            if name in of_ours(self.services) and self.services[name]["restart"] == "no":
                once = self.run(name)
                assert once.returncode == 0, once.stderr
            else:
                self.start(name)
        for name in self.running:
            eventually(lambda name=name: self.healthy(name), 60)  # type: ignore[misc]

    def down(self) -> dict[str, tuple[int, float]]:
        """`docker compose stop`: the image's signal, the service's grace; exit status and seconds of each."""
        number = signal.Signals[in_image("STOPSIGNAL")[0]]
        began = time.monotonic()
        for process in self.running.values():
            process.send_signal(number)
        ended = {}
        for name, process in self.running.items():
            status = process.wait(seconds(self.services[name]["stop_grace_period"]))
            ended[name] = status, time.monotonic() - began
        self.running.clear()
        return ended

    def kill(self) -> None:
        """Whatever still runs."""
        for process in self.running.values():
            process.kill()
            process.wait()
