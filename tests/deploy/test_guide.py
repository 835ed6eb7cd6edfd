"""docs/deployment.md: each block of commands says why no test runs it as it stands, and what it names is there."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.cli.tree import LEAVES
from tests.deploy.files import COMPOSE, DEPLOY, ROOT, services

GUIDE = (ROOT / "docs" / "deployment.md").read_text("utf-8")
BLOCKS = re.findall(r"(?:<!-- not run: ([^>]+) -->\n)?```sh\n(.*?)```", GUIDE, re.DOTALL)


def test_every_block_says_why_it_is_not_run() -> None:
    assert len(BLOCKS) == GUIDE.count("```sh")
    assert all(reason for reason, _ in BLOCKS)


def test_files_and_tests_that_it_names_exist() -> None:
    for path in re.findall(r"\]\(\.\./([^)#]+)\)|(?<![\w/])(deploy/[\w./-]+|requirements/[\w.]+)", GUIDE):
        name = "".join(path).rstrip(".")
        if name.startswith("deploy/placeops-"):
            continue  # how kubectl calls a Deployment
        assert (ROOT / name).exists(), name
    for name in re.findall(r"`(?:tests/deploy/)?(test_\w+\.py)`", GUIDE):
        assert (ROOT / "tests" / "deploy" / name).exists(), name


def typed() -> list[str]:
    """Every command of placeOps in it and in the files: on the shell, for Compose and Kubernetes, in running text."""
    files = [path for path in (COMPOSE, *DEPLOY.rglob("*")) if path.is_file() and path.suffix != ".json"]
    text = re.sub(r"\\\n\s*", "", "\n".join([GUIDE, *(path.read_text("utf-8") for path in files)]))
    found = re.findall(
        r"(?:^|[ `/])placeops ((?!up|worker supervisor)[a-z-]+ [^`|\n>#]*|doctor[^`|\n>#]*)",
        text,
        re.MULTILINE,
    )
    found += re.findall(r"docker compose run --rm (?:api|worker) ([^`\n#]+)", text)
    return sorted(
        {line.strip() for line in found if " ".join(line.split()[:2]) in LEAVES or line.split()[0] in LEAVES}
    )


@pytest.mark.parametrize("line", typed())
def test_commands_take_their_options(line: str) -> None:
    words = shlex.split(line)
    leaf = LEAVES.get(" ".join(words[:2])) or LEAVES[words[0]]
    options = {name for param in leaf.params for name in param.opts}
    assert {word for word in words if word.startswith("-")} <= options


def test_the_commands_were_found() -> None:
    assert len(typed()) > 10


def test_services_of_compose_that_it_names_exist() -> None:
    named = set(re.findall(r"docker compose (?:exec|run --rm) (\w+)", GUIDE))
    assert named == {"api", "backup"} and named <= set(services())
