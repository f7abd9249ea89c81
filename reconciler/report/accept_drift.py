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
    from reconciler.model.finding import Source
    from reconciler.model.resource import Desired
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
    place = _line(item.source)
    if item.desired and item.desired.from_set and item.drift_class != "pending":
        return _beside_the_set(item, item.desired, place)
    match item.drift_class:
        case "pending":
            return []
        case "missing":
            return [f"{name}: remove it from {place}"]
        case "added":
            fields = {"name": item.address.name} | _live(item)
            return [f"{name}: list it with the client in {place}", *_yaml_item(fields)]
        case "drift" | "conflict":
            return [
                line
                for where, written in _by_place(item, place).items()
                for line in (f"{name}: write in {where}", *_yaml(written))
            ]


def _beside_the_set(item: DriftItem, desired: Desired, place: str) -> list[str]:
    """Leave the set as it is: what it says holds for all of its clients."""
    name = f"  {item.address}"
    declared = f"declared by ResourceSet/{desired.from_set} ({place}) for all of its clients"
    if item.drift_class == "missing":
        client = escape(str(desired.parent))
        return [f"{name}: {declared}; to leave this one out, add {client} to `except`"]
    written = _live(item)
    if not written:
        return []
    alone = f"declare it alone, with `lifecycle: {{overrides: {desired.from_set}}}` and"
    return [f"{name}: {declared}; {alone}", *_yaml(written)]


def _by_place(item: DriftItem, place: str) -> dict[str, dict[str, Plain]]:
    """Return what is to be written, by the place: what an overlay says is changed there."""
    found: dict[str, dict[str, Plain]] = {}
    for field, value in _live(item).items():
        at = item.desired.places.get(field) if item.desired else None
        elsewhere = at is not None and item.source is not None and at.file != item.source.file
        where = _line(at) if at is not None and elsewhere else place
        found.setdefault(where, {})[field] = value
    return found


def _line(source: Source) -> str:
    return escape(f"{source.file}:{source.line}")


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
