"""Redis: there, recent enough, and not set up to forget."""

from __future__ import annotations

from tasks.jobs import doorbell
from tasks.services.checks import Check
from tasks.settings import settings

OLDEST_REDIS = (6, 2)


def redis_state() -> str:
    """`reachable`, `unreachable`, or `not configured`, asked now."""
    if settings().redis_url is None:
        return "not configured"
    return "reachable" if doorbell.reachable() else "unreachable"


def redis() -> Check:
    """Whether rings reach the workers."""
    state = redis_state()
    if state != "reachable":
        fix = "set REDIS_URL" if state == "not configured" else "start Redis, or correct REDIS_URL"
        return Check("Redis", "warn", f"{state}: jobs run inline or from PostgreSQL", fix, "redis")
    server = doorbell.about()
    if server.version is not None and server.version < OLDEST_REDIS:
        told = ".".join(map(str, server.version))
        return Check("Redis", "fail", f"version {told}", "upgrade to Redis 6.2, or any Valkey")
    if server.policy not in ("noeviction", None):
        fix = "CONFIG SET maxmemory-policy noeviction"
        return Check("Redis", "fail", f"maxmemory-policy is {server.policy}", fix)
    told = ".".join(map(str, server.version or ())) or "not told"
    return Check("Redis", "ok", f"reachable, version {told}, maxmemory-policy {server.policy or 'not told'}")
