"""Prometheus and Grafana: their files are valid, their rules do what they say, and every figure they name is told."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from placeops_api.app import create_app
from sql.engine import transaction
from tasks.actor import SYSTEM, Role
from tasks.jobs.schedule import next_ticks
from tasks.services import schedules, views
from tasks.services.backups import STALE_HOURS
from tests import accounts
from tests.conftest import Place
from tests.deploy.files import COMPOSE, DEPLOY, ROOT, absent

ALERTS = DEPLOY / "prometheus" / "alerts.yml"
BOARD = DEPLOY / "grafana" / "dashboards" / "placeops.json"
METRIC = re.compile(r"\bplaceops_[a-z_]+\b")


@pytest.fixture(scope="session")
def promtool(pytestconfig: pytest.Config) -> Path:
    """promtool, from the PATH or out of Debian's package of Prometheus, which is unpacked and not installed."""
    if found := shutil.which("promtool"):
        return Path(found)
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("promtool")
    program = folder / "package" / "usr" / "bin" / "promtool"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes start together
        if not program.exists():
            _unpack(folder)
    return program


def _unpack(folder: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        absent("promtool is not on this machine, and there is no apt-get to get it with")
    download = ["apt-get", "download", "-qq", "prometheus"]
    for attempt in (download, ["apt-get", "update", "-qq"], download):
        done = subprocess.run(attempt, cwd=folder, capture_output=True, text=True, check=False)
        if attempt is download and done.returncode == 0:
            break
    packages = sorted(folder.glob("prometheus_*.deb"))
    if not packages:
        absent(f"promtool is not on this machine, and Debian's package cannot be had: {done.stderr.strip()}")
    shutil.rmtree(folder / "new", ignore_errors=True)
    subprocess.run(["dpkg", "-x", packages[-1], folder / "new"], check=True)
    (folder / "new").rename(folder / "package")
    for package in packages:
        package.unlink()


def ask(promtool: Path, *words: str | Path) -> str:
    done = subprocess.run([promtool, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_what_prometheus_reads_is_valid(promtool: Path) -> None:
    config = DEPLOY / "prometheus" / "prometheus.yml"
    ask(promtool, "check", "config", "--syntax-only", config)
    assert f"{len(rules())} rules found" in ask(promtool, "check", "rules", ALERTS)
    scraped = yaml.safe_load(config.read_text("utf-8"))["scrape_configs"][0]
    assert scraped["static_configs"][0]["targets"] == ["api:5000"]
    secret = Path(scraped["authorization"]["credentials_file"]).name
    assert secret in yaml.safe_load(COMPOSE.read_text("utf-8"))["secrets"]


def test_alerts_fire_when_they_should_and_only_then(promtool: Path) -> None:
    assert "SUCCESS" in ask(promtool, "test", "rules", ROOT / "tests" / "deploy" / "alerts_test.yml")
    told = yaml.safe_load((ROOT / "tests" / "deploy" / "alerts_test.yml").read_text("utf-8"))["tests"]
    healthy, broken = ([one["alertname"] for one in test["alert_rule_test"]] for test in told)
    names = [rule["alert"] for rule in rules()]
    assert healthy == names and list(dict.fromkeys(broken)) == names


def test_alert_and_doctor_agree_about_backups() -> None:
    assert [f"> {STALE_HOURS} * 3600" in rule["expr"] for rule in rules()].count(True) == 1


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(BOARD.read_text("utf-8"))["panels"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    yield from ((rule["alert"], rule["expr"]) for rule in rules())
    for panel in panels():
        yield from ((panel["title"], target["expr"]) for target in panel.get("targets", ()))


def test_the_dashboard(promtool: Path, tmp_path: Path) -> None:
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids)) and len(ids) > 20
    assert all(panel["type"] == "row" or panel["targets"] for panel in panels())
    taken: set[tuple[int, int]] = set()
    for at in (panel["gridPos"] for panel in panels()):
        mine = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not mine & taken, "panels lie on each other"
        taken |= mine
    sources = yaml.safe_load(
        (DEPLOY / "grafana" / "provisioning" / "datasources" / "prometheus.yml").read_text("utf-8")
    )
    known = {source["uid"] for source in sources["datasources"]}
    assert {panel["datasource"]["uid"] for panel in panels() if panel["type"] != "row"} == known
    # promtool reads expressions as rules only.
    recorded = [{"record": f"panel:{at}", "expr": expr} for at, (_, expr) in enumerate(expressions())]
    rule_file = tmp_path / "panels.yml"
    rule_file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": recorded}]}))
    assert f"{len(recorded)} rules found" in ask(promtool, "check", "rules", rule_file)


def exported(place: Place) -> dict[str, set[str]]:
    """What a scrape tells: the labels of every series, by its name."""
    headers = {"Authorization": f"Bearer {accounts.token(Role.ADMIN)}"}
    client = TestClient(create_app(), base_url="http://localhost:5000", headers=headers)
    client.get("/jobs")
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_every_figure_that_is_named_is_told_with_its_labels(place: Place) -> None:
    with transaction() as tx:
        tx.exec_driver_sql(
            "INSERT INTO schedule_fires (schedule, fire_at, outcome) VALUES ('prune-jobs', now(), 'fired')"
        )
    views.refresh_views(SYSTEM)
    with transaction() as tx:
        tx.exec_driver_sql(
            "UPDATE view_refreshes SET as_of = now(), seen = pg_current_snapshot(), cluster = 1, milliseconds = 1"
        )
    found = exported(place)
    named = set()
    for title, expr in expressions():
        for metric in METRIC.findall(expr):
            named.add(metric)
            assert metric in found, f"{title} asks for {metric}, which is not told"
        for label in re.findall(r"[{,]\s*([a-z]+)[=!]", expr):
            asked = [found[metric] for metric in METRIC.findall(expr) if metric in found]
            assert any(label in labels for labels in asked) or "up{" in expr, f"{title}: no label {label}"
    ours = {name for name in found if name.startswith("placeops_")}
    shown = {name for name in ours if not name.endswith(("_created", "_sum", "_count", "_bucket"))}
    assert shown <= named, "a figure that neither an alert nor a panel shows is of no use"


def test_the_schedules_of_an_installation_fire(place: Place) -> None:
    assert [one.problem for one in schedules.check_schedules(SYSTEM)] == [None] * 8
    now = datetime.now(UTC)
    for found in schedules.list_schedules(SYSTEM):
        (first,) = next_ticks(found.cron, found.time_zone, now, 1)
        assert first - now < timedelta(days=400), found.name
