"""Chromium without a screen, driven by what the lock of this folder names.

A machine without Chromium or Node skips these tests, and says so; where
``RECONCILER_REQUIRE_EDITORS`` is set, as ``.ci/run`` does, they fail there.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.report.html.report import render
from reconciler.report.reports import Layout, PlanReport
from tests.support.browser import Browser
from tests.support.large_plan import large_plan
from tests.support.npm import installed_packages, refuse
from tests.support.sample_reports import sample_reports

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
DOCUMENT = {"createdAt": "2026-11-29T10:15:00Z", "digest": f"sha256:{'4f' * 32}"}


@pytest.fixture(scope="session")
def browser() -> Browser:
    """Return the browser of this machine."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        refuse("a browser", "Chromium is not installed")
    installed_packages(HERE, "axe")
    node = shutil.which("node")
    assert node
    return Browser(node, found, HERE)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the files of pages: of each command, and of plans by their number of changes."""
    folder = tmp_path_factory.mktemp("pages")
    texts = {name: render(each, Layout()) for name, each in sample_reports("word").items()}
    texts["hostile"] = render(sample_reports(HOSTILE)["plan"], Layout())
    for count in (0, 1, 50):
        report = PlanReport(large_plan(count), DOCUMENT, refusals=("too many deletes",))
        texts[str(count)] = render(report, Layout())
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: str(folder / f"{name}.html") for name in texts}


HOSTILE = (
    "</script></style></title></text></svg>--><script>alert(1)</script>"
    "<img src=http://192.0.2.1/x onerror=alert(1)>\"' onmouseover=alert(1) x={{alert(1)}}"
)
