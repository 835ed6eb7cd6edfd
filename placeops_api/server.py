"""The API as a process: one loopback socket, uvicorn on it, a graceful end."""

from __future__ import annotations

import errno
import logging
import socket

import uvicorn

from placeops_api.app import create_app
from placeops_api.guard import is_loopback
from tasks.errors import PlaceopsError
from tasks.logs import open_log
from tasks.settings import settings

log = logging.getLogger("placeops.api")

BACKLOG = 2048


def run(host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then finish the open requests; the signal is raised again at the end.

    Raises unsafe-bind for an address that other machines reach, port-in-use when somebody listens there.
    """
    open_log()
    listener = listen(host, port)
    config = uvicorn.Config(
        create_app(),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # On loopback anybody could claim to be a proxy.
        proxy_headers=False,
        timeout_graceful_shutdown=settings().shutdown_seconds,
    )
    with listener:
        log.info("listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)
        uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on a loopback address. Raises unsafe-bind, port-in-use."""
    if not is_loopback(host):
        raise PlaceopsError(
            "unsafe-bind",
            f"the API has no accounts yet, so it does not listen on {host}",
            "--host 127.0.0.1, and a tunnel for other machines",
            field="/host",
        )
    address = "127.0.0.1" if host.lower() == "localhost" else host
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        free = f"--port {port + 1}" if port < 65535 else "--port 5000"
        raise PlaceopsError(
            "port-in-use", f"cannot listen on {address}:{port}: {error.strerror}", free, field="/port"
        ) from error
    return listener
