"""The API as a process: one loopback socket, uvicorn on it, a graceful end."""

from __future__ import annotations

import errno
import logging
import socket

import uvicorn

from placeops_api import hosting
from placeops_api.app import create_app
from placeops_api.guard import Guard, is_loopback
from placeops_api.protocol import Protocol
from tasks.errors import PlaceopsError
from tasks.logs import open_log
from tasks.runtime import open_runtime
from tasks.services.users import any_user
from tasks.settings import settings

log = logging.getLogger("placeops.api")

BACKLOG = 2048


def run(host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then finish the open requests; the signal is raised again at the end.

    Raises unsafe-bind for an address that other machines reach while there is no user, port-in-use when somebody
    listens there.
    """
    open_log()
    if not is_loopback(host):
        _require_user(host)
    listener = listen(host, port)
    config = uvicorn.Config(
        create_app(_guard(host)),
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Without a named proxy anybody could claim to be one.
        proxy_headers=bool(settings().trusted_proxies),
        forwarded_allow_ips=list(settings().trusted_proxies),
        timeout_graceful_shutdown=settings().shutdown_seconds,
    )
    with listener:
        log.info("listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)
        _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends the live streams first, which would else keep it from stopping."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.live.close()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def serves_console() -> bool:
    """Whether the API has a console to serve at `/`."""
    return hosting.is_built()


def _guard(host: str) -> Guard:
    found = settings()
    hosts, origins = (*found.api_hosts, host), found.cors_origins
    return Guard(frozenset(map(str.lower, hosts)), frozenset(map(str.lower, origins)))


def _require_user(host: str) -> None:
    open_runtime("placeops api")
    if not any_user():
        raise PlaceopsError(
            "unsafe-bind", f"nobody could sign in yet, so the API does not listen on {host}", field="/host"
        )


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on this address. Raises port-in-use."""
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
