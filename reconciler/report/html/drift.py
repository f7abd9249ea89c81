"""The page of a drift report: each field as last applied, as live, and as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.clients import bare_name
from reconciler.report.escape import escape
from reconciler.report.html.element import tag
from reconciler.report.html.finding import finding_section
from reconciler.report.html.page import Page, Section, badge, plural, scrolled
from reconciler.report.value import value_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.drift import DriftClass, DriftItem
    from reconciler.report.html.element import Element
    from reconciler.report.html.page import Tone
    from reconciler.report.reports import DriftReport

# In the order of their weight.
_CLASSES: dict[DriftClass, tuple[str, Tone]] = {
    "missing": ("Deleted in the panel", "danger"),
    "conflict": ("Changed in the panel and in the manifests", "danger"),
    "drift": ("Changed in the panel", "warning"),
    "added": ("Added in the panel: the next apply deletes it (--allow prune)", "warning"),
    "pending": ("Changed in the manifests, not applied yet", "note"),
}


def drift_page(report: DriftReport) -> Page:
    """Return the page of what the panel changed by itself."""
    drift = report.drift
    checked = f"{plural(drift.checked, 'resource')} checked"
    headline = f"No drift. {checked}."
    if drift.drifted:
        counts = {name: _of_class(drift.drifted, name) for name in _CLASSES}
        parts = [f"{len(each):,} {name}" for name, each in counts.items() if each]
        headline = f"{', '.join(parts)}; {checked}."
    sections = [
        Section(name, heading, (_items(each, tone),), len(each))
        for name, (heading, tone) in _CLASSES.items()
        if (each := _of_class(drift.drifted, name))
    ]
    return Page(
        subject="Drift",
        target=drift.target,
        headline=headline,
        verdicts=_ways(report) if drift.drifted else (),
        sections=(*finding_section(drift.findings), *sections),
    )


def _ways(report: DriftReport) -> tuple[Element, ...]:
    ways = [("find out what became of the charge in doubt", report.resume)]
    ways += [("restore what is declared", report.apply), ("accept what is live", report.accept)]
    made = tag("ul", class_="ways")
    made.extend(
        tag("li", f"To {words}: ", tag("code", escape(command)))
        for words, command in ways
        if command
    )
    return (made,)


def _of_class(items: Sequence[DriftItem], name: DriftClass) -> list[DriftItem]:
    return [item for item in items if item.drift_class == name]


def _items(items: Sequence[DriftItem], tone: Tone) -> Element:
    made = tag("ul", class_="changes")
    made.extend(_item(item, tone) for item in items)
    return made


def _item(item: DriftItem, tone: Tone) -> Element:
    head = tag("p", badge(item.drift_class, tone), " ")
    head.append(tag("code", str(item.address), class_="address"))
    if item.id:
        head.append(tag("small", f" id {escape(item.id)}"))
    where = tag("p", class_="where")
    if item.client:
        where.append(tag("span", f"of {escape(bare_name(item.client))} "))
    if item.source:
        where.append(tag("code", escape(str(item.source))))
    return tag("li", head, where, _edits(item), class_="change")


def _edits(item: DriftItem) -> Element | None:
    if not item.edits:
        return None
    # What was added was neither applied nor declared.
    names = ("live",) if item.drift_class == "added" else ("applied", "live", "wanted")
    head = tag("tr", tag("th", "Field", scope="col"))
    head.extend(tag("th", name.capitalize(), scope="col") for name in names)
    body = tag("tbody")
    for edit in item.edits:
        row = tag("tr", tag("th", escape(edit.field), scope="row"))
        row.extend(tag("td", tag("code", value_words(getattr(edit, name)))) for name in names)
        body.append(row)
    caption = tag("caption", f"Fields of {item.address}")
    table = tag("table", caption, tag("thead", head), body)
    return scrolled(f"Fields of {item.address}", table)
