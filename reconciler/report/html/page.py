"""The frame of every HTML report: head with its policy, header, navigation and sections.

Invariants: the file is whole by itself and asks for nothing; what runs and what styles it is named
by its hash in the content security policy; without the script everything is shown.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from reconciler.report.escape import escape
from reconciler.report.html.element import file_part, tag, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.plan import TargetRef
    from reconciler.report.html.element import Element

# What stands out, and how much: each has its own sign, so that no colour means anything alone.
Tone = Literal["charge", "danger", "warning", "note", "good", "calm"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: its anchor, its heading, how many things are in it, and what it holds."""

    anchor: str
    heading: str
    content: tuple[Element, ...]
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A report to be written: what it is about, what stands first, and its sections.

    ``facts`` stand below the heading, as words and their meaning; ``verdicts`` are what keeps it
    from being applied.
    """

    subject: str
    target: TargetRef | None
    headline: str
    facts: tuple[tuple[str, str], ...] = ()
    verdicts: tuple[Element, ...] = ()
    first: tuple[Element, ...] = ()
    sections: tuple[Section, ...] = ()


def page_text(page: Page) -> str:
    """Write a page as one HTML file."""
    body = tag("body")
    body.append(tag("a", "Skip to the report", class_="skip", href="#report"))
    body.append(_header(page))
    main = tag("main", id="report", tabindex="-1")
    for each in page.verdicts:
        main.append(each)
    if page.first:
        first = tag("section", class_="first", aria_label="What cannot be undone")
        first.extend(page.first)
        main.append(first)
    main.extend(map(_section, page.sections))
    body.append(main)
    # The style and the script are not text of anybody: they are written as they are.
    text = written(body).removesuffix("</body>")
    script = written_file("script")
    return f'<!DOCTYPE html>\n<html lang="en">\n{_head(page)}\n{text}\n{script}\n</body>\n</html>\n'


def verdict(tone: Tone, label: str, text: str) -> Element:
    """Return a line that says what stands in the way, with its label, if any."""
    strong = (tag("strong", label), " ") if label else ()
    return tag("p", *strong, text, class_=f"verdict {tone}")


def badge(text: str, tone: Tone = "calm") -> Element:
    """Return a word in a frame; its tone repeats what the word says."""
    return tag("span", text, class_=f"badge {tone}")


def scrolled(label: str, content: Element) -> Element:
    """Return a frame in which a wide table or drawing can be scrolled, by keyboard too."""
    return tag("section", content, class_="scroll", tabindex="0", aria_label=label)


def plural(count: int, noun: str, many: str = "") -> str:
    """Return a number with its noun; thousands are set apart."""
    return f"{count:,} {noun if count == 1 else many or f'{noun}s'}"


def folded(
    elements: Sequence[Element], most: int, more: str, *, list_tag: ListTag
) -> list[Element]:
    """Return a list of which all beyond ``most`` are folded away behind the words of ``more``."""
    shown = tag(list_tag)
    # One more takes no more room than the words that would stand for it.
    most = most if len(elements) > most + 1 else len(elements)
    shown.extend(elements[:most])
    if len(elements) == most:
        return [shown]
    rest = tag(list_tag)
    rest.extend(elements[most:])
    words = more.format(f"{len(elements) - most:,}")
    return [shown, tag("details", tag("summary", words), rest)]


ListTag = Literal["ul", "ol", "tbody"]


@cache
def file_text(name: Literal["style", "script"]) -> str:
    """Return the text of a file that goes into every page."""
    ending = {"style": "css", "script": "js"}[name]
    text = (files("reconciler.report.html") / f"page.{ending}").read_text(encoding="utf-8")
    return f"\n{text}"


def written_file(name: Literal["style", "script"]) -> str:
    """Return a file of ours as it stands in a page."""
    return f"<{name}>{file_part(name, file_text(name)).text}</{name}>"


def content_policy() -> str:
    """Return the policy of every page: nothing is fetched, and only our own two files count."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(file_text('style'))}'",
            f"script-src '{_hash(file_text('script'))}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _head(page: Page) -> str:
    where = f" · {escape(page.target.name)}" if page.target else ""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=content_policy()),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", f"{page.subject}{where}"),
    )
    return written(head).removesuffix("</head>") + written_file("style") + "\n</head>"


def _header(page: Page) -> Element:
    title = tag("h1", page.subject)
    if page.target:
        title.append(tag("span", escape(page.target.name), class_="target"))
    facts = tag("dl", class_="facts")
    where = (("Panel", escape(page.target.url)),) if page.target else ()
    for word, meaning in (*where, *page.facts):
        facts.append(tag("div", tag("dt", word), tag("dd", meaning)))
    links = tag("ul")
    for each in page.sections:
        count = tag("span", f"{each.count:,}", class_="count") if each.count is not None else None
        link = tag(
            "a", each.heading, " " if count is not None else None, count, href=f"#{each.anchor}"
        )
        links.append(tag("li", link))
    nav = tag("nav", links, aria_label="Sections") if page.sections else None
    return tag("header", title, tag("p", page.headline, class_="headline"), facts, nav)


def _section(section: Section) -> Element:
    heading = tag("h2", section.heading, id=f"{section.anchor}-heading")
    if section.count is not None:
        heading.append(tag("span", f" {section.count:,}", class_="count"))
    made = tag("section", heading, id=section.anchor, aria_labelledby=f"{section.anchor}-heading")
    made.extend(section.content)
    return made
