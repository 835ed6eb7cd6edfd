"""What every request meets first: its id, the guard, the body limit, safe headers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from placeops_api import frame
from placeops_api.frame import MAX_BODY_BYTES, request_id_for
from placeops_api.guard import LOOPBACK_ONLY, is_loopback
from placeops_api.uploads import ROSTER

SAME_ORIGIN = {"Host": "localhost:5000", "Origin": "http://localhost:5000", "Sec-Fetch-Site": "same-origin"}


def _refused(method: str, **headers: str) -> str | None:
    given = {"host": "localhost:5000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    error = LOOPBACK_ONLY.refusal(method, "http", Headers(given))
    return error.code if error else None


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1"])
def test_loopback_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org", "127.0.0.1.nip.io", ""]
)
def test_other_names(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "127.0.0.1:80", "[::1]:5000"])
def test_own_hosts_pass(host: str) -> None:
    assert _refused("GET", host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:5000",
        "localhost:x",
        "localhost@evil.example",
        "user@localhost",
        "localhost/x",
        "",
        "[::1",
    ],
)
def test_foreign_hosts_are_refused(host: str) -> None:
    assert _refused("GET", host=host) == "wrong-host"


def test_two_hosts_are_refused() -> None:
    headers = Headers(raw=[(b"host", b"localhost"), (b"host", b"evil.example")])
    assert LOOPBACK_ONLY.refusal("GET", "http", headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "https://localhost:5000"},
        {"origin": "http://localhost:5001"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_other_sites_change_nothing(headers: dict[str, str]) -> None:
    assert _refused("POST", **headers) == "cross-site"
    assert _refused("GET", **headers) is None


@pytest.mark.parametrize(
    "named", ["application/json", "Application/JSON; charset=utf-8", 'application/json;charset="UTF-8"']
)
def test_json_passes(named: str) -> None:
    assert _refused("POST", content_type=named, content_length="2") is None


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "application/json; charset=utf-16"},
        {"content_type": "application/jsonp"},
        {"content_length": "2"},
        {"transfer_encoding": "chunked"},
    ],
)
def test_bodies_of_other_types_are_refused(headers: dict[str, str]) -> None:
    assert _refused("POST", **headers) == "media-type"


def test_own_pages_and_programs_pass() -> None:
    assert LOOPBACK_ONLY.refusal("POST", "http", Headers(SAME_ORIGIN)) is None
    assert _refused("POST") is None


def test_sane_request_ids_are_kept_and_others_replaced() -> None:
    assert request_id_for(Headers({"x-request-id": "order-17.a:b"})) == "order-17.a:b"
    for offered in ("", "x" * 65, "a b", "a\tb", "é", "<script>"):
        given = request_id_for(Headers({"x-request-id": offered}))
        assert given != offered
        assert len(given) == 32


def test_every_answer_carries_its_id_and_safe_headers(shapes: TestClient) -> None:
    for path, status in (("/livez", 200), ("/nothing", 404), ("/livez?x=1", 422)):
        answer = shapes.get(path, headers={"X-Request-ID": "r-1"})
        assert answer.status_code == status
        assert answer.headers["x-request-id"] == "r-1"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers


def test_a_foreign_host_gets_a_problem(shapes: TestClient) -> None:
    answer = shapes.get("/livez", headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "wrong-host"


def test_a_declared_large_body_is_refused_unread(shapes: TestClient) -> None:
    answer = shapes.post(
        "/drives", content=b"[" + b" " * MAX_BODY_BYTES, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_streamed_large_body_is_cut_off(shapes: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 65536 + 2):
            yield b" " * 65536

    answer = shapes.post("/drives", content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("path", "kind"), [("/drives", "application/json"), ("/students/import", "text/csv")]
)
def test_a_trickling_body_is_given_up(
    shapes: TestClient, monkeypatch: pytest.MonkeyPatch, path: str, kind: str
) -> None:
    monkeypatch.setattr(frame, "UPLOADS", {"/students/import": replace(ROSTER, most_seconds=0.2)})

    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.05)

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(frame.Frame(shapes.app, body_seconds=0.2))
        async with httpx.AsyncClient(transport=transport, base_url=str(shapes.base_url)) as client:
            return await client.post(path, content=trickle(), headers={"Content-Type": kind})

    answer = asyncio.run(send())
    assert (answer.status_code, answer.json()["code"]) == (408, "body-too-slow")
    assert answer.headers["connection"] == "close"


def test_an_absurd_content_length_is_refused(shapes: TestClient) -> None:
    for length in ("9" * 30, "-1", "x"):
        headers = {"Content-Type": "application/json", "Content-Length": length}
        assert shapes.request("POST", "/drives", headers=headers).status_code == 413


def test_a_request_is_one_log_line_with_its_id(shapes: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "placeops.api.access"):
        shapes.get("/livez", headers={"X-Request-ID": "r-2"})
    record = next(found for found in caplog.records if found.name == "placeops.api.access")
    assert record.__dict__["request_id"] == "r-2"
    assert record.getMessage().startswith("GET /livez 200 ")


def test_a_log_line_cannot_be_forged(shapes: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "placeops.api.access"):
        shapes.get("/livez%0aGET%20/forged")
    assert "\n" not in caplog.text.rstrip("\n")
