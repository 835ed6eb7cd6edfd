"""Each deployment file through the validator of its kind; what a validator cannot know is in test_agreement.py."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tasks import deployment
from tests.deploy.files import COMPOSE, DEPLOY, PROGRAMS, ROOT, TLS, UNITS, absent

CUSTOM = {"ScaledObject", "TriggerAuthentication"}
"""Kinds of KEDA, for which no schema is shipped; test_agreement.py looks at what they say."""
EXPOSURE = 20
"""Tenths: systemd calls everything up to 2.0 well confined."""


@pytest.fixture
def systemd() -> str:
    """systemd-analyze, which reads units and starts none."""
    found = shutil.which("systemd-analyze")
    return found or absent("systemd-analyze is not on this machine")


def says(*words: str | Path, expect: int = 0, environment: Mapping[str, str] = {}) -> str:
    """What a program prints; it must end as expected."""
    done = subprocess.run(
        words, capture_output=True, text=True, cwd=ROOT, env=os.environ | dict(environment), check=False
    )
    assert done.returncode == expect, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_dockerfile() -> None:
    assert says(PROGRAMS / "hadolint", "Dockerfile") == ""


@pytest.mark.parametrize("file", [COMPOSE, TLS], ids=lambda file: file.name)
def test_compose(file: Path) -> None:
    says(PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)


@pytest.mark.parametrize("folder", ["base", "overlays/production"])
def test_kubernetes(folder: str, tmp_path: Path) -> None:
    rendered = tmp_path / "rendered.yaml"
    rendered.write_text(says(PROGRAMS / "kubectl", "kustomize", DEPLOY / "k8s" / folder))
    said = says(PROGRAMS / "kubernetes-validate", "--strict", rendered)
    assert set(re.findall(r"find schema for kind (\w+)", said)) == CUSTOM
    assert said.count("WARN") == len(CUSTOM), said
    assert said.count(" passed ") > 12


def test_the_validator_of_kubernetes_sees_a_typo(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    text = (DEPLOY / "k8s" / "base" / "scheduler.yaml").read_text("utf-8")
    wrong.write_text(text.replace("terminationGracePeriodSeconds", "terminationGraceSeconds"))
    assert "terminationGraceSeconds" in says(PROGRAMS / "kubernetes-validate", "--strict", wrong, expect=1)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as they are installed: with a program where they look for it."""
    prefix = tmp_path / "prefix"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "placeops").symlink_to(sys.executable)
    folder = tmp_path / "units"
    deployment.render("systemd", folder, deployment.Filled(prefix=str(prefix)))
    return folder


def test_units(systemd: str, units: Path) -> None:
    files = [path for path in units.iterdir() if path.suffix in (".service", ".timer", ".target")]
    assert len(files) == len([path for path in UNITS if path.suffix != ".conf"])
    names = [path if "@" not in path.name else path.with_name(path.name.replace("@", "@x")) for path in files]
    # An unknown setting is no failure for it, only a line on stderr.
    assert says(systemd, "verify", *names) == ""


def test_a_typo_in_a_unit_is_seen(systemd: str, units: Path) -> None:
    common = units / "placeops-.service.d" / "common.conf"
    common.write_text(common.read_text() + "ProtectHoem=yes\n")
    assert "ProtectHoem" in says(systemd, "verify", units / "placeops-api.service")


@pytest.mark.parametrize("service", ["api", "worker", "scheduler", "migrate", "backup"])
def test_services_are_confined(systemd: str, units: Path, service: str) -> None:
    words = ["security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager"]
    says(systemd, *words, units / f"placeops-{service}.service")


def test_a_service_that_is_less_confined_is_seen(systemd: str, units: Path) -> None:
    confined = units / "placeops-.service.d" / "common.conf"
    without = re.compile(r"^(SystemCallFilter|RestrictNamespaces|ProtectKernel).*\n", re.MULTILINE)
    confined.write_text(without.sub("", confined.read_text()))
    words = ["security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager"]
    says(systemd, *words, units / "placeops-api.service", expect=1)


def test_the_timer_fires_in_the_night(systemd: str) -> None:
    (timer,) = (path for path in UNITS if path.suffix == ".timer")
    (moment,) = re.findall(r"^OnCalendar=(.*)$", timer.read_text("utf-8"), re.MULTILINE)
    assert "Next elapse" in says(systemd, "calendar", moment)


@pytest.mark.parametrize("tls", ["internal", "ops@college.example"])
def test_caddyfile(tls: str) -> None:
    words = ("--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile"))
    site = {"SITE": "placement.college.example", "SITE_TLS": tls, "UPSTREAM": "api:5000"}
    assert "Valid configuration" in says(PROGRAMS / "caddy", "validate", *words, environment=site)
    says(PROGRAMS / "caddy", "fmt", "--diff", DEPLOY / "Caddyfile")


@pytest.mark.parametrize("script", sorted(DEPLOY.rglob("*.sh")), ids=lambda script: script.name)
def test_scripts(script: Path) -> None:
    assert os.access(script, os.X_OK)
    says(PROGRAMS / "shellcheck", script)


def test_secrets_are_made_once(tmp_path: Path) -> None:
    script, folder = DEPLOY / "make-secrets.sh", tmp_path / "secrets"
    says(script, folder)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert made["postgres_password"] in made["database_url"] and len(made["postgres_password"]) == 48
    assert folder.stat().st_mode & 0o777 == 0o700
    assert says(script, folder).count("is there already") == len(made)
    assert {path.name: path.read_text() for path in folder.iterdir()} == made
