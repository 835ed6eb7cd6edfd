"""Every check of the doctor: quiet where all is well, and where something is broken a finding with its fix."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from sql import engine
from sql.engine import transaction
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.jobs import doorbell, export_registrations, markers, refresh_views
from tasks.jobs.incarnation import Incarnation
from tasks.services import audit, views
from tasks.services.checks import files, rings, server, some
from tasks.services.health import Check, doctor
from tasks.settings import settings
from tests import factories
from tests.accounts import token
from tests.conftest import Place
from tests.jobs.support import TESTER, OwnRedis, do, trial, work_off

LOOKED_AT = [
    "schema",
    "PostgreSQL",
    "durability",
    "encoding",
    "connections",
    "clock",
    "time zone",
    "long transactions",
    "autovacuum",
    "workers",
    "scheduler",
    "shared export folder",
    "failed jobs",
    "publishes",
    "schedules",
    "missed ticks",
    "analytics",
    "expired exports",
    "backup",
    "administrators",
    "handed out passwords",
    "secrets",
    "Redis",
    "export folder",
    "free space",
]


@pytest.fixture
def healthy(here: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Incarnation]:
    """Everything as it should be: somebody works, somebody keeps time, the views are fresh, an admin can sign in."""
    monkeypatch.setattr(files, "LITTLE_BYTES", 0)  # the disk that the tests run on may be full
    monkeypatch.setattr(server, "durability", lambda row: Check("durability", "ok", "not asked of these"))
    with ExitStack() as processes:
        types = [export_registrations.JOB_TYPE.name, refresh_views.JOB_TYPE.name]
        worker, scheduler = Incarnation("worker", types), Incarnation("scheduler", [])
        processes.callback(worker.end)
        processes.callback(scheduler.end)
        markers.leave(settings().export_dir, worker.id)
        views.refresh_views(TESTER)
        work_off(worker, refresh_views.JOB_TYPE.name)
        token(Role.ADMIN)
        do("UPDATE users SET password_hash = 'x'")
        with transaction() as tx:
            taken = {"created_at": datetime.now(UTC).isoformat()}
            audit.record(tx, TESTER, "backup.create", "backup", "today", after=taken)
        yield worker


def findings() -> dict[str, Check]:
    """What is not ok, by name; every one has a fix."""
    found = {check.name: check for check in doctor(TESTER) if check.status != "ok"}
    assert all(check.fix for check in found.values())
    return found


@pytest.mark.usefixtures("healthy")
def test_where_all_is_well_every_check_says_so() -> None:
    checks = doctor(TESTER)
    assert [(check.name, check.status, check.fix) for check in checks] == [
        (name, "ok", None) for name in LOOKED_AT
    ]
    assert len(checks) >= 12


def test_it_is_not_for_everybody(place: Place) -> None:
    with pytest.raises(PlaceopsError, match="may not look at the installation"):
        doctor(Actor("meena", role=Role.STAFF))


BREAKAGES = """
    ALTER TABLE students SET (autovacuum_enabled = false);
    INSERT INTO jobs (type, payload, created_by, state, started_at, finished_at, error, reason, attempt, failures)
    VALUES ('trial', '{}', 'x', 'failed', now(), now(), 'no', 'ValueError', 1, 1);
    UPDATE job_types SET paused_at = now(), paused_by = 'x' WHERE name = 'trial';
    UPDATE schedules SET enabled = true, cron = '* * * * *', created_at = now() - interval '1 hour',
                         changed_at = now() - interval '1 hour' WHERE name = 'prune-jobs';
    UPDATE schedules SET enabled = true, cron = 'daily' WHERE name = 'refresh-drive-funnel';
    INSERT INTO schedule_fires (schedule, fire_at, outcome, missed)
    VALUES ('prune-jobs', now() - interval '30 min', 'late', 7);
    UPDATE view_refreshes SET as_of = NULL, seen = NULL, cluster = NULL, milliseconds = NULL;
    ALTER TABLE audit_events DISABLE TRIGGER USER;
    DELETE FROM audit_events WHERE object_type = 'backup';
    ALTER TABLE audit_events ENABLE TRIGGER USER;
    UPDATE users SET active = false WHERE role = 'ADMIN';
    UPDATE users SET password_temporary = true, created_at = now() - interval '8 days';
    INSERT INTO exports (drive_id, preset, dialect, requested_by, requested_at, completed_at, rows, bytes, sha256,
                         file_name, host, expires_at, filters)
    SELECT id, 'company_shortlist', 'excel', 'x', now() - interval '9 days', now() - interval '9 days', 0, 0,
           repeat('0', 64), '1-1.csv', 'x', now() - interval '6 days', '{}' FROM placement_drives;
    INSERT INTO publish_requests (drive_id, number, student_ids, source, requested_by)
    SELECT id, 1, '{1}', 'COORDINATOR', 'x' FROM placement_drives;
    UPDATE placement_drives SET status = 'posted', published_at = now(), published_by = 'x'
