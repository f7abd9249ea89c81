"""Where a resource has its values from: every place that had a say in a field, and which one won.

Invariant: places stand in the order in which they were laid over one another, the last one on top.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from reconciler.documents.values import shown
from reconciler.model.resource import Layer
from reconciler.report.escape import escape
from reconciler.report.layout import joined, table
from reconciler.report.value import json_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.documents.values import Json
    from reconciler.model.resource import Desired, Ignore, Lifecycle

# Before the name of a label, as before that of a field inside a field.
LABELS = "labels."
# The keys of a lifecycle, each with what holds; None for what nothing says.
LIFECYCLE: Mapping[str, Callable[[Lifecycle], object]] = {
    "lifecycle.onRemove": lambda life: life.on_remove,
    "lifecycle.protect": lambda life: life.protect,
    "lifecycle.ignore": lambda life: [_ignored(each) for each in life.ignore] or None,
    "lifecycle.movedFrom": lambda life: list(life.moved_from) or None,
    "lifecycle.adopt": lambda life: {"id": str(life.adopt)} if life.adopt else None,
}
# What holds of each resource, whether or not it is written.
ALWAYS = frozenset({"lifecycle.onRemove", "lifecycle.protect"})
# What a kind fills in by itself stands in no file.
_BY_THE_KIND = "spec default"


def value_text(
    desired: Desired,
    fields: Iterable[str],
    target: str,
    *,
    labelled: Desired,
    listed: Mapping[str, Sequence[str]],
) -> str:
    """Explain the values of some fields of a resource, as they are for a target.

    ``labelled`` is the resource whose labels hold: its client for one that has none of its own.
    ``listed`` has the addresses in each of its inline lists.
    """
    about = [f"{desired.address}, as declared for the target {escape(target)}"]
    if desired.from_set:
        about.append(f"declared by ResourceSet/{desired.from_set} for {desired.parent}")
    rows = [row for name in fields for row in _rows(desired, name, labelled, listed)]
    return joined([about, table(("FIELD", "WHERE", "SAYS", ""), rows)])


def _rows(
    desired: Desired, name: str, labelled: Desired, listed: Mapping[str, Sequence[str]]
) -> Sequence[tuple[str, str, str, str]]:
    owner = labelled if name.startswith(LABELS) else desired
    value = _value(owner, name, listed)
    place = owner.places.get(name)
    if place is None and desired.listed and value == desired.parent:
        place = desired.source  # its client is the one in whose list it stands
    layers = owner.layers.get(name, ())
    if not layers and place is None:
        if value is not None:
            return [(name, _BY_THE_KIND, json_words(_json(value)), "wins")]
        is_field = not name.startswith((LABELS[:-1], "lifecycle."))
        return [(name, "in no manifest", "", "not managed" if is_field else "")]
    if not layers and place is not None:
        layers = (Layer(place, value, owner.from_set),)
    merged = len(layers) > 1 and isinstance(value, Mapping)
    last = len(layers) - 1
    return [
        (
            "" if number else name,
            _where(layer),
            json_words(_json(layer.value)),
            "merged" if merged else "wins" if number == last else "",
        )
        for number, layer in enumerate(layers)
    ]


def _value(owner: Desired, name: str, listed: Mapping[str, Sequence[str]]) -> object:
    """Return what holds in the end; None for what nothing declares."""
    if name in owner.fields:
        return owner.fields[name]
    if name.startswith(LABELS):
        return owner.labels.get(name.removeprefix(LABELS))
    if name in LIFECYCLE:
        return LIFECYCLE[name](owner.lifecycle)
    return [*listed[name]] if name in listed else None


def _ignored(each: Ignore) -> Mapping[str, object]:
    until = {"until": each.until} if each.until else {}
    return {"field": each.field, "reason": each.reason, **until}


def _where(layer: Layer) -> str:
    by_set = f" (ResourceSet/{layer.from_set})" if layer.from_set else ""
    return f"{escape(str(layer.source))}{by_set}"


def _json(value: Any) -> Json:  # noqa: ANN401 - as a manifest holds it, or as a field does
    """Return a value as JSON; a list that an author wrote keeps its order."""
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    return shown(value)
