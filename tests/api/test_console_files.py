"""The console's files beside the API: served as they are, kept as long as they may be, under a policy of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from placeops_api.app import create_app
from placeops_api.frame import _SAFE_HEADERS
from placeops_api.hosting import POLICY
from tests.api.conftest import BASE

PAGE = "<!doctype html><title>placeOps</title>"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the console's build leaves it."""
    folder = tmp_path_factory.mktemp("console")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "assets" / "index-a1b2c3.js").write_text("export {}")
    (folder.parent / "secret.txt").write_text("not for anybody")
    return folder


@pytest.fixture(scope="module")
def browser(built: Path) -> TestClient:
    return TestClient(create_app(console=built), base_url=BASE, raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/", "/index.html", "/favicon.svg"])
def test_pages_are_asked_for_again_each_time(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = browser.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


def test_what_bears_its_hash_is_kept(browser: TestClient) -> None:
    answer = browser.get("/assets/index-a1b2c3.js")
    assert answer.status_code == 200 and answer.text == "export {}"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")


def test_scripts_and_styles_come_from_here_alone() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"


@pytest.mark.parametrize(
    "path", ["/nothing", "/assets/old-000.js", "/assets", "/..%2fsecret.txt", "/drives/1/x"]
)
def test_unknown_addresses_stay_problems(browser: TestClient, path: str) -> None:
    answer = browser.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not-found"
    for name, value in _SAFE_HEADERS.items():
        assert answer.headers[name] == value


def test_the_api_keeps_its_own_headers(browser: TestClient) -> None:
    answer = browser.get("/livez")
    assert answer.json() == {"status": "alive"}
    for name, value in _SAFE_HEADERS.items():
        assert answer.headers[name] == value


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_files_are_only_read(browser: TestClient, method: str) -> None:
    answer = browser.request(method, "/")
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD"
    assert browser.request(method, "/nothing").status_code == 404
    assert browser.head("/").status_code == 200


def test_other_hosts_are_refused(browser: TestClient) -> None:
    assert browser.get("/", headers={"Host": "evil.example"}).json()["code"] == "wrong-host"


def test_without_the_files_the_api_says_how_to_build_them(tmp_path: Path) -> None:
    client = TestClient(create_app(console=tmp_path), base_url=BASE, raise_server_exceptions=False)
    answer = client.get("/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert "npm run build" in answer.json()["fix"]
    assert client.get("/livez").status_code == 200