"""
FOUND = {
    "autovacuum": ("warn", "ALTER TABLE students RESET (autovacuum_enabled);"),
    "failed jobs": ("warn", "placeops job list --state failed, then placeops job retry or cancel"),
    "queue trial": ("warn", "placeops queue resume trial"),
    "drive ACME-1": ("fail", "placeops drive publish 1 --students FILE"),
    "schedules": ("warn", "placeops scheduler run"),
    "schedule refresh-drive-funnel": ("fail", "correct its row"),
    "missed ticks": (
        "warn",
        "keep a scheduler or a worker running, under a service manager: placeops scheduler run",
    ),
    "analytics": ("warn", "placeops view refresh --wait"),
    "expired exports": ("warn", "placeops schedule run remove-expired-exports --wait"),
    "backup": ("warn", "placeops backup create, every day: by a timer of systemd, or by cron"),
    "administrators": ("warn", "placeops user create EMAIL --role ADMIN"),
    "handed out passwords": (
        "warn",
        "ask them to sign in and change it, or end the account: placeops user disable staff@example.edu",
    ),
}


@pytest.mark.usefixtures("healthy")
def test_what_the_database_tells() -> None:
    with transaction() as tx:
        factories.drive(tx)
    token(Role.STAFF)
    assert findings() == {}
    for statement in BREAKAGES.split(";\n"):
        do(statement)
    assert {name: (check.status, check.fix) for name, check in findings().items()} == FOUND


@pytest.mark.parametrize(
    ("statement", "fix"),
    [
        ("UPDATE alembic_version SET version_num = '0000'", "upgrade placeOps on this machine"),
        ("DROP TABLE alembic_version", "placeops db migrate"),
    ],
)
def test_a_schema_of_another_version(place: Place, statement: str, fix: str) -> None:
    do(statement)
    (check, *others) = doctor(TESTER)
    assert (check.name, check.status, check.fix) == ("schema", "fail", fix)
    assert [other.name for other in others] == ["secrets", "Redis", "export folder", "free space"]


@pytest.mark.usefixtures("healthy")
def test_views_behind_the_data_are_told_after_hours_only() -> None:
    with transaction() as tx:
        factories.student(tx, factories.college(tx), "R1")
    assert not findings()
    do("UPDATE view_refreshes SET as_of = now() - interval '4 hours'")
    assert "behind the data: " in findings()["analytics"].detail


def test_nobody_works_and_nobody_keeps_time(here: Place) -> None:
    found = findings()
    assert (found["workers"].status, found["workers"].fix) == ("fail", "placeops worker run")
    assert (found["scheduler"].status, found["scheduler"].fix) == ("warn", "placeops scheduler run")


def test_what_waits_for_long(healthy: Incarnation) -> None:
    trial()
    do("UPDATE jobs SET created_at = now() - interval '10 minutes' WHERE type = 'trial'")
    assert "placeops worker run" in str(findings()["queue trial"].fix)


def test_a_worker_that_is_blind(healthy: Incarnation) -> None:
    do("UPDATE workers SET redis_down_since = now() WHERE kind = 'worker'")
    assert "unreachable for 1 of 1" in findings()["Redis, as workers see it"].detail


@pytest.mark.usefixtures("healthy")
def test_a_long_transaction_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LONG_TRANSACTION_SECONDS", -1)
    with psycopg.connect(place.database_url, application_name="somebody") as other:
        other.execute("SELECT 1")
        found, pid = findings()["long transactions"], other.info.backend_pid
    assert "somebody" in found.detail
    assert found.fix == f"SELECT pg_terminate_backend({pid});"


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize(("seconds", "side"), [(90, "behind"), (-90, "ahead of")])
def test_a_clock_that_is_wrong(monkeypatch: pytest.MonkeyPatch, seconds: int, side: str) -> None:
    monkeypatch.setattr(server, "now", lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    found = findings()["clock"]
    assert f"{side} this machine's" in found.detail
    assert "timedatectl" in str(found.fix)


@pytest.mark.usefixtures("healthy")
def test_a_zone_that_only_python_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.resources import files as resources

    (tmp_path / "zones").mkdir()
    data = (resources("tzdata") / "zoneinfo" / "UTC").read_bytes()
    (tmp_path / "zones" / "Campus").write_bytes(data)
    try:
        zoneinfo.reset_tzpath([str(tmp_path / "zones")])
        monkeypatch.setenv("PLACEOPS_TIME_ZONE", "Campus")
        settings.cache_clear()
        assert settings().time_zone == "Campus"
        assert "does not know Campus" in findings()["time zone"].detail
    finally:
        zoneinfo.reset_tzpath()


def facts(**other: object) -> dict[str, object]:
    """A server as it should be, but for what is given."""
    good = {"number": 180_000, "version": "18", "fsync": "on", "full_page_writes": "on", "encoding": "UTF8"}
    return good | {"synchronous_commit": "on", "max_connections": 100, "connections": 3} | other


@pytest.mark.parametrize(
    ("other", "status", "fix"),
    [
        ({"number": 140_011}, "fail", "upgrade the server to PostgreSQL 15 or later"),
        ({"fsync": "off"}, "fail", "ALTER SYSTEM RESET fsync; SELECT pg_reload_conf();"),
        ({"synchronous_commit": "local"}, "fail", "ALTER SYSTEM RESET synchronous_commit; SELECT pg_reload_conf();"),
        ({"full_page_writes": "off"}, "fail", "ALTER SYSTEM RESET full_page_writes; SELECT pg_reload_conf();"),
        ({"encoding": "SQL_ASCII"}, "fail", "create the database with UTF8"),
        ({"max_connections": 40}, "warn", "raise max_connections to 82, or run fewer worker processes"),
    ],
)  # fmt: skip
def test_what_the_server_should_not_be(place: Place, other: dict[str, object], status: str, fix: str) -> None:
    def looks(row: dict[str, object]) -> list[tuple[str, str | None]]:
        checks = [server.version(row), server.durability(row), server.encoding(row)]  # type: ignore[arg-type]
        checks.append(server.connections(row, alive=2, slots=17))  # type: ignore[arg-type]
        return [(check.status, check.fix) for check in checks if check.status != "ok"]

    assert looks(facts()) == []
    assert looks(facts(**other)) == [(status, fix)]


def test_a_database_that_is_away(place: Place) -> None:
    engine.configure("postgresql://nobody@127.0.0.1:1/none", application="tests")
    found = doctor(TESTER)
    assert (found[0].name, found[0].status) == ("PostgreSQL", "fail")
    assert {"Redis", "export folder", "secrets"} <= {check.name for check in found}


def test_a_look_that_breaks_is_a_finding_and_the_others_go_on(healthy: Incarnation) -> None:
    do("DROP TABLE schedule_fires CASCADE")
    found = findings()
    assert set(found) == {"schedules", "missed ticks"}
    assert all(check.status == "fail" for check in found.values())


@pytest.mark.usefixtures("healthy")
def test_exports_that_cannot_be_written(place: Place) -> None:
    settings().export_dir.rename(place.folder / "away")
    settings().export_dir.write_text("a file")
    found = findings()
    assert found["export folder"].status == "fail"
    assert "PLACEOPS_EXPORT_DIR" in str(found["export folder"].fix)


@pytest.mark.parametrize(("needed", "status"), [("LITTLE_BYTES", "warn"), ("TOO_LITTLE_BYTES", "fail")])
def test_a_disk_that_is_nearly_full(
    place: Place, monkeypatch: pytest.MonkeyPatch, needed: str, status: str
) -> None:
    monkeypatch.setattr(files, "TOO_LITTLE_BYTES", 0)
    for limit in {"LITTLE_BYTES", needed}:
        monkeypatch.setattr(files, limit, 1 << 62)
    check = files.free_space()
    assert (check.status, str(check.fix).startswith("free space at /")) == (status, True)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_a_password_that_everybody_may_read(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    config, secret = tmp_path / "my config.toml", tmp_path / "url"
    config.write_text('time_zone = "UTC"\n')
    secret.write_text("redis://x")
    monkeypatch.setenv("PLACEOPS_CONFIG", str(config))
    monkeypatch.setenv("REDIS_URL_FILE", str(secret))
    secret.chmod(mode)
    open_to_all = mode == 0o644
    assert files.secrets().fix == (f"chmod o= {secret}" if open_to_all else None)
    config.write_text('database_url = "postgresql://u:p@h/d"\n')
    config.chmod(mode)
    assert files.secrets().fix == (f"chmod o= {secret} '{config}'" if open_to_all else None)
    assert files.secrets().status == ("fail" if open_to_all else "ok")
    if open_to_all:
        monkeypatch.setattr(files, "HANDED_IN", tmp_path)
        assert files.secrets().status == "ok", "in a container nobody else is there"


def test_redis_that_may_forget_or_is_old_or_away(
    here: Place, redis_server: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    settings.cache_clear()
    doorbell.reset()
    assert (rings.redis().status, rings.redis().fix) == ("warn", "start Redis, or correct REDIS_URL")
    redis_server.start()
    doorbell.reset()
    assert rings.redis().status == "ok"
    redis_server.client.config_set("maxmemory-policy", "allkeys-lru")
    assert (rings.redis().status, rings.redis().fix) == (
        "fail",
        "CONFIG SET maxmemory-policy noeviction",
    )
    monkeypatch.setattr(rings, "OLDEST_REDIS", (99,))
    assert "upgrade" in str(rings.redis().fix)


def test_no_redis_at_all(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL")
    settings.cache_clear()
    assert rings.redis().fix == "set REDIS_URL"
    assert doorbell.about() == doorbell.About(None, None)


def test_long_lists_are_cut_with_their_number() -> None:
    assert some(["a", "b"]) == "a, b"
    assert some(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
