"""Ownership markers: how an object says that it is ours.

Shape: a trailing ``[git:NAMESPACE/NAME]`` in a text, or ``git:NAMESPACE/NAME/GENERATION`` as the
whole value of a service's ``remoteid``. The same resource has the same marker for ever.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.kinds.kind import MARKED
from reconciler.model.text import normalise_text

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.resource import Desired

_SUFFIX = re.compile(rf"{MARKED.pattern}\Z")


# The namespace of a run that was given none: others may use it too, so its marks prove nothing.
UNNAMED = "default"


def marker_of(kind: ResourceKind, namespace: str, desired: Desired) -> str:
    """Return the marker of a resource's object, or an empty text for kinds without."""
    if kind.marker is None:
        return ""
    base = f"git:{namespace}/{desired.address.name}"
    if kind.marker.style == "whole":
        return f"{base}/{kind.generation_of(desired.fields)}"
    return base


def needs_marker(kind: ResourceKind, desired: Desired) -> bool:
    """Return whether a resource's object has to carry our marker.

    What its client lists is owned by the list: it is known again by its id and its values, so that
    nothing is written for adopting it.
    """
    known = any(name in desired.fields for name in kind.known_by)
    return kind.marker is not None and not (desired.listed and known)


def is_ours(marker: str | None, namespace: str) -> bool:
    """Return whether a marker belongs to this project."""
    return bool(marker) and str(marker).startswith(f"git:{namespace}/")


def name_in(marker: str) -> str:
    """Return the resource's name that a marker speaks of."""
    return marker.split("/")[1] if marker.count("/") else ""


def split_suffix(text: str) -> tuple[str, str | None]:
    """Split a text from the marker at its end; None when it has none."""
    text = normalise_text(text)
    match = _SUFFIX.search(text)
    if not match:
        return text, None
    return text[: match.start()].rstrip(), match[1]


def join_suffix(text: str, marker: str) -> str:
    """Put a marker at the end of a text."""
    return f"{text} [{marker}]" if text else f"[{marker}]"
