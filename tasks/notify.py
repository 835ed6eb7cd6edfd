"""What a process tells systemd, which started it: ready, still making progress, stopping.

A datagram on the socket that NOTIFY_SOCKET names (see sd_notify(3)); where nobody asked to be told, nothing is sent.
"""

from __future__ import annotations

import logging
import os
import socket
import time

log = logging.getLogger(__name__)

BEATS = 4
"""Beats within the watchdog's limit: one that comes late, or a lost one, is no death."""


def tell(state: str) -> None:
    """Send one assignment (`READY=1`); a manager that cannot be reached is logged, and the work goes on."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(1)
            sender.sendto(state.encode(), address)
    except OSError as error:
        log.warning("the service manager could not be told %s: %s", state, error)


class Watchdog:
    """Beats as often as the manager wants to hear it; `seconds` between two beats, None where nobody listens."""

    def __init__(self) -> None:
        limit = os.environ.get("WATCHDOG_USEC", "")
        mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        wanted = mine and limit.isdecimal() and int(limit) > 0
        self.seconds = int(limit) / 1_000_000 / BEATS if wanted else None
        self._last = float("-inf")

    def beat(self) -> None:
        """Say that there is progress; to be called from the loop whose end would be the process's."""
        now = time.monotonic()
        if self.seconds is not None and now - self._last >= self.seconds:
            self._last = now
            tell("WATCHDOG=1")
