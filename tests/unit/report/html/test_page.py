"""Every page is whole, asks for nothing, and holds no markup but ours."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from selectolax.lexbor import LexborHTMLParser

from reconciler.model.redaction import redact
from reconciler.report.escape import escape
from reconciler.report.html.element import file_part, tag, written
from reconciler.report.html.report import render
from reconciler.report.reports import Layout
from tests.support.sample_reports import sample_reports

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

REPORTS = tuple(sample_reports("x"))
PLAIN = "word"
HOSTILE = {
    "element": "<img src=x onerror=alert(1)>",
    "script": "</script><script>alert(1)</script>",
    "style": "</style><style>*{display:none}</style>",
    "title": "</title><script>alert(1)</script>",
    "comment": "--><script>alert(1)</script><!--",
    "attribute": "\" onmouseover=alert(1) x='",
    "svg": "</text></svg><svg onload=alert(1)>",
    "template": "{{constructor.constructor('alert(1)')()}} ${alert(1)} {% raw %}",
    "entity": "&lt;script&gt;alert(1)&#x3c;/script&#x3e; &amp &#0;",
    "cdata": "]]><script>alert(1)</script><![CDATA[",
    "url": "javascript:alert(1)//data:text/html,<script>",
    "newline": "a\r\n\r\n::error::gone\n##[group]x\n::set-output name=a::b",
    "command": "::error file=a::gone",
    "controls": "\x00\x08\x1b[2J\x7f\x9b31m\ufffe",
    "direction": "\u202egpj.exe\u2066\u200b\ufeff\u2028",
    "surrogate": "lone \ud800",
    "encoding": "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "braces": "}</style>{",
    "long": "x" * 4000,
    "nested": "<" * 500 + "a" + ">" * 500,
}
# What a browser may fetch, run or send, wherever it stands.
FETCHES = frozenset(
    {"src", "srcset", "action", "formaction", "data", "poster", "background", "ping", "style"}
)


def page_of(name: str, word: str = PLAIN) -> str:
    """Return the page of a command whose report holds a word."""
    return render(sample_reports(word)[name], Layout())


def nodes(html: str) -> list[LexborNode]:
    """Return the elements of a page as a browser's parser finds them."""
    root = LexborHTMLParser(html).root
    assert root is not None
    return list(root.traverse(include_text=False))


def structure(html: str) -> list[tuple[str | None, tuple[str, ...]]]:
    """Return each element with the names of its attributes, in order."""
    return [(node.tag, tuple(node.attributes)) for node in nodes(html)]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("word", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_makes_no_element_and_no_attribute(name: str, word: str) -> None:
    """A browser finds the same elements and attributes as with a harmless word."""
    hostile, plain = (structure(page_of(name, each)) for each in (word, PLAIN))

    assert hostile == plain


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("word", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shown_and_is_no_command_for_a_ci(name: str, word: str) -> None:
    """Whatever prints a page, no line of it is obeyed, and every sign can be seen."""
    page = page_of(name, word)

    assert re.search(r"^\s*::", page, re.MULTILINE) is None
    assert "##" not in page
    assert all(line.isprintable() for line in page.split("\n"))
    assert page.isascii() or page.encode()


@pytest.mark.parametrize("name", REPORTS)
def test_page_names_nothing_to_fetch_and_no_handler(name: str) -> None:
    """Links stay in the page, and their ends are there."""
    found = nodes(page_of(name))
    ids = [node.attributes["id"] for node in found if "id" in node.attributes]

    for node in found:
        names = set(node.attributes)
        assert not names & FETCHES
        assert not [each for each in names if each.startswith("on")]
        target = node.attributes.get("href")
        assert target is None or (target[0] == "#" and target[1:] in ids)
    assert len(ids) == len(set(ids))
    assert {node.tag for node in found}.isdisjoint({"link", "iframe", "object", "embed", "base"})


@pytest.mark.parametrize("name", REPORTS)
def test_policy_allows_our_style_and_script_by_their_hashes_and_nothing_else(name: str) -> None:
    """The hashes are those of what stands in the page."""
    found = nodes(page_of(name))
    (policy,) = [
        node.attributes["content"]
        for node in found
        if node.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    files = {node.tag: node.text() for node in found if node.tag in {"style", "script"}}

    rules = dict(rule.split(" ", 1) for rule in (policy or "").split("; "))
    assert rules["default-src"] == "'none'"
    for tag_name, text in files.items():
        assert rules[f"{tag_name}-src"] == f"'sha256-{hash_of(text)}'"
    assert set(files) == {"style", "script"}
    assert not [rule for rule in rules.values() if "unsafe" in rule or "*" in rule]


@pytest.mark.parametrize("name", REPORTS)
def test_headings_go_down_one_step_at_a_time(name: str) -> None:
    """Who reads by headings finds a tree."""
    levels = [int(n.tag[1]) for n in nodes(page_of(name)) if n.tag in {"h1", "h2", "h3"}]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", REPORTS)
def test_tables_have_captions_and_headers(name: str) -> None:
    """A cell is read with its row and its column."""
    for table in LexborHTMLParser(page_of(name)).css("table"):
        assert table.css("caption")
        assert all(cell.attributes.get("scope") for cell in table.css("th"))
        assert table.css("tbody th") or table.css("td.more")


@pytest.mark.parametrize(
    "secret", ["p<ss>&\"w'rd", "a\\b<c>'", "one##two::three", "tab\tin it", "пароль<1>"]
)
def test_secret_is_found_as_a_page_writes_it(secret: str) -> None:
    """In a text and in an attribute, whatever signs it has."""
    page = written(tag("p", "x ", escape(secret), " y", title=escape(secret)))

    assert redact(page, [secret]) == '<p title="(secret)">x (secret) y</p>'


def test_text_in_an_element_cannot_be_markup() -> None:
    """There is no way to hand in markup."""
    made = tag("p", "<b>&", tag("code", "x"), " </p>", title='"><script>')

    assert written(made) == (
        '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;<code>x</code> &lt;/p&gt;</p>'
    )


@pytest.mark.parametrize("text", ["a</style>", "<!-- b"])
def test_file_that_would_end_its_element_is_refused(text: str) -> None:
    """A slip in the style or the script is found before a page is written."""
    with pytest.raises(ValueError, match="would end its element"):
        file_part("style", text)


def hash_of(text: str) -> str:
    """Return the hash of a text as a policy writes it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
