"""Where a resource has its values from: every place that had a say in a field, and which one won.

Invariant: places stand in the order in which they were laid over one another, the last one on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reconciler.documents.values import shown
from reconciler.model.resource import Layer
from reconciler.report.escape import escape
from reconciler.report.layout import joined, table
from reconciler.report.value import json_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.documents.values import Json
    from reconciler.model.resource import Desired

# What a kind fills in by itself stands in no file.
_BY_THE_KIND = "spec default"


def value_text(desired: Desired, fields: Iterable[str], target: str) -> str:
    """Explain the values of some fields of a resource, as they are for a target."""
    about = [f"{desired.address}, as declared for the target {escape(target)}"]
    if desired.from_set:
        about.append(f"declared by ResourceSet/{desired.from_set} for {desired.parent}")
    rows = [row for name in fields for row in _rows(desired, name)]
    return joined([about, table(("FIELD", "WHERE", "SAYS", ""), rows)])


def _rows(desired: Desired, name: str) -> Sequence[tuple[str, str, str, str]]:
    if name not in desired.fields:
        return [(name, "in no manifest", "", "not managed")]
    value = desired.fields[name]
    place = desired.places.get(name)
    if place is None:
        return [(name, _BY_THE_KIND, json_words(_json(value)), "wins")]
    layers = desired.layers.get(name) or (Layer(place, value, desired.from_set),)
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
