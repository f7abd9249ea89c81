"""Markdown as a forge renders it: what in it is live, and what its code spans show.

Invariant: tables, strikethrough, HTML and links that the renderer finds by itself are on, as on a
forge; mentions and references are looked for in all text that is not code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

# What the reports write themselves.
_OURS = re.compile(
    r"(?:<details(?: open)?>\s*|<summary>[A-Z][a-z ]+ \([0-9,]+\)</summary>\s*|</details>\s*|<br>)+"
)
_LIVE = frozenset({"link_open", "image", "s_open", "em_open", "math_inline"})
_REFERENCE = re.compile(r"@\w|(?:^|\W)[#!$%~&][A-Za-z0-9]|GH-[0-9]|https?:|www\.|:[a-z_]+:|`")
# A runner reads its log, fences included; GitLab acts on lines that are not code.
_COMMAND = re.compile(r"^\s*::[A-Za-z]|##\[|##vso\[", re.MULTILINE)
_QUICK_ACTION = re.compile(r"^\s*/[a-z]", re.MULTILINE)


def live_elements(text: str) -> list[str]:
    """Return all that is neither text of ours nor code: links, images, HTML, mentions, commands."""
    found = [f"command {each}" for each in _COMMAND.findall(text)]
    for token in tokens(text):
        if token.type == "inline" and _QUICK_ACTION.search(token.content):
            found.append(f"quick action {token.content}")
        elif token.type in _LIVE:
            found.append(f"{token.type} {token.attrs or token.content}")
        elif token.type in {"html_block", "html_inline"} and not _OURS.fullmatch(token.content):
            found.append(f"html {token.content}")
        elif token.type == "text" and (reference := _REFERENCE.search(token.content)):
            found.append(f"reference {reference[0]} in {token.content}")
    return found


def code_of(text: str) -> Iterator[str]:
    """Yield what each code span shows, and each fence."""
    return (each.content for each in tokens(text) if each.type in {"code_inline", "fence"})


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text, the inner ones for those that have some."""
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    return _flat(parser.parse(text))


def _flat(found: Iterable[Token]) -> Iterator[Token]:
    for token in found:
        yield token
        yield from _flat(token.children or ())
