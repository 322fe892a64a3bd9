"""The report in a browser: hostile text does nothing and reads as it is; a person can browse, filter and print."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from scalequest_assets.release.report import page as report
from scalequest_assets.release.typesetting import visible
from scalequest_tests.e2e.browser import chromium
from scalequest_tests.release.report_tables import released
from scalequest_tests.release.test_report import HOSTILE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ATTACKS = (
    "<script>window.ran = 1</script>",
    '<img src="http://127.0.0.1:PORT/x.png" onerror="window.ran = 1">',
    '<svg onload="window.ran = 1"></svg>',
    '<iframe src="http://127.0.0.1:PORT/"></iframe>',
    '<link rel="stylesheet" href="http://127.0.0.1:PORT/x.css"><style>@import "http://127.0.0.1:PORT/y.css";</style>',
    '<a id="attack" href="javascript:window.ran = 1">x</a>',
    '<meta http-equiv="refresh" content="0;url=javascript:window.ran=1">',
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """Serve nothing; yield the port and what was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, asked
        server.shutdown()


class Opened:
    """A page in the browser, with what it did."""

    def __init__(self, browser: Browser, file: Path, html: str, **options: object) -> None:
        file.write_text(html, encoding="utf-8")
        self.page: Page = browser.new_page(**options)
        self.requests: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(file.as_uri())
        self.own = file.as_uri()

    def see(self, name: str) -> None:
        if folder := os.environ.get("SCALEQUEST_SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"report-{name}.png", full_page=True)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_does_nothing_and_reads_as_it_is(browser: Browser, tmp_path: Path, text: str) -> None:
    hostile = Opened(browser, tmp_path / "report.html", report(released(text)))
    assert hostile.requests == [hostile.own]
    assert hostile.said == []
    count = "[document.scripts.length, document.querySelectorAll('img,iframe,object,link,base,b > *').length]"
    assert hostile.page.evaluate(count) == [1, 0]
    assert hostile.page.title() == " ".join(f"{visible(text)}: report".split())
    if "$" not in text:
        shown = hostile.page.locator(".sample .text").first.evaluate("element => element.textContent")
        assert shown == visible(text)


def test_even_a_mistake_in_escaping_could_run_nothing(browser: Browser, tmp_path: Path) -> None:
    html = report(released("MISTAKE")).replace("MISTAKE", "".join(ATTACKS))
    with listening() as (port, asked):
        attacked = html.replace("PORT", str(port))
        opened = Opened(browser, tmp_path / "report.html", attacked)
        opened.page.locator("#attack").first.evaluate("element => element.click()")
        opened.page.wait_for_timeout(500)
        assert opened.page.evaluate("window.ran") is None
        assert asked == []
        assert any("Content Security Policy" in said for said in opened.said), "the policy had something to refuse"
        allowed = Opened(browser, tmp_path / "open.html", attacked.replace("Content-Security-Policy", "x"))
        assert asked, "without the policy the same page asks"
        assert allowed.page.evaluate("window.ran") == 1


def test_samples_are_filtered_and_searched(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, tmp_path / "report.html", report(released()))
    page = opened.page
    shown = page.locator(".sample:visible")
    expect(shown).to_have_count(8)
    page.locator("[data-by=outcome]").select_option("rejected")
    expect(shown).to_have_count(5)
    page.locator("[data-by=stage]").select_option("solvability_verdicts")
    expect(shown).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("1 shown of 1 that fit, of 8")
    page.locator("[data-by=outcome]").select_option("kept")
    expect(shown).to_have_count(0)
    page.locator("[data-by=stage]").select_option("")
    page.locator("#search").fill("QUESTION 2:")
    expect(shown).to_have_count(1)
    assert opened.said == []


def test_there_is_more_to_show(browser: Browser, tmp_path: Path) -> None:
    html = report(released())
    first, rest = html.split('<article class="sample"', 1)
    sample, end = rest.split("</article>", 1)
    many = first + (f'<article class="sample"{sample}</article>' * 45) + end
    page = Opened(browser, tmp_path / "report.html", many).page
    expect(page.locator(".sample:visible")).to_have_count(20)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".sample:visible")).to_have_count(40)
    assert page.evaluate("document.activeElement.className") == "sample"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system_and_the_switch(browser: Browser, tmp_path: Path, scheme: str) -> None:
    opened = Opened(browser, tmp_path / "report.html", report(released()), color_scheme=scheme)
    page, back = opened.page, "getComputedStyle(document.body).backgroundColor"
    opened.see(scheme)
    before = page.evaluate(back)
    assert (before == "rgb(255, 255, 255)") == (scheme == "light")
    page.get_by_role("button", name="Dark or light").click()
    assert (page.evaluate(back) == "rgb(255, 255, 255)") == (scheme == "dark")


def test_a_phone_scrolls_in_one_direction(browser: Browser, tmp_path: Path) -> None:
    html = report(released("x" * 400 + r" $" + "+".join(["x^2"] * 40) + "$"))
    opened = Opened(browser, tmp_path / "report.html", html, viewport={"width": 375, "height": 800})
    opened.see("phone")
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 375


def test_it_can_be_read_by_keyboard_and_printed(browser: Browser, tmp_path: Path) -> None:
    page = Opened(browser, tmp_path / "report.html", report(released())).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.keyboard.press("Enter")
    page.wait_for_url("**/report.html#main")
    assert page.pdf().startswith(b"%PDF")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0


def test_it_is_whole_without_a_script(browser: Browser, tmp_path: Path) -> None:
    page = Opened(browser, tmp_path / "report.html", report(released()), java_script_enabled=False).page
    expect(page.locator(".sample:visible")).to_have_count(8)
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("math").first).to_be_visible()
