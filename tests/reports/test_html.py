"""The HTML report in a real browser: nothing of a file acts, and a keyboard is enough."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from modelassay import scan
from modelassay.core.report import Report
from modelassay.policy import decide
from modelassay.reports import View
from modelassay.reports.html import render
from tests.helpers.folders import GOLDEN

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
browser_only = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed"
)
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "action") and not (value or "").startswith("#"):
                self.outside.append(value or "")
            assert not name.startswith("on"), (tag, name)


@pytest.fixture(scope="module")
def page(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("html") / "report.html"
    path.write_bytes(render(report, View(decision=decide(report))))
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for one in QUIET:
        options.add_argument(one)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


def _open(browser: Any, page: Path, size: str = "desktop", scheme: str = "light") -> None:
    width, height = SIZES[size]
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    browser.get(page.as_uri())


def test_nothing_comes_from_elsewhere_and_no_text_is_markup(page: Path) -> None:
    tags = _Tags()
    tags.feed(page.read_text("utf-8"))
    assert tags.outside == []
    assert tags.tags.count("script") == 1 and "img" not in tags.tags
    assert "\x1b" not in page.read_text("utf-8")


def test_it_is_the_same_each_time(report: Report) -> None:
    assert render(report, View()) == render(report, View())


@browser_only
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_read(browser: Any, page: Path, size: str, scheme: str) -> None:
    _open(browser, page, size, scheme)
    width = browser.execute_script("return document.documentElement.scrollWidth")
    assert width <= SIZES[size][0]
    for selector in ("h1", ".message", ".facts", ".badge.critical", "dt", ".command"):
        assert _contrast(browser, selector) >= 4.5, selector
    assert [one for one in browser.get_log("browser") if one["level"] == "SEVERE"] == []


@browser_only
def test_the_picture_shows_where_a_finding_stands(browser: Any, page: Path, report: Report) -> None:
    _open(browser, page)
    places = browser.execute_script(
        "return [...document.querySelectorAll('.where')].map(where => {"
        "  const bar = where.querySelector('.whole').getBoundingClientRect();"
        "  return [...where.querySelectorAll('a')].map(mark => {"
        "    const box = mark.querySelector('rect').getBoundingClientRect();"
        "    return [mark.getAttribute('href').slice(9),"
        "            (box.x + box.width / 2 - bar.x) / bar.width]; }); }).flat()"
    )
    sizes = {one.path: one.size for one in report.artifacts}
    assert places
    for number, at in places:
        finding = report.findings[int(number) - 1]
        assert finding.location.offset is not None
        assert abs(at - finding.location.offset / sizes[finding.artifact]) < 0.02


@browser_only
def test_a_keyboard_is_enough(browser: Any, page: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    _open(browser, page)
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("class") == "skip"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    shown = _shown(browser)
    for _ in range(30):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        if browser.switch_to.active_element.get_attribute("value") == "critical":
            break
    outline = browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    browser.switch_to.active_element.send_keys(Keys.SPACE)
    assert 0 < _shown(browser) < shown


@browser_only
def test_filters_by_text_and_rule(browser: Any, page: Path) -> None:
    from selenium.webdriver.common.by import By

    _open(browser, page)
    browser.find_element(By.NAME, "text").send_keys("onerror")
    assert _shown(browser) == 1
    assert browser.find_element(By.TAG_NAME, "output").text.startswith("1 of")


@browser_only
def test_without_script_everything_is_shown(browser: Any, page: Path, report: Report) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        _open(browser, page)
        from selenium.webdriver.common.by import By

        assert len(browser.find_elements(By.CLASS_NAME, "finding")) == len(report.findings)
        assert not browser.find_element(By.CLASS_NAME, "filters").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def _shown(browser: Any) -> int:
    count: int = browser.execute_script(
        "return document.querySelectorAll('.finding:not([hidden])').length"
    )
    return count


def _contrast(browser: Any, selector: str) -> float:
    """Return the WCAG 2 contrast of an element's text against what is painted behind it."""
    front, back = browser.execute_script(
        "let one = document.querySelector(arguments[0]);"
        "const front = getComputedStyle(one).color; let back = 'rgba(0, 0, 0, 0)';"
        "while (one && back === 'rgba(0, 0, 0, 0)') {"
        "  back = getComputedStyle(one).backgroundColor; one = one.parentElement; }"
        "return [front, back]",
        selector,
    )
    light, dark = sorted((_luminance(front), _luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [float(one) / 255 for one in color[color.index("(") + 1 : -1].split(",")[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_what_loading_a_repository_does_is_shown() -> None:
    shown = render(scan(str(GOLDEN / "own_code")), View()).decode()
    assert "What loading does" in shown
    assert "from_pretrained(trust_remote_code=True)" in shown
    assert "modeling_tiny.py" in shown.partition("<dt>Runs</dt>")[2]


def test_a_rule_is_told_once(report: Report) -> None:
    shown = render(report, View()).decode()
    for rule in {finding.rule for finding in report.findings}:
        assert shown.count(f'id="rule-{rule}"') == 1
        assert f'href="#rule-{rule}"' in shown
