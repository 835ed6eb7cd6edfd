"""The deployment files as their programs read them: Compose with its variables, the Dockerfile, units, Kubernetes."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = ROOT / "docker-compose.yml"
TLS = DEPLOY / "compose.tls.yml"
UNITS = sorted(path for path in (DEPLOY / "systemd").rglob("*") if path.is_file())
PROGRAMS = Path(sys.executable).parent

_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def absent(what: str) -> NoReturn:
    """A validator is not on this machine: on a developer's its tests are skipped, CI has to have it."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def compose(file: Path = COMPOSE, environment: Mapping[str, str] = {}) -> dict[str, Any]:
    """A Compose file with its variables filled in, as `docker compose config` would."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if environment.get(name):
            return environment[name]
        assert kind == "-", f"{name} is not set: {rest}"
        return rest or ""

    return dict(yaml.safe_load(_VARIABLE.sub(value, file.read_text("utf-8"))))


def services(file: Path = COMPOSE, environment: Mapping[str, str] = {}) -> dict[str, dict[str, Any]]:
    """The services of a Compose file by name."""
    return dict(compose(file, environment)["services"])


def asked_for(file: Path) -> set[str]:
    """The variables that a Compose file takes from its own environment."""
    return {name for name, _, _ in _VARIABLE.findall(file.read_text("utf-8"))}


def of_ours(found: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The services that run this project's image."""
    return {
        name: service for name, service in found.items() if str(service.get("image")).startswith("placeops")
    }


def seconds(text: str) -> float:
    """A duration as Compose and systemd write it."""
    units = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}
    number, unit = re.fullmatch(r"(\d+)(\w*)", text).groups()  # type: ignore[union-attr]
    return int(number) * units[unit]


@cache
def dockerfile() -> list[tuple[str, str, str]]:
    """Stage, instruction and argument of every line of the Dockerfile; a stage without a name is `final`."""
    text = re.sub(r"\\\n\s*", "", "".join(_without_comments()))
    found, stage = [], ""
    for line in filter(None, text.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stage = rest.split(" AS ")[1] if " AS " in rest else "final"
        found.append((stage, word, rest.strip()))
    return found


def _without_comments() -> Iterator[str]:
    for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines(keepends=True):
        if not line.lstrip().startswith("#"):
            yield line


def in_image(word: str, stage: str = "final") -> list[str]:
    """The arguments of an instruction in a stage."""
    return [rest for where, instruction, rest in dockerfile() if (where, instruction) == (stage, word)]


def image_environment() -> dict[str, str]:
    """What ENV sets in the image that runs."""
    words = [word for line in in_image("ENV") for word in shlex.split(line)]
    return dict(word.split("=", 1) for word in words)


def entry_point() -> list[str]:
    """The image's entry point; its form must be a list, since a shell would keep signals to itself."""
    (found,) = in_image("ENTRYPOINT")
    return list(json.loads(found))


def unit_lines(name: str) -> list[tuple[str, str]]:
    """Name and value of every setting of a unit and of what all services have in common."""
    files = [
        path
        for path in UNITS
        if path.name == name or (name.startswith("placeops-") and path.name == "common.conf")
    ]
    text = "\n".join(path.read_text("utf-8") for path in reversed(files))
    return [(key, value) for key, value in re.findall(r"^([A-Z]\w+)=(.*)$", text, re.MULTILINE)]


@cache
def kubernetes(folder: str) -> list[dict[str, Any]]:
    """The objects of a kustomization, rendered by kubectl."""
    done = subprocess.run(
        [PROGRAMS / "kubectl", "kustomize", DEPLOY / "k8s" / folder],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr, done.stderr
    return [found for found in yaml.safe_load_all(done.stdout) if found]


def pods(folder: str) -> dict[str, dict[str, Any]]:
    """Name of the object and specification of every pod that a kustomization makes."""
    found = {}
    for made in kubernetes(folder):
        spec = made.get("spec", {})
        if made["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec:
            found[made["metadata"]["name"]] = spec["template"]["spec"]
    return found
