"""Elements of a page, from a closed vocabulary; no other way leads a text into HTML.

Invariants: a text becomes text or the value of an attribute, never markup; what no reader can see
(controls, direction marks) is written in signs; no line of the page can be a command to a CI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

from reconciler.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

Element = ET.Element
Child = Element | str | None
# fmt: off
Tag = Literal[
    "a", "body", "button", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "footer",
    "h1", "h2", "h3", "head", "header", "html", "input", "ins", "label", "li", "main", "meta",
    "nav", "ol", "option", "p", "script", "section", "select", "small", "span", "strong", "style",
    "summary", "table", "tbody", "td", "th", "thead", "time", "title", "tr", "ul",
    "circle", "g", "line", "path", "rect", "svg", "text",
]
# fmt: on
# Attributes whose names are no names in Python, or are spelled with a capital.
_SPELLED = {"class_": "class", "for_": "for", "view_box": "viewBox", "http_equiv": "http-equiv"}
# Stand for signs that the library leaves as they are, in texts or in attributes: no visible text
# can hold them. With them a text is written in one way everywhere, as secrets are looked for.
_HELD = {ord("<"): "\ue000", ord('"'): "\ue001", ord("'"): "\ue002"}
_WRITTEN = {0xE000: "&lt;", 0xE001: "&quot;", 0xE002: "&#x27;"}
# Each begins a line of the file: a page stays readable in a difference.
_LINES = frozenset(
    {"dl", "details", "div", "h1", "h2", "h3", "li", "ol", "p", "section", "table", "tr", "ul"}
)


def tag(name: Tag, /, *children: Child, **attributes: str | int | None) -> Element:
    """Return an element with its children; an attribute that is None is left out.

    Shape: ``class_`` and ``for_`` stand for names that Python keeps, ``aria_label`` for
           ``aria-label``.
    """
    made: Element = ET.Element(name)
    for key, value in attributes.items():
        if value is not None:
            made.set(_SPELLED.get(key, key.replace("_", "-")), _held(str(value)))
    return extend(made, children)


def extend(parent: Element, children: Iterable[Child]) -> Element:
    """Append children to an element, and return it."""
    for child in children:
        if child is None:
            continue
        if isinstance(child, str):
            _append_text(parent, _held(child))
            continue
        if child.tag in _LINES and not child.tail:
            child.tail = "\n"
        parent.append(child)
    return parent


def file_part(name: Literal["style", "script"], text: str) -> Element:
    """Return a file of ours as an element. Raises: ValueError for one that would end it early."""
    if "</" in text or "<!--" in text:
        message = f"the file for <{name}> would end its element"
        raise ValueError(message)
    made: Element = ET.Element(name)
    made.text = text
    return made


def written(element: Element) -> str:
    """Write an element as HTML, in which nothing is a command for a CI that prints it."""
    text = ET.tostring(element, encoding="unicode", method="html")
    return text.translate(_WRITTEN).replace("##", "#&#35;").replace("::", ":&#58;")


def _held(text: str) -> str:
    """Return a text in which every sign can be seen; one that was escaped already stays."""
    shown = text if text.isprintable() else escape(text)
    return shown.translate(_HELD)


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        last = parent[-1]
        last.tail = (last.tail or "").removesuffix("\n") + text
    else:
        parent.text = (parent.text or "") + text
