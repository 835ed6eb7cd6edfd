"""The console in a real browser, against real services: `placeops up --demo` and Debian's chromium."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from hatch_build import NotBuilt
from tests.console.place import Office, running
from tests.console.watched import PATIENCE_MS, WIDTHS, Scheme, Watched, open_page

CHROMIUM = os.environ.get("PLACEOPS_TEST_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Time for building and starting."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.timeout(900))


def cannot(reason: str) -> NoReturn:
    """Skip with a plain reason, but not where everything must run."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    """A running placeOps with the demo college; shared, so a test makes the drives that it changes itself."""
    folder = Path(tempfile.mkdtemp(prefix="placeops-console-"))
    folder.chmod(0o711)  # root's PostgreSQL runs as another user, who must be able to pass
    try:
        with running(folder) as place:
            yield place
    except NotBuilt as error:
        cannot(f"the console cannot be built: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, headless."""
    if not Path(CHROMIUM).exists():
        cannot(f"there is no browser at {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def new_page(browser: Browser, office: Office) -> Iterator[Callable[..., Watched]]:
    """Makes pages, each of a browser that knows nothing yet: `new_page(width=360, scheme="dark")`.

    At the end nothing may have gone wrong on any of them.
    """
    made: list[Watched] = []

    def make(width: int = WIDTHS[0], scheme: Scheme = "light") -> Watched:
        made.append(open_page(browser, office, width, scheme))
        return made[-1]

    yield make
    for one in made:
        one.page.context.close()
    assert [trouble for one in made for trouble in one.unexpected()] == []


@pytest.fixture
def watched(new_page: Callable[..., Watched]) -> Watched:
    """A page 1280 px wide on which nobody is signed in yet."""
    return new_page()
