"""COPY … TO STDOUT, row by row: psycopg's own loop costs twice as much for each row."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from selectors import EVENT_READ, DefaultSelector
from typing import Any

import psycopg
from psycopg import pq, sql
from psycopg.errors import error_from_result
from sqlalchemy import Connection, Select

from sql.engine import driver_connection


def composed(conn: Connection, rows: Select[Any]) -> sql.SQL:
    """A statement with its parameters written into it, quoted by psycopg: COPY takes none."""
    compiled = rows.compile(dialect=conn.dialect, compile_kwargs={"render_postcompile": True})
    text = psycopg.ClientCursor(driver_connection(conn)).mogrify(str(compiled), compiled.params)
    return sql.SQL(text)


def copied_rows(
    conn: psycopg.Connection[tuple[Any, ...]], statement: sql.Composed
) -> Generator[memoryview | bytes, None, None]:
    """The rows of a COPY statement as the server formats them, each with its line end; the header is a row
    too.

    Ends only when the server has said that all went well; raises what it said otherwise.
    """
    with conn.cursor().copy(statement) as copy:
        take = conn.pgconn.get_copy_data
        while True:
            size, row = take(1)
            if size > 0:
                yield row
            elif size < 0:
                _check_end(conn.pgconn)
                return
            elif waited_for := copy.read():
                yield bytes(waited_for)
            else:
                return


def _check_end(pgconn: pq.abc.PGconn) -> None:
    # All of it: with an unread result the session would be of no use to anybody.
    results = list(iter(partial(_next_result, pgconn), None))
    for result in results:
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise error_from_result(result)


def _next_result(pgconn: pq.abc.PGconn) -> pq.abc.PGresult | None:
    # libpq would wait for the server with the interpreter's lock held: a slow one would stop the heartbeat.
    while pgconn.is_busy():
        with DefaultSelector() as selector:
            selector.register(pgconn.socket, EVENT_READ)
            selector.select()
        pgconn.consume_input()
    return pgconn.get_result()
