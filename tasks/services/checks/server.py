"""The PostgreSQL server: what it is, what it promises, who is connected, whether its clock is ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, select

from sql.queries import query
from sql.tables import job_types
from tasks.actor import Actor
from tasks.jobs.slots import SPARE_CONNECTIONS
from tasks.runtime import database_name
from tasks.services.checks import Check, some, unless
from tasks.services.workers import list_workers
from tasks.settings import settings

OLDEST_SERVER = 150_000
LONG_TRANSACTION_SECONDS = 300
CLOCKS_APART_SECONDS = 5


def server(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Version, durability, encoding, free connections."""
    row = tx.execute(query("health", "server")).mappings().one()
    slots = sum(tx.scalars(select(job_types.c.concurrency)))
    alive = sum(1 for worker in list_workers(actor) if worker.kind == "worker")
    yield version(row)
    yield durability(row)
    yield encoding(row)
    yield connections(row, alive, slots)


def version(row: RowMapping) -> Check:
    """Whether the server is one of those that placeOps is tested on."""
    old = row["number"] < OLDEST_SERVER
    detail = f"{database_name()}, version {row['version']}"
    return unless(old, "PostgreSQL", detail, "upgrade the server to PostgreSQL 15 or later")


def durability(row: RowMapping) -> Check:
    """Whether what is committed survives a power cut."""
    risky = [
        name for name in ("fsync", "full_page_writes", "synchronous_commit") if row[name] in ("off", "local")
    ]
    detail = ", ".join(f"{name} is {row[name]}" for name in risky) or "commits reach the disk"
    resets = " ".join(f"ALTER SYSTEM RESET {name};" for name in risky)
    return unless(bool(risky), "durability", detail, f"{resets} SELECT pg_reload_conf();")


def encoding(row: RowMapping) -> Check:
    """Whether every name can be stored."""
    return unless(row["encoding"] != "UTF8", "encoding", row["encoding"], "create the database with UTF8")


def connections(row: RowMapping, alive: int, slots: int) -> Check:
    """Whether the server admits as many connections as the living workers may open, and a few for the doors."""
    wanted = alive * (slots + SPARE_CONNECTIONS + 1) + 20
    detail = (
        f"{row['connections']} of {row['max_connections']} in use; "
        f"{alive} workers of {slots} slots may take {wanted}"
    )
    fix = f"raise max_connections to {wanted + 20}, or run fewer worker processes"
    return unless(wanted > row["max_connections"], "connections", detail, fix, status="warn")


def transactions(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether somebody holds up vacuum and migrations."""
    row = tx.execute(query("health", "oldest_transaction")).one_or_none()
    if row is None:
        yield Check("long transactions", "ok", "none")
        return
    detail = f"the oldest is open for {row.seconds:.0f} s ({row.application_name or 'unnamed'})"
    long = row.seconds > LONG_TRANSACTION_SECONDS
    fix = f"SELECT pg_terminate_backend({row.pid});"
    yield unless(long, "long transactions", detail, fix, status="warn")


def now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


def clocks(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether this machine and the server agree about the time; deadlines go by the server's clock."""
    before = now()
    theirs: datetime = tx.execute(query("health", "clock")).scalar_one()
    apart = (theirs - (before + (now() - before) / 2)).total_seconds()
    side = "ahead of" if apart > 0 else "behind"
    detail = f"the database's clock is {abs(apart):.1f} s {side} this machine's"
    fix = "let both machines keep time by NTP: timedatectl set-ntp true"
    yield unless(abs(apart) > CLOCKS_APART_SECONDS, "clock", detail, fix, status="warn")


def zone(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether the server knows the college's time zone as well."""
    name = settings().time_zone
    known = tx.execute(query("health", "zone"), {"zone": name}).scalar_one()
    detail = name if known else f"PostgreSQL does not know {name}"
    fix = "set PLACEOPS_TIME_ZONE to a zone of pg_timezone_names, such as Asia/Kolkata"
    yield unless(not known, "time zone", detail, fix)


def vacuum(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether dead rows are cleared away by themselves, in every table."""
    row = tx.execute(query("health", "vacuum")).one()
    if not row.running:
        fix = "ALTER SYSTEM RESET autovacuum; ALTER SYSTEM RESET track_counts; SELECT pg_reload_conf();"
        yield Check("autovacuum", "fail", "it is off: tables grow, and queries get slower", fix)
        return
    detail = f"it is off for {some(row.without)}" if row.without else "on for every table"
    fix = "; ".join(f"ALTER TABLE {table} RESET (autovacuum_enabled)" for table in row.without)
    yield unless(bool(row.without), "autovacuum", detail, f"{fix};", status="warn")
