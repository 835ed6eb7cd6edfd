"""The commands that look before something breaks: configuration, schema, schedules; and old jobs that go."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tests.cli.conftest import Run
from tests.conftest import Place


def do(*statements: str) -> None:
    with transaction() as tx:
        for statement in statements:
            tx.execute(text(statement))


def test_a_configuration_that_works(placeops: Run, place: Place) -> None:
    done = placeops("config", "check")
    assert done.code == 0, done.err
    assert "fail" not in done.column("status")
    assert {"settings", "export folder", "backup folder", "database", "schema"} <= set(done.column("name"))
    assert not list(place.folder.rglob("backups")), "a check makes nothing"


@pytest.mark.parametrize(
    ("variable", "value", "code", "said"),
    [
        ("PLACEOPS_API_PORT", "none", 2, "api_port"),
        ("PLACEOPS_TIME_ZONE", "Asia/Nowhere", 2, "no time zone is called"),
        ("PLACEOPS_BACKUP_DIR", os.devnull, 2, "backup folder"),
        ("PLACEOPS_EXPORT_DIR", f"{os.devnull}/exports", 2, "export folder"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", 3, "does not answer"),
    ],
)
def test_a_configuration_that_does_not(
    placeops: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, code: int, said: str
) -> None:
    from tasks.settings import settings

    monkeypatch.setenv(variable, value)
    settings.cache_clear()
    done = placeops("config", "check")
    assert done.code == code and said in done.err and "fix:" in done.err


def test_a_schema_that_does_not_fit_is_not_a_wrong_setting(placeops: Run) -> None:
    do("DELETE FROM alembic_version")
    done = placeops("config", "check")
    assert done.code == 3 and "placeops db migrate" in done.err


def test_drift(placeops: Run) -> None:
    done = placeops("db", "check")
    assert (done.code, len(done.lines)) == (0, 1), done.out
    do("CREATE INDEX of_a_dba ON students (name)")
    done = placeops("db", "check")
    assert (done.code, done.column("problem"), done.column("name")) == (0, ["added"], ["students.of_a_dba"])
    do(
        "DROP INDEX jobs_claim_idx",
        "ALTER TABLE students DROP CONSTRAINT students_cgpa_range",
        "ALTER TABLE students ADD CONSTRAINT students_cgpa_range CHECK (cgpa BETWEEN 0 AND 10) NOT VALID",
        "ALTER TABLE audit_events DISABLE TRIGGER USER",
        "ALTER TABLE offers ALTER COLUMN company DROP NOT NULL",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'exports_job_idx'::regclass",
    )
    done = placeops("db", "check")
    found = dict(zip(done.column("name"), done.column("problem"), strict=True))
    assert done.code == 1 and "not what the migrations make" in done.err
    assert (
        found.items()
        >= {
            "jobs.jobs_claim_idx": "missing",
            "students.students_cgpa_range": "different",
            "offers.company": "different",
            "exports.exports_job_idx": "different",
        }.items()
    )
    assert [name for name in found if name.startswith("audit_events.")]


def test_schedules_that_are_late_or_never_fire(placeops: Run) -> None:
    do("UPDATE schedules SET changed_at = clock_timestamp()")
    done = placeops("schedule", "check")
    assert done.code == 0 and set(done.column("problem")) == {""} and "" not in done.column("next")
    day = "clock_timestamp() - interval '1 day'"
    do(f"UPDATE schedules SET created_at = {day}, changed_at = {day} WHERE name = 'prune-jobs'")
    done = placeops("schedule", "check")
    assert done.code == 1 and "not fired: prune-jobs" in done.err
    late = dict(zip(done.column("name"), map(int, done.column("late_seconds")), strict=True))
    assert late.pop("prune-jobs") > 90 and set(late.values()) == {0}
    for cron in ("0 0 30 2 *", "daily"):
        do(f"UPDATE schedules SET cron = '{cron}', changed_at = clock_timestamp() WHERE name = 'prune-jobs'")
        done = placeops("schedule", "check")
        assert done.code == 1 and "never fire: prune-jobs" in done.err
    do("UPDATE schedules SET enabled = false WHERE name = 'prune-jobs'")
    assert placeops("schedule", "check").code == 0


def test_old_jobs_go_and_failed_ones_stay(placeops: Run) -> None:
    do(
        "INSERT INTO jobs (type, state, created_by, attempt, started_at, finished_at, error, reason) "
        "SELECT 'prune-jobs', state, 'tests', 1, t, t, 'x', 'x' FROM (VALUES ('completed'), ('cancelled'), ('failed')) "
        "s (state), (VALUES (now() - interval '2 days'), (now() - interval '1 hour')) a (t)"
    )
    looked = placeops("job", "prune", "--older-than", "1d", "--dry-run")
    assert (looked.code, looked.column("jobs"), looked.column("dry_run")) == (0, ["2"], ["true"])
    refused = placeops("job", "prune", "--older-than", "1d")
    assert refused.code == 2 and "--yes" in refused.err
    assert placeops("job", "prune", "--older-than", "1d", "--yes").column("jobs") == ["2"]
    assert sorted(placeops("job", "list").column("state")) == ["cancelled", "completed", "failed", "failed"]
    assert placeops("job", "prune", "--older-than", "1d").column("jobs") == ["0"]
    assert placeops("audit", "list").column("action") == ["job.prune"]
