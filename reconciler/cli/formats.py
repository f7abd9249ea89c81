"""The formats of a report, and the renderer of each.

Invariant: every renderer is a pure module of ``reconciler.report`` that is imported when its format
is chosen, and has a function ``render(report, layout)``. A format of findings alone raises
``UsageError`` for another report.
"""

from __future__ import annotations

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.report.reports import Layout, Report

# By the word of ``--format``. A new format is one line.
RENDERERS = {
    "text": "reconciler.report.text",
    "json": "reconciler.report.json_text",
    "markdown": "reconciler.report.markdown",
    "html": "reconciler.report.html.report",
    "github": "reconciler.report.github",
    "sarif": "reconciler.report.sarif",
    "junit": "reconciler.report.junit",
    "codequality": "reconciler.report.code_quality",
}
_OF_FINDINGS = frozenset({"sarif", "junit", "codequality"})
FORMATS = tuple(name for name in RENDERERS if name not in _OF_FINDINGS)
FORMATS_OF_FINDINGS = tuple(RENDERERS)
_TEXT = "text"


def chosen_format(args: Namespace) -> str:
    """Return the format that a command's options choose: text if they choose none of these."""
    if getattr(args, "json", False):
        return "json"
    name = str(getattr(args, "format", _TEXT))
    return name if name in RENDERERS else _TEXT


def render(report: Report, name: str, layout: Layout) -> str:
    """Return a report in a format, to be printed as it is."""
    from importlib import import_module

    text = import_module(RENDERERS[name]).render(report, layout)
    return str(text)
