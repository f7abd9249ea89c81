"""End drift: commands that restore the manifests' values, or YAML that accepts the panel's.

Invariant: the YAML loads as the value that the panel holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.documents.values import shown
from reconciler.manifest.yaml.emit import manifest_text
from reconciler.model.value import Choice, Ref, Secret
from reconciler.report.escape import escape
from reconciler.report.layout import INDENT

if TYPE_CHECKING:
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.drift import DriftItem, DriftReport
    from reconciler.model.value import Value


def heal_lines(report: DriftReport, apply: str, resume: str = "") -> list[str]:
    """Return the commands that restore the declared values.

    ``resume`` is the command that must run first, if there is one.
    """
    first = [f"A charge is in doubt, and no apply starts before it is resolved: {resume}"]
    return (first if resume else []) + _apply_lines(report, apply)


def _apply_lines(report: DriftReport, apply: str) -> list[str]:
    classes = {item.drift_class for item in report.drifted}
    if classes == {"pending"}:
        return [f"To apply the changes of the manifests: {apply}"]
    consent = " --allow prune" if "added" in classes else ""
    lines = [f"To restore what the manifests declare: {apply}{consent}"]
    if "pending" in classes:
        lines.append("That also applies pending changes; `--only KIND/NAME` selects.")
    return lines


def accept_lines(report: DriftReport) -> list[str]:
    """Return the text to write into the manifests so that they declare the panel's values."""
    lines = [line for item in report.drifted for line in _accepted(item)]
    return ["To accept the values of the panel, change the manifests:", *lines] if lines else []


def _accepted(item: DriftItem) -> list[str]:
    name = f"  {item.address}"
    if item.source is None:
        is_gone = item.drift_class == "missing"
        return (
            [f"{name}: removed from the manifests; leaves the inventory at the next apply"]
            if is_gone
            else []
        )
    place = escape(f"{item.source.file}:{item.source.line}")
    match item.drift_class:
        case "pending":
            return []
        case "missing":
            return [f"{name}: remove it from {place}"]
        case "added":
            fields = {"name": item.address.name} | _live(item)
            return [f"{name}: list it with the client in {place}", *_yaml_item(fields)]
        case "drift" | "conflict":
            written = _live(item)
            return [f"{name}: write in {place}", *_yaml(written)] if written else []


def _live(item: DriftItem) -> dict[str, Plain]:
    """Return the panel's values as manifests write them; the marker is not a manifest field."""
    return {edit.field: _plain(edit.live) for edit in item.edits if edit.field != "marker"}


def _yaml(fields: Mapping[str, Plain]) -> list[str]:
    return [f"{INDENT}{line}" for line in manifest_text(fields).splitlines()]


def _yaml_item(fields: dict[str, Plain]) -> list[str]:
    return [f"{INDENT}{line[2:]}" for line in manifest_text({"list": [fields]}).splitlines()[1:]]


def _plain(value: Value) -> Plain:
    match value:
        case Choice(label=str() as label) if label:
            return label
        case Choice(id=key):
            return {"id": key or ""}
        case Ref(by="name"):
            return value.key
        case Ref():
            return {value.by: value.key}
        case Secret():
            return {value.kind: list(value.reference)}
        case Decimal():
            return Decimal(str(shown(value)))
        case date():
            return value.isoformat()
        case Mapping():
            return dict(sorted(value.items()))
        case frozenset() | tuple():
            return [_plain(each) for each in sorted(value, key=str)]
        case _:
            return value
