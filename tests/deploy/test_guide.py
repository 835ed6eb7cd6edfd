"""docs/deployment.md: the files, tests and services that it names are there; test_blocks.py looks at its commands."""

from __future__ import annotations

import re

from tests.deploy.files import ROOT, services

GUIDE = (ROOT / "docs" / "deployment.md").read_text("utf-8")


def test_files_and_tests_that_it_names_exist() -> None:
    for path in re.findall(r"\]\(\.\./([^)#]+)\)|(?<![\w/])(deploy/[\w./-]+|requirements/[\w.]+)", GUIDE):
        name = "".join(path).rstrip(".")
        if name.startswith("deploy/placeops-"):
            continue  # how kubectl calls a Deployment
        assert (ROOT / name).exists(), name
    for name in re.findall(r"`(?:tests/deploy/)?(test_\w+\.py)`", GUIDE):
        assert (ROOT / "tests" / "deploy" / name).exists(), name


def test_services_of_compose_that_it_names_exist() -> None:
    named = set(re.findall(r"docker compose (?:exec|run --rm) (\w+)", GUIDE))
    assert named == {"api", "backup"} and named <= set(services())
