"""Connections and transactions: one engine a process, one context manager a transaction.

Callbacks handed to `after_commit` run once the surrounding transaction has committed, outside of it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

log = logging.getLogger(__name__)

LEASE_SECONDS = 15
"""How long a worker's word counts without a heartbeat; every server-side time-out of a session stays below it."""

# Below the lease: a frozen or cut-off process must not hold row locks longer than its jobs stay its own.
SESSION_SETTINGS = {
    "timezone": "UTC",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "12s",
    "client_connection_check_interval": "5s",
}
IDLE_SECONDS = 1.0
KEEPALIVE = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

# Not the work's fault: the job goes back to the queue and neither budget is touched.
_TRANSIENT_STATES = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300", "25P03"})

_AS_WORKER = text(
    "SELECT set_config('application_name', :name, true), set_config('statement_timeout', '24h', true)"
)
_state = threading.local()
_config: dict[str, Any] = {}
_open: dict[int, _Open] = {}


@dataclass(frozen=True, slots=True)
class _Open:
    """A thread's open transaction. Under the lock it is still that thread's; later another may have the session."""

    session: psycopg.Connection[tuple[Any, ...]]
    lock: threading.Lock = field(default_factory=threading.Lock)


def configure(
    url: str,
    *,
    application: str,
    pool_size: int = 5,
    statement_timeout: str = "60s",
    pre_ping: bool = True,
) -> None:
    """Say how this process reaches PostgreSQL; takes effect at the next connection and drops the old pool.

    `application` becomes `application_name`: it carries the worker id, so that whoever takes over a dead worker's
    job can end that worker's sessions. `pre_ping` asks a session that nobody used for a second whether it still lives;
    whoever simply tries again does without that round trip.
    """
    dispose()
    _config.update(
        url=url,
        application=application,
        pool_size=pool_size,
        statement_timeout=statement_timeout,
        pre_ping=pre_ping,
    )


def reconfigure(**changed: Any) -> None:
    """Change some of what `configure` said."""
    configure(**(_config | changed))
    engine()  # of the threads that come next, two could make one each


def connect_arguments(application: str, statement_timeout: str = "60s") -> dict[str, Any]:
    """libpq arguments of every session: name, time-outs, keepalives."""
    settings = SESSION_SETTINGS | {"statement_timeout": statement_timeout}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return KEEPALIVE | {"application_name": application, "options": options}


def sqlalchemy_url(url: str) -> str:
    """The URL with the psycopg driver named, whichever PostgreSQL spelling came in."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The process's engine. Raises RuntimeError when `configure` was never called."""
    if not _config:
        raise RuntimeError("sql.engine.configure() has not been called")
    made = create_engine(
        sqlalchemy_url(_config["url"]),
        pool_size=_config["pool_size"],
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,  # they hold names and marks, and errors end up in logs
        connect_args=connect_arguments(_config["application"], _config["statement_timeout"]),
    )
    if _config["pre_ping"]:
        event.listen(made, "checkin", _note_use)
        event.listen(made, "checkout", partial(_ask_idle, made))
    return made


