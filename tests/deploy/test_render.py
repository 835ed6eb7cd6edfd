"""`placeops deploy render`: what it fills in, what it refuses."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tasks import deployment
from tasks.deployment import Filled, render
from tasks.errors import PlaceopsError
from tests.deploy.files import COMPOSE, DEPLOY, PROGRAMS


def test_units_get_their_paths(tmp_path: Path) -> None:
    render("systemd", tmp_path, Filled(prefix="/srv/app", user="office", data_dir="/var/lib/office/data"))
    units = {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    whole = "".join(units.values())
    assert "/opt/placeops" not in whole and "/var/lib/placeops" not in whole
    assert "ExecStart=/srv/app/bin/placeops worker run\n" in units["placeops-worker.service"]
    common = units["common.conf"]
    assert "\nUser=office\nGroup=office\n" in common and "\nStateDirectory=office/data\n" in common
    assert "Environment=PLACEOPS_BACKUP_DIR=/var/lib/office/data/backups\n" in common


def test_a_folder_elsewhere_is_opened_for_writing(tmp_path: Path) -> None:
    render("systemd", tmp_path, Filled(data_dir="/srv/placeops"))
    common = next(tmp_path.rglob("common.conf")).read_text()
    assert "\nReadWritePaths=/srv/placeops\n" in common and "StateDirectory=" not in common
    assert f"ExecStart={sys.prefix}/bin/placeops api run\n" in (tmp_path / "placeops-api.service").read_text()


def test_the_defaults_are_the_files_as_they_are(tmp_path: Path) -> None:
    render("systemd", tmp_path, Filled(prefix="/opt/placeops"))
    for path in (DEPLOY / "systemd").rglob("*"):
        if path.is_file():
            assert (tmp_path / path.relative_to(DEPLOY / "systemd")).read_bytes() == path.read_bytes()


def test_compose_gets_its_image_and_builds_nothing(tmp_path: Path) -> None:
    render("compose", tmp_path, Filled(image="registry.example:5000/office/placeops:1.2"))
    services = yaml.safe_load((tmp_path / "docker-compose.yml").read_text())["services"]
    for name in ("api", "worker", "scheduler", "migrate", "backup"):
        assert services[name]["image"] == "registry.example:5000/office/placeops:1.2"
        assert "build" not in services[name]
    text = COMPOSE.read_text("utf-8") + (DEPLOY / "compose.tls.yml").read_text("utf-8")
    for part in ("deploy/Caddyfile", "deploy/prometheus/alerts.yml", "deploy/grafana/provisioning"):
        assert (tmp_path / part).exists() and f"./{part.rsplit('/alerts')[0]}" in text
    assert (tmp_path / "deploy" / "make-secrets.sh").stat().st_mode & 0o111


@pytest.mark.parametrize("folder", ["base", "overlays/production"])
def test_kubernetes_gets_its_image(tmp_path: Path, folder: str) -> None:
    render("k8s", tmp_path, Filled(image="registry.example/office/placeops:1.2"))
    made = subprocess.run(
        [PROGRAMS / "kubectl", "kustomize", tmp_path / folder], capture_output=True, text=True, check=True
    ).stdout
    assert made.count("image: registry.example/office/placeops:1.2\n") == 6
    assert made.count("image: ") == 6


@pytest.mark.parametrize(
    ("target", "filled", "named"),
    [
        ("systemd", Filled(prefix="relative"), "/prefix"),
        ("systemd", Filled(prefix="/a b"), "/prefix"),
        ("systemd", Filled(data_dir="/srv/%h"), "/data_dir"),
        ("systemd", Filled(user="root\nExecStartPre=/bin/sh"), "/user"),
        ("systemd", Filled(image="placeops:1"), "/image"),
        ("compose", Filled(prefix="/srv"), "/prefix"),
        ("compose", Filled(image="placeops"), "/image"),
        ("k8s", Filled(image="placeops:1}"), "/image"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, target: deployment.Target, filled: Filled, named: str
) -> None:
    with pytest.raises(PlaceopsError) as refused:
        render(target, tmp_path / "out", filled)
    assert (refused.value.code, refused.value.field) == ("invalid-input", named)
    assert not (tmp_path / "out").exists()


def test_an_installation_carries_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a wheel they lie beside the module; test_image.py looks at a real one."""
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copy(COMPOSE, tmp_path / "deploy")
    monkeypatch.setattr(deployment, "__file__", str(tmp_path / "deployment.py"))
    assert render("compose", tmp_path / "out", Filled())
