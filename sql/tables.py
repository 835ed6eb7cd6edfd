"""Every table as SQLAlchemy Core, one page; `sql/migrations` creates them and a test proves that both agree.

NULL always means unknown. Times are `timestamptz` by the database's clock, money is whole rupees, text is text.
Enumerations are text columns pinned by CHECK constraints, so that a dump stays readable.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

STUDENT_MARKS = ("cgpa", "tenth_pct", "twelfth_pct", "diploma_pct")
DRIVE_STATUSES = ("draft", "posted", "paused", "in_progress", "completed", "cancelled", "archived")
JOB_STATES = ("waiting", "delayed", "active", "completed", "failed", "cancelled")


class PgType(UserDefinedType[str]):
    """A PostgreSQL type that SQLAlchemy has no class for; values travel as text."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


def _id(kind: type[Integer] = Integer) -> Column[int]:
    return Column("id", kind, Identity(always=True), primary_key=True)


def _ref(
    name: str, target: str, *, null: bool = False, ondelete: str | None = None, **kw: Any
) -> Column[int]:
    kind = BigInteger if target == "jobs.id" else Integer
    return Column(name, kind, ForeignKey(target, ondelete=ondelete), nullable=null, **kw)


def _text(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=null, server_default=default)


def _when(name: str, *, null: bool = True, now: bool = False) -> Column[Any]:
    return Column(
        name,
        DateTime(timezone=True),
        nullable=null and not now,
        server_default=text("now()") if now else None,
    )


def _version() -> Column[int]:
    return Column("row_version", Integer, nullable=False, server_default=text("1"))


def _flag(name: str, default: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text(str(default).lower()))


def _json(name: str, *, null: bool = True) -> Column[Any]:
    return Column(name, JSONB, nullable=null, server_default=None if null else text("'{}'::jsonb"))


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text("0"))


def _check(name: str, rule: str) -> CheckConstraint:
    return CheckConstraint(rule, name=name)


def _one_of(column: str, *words: str) -> CheckConstraint:
    return _check(f"{column}_known", f"{column} IN ({', '.join(repr(word) for word in words)})")


# People

colleges = Table(
    "colleges",
    metadata,
    _id(),
    _text("code"),
    _text("name"),
    _text("time_zone", default="Asia/Kolkata"),
    _flag("is_test"),
    _when("created_at", now=True),
    UniqueConstraint("code"),
    _check("code_not_blank", "btrim(code) <> ''"),
)

students = Table(
    "students",
    metadata,
    _id(),
    _ref("college_id", "colleges.id"),
    _text("roll_no"),
    _text("name"),
    _text("email", null=True),
    _text("phone", null=True),
    _text("gender", null=True),
    _text("programme", null=True),
    _text("branch", null=True),
    Column("batch_year", SmallInteger),
    _text("admission_type", default="REGULAR"),
    Column("cgpa", Numeric(4, 2)),
    Column("tenth_pct", Numeric(5, 2)),
    Column("twelfth_pct", Numeric(5, 2)),
    Column("diploma_pct", Numeric(5, 2)),
    Column("active_backlogs", SmallInteger),
    Column("total_backlogs", SmallInteger),
    _flag("placed"),
    _flag("debarred"),
    _when("created_at", now=True),
    _when("updated_at", now=True),
    UniqueConstraint("college_id", "roll_no"),
    _check("roll_no_trimmed", "roll_no = btrim(roll_no) AND roll_no <> ''"),
    _check("name_not_blank", "btrim(name) <> ''"),
    _one_of("gender", "F", "M", "X"),
    _one_of("admission_type", "REGULAR", "LATERAL"),
    _check("cgpa_range", "cgpa BETWEEN 0 AND 10"),
    *(_check(f"{mark}_range", f"{mark} BETWEEN 0 AND 100") for mark in STUDENT_MARKS[1:]),
    _check("batch_year_range", "batch_year BETWEEN 1950 AND 2100"),
    _check("backlogs_range", "active_backlogs >= 0 AND total_backlogs >= 0"),
    Index("students_roll_no_idx", "roll_no"),
)