def _note_use(session: Any, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _ask_idle(engine: Engine, session: Any, record: ConnectionPoolEntry, _: object) -> None:
    """Asking before each use costs a request a twentieth of its time in a rush."""
    if time.monotonic() - record.info.get("used", time.monotonic()) < IDLE_SECONDS:
        return
    try:
        engine.dialect.do_ping(session)
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def dispose() -> None:
    """Close the pool; the next use opens a new one."""
    if engine.cache_info().currsize:
        engine().dispose()
        engine.cache_clear()


def own_connection(application: str) -> psycopg.Connection[tuple[Any, ...]]:
    """An autocommit session outside the pool, for what must live as long as the process (worker locks)."""
    url = make_url(_config["url"]).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(url, autocommit=True, **connect_arguments(application, "5s"))


@contextmanager
def transaction(*, read_only: bool = False, snapshot: bool = False) -> Iterator[Connection]:
    """One transaction: commits when the block ends, rolls back when it raises, then runs the callbacks.

    `snapshot` asks for REPEATABLE READ, `read_only` refuses writes.
    """
    callbacks: dict[Any, Callable[[], object]] = {}
    with engine().connect() as conn:
        if snapshot:
            conn = conn.execution_options(isolation_level="REPEATABLE READ")
        if read_only:
            conn = conn.execution_options(postgresql_readonly=True)
        with conn.begin(), _in_this_thread(conn, callbacks):
            yield conn
    for callback in callbacks.values():
        try:
            callback()
        except Exception:
            # What is committed is done: nobody may take it for failed because of what follows it.
            log.exception("what follows a commit failed")


@contextmanager
def autocommit() -> Iterator[Connection]:
    """A session on which each statement is a transaction: one round trip where one statement is all there is."""
    with engine().connect() as conn:
        yield conn.execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def _in_this_thread(conn: Connection, callbacks: dict[Any, Callable[[], object]]) -> Iterator[None]:
    thread = threading.get_ident()
    outer = getattr(_state, "callbacks", None), _open.get(thread)
    mine = _Open(driver_connection(conn))
    _state.callbacks, _open[thread] = callbacks, mine
    try:
        if name := getattr(_state, "application", None):
            conn.execute(_AS_WORKER, {"name": name})
        yield
    finally:
        _state.callbacks = outer[0]
        with mine.lock:
            if outer[1] is None:
                del _open[thread]
            else:
                _open[thread] = outer[1]


@contextmanager
def application(name: str) -> Iterator[None]:
    """Transactions of this thread are a worker's: `name` in pg_stat_activity, as much time as the job's type allows."""
    _state.application = name
    try:
        yield
    finally:
        _state.application = None


def cancel_statement(thread: int) -> None:
    """Cancel what another thread's open transaction is executing now, if anything; the statement raises there.

    Waits for the server's word, two seconds at most; that transaction cannot end meanwhile.
    """
    if (found := _open.get(thread)) is None:
        return
    with found.lock:
        if _open.get(thread) is not found:
            return
        try:
            found.session.cancel_safe(timeout=2)
        except psycopg.Error:
            return  # the session is gone, and its statement with it


def after_commit(key: Any, callback: Callable[[], object]) -> None:
    """Run `callback` after the current thread's transaction commits; a second one with the same key is dropped."""
    _state.callbacks.setdefault(key, callback)


def undo(tx: Connection) -> None:
    """End a dry run: roll the current thread's transaction back, and forget what was to follow its commit."""
    tx.rollback()
    _state.callbacks.clear()


def sqlstate(error: BaseException) -> str | None:
    """The SQLSTATE of a database error, None when the server said nothing (a lost connection)."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return cause.sqlstate if isinstance(cause, psycopg.Error) else None


def is_connection_lost(error: BaseException) -> bool:
    """Whether the session is gone: what it did last may or may not have been committed."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return cause.sqlstate is None or cause.sqlstate.startswith(("08", "57P"))


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed if simply tried again (lost connection, deadlock, serialization, shutdown)."""
    if isinstance(error, PoolTimeout):
        return True
    return is_connection_lost(error) or sqlstate(error) in _TRANSIENT_STATES


def constraint_of(error: BaseException) -> str | None:
    """The name of the constraint that a statement violated, if that is what happened."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None


def sentence(error: BaseException) -> str:
    """What went wrong in one line, without the statement and the parameters that SQLAlchemy adds."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    lines = str(cause).strip().splitlines() or [""]
    return f"{type(cause).__name__}: {lines[0]}"[:500]


def driver_connection(conn: Connection) -> psycopg.Connection[tuple[Any, ...]]:
    """psycopg's own connection below a SQLAlchemy one, for COPY."""
    driver = conn.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
