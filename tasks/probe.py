"""Asks a running API how it is, as a load balancer would: the standard library's client, a short patience."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException

from tasks.errors import REGISTRY, PlaceopsError

PATIENCE_SECONDS = 5.0
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""Where to ask an API that listens on every address."""


def ask(host: str, port: int, path: str) -> str:
    """The state that the API on this host and port tells of itself on `/livez` or `/readyz`.

    Raises not-running when nobody answers in time, else with the code and the fix that the API gives.
    """
    address = EVERYWHERE.get(host, host)
    connection = HTTPConnection(address, port, timeout=PATIENCE_SECONDS)
    where = f"the API on {address}:{port}"
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        status, told = answer.status, json.loads(answer.read() or "null")
    except (OSError, HTTPException, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise PlaceopsError(
            "not-running", f"{where} does not answer: {reason}", "placeops api run"
        ) from error
    finally:
        connection.close()
    if status == 200:
        return "alive" if path == "/livez" else "ready"
    problem = told if isinstance(told, dict) else {}
    code = problem.get("code")
    raise PlaceopsError(
        str(code) if code in REGISTRY else "not-running",
        f"{where} is not well: {problem.get('detail') or f'status {status}'}",
        problem.get("fix"),
    )
