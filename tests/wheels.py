"""The wheel as it is shipped, built from a copy: a build must not depend on what lies about in the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("placeops_api", "placeops_cli", "sql", "tasks")
DEPLOYMENT = ("deploy", "docker-compose.yml")
_FILES = ("pyproject.toml", "hatch_build.py", "README.md", "CHANGELOG.md")
_FOLDERS = ("tests", "docs", "requirements")


def copied(folder: Path) -> Path:
    """What a wheel may be made of, in this new folder; the console as it was built last, or none."""
    folder.mkdir()
    for name in (*_FILES, *PACKAGES, *DEPLOYMENT, *_FOLDERS):
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "screenshots", "node_modules")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    return folder


def built(copy: Path, target: Path) -> Path:
    """The wheel of such a copy."""
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", target, copy)
    (wheel,) = target.glob("*.whl")
    return wheel


def install(wheel: Path, venv: Path) -> Path:
    """The Python of a new environment that holds this wheel and the pinned packages that it needs, nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    needed = ROOT / "requirements" / "quickstart.txt"
    _pip("--python", python, "install", "--require-hashes", "--only-binary", ":all:", "-r", needed)
    _pip("--python", python, "install", "--no-deps", "--no-index", wheel)
    return python


def _pip(*words: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
