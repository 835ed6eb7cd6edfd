"""The runbook: its commands run as they stand there, one after another, and every alert has its page."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

import pytest
import yaml
from sqlalchemy import text

from sql import databases, engine
from sql.engine import transaction
from tests import factories
from tests.conftest import Place
from tests.deploy.blocks import blocks, script
from tests.deploy.commands import commands
from tests.deploy.files import ROOT

PATH = ROOT / "docs" / "runbook.md"
RUNBOOK = PATH.read_text("utf-8")
PARTS = ("Meaning", "Impact", "Look", "Fix", "Undo")


def alerts() -> dict[str, dict[str, str]]:
    groups = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]
    return {rule["alert"]: rule["annotations"] for group in groups for rule in group["rules"]}


def pages(part: str) -> dict[str, str]:
    """The pages of a part, by their headings."""
    body = RUNBOOK.split(f"\n## {part}\n")[1].split("\n## ")[0]
    _, *found = re.split(r"^### (.+)$", body, flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    assert list(pages("Alerts")) == list(alerts())
    for name, page in pages("Alerts").items():
        assert [part for part in PARTS if f"**{part}**" not in page] == [], name
        assert alerts()[name]["runbook"] == f"docs/runbook.md#{name.lower()}"


@pytest.fixture
def office(place: Place) -> Iterator[dict[str, str]]:
    """An office with a failed job, without Redis, so that jobs are done where they are asked for."""
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 10)
        tx.execute(text("UPDATE schedules SET changed_at = clock_timestamp()"))
        tx.execute(
            text(
                "INSERT INTO jobs (type, state, created_by, attempt, started_at, finished_at, error, reason) "
                "VALUES ('prune-jobs', 'failed', 'schedule', 3, now(), now(), 'three workers died', 'poison')"
            )
        )
    engine.dispose()
    environment = place.environment | {"REDIS_URL": "redis://127.0.0.1:1"}
    with commands(place.folder, environment) as programs:
        yield environment | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    engine.dispose()
    with databases.connect(place.database_url, "postgres") as conn:
        for name in databases.names(conn):
            if name.startswith(f"{databases.name_of(place.database_url)}_before_"):
                databases.drop(conn, name)


@pytest.mark.timeout(300)
def test_its_commands_run(office: dict[str, str], place: Place) -> None:
    name = databases.name_of(place.database_url)
    text = script(PATH).replace("--replace placeops", f"--replace {name}")
    assert "--replace placeops" not in text and text.count("placeops ") > 40
    done = subprocess.run(
        ["bash", "-c", text], env=office, cwd=place.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with databases.content(place.database_url) as content:
        assert content.rows["students"] == 10
    assert "backup.restore" in done.stdout, "the last look at the audit log shows the restore"
    undo(place.database_url)


def undo(url: str) -> None:
    """The statements that take a restore back, with the names of this one."""
    name = databases.name_of(url)
    (block,) = (block for block in blocks(PATH) if block.language == "sql" and block.reason is None)
    with databases.connect(url, "postgres") as conn:
        (kept,) = (one for one in databases.names(conn) if one.startswith(f"{name}_before_"))
        text = re.sub(r"placeops_before_\w+", kept, block.text)
        for statement in re.sub(r"\bplaceops(?=[ ;_])(?!_before)", name, text).split(";")[:-1]:
            conn.execute(statement.encode())
        left = set(databases.names(conn))
        assert {name, f"{name}_restored"} <= left and kept not in left
        databases.drop(conn, f"{name}_restored")
