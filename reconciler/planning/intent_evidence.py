"""Compare an object with the intent of a request: could it be its object, and has it the effect.

Invariant: only what the intent recorded counts; the manifest may have changed since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.documents.values import shown
from reconciler.errors import CodecError
from reconciler.mapping.encode import encode_value
from reconciler.mapping.renewals import add_months, renewed_twice
from reconciler.wire.codec import read_date

if TYPE_CHECKING:
    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.journal import Intent
    from reconciler.model.resource import Observed
    from reconciler.model.value import Value


def is_as_sent(kind: ResourceKind, intent: Intent, observed: Observed) -> bool:
    """Return whether an object could be that of a request, by everything that its intent has."""
    # The request named its object.
    if intent.element:
        return observed.row_id == intent.element
    # Another marker proves another resource, even with the same domain.
    if observed.marker:
        return observed.marker == intent.marker
    facets = [kind.by_name[name] for name in kind.identity]
    return bool(facets) and all(_is_sent(facet, intent, observed) for facet in facets)


def has_effect(intent: Intent, observed: Observed) -> bool:
    """Return whether an object has every value by which an intent is proved."""
    expects = intent.expects
    wanted = dict(expects) if isinstance(expects, dict) else {}
    for name, text in wanted.items():
        field, _, number = name.partition(".")
        live = observed.fields.get(field)
        if number:
            live = live.get(number) if isinstance(live, dict) else None
        if live is None or not _meets(live, text):
            return False
    return bool(wanted)


def was_renewed_twice(kind: ResourceKind, intent: Intent, observed: Observed) -> bool:
    """Return whether an expiry moved by more than the one period that was sent."""
    wanted = (intent.expects or {}).get(kind.paid_through)
    months = dict(intent.params).get("period", "")
    if wanted is None or not months.isdecimal():
        return False
    day = read_date(wanted)
    return renewed_twice(add_months(day, -int(months)), day, observed.fields.get(kind.paid_through))


def _is_sent(facet: Field, intent: Intent, observed: Observed) -> bool:
    """Return whether an object has the value of a field that a request carried."""
    if facet.name not in observed.fields:
        return False
    try:
        live = encode_value(facet, observed.fields[facet.name])
    except CodecError:
        return False  # an option of which only the label is known
    return live == dict(intent.params).get(facet.param)


def _meets(live: Value, text: str) -> bool:
    """Return whether a live value is the expected one; of dates, that day or a later one."""
    try:
        return bool(live >= read_date(text))  # type: ignore[operator]  # TypeError below
    except (CodecError, TypeError):
        return str(shown(live)).casefold() == text.casefold()
