"""The outline of a page, for people and for golden files: headings, figures, tables and lists."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

_FIRST = 3


def outline(html: str) -> str:
    """Return what a page says and how much of it, a line for each part.

    Shape: of a list the first entries, and the number of all; what is folded away is marked.
    """
    root = LexborHTMLParser(html).body
    assert root is not None
    return "".join(f"{line}\n" for node in root.iter() for line in _lines(node, 0))


def _lines(node: LexborNode, depth: int) -> list[str]:
    indent = "  " * depth
    words = " ".join(node.text(separator=" ").split())
    match node.tag:
        case "script" | "svg" | "button":
            return []
        case "h1" | "h2" | "h3":
            return [f"{indent}{'#' * int(node.tag[1])} {words}"]
        case "ul" | "tbody":
            entries = list(node.iter())
            shown = [line for each in entries[:_FIRST] for line in _entry(each, indent)]
            rest = len(entries) - _FIRST
            return shown + ([f"{indent}- … {rest} more"] if rest > 0 else [])
        case "details":
            found = [line for child in list(node.iter())[1:] for line in _lines(child, depth + 1)]
            summary = node.css_first("summary")
            title = summary.text(separator=" ") if summary else ""
            return [f"{indent}> {' '.join(title.split())}", *found]
        case "p" | "caption" | "dl" | "a" | "tr":
            return [f"{indent}{words}"] if words else []
        case _:
            deeper = depth + (node.tag == "section" and node.attributes.get("class") != "scroll")
            return [line for child in node.iter() for line in _lines(child, deeper)]


def _entry(node: LexborNode, indent: str) -> list[str]:
    return [f"{indent}- {' '.join(node.text(separator=' ').split())[:160]}"]
