"""A real browser for the tests: it notes every complaint, and hands it over when asked."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, Playwright

# The one without windows is the same browser and a quarter faster.
DEBIANS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(os.path.exists, DEBIANS), DEBIANS[-1])
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 320, "height": 640}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
WATCH = """
window.violations = [];
const note = e => window.violations.push(e.violatedDirective + " " + e.blockedURI);
document.addEventListener("securitypolicyviolation", note);
"""


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium. A machine without it cannot run these tests, and says so; CI must have it."""
    if not Path(CHROMIUM).exists() and "CI" not in os.environ:
        pytest.skip(f"no browser at {CHROMIUM}: install Debian's chromium-headless-shell, or set CHROMIUM")
    return playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)


@dataclass
class Visit:
    """One visitor. `faults` collects console errors, page errors and requests to other hosts."""

    page: Page
    origin: str
    name: str
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on(
            "console", lambda said: said.type == "error" and self.faults.append(f"console: {said.text}")
        )
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", lambda asked: self._ask(asked.url))
        self.page.add_init_script(WATCH)

    def _ask(self, url: str) -> None:
        if not url.startswith((self.origin, "data:")):
            self.faults.append(f"foreign: {url}")

    def go(self, path: str) -> None:
        self.page.goto(self.origin + path)

    def check(self, name: str, *, expected: str = "") -> None:
        """Nothing to complain about as the page stands; then its picture. `expected`: a console line that is due."""
        self.page.wait_for_load_state()
        faults = [fault for fault in self.faults if not expected or expected not in fault]
        faults += [f"policy: {one}" for one in self.page.evaluate("window.violations")]
        if self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append("the page scrolls sideways")
        found = Axe().run(self.page, options=RULES).response["violations"]
        faults += [f"axe {rule['id']}: {[node['html'] for node in rule['nodes']]}" for rule in found]
        self._picture(name)
        self.faults.clear()
        assert not faults, f"{name} ({self.name}): {faults}"

    def _picture(self, name: str) -> None:
        wanted = os.environ.get("AMENDS_SCREENSHOTS")
        if wanted:
            folder = settings.BASE_DIR / "var" / "screenshots" if wanted == "1" else Path(wanted)
            folder.mkdir(parents=True, exist_ok=True)
            # A hidden caret would leave an inline style on every field, and the next swap would copy it.
            self.page.screenshot(path=folder / f"{name}-{self.name}.png", full_page=True, caret="initial")


@contextmanager
def visit(
    browser: Browser, origin: str, *, size: dict, language: str, theme: str, script: str = "on"
) -> Iterator[Visit]:
    """A fresh profile of that size, language and theme."""
    context = browser.new_context(
        viewport=size,
        locale=language,
        color_scheme=theme,
        java_script_enabled=script == "on",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    name = f"{size['width']}-{language}-{theme}"
    made = Visit(page=context.new_page(), origin=origin, name=name)
    made.watch()
    try:
        yield made
    finally:
        context.close()
