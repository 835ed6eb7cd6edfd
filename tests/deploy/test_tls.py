"""deploy/Caddyfile with `tls internal`, in front of the real API, on loopback and ports that need no privilege."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tasks.actor import Role
from tests import accounts
from tests.acceptance.conftest import eventually
from tests.acceptance.test_up import answers, free_port
from tests.conftest import Place
from tests.deploy.files import DEPLOY, PROGRAMS

NAME = "placement.lan"

WRAPPER = """
{{
	admin off
	skip_install_trust
	http_port {http}
	storage file_system {storage}
}}
import {file}
"""


def browser(port: int, trust: ssl.SSLContext) -> httpx.Client:
    """Reaches the site by its name, which no server of names knows here."""
    headers = {"Host": f"{NAME}:{port}"}
    client = httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trust, headers=headers, timeout=30)
    client.event_hooks["request"] = [lambda request: request.extensions.update(sni_hostname=NAME)]
    return client


@pytest.fixture
def site(place: Place) -> Iterator[httpx.Client]:
    """API and Caddy as processes, the API told of its name and its proxy as compose.tls.yml does."""
    upstream, https, http_port = free_port(), free_port(), free_port()
    (place.folder / "Caddyfile").write_text(
        WRAPPER.format(http=http_port, storage=place.folder / "caddy", file=DEPLOY / "Caddyfile")
    )
    behind = {"PLACEOPS_API_HOSTS": NAME, "PLACEOPS_TRUSTED_PROXIES": "127.0.0.1"}
    in_front = {
        "SITE": f"{NAME}:{https}",
        "SITE_TLS": "internal",
        "UPSTREAM": f"127.0.0.1:{upstream}",
        "XDG_DATA_HOME": str(place.folder),
        "XDG_CONFIG_HOME": str(place.folder),
    }
    api = [sys.executable, "-m", "placeops_cli", "api", "run", "--port", str(upstream)]
    caddy = [PROGRAMS / "caddy", "run", "--adapter", "caddyfile", "--config", place.folder / "Caddyfile"]
    root = place.folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    with ExitStack() as stack, (place.folder / "log").open("wb") as log:
        for words, environment in ((api, place.environment | behind), (caddy, os.environ | in_front)):
            process = stack.enter_context(
                subprocess.Popen([str(word) for word in words], env=environment, stdout=log, stderr=log)
            )
            stack.callback(process.kill)
        eventually(lambda: answers(upstream, "/livez") and root.exists(), 60)
        trust = ssl.create_default_context(cafile=root)
        with browser(https, trust) as found:
            found.headers["Authorization"] = f"Bearer {accounts.token(Role.ADMIN)}"
            eventually(lambda: _ready(found), 60)
            yield found


def _ready(site: httpx.Client) -> bool:
    try:
        return site.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_https_in_front_of_the_api(site: httpx.Client) -> None:
    """One test: API and Caddy start once for all that is asked."""
    answer = site.get("/drives")
    assert (answer.status_code, answer.json()) == (200, {"items": [], "next_cursor": None})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert (
        site.get("/openapi.json", headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    )
    assert site.get("/drives", headers={"Authorization": "Bearer nonsense"}).status_code == 401

    stranger = browser(site.base_url.port or 0, ssl.create_default_context())
    with stranger, pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        stranger.get("/livez")
    for accepted, encoding in (("text/event-stream", "gzip"), ("*/*", "identity")):
        events_come_one_by_one(site, {"Accept": accepted, "Accept-Encoding": encoding})


def events_come_one_by_one(site: httpx.Client, headers: dict[str, str]) -> None:
    """An overview every two seconds: held back in a buffer, the first would come together with others."""
    came = []
    with site.stream("GET", "/live", headers=headers) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("event: overview"):
                came.append(time.monotonic())
            if len(came) == 2:
                break
    assert came[1] - came[0] > 0.5, "each when it happened"
