"""What an edit moved beside what it was sent for, told from the form before and after it.

Invariants: a field that was sent, and one that the descriptor says moves along, is no side effect;
a value that only reads otherwise is none; what nobody can rule out is told.
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
# Inputs that nobody edits: what they hold is the panel's own to change.
_UNEDITED = frozenset({"readonly", "hidden", "secret"})


def sent_names(calls: Iterable[Call]) -> frozenset[str]:
    """Name the parameters that some calls carry."""
    return frozenset(name for call in calls for name, _ in call.params)


def side_effects(
    kind: ResourceKind, before: Form, after: Form, sent: frozenset[str]
) -> tuple[MovedField, ...]:
    """Return what an edit moved beside what it carried.

    A form that describes its inputs tells of what can be edited; without that any field counts.
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
    """Keep of what moved what a second reading shows as moved, and as something that is edited.

    What moves once more while nobody edits it moves by itself.
    """
    return tuple(
        each
        for each in found
        if _plain(again.values.get(each.param, "")) == _plain(each.after)
        and (not again.controls or again.controls.get(each.param, "hidden") not in _UNEDITED)
    )


def lost_sorts(before: Form, found: Iterable[MovedField]) -> frozenset[Sort]:
    """Return of which sorts the values are that are there no more."""
    return frozenset(_sort(each.param, before) for each in found if each.lost)


def named(
    kind: ResourceKind, found: Iterable[MovedField], before: Observed, after: Observed
) -> tuple[MovedField, ...]:
    """Give what moved its name in manifests, and its values there, where it has one."""
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


def told(found: Iterable[MovedField], func: str) -> str:
    """Say what moved beside what was sent, with the values of before."""
    return f"{func} changed fields that were not sent: {values(found)}"


def values(found: Iterable[MovedField]) -> str:
    """Name what moved, with its values before and now."""
    return ", ".join(f"{each.param} ({each.before!r} is {each.after!r} now)" for each in found)


def losable(kind: ResourceKind, form: Form, sent: frozenset[str]) -> frozenset[Sort]:
    """Return of which sorts a form holds values that an edit does not carry, and could clear."""
    return frozenset(_sort(name, form) for name in _unsent(kind, form, sent))


def kept(kind: ResourceKind, before: Form, after: Form, sent: frozenset[str]) -> frozenset[Sort]:
    """Return of which sorts an edit has kept a value that it did not carry."""
    return frozenset(
        _sort(name, before)
        for name in _unsent(kind, before, sent)
        if _plain(before.values[name]) == _plain(after.values.get(name, ""))
    )


def whole_params(kind: ResourceKind, form: Form, changed: Params) -> Params:
    """Return the fields of a form as they were read, with the changed ones laid over them.

    Left out is what acts by being sent, what is secret, and what nobody edits.
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
    """Name the parameters that act by being sent: they install, charge, notify, or set a secret."""
    acting = {
        name
        for facet in kind.facets
        if facet.wire.mode in {Mode.SENT_ONCE, Mode.WRITE_ONLY, Mode.PAID} or facet.wire.classes
        for name in (facet.param, *facet.wire.also)
    }
    return frozenset(acting | set(kind.acting))


def left_out(kind: ResourceKind, form: Form, changed: Params) -> tuple[str, ...]:
    """Name what a whole form holds, and is not sent with it since it acts by being sent."""
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
    """Name what may move by an edit: what it carries, and what the descriptor says goes along."""
    names = {*sent, *kind.price, *kind.status, *kind.moving}
    for facet in kind.facets:
        if facet.param in sent or any(each in sent for each in facet.wire.also):
            names |= {facet.param, *facet.wire.fallback, *facet.wire.moves}
            names |= {facet.wire.gate} if facet.wire.gate else set()
        elif facet.wire.gate and facet.wire.gate in sent:
            names.add(facet.param)
    return frozenset(names)


def _is_edited(name: str, *forms: Form) -> bool:
    """Tell whether somebody edits a field, as far as a form's description tells."""
    said: list[Mapping[str, str]] = [form.controls for form in forms if form.controls]
    return all(each.get(name, "hidden") not in _UNEDITED for each in said)


def _sort(name: str, form: Form) -> Sort:
    text = form.values.get(name, "")
    if form.controls.get(name) == "flag" or text.strip().lower() == "on":
        return "flag"
    if name in form.options:
        return "list" if "," in text else "choice"
    return "text"


def _plain(text: str) -> str:
    """Return a value as it counts: a panel may write one value in several ways."""
    plain = normalise_text(text).strip()
    if plain.lower() in _NOTHING:
        return ""
    number = _FIGURE.fullmatch(plain)
    if number is None:
        return ",".join(sorted(split_list(plain))) if "," in plain else plain
    whole, rest = number[2].lstrip("0"), (number[3] or "").rstrip("0")
    return f"{number[1]}{whole or 0}.{rest}".rstrip(".") if whole or rest else ""