users = Table(
    "users",
    metadata,
    _id(),
    _text("email"),
    _text("name"),
    _text("role"),
    _json("scopes", null=False),
    _text("password_hash", null=True),
    _flag("password_temporary"),
    _flag("active", True),
    _ref("student_id", "students.id", null=True, ondelete="CASCADE"),
    _when("created_at", now=True),
    _one_of("role", "ADMIN", "COORDINATOR", "STAFF", "STUDENT"),
    _check("student_bound", "(role = 'STUDENT') = (student_id IS NOT NULL)"),
    _check("email_has_at", "email ~ '^[^@[:space:]]+@[^@[:space:]]+$'"),
    Index("users_email_key", text("lower(email)"), unique=True),
    Index("users_student_idx", "student_id", unique=True),
)

tokens = Table(
    "tokens",
    metadata,
    _id(),
    _ref("user_id", "users.id", ondelete="CASCADE", index=True),
    _text("kind"),
    _text("name"),
    _text("secret_sha256"),
    Column("scopes", ARRAY(Text)),
    _text("created_by"),
    _when("created_at", now=True),
    _when("expires_at", null=False),
    _when("last_used_at"),
    _when("revoked_at"),
    UniqueConstraint("secret_sha256"),
    _one_of("kind", "token", "session"),
    _check("secret_sha256_hex", "secret_sha256 ~ '^[0-9a-f]{64}$'"),
    _check("scopes_not_empty", "cardinality(scopes) > 0"),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    _id(BigInteger),
    _text("subject"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Index("login_attempts_subject_idx", "subject", "at"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _text("actor"),
    _text("key"),
    _text("fingerprint"),
    _json("result"),
    _when("created_at", now=True),
    PrimaryKeyConstraint("actor", "key"),
)

# Drives

placement_drives = Table(
    "placement_drives",
    metadata,
    _id(),
    _text("code"),
    _text("company"),
    _text("title"),
    _text("status", default="draft"),
    Column("ctc_min", BigInteger),
    Column("ctc_max", BigInteger),
    _when("reg_opens_at"),
    _when("reg_closes_at"),
    Column("drive_date", Date),
    _flag("auto_calc"),
    _flag("auto_published"),
    Column("criteria_version", Integer, nullable=False, server_default=text("1")),
    _when("eligibility_computed_at"),
    _when("published_at"),
    _text("published_by", null=True),
    _text("paused_reason", null=True),
    _text("cancelled_reason", null=True),
    _text("note", null=True),
    _flag("is_test"),
    _version(),
    _text("created_by"),
    _when("created_at", now=True),
    _when("updated_at", now=True),
    UniqueConstraint("code"),
    _one_of("status", *DRIVE_STATUSES),
    _check("code_is_a_word", "code ~ '^[A-Za-z][A-Za-z0-9._-]*$'"),
    _check("company_not_blank", "btrim(company) <> '' AND btrim(title) <> ''"),
    _check("ctc_ordered", "ctc_min >= 0 AND ctc_max >= 0 AND ctc_min <= ctc_max"),
    _check("window_ordered", "reg_opens_at < reg_closes_at"),
    _check(
        "posted_complete",
        "status NOT IN ('posted', 'paused', 'in_progress', 'completed') OR "
        "(published_at IS NOT NULL AND reg_opens_at IS NOT NULL AND reg_closes_at IS NOT NULL)",
    ),
    _check("paused_with_reason", "(status = 'paused') = (paused_reason IS NOT NULL)"),
    _check("cancelled_with_reason", "status <> 'cancelled' OR cancelled_reason IS NOT NULL"),
    Index("placement_drives_status_idx", "status", "id"),
)

drive_criteria = Table(
    "drive_criteria",
    metadata,
    _ref("drive_id", "placement_drives.id", ondelete="CASCADE"),
    Column("version", Integer, nullable=False),
    Column("cgpa_min", Numeric),
    Column("tenth_min", Numeric),
    Column("twelfth_or_diploma_min", Numeric),
    Column("active_backlogs_max", Integer),
    Column("total_backlogs_max", Integer),
    Column("branch_in", ARRAY(Text)),
    Column("programme_in", ARRAY(Text)),
    Column("batch_year_in", ARRAY(SmallInteger)),
    Column("college_in", ARRAY(Integer)),
    Column("gender_in", ARRAY(Text)),
    _text("gender_purpose", null=True),
    _flag("not_debarred", True),
    _flag("not_placed", False),
    Column("placed_ctc_multiple", Numeric),
    _text("on_missing", default="EXCLUDE"),
    _text("created_by"),
    _when("created_at", now=True),
    PrimaryKeyConstraint("drive_id", "version"),
    _one_of("on_missing", "EXCLUDE", "REVIEW", "INCLUDE"),
    _check("cgpa_min_range", "cgpa_min BETWEEN 0 AND 10"),
    _check("percent_range", "tenth_min BETWEEN 0 AND 100 AND twelfth_or_diploma_min BETWEEN 0 AND 100"),
    _check("backlogs_range", "active_backlogs_max >= 0 AND total_backlogs_max >= 0"),
    _check(
        "lists_not_empty",
        "cardinality(branch_in) > 0 AND cardinality(programme_in) > 0 AND cardinality(batch_year_in) > 0 "
        "AND cardinality(college_in) > 0 AND cardinality(gender_in) > 0",
    ),
    _check(
        "lists_without_unknown",
        "array_position(branch_in, NULL) IS NULL AND array_position(programme_in, NULL) IS NULL "
        "AND array_position(batch_year_in, NULL) IS NULL AND array_position(college_in, NULL) IS NULL "
        "AND array_position(gender_in, NULL) IS NULL",
    ),
    _check("gender_with_purpose", "gender_in IS NULL OR coalesce(btrim(gender_purpose), '') <> ''"),
    _check("placed_multiple", "placed_ctc_multiple IS NULL OR (not_placed AND placed_ctc_multiple > 0)"),
)

drive_eligibility = Table(
    "drive_eligibility",
    metadata,
    Column("drive_id", Integer, nullable=False),
    Column("criteria_version", Integer, nullable=False),
    _ref("student_id", "students.id", ondelete="CASCADE"),
    _text("verdict"),
    _count("unknown_rules"),
    PrimaryKeyConstraint("drive_id", "criteria_version", "student_id"),
    ForeignKeyConstraint(
        ["drive_id", "criteria_version"],
        ["drive_criteria.drive_id", "drive_criteria.version"],
        ondelete="CASCADE",
    ),
    _one_of("verdict", "eligible", "not", "review"),
    _check("kept_out_by_the_unknown", "verdict = 'eligible' OR unknown_rules <> 0"),
)

publish_requests = Table(
    "publish_requests",
    metadata,
    _ref("drive_id", "placement_drives.id", ondelete="CASCADE"),
    Column("number", Integer, nullable=False),
    Column("student_ids", ARRAY(Integer), nullable=False),
    Column("override_ids", ARRAY(Integer), nullable=False, server_default=text("'{}'")),
    _text("source"),
    _text("override_reason", null=True),
    _ref("job_id", "jobs.id", null=True, ondelete="SET NULL"),
    _text("requested_by"),
    _when("requested_at", now=True),
    _when("applied_at"),
    Column("added", Integer),
    Column("removed", Integer),
    PrimaryKeyConstraint("drive_id", "number"),
    _one_of("source", "AUTO", "COORDINATOR"),
    _check("number_positive", "number > 0"),
    _check(
        "no_unknown_student",
        "array_position(student_ids, NULL) IS NULL AND array_position(override_ids, NULL) IS NULL",
    ),
    _check("override_with_reason", "override_ids = '{}' OR coalesce(btrim(override_reason), '') <> ''"),
    _check("applied_with_counts", "num_nulls(applied_at, added, removed) IN (0, 3)"),
    Index("publish_requests_job_idx", "job_id"),
)

drive_coordinator_selections = Table(
    "drive_coordinator_selections",
    metadata,
    _ref("drive_id", "placement_drives.id", ondelete="CASCADE"),
    _ref("student_id", "students.id", ondelete="CASCADE"),
    _text("source"),
    _text("reason", null=True),
    _text("selected_by"),
    _when("selected_at", now=True),
    PrimaryKeyConstraint("drive_id", "student_id"),
    _one_of("source", "AUTO", "COORDINATOR", "OVERRIDE"),
    _check("override_with_reason", "source <> 'OVERRIDE' OR coalesce(btrim(reason), '') <> ''"),
)

drive_registrations = Table(
    "drive_registrations",
    metadata,
    _id(),
    _ref("drive_id", "placement_drives.id"),
    _ref("student_id", "students.id"),
    _text("status", default="registered"),
    _text("channel"),
    _text("reason", null=True),
    Column("criteria_version", Integer, nullable=False),
    _text("registered_by"),
    _when("registered_at", now=True),
    _when("withdrawn_at"),
    UniqueConstraint("drive_id", "student_id"),
    _one_of("status", "registered", "withdrawn"),
    _one_of("channel", "SELF", "STAFF", "LATE"),
    _check("withdrawn_with_time", "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)"),
    _check("late_with_reason", "channel <> 'LATE' OR coalesce(btrim(reason), '') <> ''"),
    Index("drive_registrations_student_idx", "student_id"),
)

drive_rounds = Table(
    "drive_rounds",
    metadata,
    _id(),
    _ref("drive_id", "placement_drives.id", ondelete="CASCADE"),
    Column("seq", SmallInteger, nullable=False),
    _text("kind"),
    _text("name"),
    _when("starts_at"),
    _text("venue", null=True),
    _when("finalised_at"),
    _version(),
    UniqueConstraint("drive_id", "seq"),
    _check("seq_positive", "seq > 0"),
)

attendance = Table(
    "attendance",
    metadata,
    _ref("round_id", "drive_rounds.id", ondelete="CASCADE"),
    _ref("student_id", "students.id"),
    _text("status", default="PENDING"),
    _text("marked_by", null=True),
    _when("marked_at"),
    _text("reason", null=True),
    PrimaryKeyConstraint("round_id", "student_id"),
    _one_of("status", "PENDING", "PRESENT", "LATE", "ABSENT", "EXCUSED"),
    _check("decided_by_somebody", "(status = 'PENDING') = (marked_at IS NULL)"),
)

offers = Table(
    "offers",
    metadata,
    _id(),
    _ref("student_id", "students.id", index=True),
    _ref("drive_id", "placement_drives.id", null=True),
    _text("kind", default="DRIVE"),
    _text("company"),
    Column("ctc_fixed", BigInteger),
    Column("ctc_variable", BigInteger),
    Column("ctc_total", BigInteger),
    _text("status", default="OFFERED"),
    Column("offered_on", Date),
    Column("joins_on", Date),
    _when("created_at", now=True),
    _version(),
    _one_of("kind", "DRIVE", "PPO", "OFF_CAMPUS"),
    _one_of("status", "OFFERED", "ACCEPTED", "DECLINED", "REVOKED"),
    _check("drive_offer_has_drive", "(kind = 'DRIVE') = (drive_id IS NOT NULL)"),
    _check("ctc_not_negative", "ctc_fixed >= 0 AND ctc_variable >= 0 AND ctc_total >= 0"),
    Index("offers_one_per_drive", "drive_id", "student_id", unique=True),
)

exports = Table(
    "exports",
    metadata,
    _id(),
    _ref("drive_id", "placement_drives.id"),
    _text("preset"),
    _text("dialect"),
    _text("format", default="csv"),
    _json("filters", null=False),
    _ref("job_id", "jobs.id", null=True, ondelete="SET NULL"),
    _text("requested_by"),
    _when("requested_at", now=True),
    _when("completed_at"),
    Column("rows", BigInteger),
    Column("bytes", BigInteger),
    _text("sha256", null=True),
    _text("file_name", null=True),
    _text("host", null=True),
    _when("expires_at"),
    _when("removed_at"),
    _count("downloads"),
    _one_of("dialect", "excel", "data"),
    _one_of("format", "csv", "xlsx"),
    _check(
        "complete_or_not",
        "num_nulls(completed_at, rows, bytes, sha256, file_name, host, expires_at) IN (0, 7)",
    ),
    _check("file_name_plain", "file_name ~ ('^[0-9]+-[0-9]+[.]' || format || '$')"),
    _check("sha256_hex", "sha256 ~ '^[0-9a-f]{64}$'"),
    UniqueConstraint("file_name"),
    Index("exports_job_idx", "job_id"),
)

audit_events = Table(
    "audit_events",
    metadata,
    _id(BigInteger),
    _when("at", now=True),
    _text("actor"),
    _text("action"),
    _text("object_type"),
    _text("object_id"),
    _json("before"),
    _json("after"),
    _text("reason", null=True),
    _text("request_id", null=True),
    Index("audit_events_object_idx", "object_type", "object_id"),
)

# The ledger

job_types = Table(
    "job_types",
    metadata,
    Column("name", Text, primary_key=True),
    Column("concurrency", SmallInteger, nullable=False, server_default=text("5")),
    Column("max_seconds", Integer, nullable=False, server_default=text("900")),
    _when("paused_at"),
    _text("paused_by", null=True),
    _text("paused_reason", null=True),
    _when("draining_at"),
    _text("draining_by", null=True),
    _text("draining_reason", null=True),
    _check("concurrency_positive", "concurrency BETWEEN 1 AND 100"),
    _check("max_seconds_positive", "max_seconds > 0"),
    _check("paused_by_somebody", "num_nulls(paused_at, paused_by) IN (0, 2)"),
    _check("pause_reason_needs_pause", "paused_reason IS NULL OR paused_at IS NOT NULL"),
    _check("draining_by_somebody", "num_nulls(draining_at, draining_by) IN (0, 2)"),
    _check("drain_reason_needs_drain", "draining_reason IS NULL OR draining_at IS NOT NULL"),
)

worker_ids = Sequence("worker_ids", metadata=metadata, data_type=Integer)

workers = Table(
    "workers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _text("kind"),
    _text("host"),
    Column("pid", Integer, nullable=False),
    Column("types", ARRAY(Text), nullable=False),
    _text("version"),
    _when("started_at", now=True),
    _when("beat_at", now=True),
    _when("lease_until", null=False),
    _flag("lease_only"),
    _when("redis_down_since"),
    _when("lost_at"),
    _when("stopped_at"),
    _one_of("kind", "worker", "inline", "scheduler"),
    Index("workers_alive_idx", "id", postgresql_where=text("stopped_at IS NULL")),
)

jobs = Table(
    "jobs",
    metadata,
    _id(BigInteger),
    Column("type", Text, ForeignKey("job_types.name"), nullable=False),
    _text("state", default="waiting"),
    _json("payload", null=False),
    _text("unique_key", null=True),
    _ref("drive_id", "placement_drives.id", null=True, ondelete="SET NULL"),
    Column("parent_id", BigInteger),
    Column("leads_to", Text, ForeignKey("job_types.name")),
    _count("attempt"),
    _count("failures"),
    Column("crashed_by", ARRAY(Integer), nullable=False, server_default=text("'{}'")),
    _when("run_at"),
    Column("worker_id", Integer),
    _when("lease_until"),
    _when("cancel_requested_at"),
    _text("cancel_requested_by", null=True),
    _json("progress"),
    _json("result"),
    _text("reason", null=True),
    _text("error", null=True),
    _text("created_by"),
    _text("request_id", null=True),
    _when("created_at", now=True),
    _when("started_at"),
    _when("finished_at"),
    _one_of("state", *JOB_STATES),
    _check(
        "active_is_held",
        "(state = 'active') = (worker_id IS NOT NULL) AND (state = 'active') = (lease_until IS NOT NULL) "
        "AND (state <> 'active' OR (attempt > 0 AND started_at IS NOT NULL))",
    ),
    _check("delayed_has_time", "(state = 'delayed') = (run_at IS NOT NULL)"),
    _check(
        "finished_has_time", "(state IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL)"
    ),
    _check("failed_has_error", "state <> 'failed' OR (error IS NOT NULL AND reason IS NOT NULL)"),
    _check("cancelled_has_reason", "state <> 'cancelled' OR reason IS NOT NULL"),
    _check("completed_not_cancelled", "state <> 'completed' OR cancel_requested_at IS NULL"),
    _check("counts_not_negative", "attempt >= 0 AND failures >= 0"),
    Index("jobs_claim_idx", "type", "id", postgresql_where=text("state = 'waiting'")),
    Index(
        "jobs_suspect_idx",
        "type",
        postgresql_where=text("state = 'waiting' AND cardinality(crashed_by) >= 2"),
    ),
    Index("jobs_due_idx", "run_at", postgresql_where=text("state = 'delayed'")),
    Index("jobs_active_idx", "worker_id", postgresql_where=text("state = 'active'")),
    Index("jobs_failed_idx", "type", "id", postgresql_where=text("state = 'failed'")),
    Index("jobs_finished_idx", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    Index("jobs_drive_idx", "drive_id", postgresql_where=text("drive_id IS NOT NULL")),
    Index(
        "jobs_leading_idx",
        "leads_to",
        postgresql_where=text("leads_to IS NOT NULL AND finished_at IS NULL"),
    ),
    Index(
        "jobs_queued_once",
        "unique_key",
        unique=True,
        postgresql_where=text("state IN ('waiting', 'delayed')"),
    ),
    Index("jobs_active_once", "unique_key", unique=True, postgresql_where=text("state = 'active'")),
    # What waits is counted from an index alone, as far as vacuum has been there: each minute, not at a fifth dead.
    postgresql_with={"autovacuum_vacuum_scale_factor": 0.01, "autovacuum_vacuum_insert_scale_factor": 0.01},
)

job_events = Table(
    "job_events",
    metadata,
    _id(BigInteger),
    _ref("job_id", "jobs.id", ondelete="CASCADE"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    _text("from_state", null=True),
    _text("to_state"),
    _count("attempt"),
    Column("worker_id", Integer),
    _text("why", null=True),
    Column("xid", PgType("xid8"), nullable=False, server_default=text("pg_current_xact_id()")),
    Index("job_events_job_idx", "job_id", "id"),
    Index("job_events_xid_idx", "xid", "id"),
)

finished_minutes = Table(
    "finished_minutes",
    metadata,
    _when("minute", null=False),
    Column("type", Text, ForeignKey("job_types.name"), nullable=False),
    _count("completed"),
    _count("cancelled"),
    _count("failed"),
    PrimaryKeyConstraint("minute", "type"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("name", Text, primary_key=True),
    Column("job_type", Text, ForeignKey("job_types.name"), nullable=False),
    _json("payload", null=False),
    _text("cron"),
    _text("time_zone", default="Asia/Kolkata"),
    _text("catch_up", default="one"),
    _flag("enabled", True),
    _when("created_at", now=True),
    _when("changed_at", now=True),
    _one_of("catch_up", "one", "all", "none"),
)

schedule_fires = Table(
    "schedule_fires",
    metadata,
    Column("schedule", Text, ForeignKey("schedules.name", ondelete="CASCADE"), nullable=False),
    _when("fire_at", null=False),
    _when("fired_at", now=True),
    _text("outcome"),
    _count("missed"),
    _text("reason", null=True),
    _ref("job_id", "jobs.id", null=True, ondelete="SET NULL"),
    PrimaryKeyConstraint("schedule", "fire_at"),
    _one_of("outcome", "fired", "late", "skipped"),
    _check("skipped_with_reason", "(outcome = 'skipped') = (reason IS NOT NULL)"),
    Index("schedule_fires_job_idx", "job_id"),
)

# Analytics

view_refreshes = Table(
    "view_refreshes",
    metadata,
    Column("view", Text, primary_key=True),
    _when("as_of"),
    Column("seen", PgType("pg_snapshot")),
    Column("cluster", BigInteger),
    Column("milliseconds", Integer),
    _when("checked_at"),
    _ref("job_id", "jobs.id", null=True, ondelete="SET NULL"),
    _check("refreshed_with_snapshot", "num_nulls(as_of, seen, cluster, milliseconds) IN (0, 4)"),
)

data_changes = Table(
    "data_changes",
    metadata,
    Column("xid", PgType("xid8"), nullable=False, server_default=text("pg_current_xact_id()")),
    _text("table_name"),
    PrimaryKeyConstraint("xid", "table_name"),
)
