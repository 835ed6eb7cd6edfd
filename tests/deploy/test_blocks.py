"""Commands in the documents: each is run as it stands there, or says why it is not; each names what exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sql import engine
from tasks.actor import SYSTEM, Role
from tasks.services import users
from tasks.services.demo import fill_demo
from tests.acceptance.conftest import eventually
from tests.acceptance.test_up import answers, free_port
from tests.cli.tree import LEAVES
from tests.conftest import Place
from tests.deploy.blocks import WRITTEN_BY_HAND, blocks, script
from tests.deploy.commands import commands
from tests.deploy.files import COMPOSE, DEPLOY, ROOT

README, DOCS = ROOT / "README.md", ROOT / "docs"
AT_LEAST = {README: 7, DOCS / "quick-reference.md": 45, DOCS / "cli-contract.md": 5}
"""Documents whose commands are run below, and how many there are."""
RUN = {*AT_LEAST, DOCS / "runbook.md"}
HOME = (".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions")
TYPED = re.compile(r"(?:^|[ `/$(|])placeops ((?!up |worker supervisor)[a-z][^`|\n>#)]*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")


@pytest.mark.parametrize("path", WRITTEN_BY_HAND, ids=lambda path: path.name)
def test_every_block_is_run_or_says_why_not(path: Path) -> None:
    for block in blocks(path):
        assert block.language in ("sh", "sql", "text", "mermaid"), block.text
        if block.language in ("sh", "sql"):
            assert block.reason or path in RUN, f"nobody runs this: {block.text}"
        elif block.language == "text":
            assert not re.search(r"^(\$ )?(placeops|docker|kubectl|systemctl) ", block.text, re.MULTILINE)


@pytest.mark.parametrize("path", WRITTEN_BY_HAND, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target, anchor in LINK.findall(path.read_text("utf-8")):
        if "://" in target:
            continue
        found = (path.parent / target).resolve() if target else path
        assert found.exists(), f"{path.name} links to {target}"
        assert not anchor or anchor in headings(found), f"{path.name} links to {target}#{anchor}"


def headings(path: Path) -> set[str]:
    """The anchors of a document, as they are made of its headings."""
    lines = [line.lstrip("# ") for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in lines}


def typed() -> list[str]:
    """Every command of placeOps in the documents and the deployment files: in blocks and in running text."""
    documents = [*WRITTEN_BY_HAND, ROOT / "docs" / "cli.md"]
    files = [path for path in (COMPOSE, *DEPLOY.rglob("*")) if path.is_file() and path.suffix != ".json"]
    text = re.sub(r"\\\n\s*", "", "\n".join(path.read_text("utf-8") for path in [*documents, *files]))
    found = TYPED.findall(text)
    found += re.findall(r"docker compose run --rm (?:api|worker|backup) ([^`\n#]+)", text)
    lines = (line.strip().rstrip(".,:;") for line in found)
    return sorted({line for line in lines if leaf_of(line)})


def leaf_of(line: str) -> str | None:
    """The command that a line calls, None for other words behind the program's name."""
    words = line.split()
    return next((name for name in (" ".join(words[:2]), words[0]) if name in LEAVES), None)


def test_commands_take_their_options() -> None:
    found = typed()
    assert len(found) > 200
    for line in found:
        options = {
            name for param in LEAVES[leaf_of(line) or ""].params for name in param.opts + param.secondary_opts
        }
        given = {
            word.partition("=")[0] for word in shlex.split(line.replace("'", "")) if word.startswith("-")
        }
        unknown = {word for word in given - options - {"-", "-h", "-y"} if word.strip("-.…")}
        assert not unknown, f"placeops {line}"


@pytest.fixture
def demo(place: Place) -> Iterator[dict[str, str]]:
    """The demo's college with its administrator, its API, and no Redis: jobs are done where they are asked for."""
    fill_demo(SYSTEM)
    users.create_user(SYSTEM, "admin@localhost", role=Role.ADMIN)
    engine.dispose()
    port = free_port()
    environment = place.environment | {"REDIS_URL": "redis://127.0.0.1:1", "PORT": str(port)}
    words = [sys.executable, "-m", "placeops_cli", "api", "run", "--port", str(port)]
    with (place.folder / "api.log").open("wb") as log:
        api = subprocess.Popen(words, env=environment, cwd=place.folder, stdout=log, stderr=log)
    try:
        eventually(lambda: answers(port), 60)
        with commands(place.folder, environment) as programs:
            yield environment | {"PATH": f"{programs}:{environment['PATH']}", "HOME": str(place.folder)}
    finally:
        api.kill()
        api.wait()


@pytest.mark.timeout(300)
def test_the_commands_of_every_day_run(demo: dict[str, str], place: Place) -> None:
    """One test: the college is made once."""
    for name in HOME:
        (place.folder / name).mkdir(parents=True)
    for path, least in AT_LEAST.items():
        text = script(path).replace("127.0.0.1:5000", f"127.0.0.1:{demo['PORT']}")
        assert text.count("placeops ") >= least, path.name
        done = subprocess.run(
            ["bash", "-c", text], env=demo, cwd=place.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{path.name}: {done.stderr[-3000:]}"
    assert (place.folder / "acme.csv").stat().st_size > 100 and (place.folder / "globex.csv").exists()
