"""Pages in a real browser: who cannot see, has no script, or prints, reads all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.browser import Browser

OPEN = "document.querySelectorAll('details').forEach(each => { each.open = true })"
SHOWN = (
    "[...document.querySelectorAll('#changes [data-kind]')].filter(e => e.checkVisibility()).length"
)
WIDE, NARROW = 1280, 380


@pytest.mark.parametrize("name", ["0", "1", "50", "plan", "drift", "apply", "rehearse", "validate"])
def test_page_has_no_finding_of_accessibility(
    browser: Browser, pages: dict[str, str], name: str
) -> None:
    """Light and dark, wide and narrow, with everything open: axe finds nothing at all."""
    visits = [
        {"file": pages[name], "scheme": scheme, "width": width, "axe": True, "ask": {"open": OPEN}}
        for scheme, width in (("light", WIDE), ("dark", NARROW))
    ]

    for found in browser.visit(*visits):
        assert found["violations"] == []
        assert found["messages"] == []
        assert found["checked"] > 20


def test_axe_finds_what_it_is_for(browser: Browser, pages: dict[str, str]) -> None:
    """A page with a fault is not passed in silence."""
    spoil = "document.querySelector('h1').style.color = '#eee'; document.documentElement.lang = ''"

    (found,) = browser.visit({"file": pages["1"], "axe": True, "ask": {"spoil": spoil}})

    assert {"color-contrast", "html-has-lang"} <= {each["rule"] for each in found["violations"]}
    assert {each["impact"] for each in found["violations"]} & {"serious", "critical"}


def test_hostile_text_runs_nothing_and_asks_for_nothing(
    browser: Browser, pages: dict[str, str]
) -> None:
    """The page is the only request, no dialog opens, and the policy has nothing to stop."""
    ask = {"images": "document.images.length", "scripts": "document.scripts.length"}

    (found,) = browser.visit({"file": pages["hostile"], "ask": ask})

    assert found["requests"] == [f"file://{pages['hostile']}"]
    assert found["messages"] == []
    assert found["answers"] == {"images": 0, "scripts": 1}


def test_policy_stops_what_it_does_not_name(browser: Browser, pages: dict[str, str]) -> None:
    """A script, a style or a picture that came into the page would do nothing."""
    inject = """(() => {
      const script = document.createElement('script');
      try { script.textContent = 'window.injected = 1'; } catch { window.refused = 1; }
      document.body.append(script);
      const image = document.createElement('img');
      image.src = 'http://192.0.2.1/x.png';
      document.body.append(image);
      return [window.injected === undefined, window.refused === 1];
    })()"""

    (found,) = browser.visit({"file": pages["1"], "ask": {"injected": inject}})

    assert found["answers"]["injected"] == [True, True]
    assert any("violates" in each for each in found["messages"])


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([], 50),
        ([["fill", "#filter-text", "old-4"]], 2),
        ([["select", "#filter-action", "delete"]], 5),
        ([["select", "#filter-class", "terminate"]], 4),
        ([["select", "#filter-kind", "TaxRule"]], 5),
        ([["fill", "#filter-client", "hooli-gmbh"]], 4),
        ([["fill", "#filter-client", "HOOLI"], ["select", "#filter-action", "delete"]], 1),
        ([["fill", "#filter-text", "nothing like this"]], 0),
        ([["fill", "#filter-text", "old-4"], ["click", "#filter-reset"]], 50),
    ],
)
def test_changes_are_searched_and_filtered(
    browser: Browser, pages: dict[str, str], steps: list[Any], shown: int
) -> None:
    """Members of a group, too; and the count is announced."""
    ask = {
        "open": OPEN,
        "shown": SHOWN,
        "count": "document.getElementById('filter-count').textContent",
    }

    (found,) = browser.visit({"file": pages["50"], "steps": steps, "ask": ask})

    assert found["answers"]["shown"] == shown
    assert found["answers"]["count"] == ("50 changes" if shown == 50 else f"{shown} of 50 changes")


def test_without_a_script_everything_is_shown(browser: Browser, pages: dict[str, str]) -> None:
    """Only the filters are missing."""
    (found,) = browser.visit(
        {
            "file": pages["50"],
            "script": False,
            "ask": {
                "filters": "document.getElementById('filters').checkVisibility()",
                "open": OPEN,
                "shown": SHOWN,
            },
        }
    )

    assert found["answers"] == {"filters": False, "shown": 50}


def test_printed_page_holds_what_is_folded_on_the_screen(
    browser: Browser, pages: dict[str, str]
) -> None:
    """The style alone opens everything: a browser may print without the script."""
    hidden = (
        "[...document.querySelectorAll('details:not([open]) li')]"
        ".filter(each => !each.checkVisibility({contentVisibilityAuto: true})).length"
    )
    ask = {"hidden": hidden, "nav": "document.querySelector('nav').checkVisibility()"}
    page = {"file": pages["50"], "script": False, "ask": ask}

    screen, printed = browser.visit(page, page | {"media": "print"})

    assert screen["answers"]["hidden"] > 50
    assert screen["answers"]["nav"] is True
    assert printed["answers"] == {"hidden": 0, "nav": False}


@pytest.mark.parametrize("name", ["50", "plan", "drift", "apply", "validate"])
def test_narrow_page_does_not_scroll_sideways(
    browser: Browser, pages: dict[str, str], name: str
) -> None:
    """Wide tables and drawings scroll in a frame of their own."""
    ask = {"width": "document.documentElement.scrollWidth"}

    (found,) = browser.visit({"file": pages[name], "width": NARROW, "ask": ask})

    assert found["answers"]["width"] == NARROW


def test_keyboard_reaches_the_report_and_every_control(
    browser: Browser, pages: dict[str, str]
) -> None:
    """The first key leads past the navigation; what has the focus is outlined."""
    focus = "document.activeElement.className || document.activeElement.id"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    press = ["press", "body", "Tab"]
    reach = (
        "[...document.querySelectorAll('a, button, input, select, summary, .scroll')]"
        ".filter(each => each.tabIndex < 0).length"
    )

    (found,) = browser.visit(
        {"file": pages["50"], "steps": [press], "ask": {"at": focus, "line": outline, "not": reach}}
    )

    assert found["answers"] == {"at": "skip", "line": "solid", "not": 0}
