"""A browser's page that is watched: what its console says, how it looks, whether everybody can use it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect

from tests.acceptance.conftest import ROOT
from tests.console.place import Office, Person

SCREENSHOTS = Path(__file__).with_name("screenshots")
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (1280, 360)
HEIGHT = 800
# A busy machine is slow, not wrong.
PATIENCE_MS = 45_000

# What fades in or out has no colour of its own yet.
SETTLED = """
() => Promise.all(
    document.getAnimations()
        .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
        .map((one) => one.finished.catch(() => undefined)),
)
"""

Scheme = Literal["light", "dark"]


def open_page(browser: Browser, office: Office, width: int = WIDTHS[0], scheme: Scheme = "light") -> Watched:
    """A page of a browser that knows nothing yet; whoever opens it closes its context."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=office.url)
    context.set_default_timeout(PATIENCE_MS)
    return Watched(context.new_page(), office)


class Watched:
    """A page of the console, and what went wrong on it."""

    def __init__(self, page: Page, office: Office) -> None:
        self.page = page
        self.office = office
        self.troubles: list[str] = []
        self.expected: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
        page.on("response", self._answered)

    def expect_trouble(self, pattern: str) -> None:
        """What this test causes on purpose: lines that fit the regular expression are no failure."""
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        """Errors, warnings of the Content-Security-Policy, and answers that no console should get."""
        return [one for one in self.troubles if not any(re.search(known, one) for known in self.expected)]

    def _said(self, message: ConsoleMessage) -> None:
        # What the API refuses the browser tells again as "Failed to load"; `_answered` looks at those.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.troubles.append(f"console {message.type}: {message.text}")

    def _answered(self, response: Response) -> None:
        path = response.url.removeprefix(self.office.url)
        if response.status >= 500 or (response.status >= 400 and path.startswith(("/assets", "/favicon"))):
            self.troubles.append(f"{response.status} {path}")

    def sign_in(self, role: str, path: str = "/") -> Person:
        """Become somebody of this role without the form, and look at a page (`/drives?status=draft`).

        A session is used by all tests, since an address may sign in only so often.
        """
        person = self.office.person(role)
        self.page.context.add_cookies(self.office.sessions.get(role, []))
        if not self.page.context.request.get(f"{self.office.url}/auth/profile").ok:
            self.become(person)
            self.office.sessions[role] = self.page.context.cookies()
        self.open(path)
        return person

    def become(self, person: Person) -> None:
        """Sign in as this person without the form."""
        self.ask("POST", "/auth/login", {"email": person.email, "password": person.password})

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API as whoever is signed in on this page, without the page: for what a test needs to be there."""
        answer = self.page.context.request.fetch(
            self.office.url + path, method=method, data=body, headers={"Origin": self.office.url}
        )
        assert answer.ok, f"{method} {path}: {answer.status} {answer.text()}"
        return answer.json() if answer.body() else None

    def open(self, path: str) -> None:
        """Go to a page of the console and wait for its heading."""
        self.page.goto(f"{self.office.url}/#{path}")
        self.page.locator("h1").first.wait_for()

    def settle(self) -> None:
        """Wait until nothing is being loaded."""
        expect(self.page.get_by_role("status", name="Loading")).to_have_count(0)

    def shoot(self, name: str) -> None:
        """Keep how the page looks, at both widths; nothing may be wider than the window."""
        SCREENSHOTS.mkdir(exist_ok=True)
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.wait_for_timeout(150)
            self.page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} px wide in a window of {width} px"
        self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})

    def assert_accessible(self) -> None:
        """No serious finding of axe-core on the page as it is now, when what moves or fades has come to rest."""
        self.page.evaluate(AXE.read_text("utf-8"))
        serious = self._serious()
        if serious:  # A toast may have begun to fade in meanwhile.
            serious = self._serious()
        assert not serious, "\n".join(serious)

    def _serious(self) -> list[str]:
        self.page.evaluate(SETTLED)
        found: list[dict[str, Any]] = self.page.evaluate("axe.run().then(result => result.violations)")
        return [
            f"{one['id']}: {node['html'][:200]}: {node['failureSummary']}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]
