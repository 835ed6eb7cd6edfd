"""The console's built files at `/`, beside the API: where they lie, how long they are kept, what their pages may do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI

from tasks.errors import PlaceopsError

FOLDER = Path(__file__).with_name("console")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_OWN_NAMES = frozenset({"/", "/index.html", "/favicon.svg"})
_HASHED = "/assets/"


def is_built(folder: Path = FOLDER) -> bool:
    """Whether this installation has the console."""
    return (folder / "index.html").is_file()


def host(app: FastAPI, folder: Path = FOLDER) -> None:
    """Serve the files at every path that is no route of the API; without them `/` says how to build them."""
    if is_built(folder):
        app.frontend("/", directory=folder, fallback=None, check_dir=True)
    else:
        app.add_api_route("/", _absent, include_in_schema=False)


def _absent() -> None:
    raise PlaceopsError(
        "not-found",
        "there is nothing at /: this installation was made without the console",
        "run in the checkout: ./quickstart.sh, or npm ci && npm run build in frontend/; the API works without it",
    )


def headers(path: str, status: int) -> Mapping[str, str]:
    """What the answer at this path says beyond the API's own headers; empty for what is no file of the console."""
    if status not in (200, 206, 304):
        return {}
    if path.startswith(_HASHED):
        return {"Content-Security-Policy": POLICY, "Cache-Control": "public, max-age=31536000, immutable"}
    if path in _OWN_NAMES:
        return {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return {}
