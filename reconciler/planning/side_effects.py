"""Side effects of an edit: form fields that changed although the request did not carry them.

Invariants: a field that was sent, or that changes with it by the descriptor, is no side effect;
one value in another spelling is none; a change that cannot be ruled out is reported.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.kinds.fields import Mode
from reconciler.model.outcome import MovedField
from reconciler.model.text import normalise_text
from reconciler.wire.call import is_free
from reconciler.wire.codec import split_list
from reconciler.wire.raw_call import is_confidential

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.edit_effect import Sort
    from reconciler.model.resource import Observed
    from reconciler.wire.call import Call, Params
    from reconciler.wire.reply import Form

_NOTHING = frozenset({"", "off", "null"})
_FIGURE = re.compile(r"\+?(-?)([0-9]+)(?:\.([0-9]*))?")
# Inputs that no person edits: the panel changes them itself.
_UNEDITED = frozenset({"readonly", "hidden", "secret"})


def sent_names(calls: Iterable[Call]) -> frozenset[str]:
    """Return the names of the parameters that some calls carry."""
    return frozenset(name for call in calls for name, _ in call.params)


def side_effects(
    kind: ResourceKind, before: Form, after: Form, sent: frozenset[str]
) -> tuple[MovedField, ...]:
    """Return the fields that an edit changed without carrying them.

    Only editable inputs count where the form describes its inputs; otherwise every field counts.
    """
    names = sorted((before.values.keys() | after.values.keys()) - _moving(kind, sent))
    hidden = before.withheld | after.withheld
    return tuple(
        MovedField(name, was, now)
        for name in names
        if name not in hidden
        and not is_confidential(name)
        and _plain(was := before.values.get(name, "")) != _plain(now := after.values.get(name, ""))
        and _is_edited(name, before, after)
    )


def still_moved(found: Iterable[MovedField], again: Form) -> tuple[MovedField, ...]:
    """Return the side effects that a second reading confirms.

    A field that changed once more without an edit changes on its own: it is no side effect.
    """
    return tuple(
        each
        for each in found
        if _plain(again.values.get(each.param, "")) == _plain(each.after)
        and (not again.controls or again.controls.get(each.param, "hidden") not in _UNEDITED)
    )


def lost_sorts(before: Form, found: Iterable[MovedField]) -> frozenset[Sort]:
    """Return the sorts of the values that were lost."""
    return frozenset(_sort(each.param, before) for each in found if each.lost)


def named(
    kind: ResourceKind, found: Iterable[MovedField], before: Observed, after: Observed
) -> tuple[MovedField, ...]:
    """Return the side effects with their manifest fields and values, where they have one."""
    fields = {facet.param: facet.name for facet in kind.facets if facet.on_form}
    return tuple(
        replace(
            each,
            field=(name := fields.get(each.param, "")),
            old=before.fields.get(name),
            new=after.fields.get(name),
        )
        for each in found
    )


def describe_side_effects(found: Iterable[MovedField], func: str) -> str:
    """Return the warning about side effects, with the values before."""
    return f"{func} changed fields that were not sent: {values(found)}"


def values(found: Iterable[MovedField]) -> str:
    """Return the side effects as text, each with its value before and now."""
    return ", ".join(f"{each.param} ({each.before!r} is {each.after!r} now)" for each in found)


def losable(kind: ResourceKind, form: Form, sent: frozenset[str]) -> frozenset[Sort]:
    """Return the sorts of the values that an edit does not carry and could clear."""
    return frozenset(_sort(name, form) for name in _unsent(kind, form, sent))


def kept(kind: ResourceKind, before: Form, after: Form, sent: frozenset[str]) -> frozenset[Sort]:
    """Return the sorts of the values that an edit did not carry and left unchanged."""
    return frozenset(
        _sort(name, before)
        for name in _unsent(kind, before, sent)
        if _plain(before.values[name]) == _plain(after.values.get(name, ""))
    )


def whole_params(kind: ResourceKind, form: Form, changed: Params) -> Params:
    """Return all fields of a form as they were read, with the changed ones replaced.

    Without the parameters that act by being sent, the secret ones and those that are not editable.
    """
    new = dict(changed)
    left = acting_fields(kind)
    read = {
        name: "off" if form.controls.get(name) == "flag" and not text else text
        for name, text in form.values.items()
        if _is_sendable(name, form, left)
    }
    return tuple((name, new.get(name, text)) for name, text in read.items()) + tuple(
        (name, value) for name, value in changed if name not in read
    )


def acting_fields(kind: ResourceKind) -> frozenset[str]:
    """Return the parameters that act by being sent: they install, charge, notify or set secrets."""
    acting = {
        name
        for facet in kind.facets
        if facet.wire.mode in {Mode.SENT_ONCE, Mode.WRITE_ONLY, Mode.PAID} or facet.wire.classes
        for name in (facet.param, *facet.wire.also)
    }
    return frozenset(acting | set(kind.acting))


def left_out(kind: ResourceKind, form: Form, changed: Params) -> tuple[str, ...]:
    """Return the fields of a form that are not sent back because they act by being sent."""
    acting, sent = acting_fields(kind), {name for name, _ in changed}
    return tuple(sorted(n for n in form.values if _acts(n, acting) and n not in sent))


def _is_sendable(name: str, form: Form, acting: frozenset[str]) -> bool:
    if not is_free(name) or is_confidential(name) or _acts(name, acting):
        return False
    if not form.controls:
        return True
    return form.controls.get(name, "hidden") not in _UNEDITED


def _acts(name: str, acting: frozenset[str]) -> bool:
    return any(name == each or (each.endswith("_") and name.startswith(each)) for each in acting)


def _unsent(kind: ResourceKind, form: Form, sent: frozenset[str]) -> list[str]:
    beside = _moving(kind, sent)
    return [
        name
        for name, text in form.values.items()
        if name not in beside
        and not is_confidential(name)
        and _plain(text) not in _NOTHING
        and _is_edited(name, form)
    ]


def _moving(kind: ResourceKind, sent: frozenset[str]) -> frozenset[str]:
    """Return the parameters that an edit may change: those that it carries, and by descriptor."""
    names = {*sent, *kind.price, *kind.status, *kind.moving}
    for facet in kind.facets:
        if facet.param in sent or any(each in sent for each in facet.wire.also):
            names |= {facet.param, *facet.wire.fallback, *facet.wire.moves}
            names |= {facet.wire.gate} if facet.wire.gate else set()
        elif facet.wire.gate and facet.wire.gate in sent:
            names.add(facet.param)
    return frozenset(names)


def _is_edited(name: str, *forms: Form) -> bool:
    """Return whether a field is editable; a form without a description counts as yes."""
    described: list[Mapping[str, str]] = [form.controls for form in forms if form.controls]
    return all(each.get(name, "hidden") not in _UNEDITED for each in described)


def _sort(name: str, form: Form) -> Sort:
    text = form.values.get(name, "")
    if form.controls.get(name) == "flag" or text.strip().lower() == "on":
        return "flag"
    if name in form.options:
        return "list" if "," in text else "choice"
    return "text"


def _plain(text: str) -> str:
    """Return a value in one spelling: a panel may write one value in several ways."""
    plain = normalise_text(text).strip()
    if plain.lower() in _NOTHING:
        return ""
    number = _FIGURE.fullmatch(plain)
    if number is None:
        return ",".join(sorted(split_list(plain))) if "," in plain else plain
    whole, rest = number[2].lstrip("0"), (number[3] or "").rstrip("0")
    return f"{number[1]}{whole or 0}.{rest}".rstrip(".") if whole or rest else ""
