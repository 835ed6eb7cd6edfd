"""Opens a process: where PostgreSQL and Redis are, which schema they need, where its log goes."""

from __future__ import annotations

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from sql import engine, schema
from tasks import embedded
from tasks.errors import PlaceopsError
from tasks.settings import override, settings


def open_runtime(
    application: str,
    *,
    pool_size: int = 5,
    statement_timeout: str = "60s",
    check_schema: bool = True,
    log: bool = False,
) -> None:
    """Configure this process from its settings, or from the embedded servers that run in the data folder.

    Raises not-configured, invalid-input, database-unreachable, schema-outdated or schema-too-new; with
    `check_schema=False` it does not connect at all.
    """
    if log:
        from tasks.logs import open_log

        open_log()
    _find_servers()
    url = settings().database_url
    assert url is not None
    engine.configure(
        url.get_secret_value(),
        application=application,
        pool_size=pool_size,
        statement_timeout=statement_timeout,
    )
    if check_schema:
        require_schema()


def _find_servers() -> None:
    if settings().database_url is not None:
        return
    try:
        servers = embedded.find(settings().data_dir)
    except embedded.EmbeddedError as error:
        raise PlaceopsError(error.code, error.message, error.fix) from error
    if servers is None:
        raise PlaceopsError(
            "not-configured",
            f"no database is configured, and no embedded servers run in {settings().data_dir}",
            "run `placeops up` in another terminal in this folder, or set DATABASE_URL and REDIS_URL",
        )
    override(database_url=servers.database_url, redis_url=servers.redis_url, export_dir=servers.export_dir)


def database_name() -> str:
    """Where the database is, without user and password."""
    url = settings().database_url
    if url is None:
        return "no database"
    parts = make_url(url.get_secret_value())
    return f"{parts.host or parts.query.get('host', 'local socket')}/{parts.database}"


def schema_status() -> schema.SchemaStatus:
    """The database's schema beside the program's. Raises database-unreachable."""
    try:
        with engine.engine().connect() as conn:
            return schema.status(conn)
    except SQLAlchemyError as error:
        raise unreachable(error) from error


def schema_fits() -> bool:
    """Whether the database is there, with the schema of this program."""
    try:
        return schema_status().ready
    except PlaceopsError:
        return False


def unreachable(error: BaseException) -> PlaceopsError:
    """The error that says that PostgreSQL does not answer."""
    cause = str(getattr(error, "orig", None) or error).strip().splitlines() or ["no answer"]
    return PlaceopsError(
        "database-unreachable",
        f"PostgreSQL at {database_name()} does not answer: {cause[0]}",
        "start PostgreSQL or correct DATABASE_URL, then try again; `placeops doctor` shows what else is wrong",
    )


def require_schema() -> None:
    """Refuse a database that this program does not fit."""
    status = schema_status()
    if not status.known:
        raise PlaceopsError(
            "schema-too-new",
            f"the database is at revision {status.current}, which this version of placeOps does not know",
            "upgrade placeOps on this machine",
        )
    if not status.ready:
        raise PlaceopsError(
            "schema-outdated",
            f"the database is at revision {status.current or 'none'}, this version needs {status.head}",
            "placeops db migrate",
        )
