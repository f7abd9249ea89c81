"""Names in manifests resolved to ids of the panel.

Invariant: a name that cannot be resolved is a finding with file and line; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.documents.values import listed
from reconciler.kinds.fields import Mode, ValueType
from reconciler.mapping.options import OptionNotFound, close_labels, resolve_choice
from reconciler.model.address import is_numeric_id
from reconciler.model.finding import Finding
from reconciler.model.text import fold_text
from reconciler.model.value import Choice, Ref
from reconciler.wire.period import count_months, months_offered

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Desired
    from reconciler.model.value import Value
    from reconciler.wire.reply import Form, Options

Menus = Mapping[str, "Options"]
ALL_MODES = frozenset({Mode.EDIT, Mode.CREATE_ONLY})
EDITED = frozenset({Mode.EDIT})
_SWITCHES = {"1": "on", "true": "on", "yes": "on", "0": "off", "false": "off", "no": "off"}


def has_choices(kind: ResourceKind, desired: Desired, modes: frozenset[Mode]) -> bool:
    """Return whether a resource declares choices among the fields of some modes."""
    return any(
        facet.wire.shape in {ValueType.CHOICE, ValueType.CHOICES} and facet.wire.mode in modes
        for facet in kind.facets
        if facet.name in desired.fields
    )


def resolve_choices(
    kind: ResourceKind, desired: Desired, menus: Menus, modes: frozenset[Mode] = ALL_MODES
) -> tuple[Desired, tuple[Finding, ...]]:
    """Replace every declared choice by the option that a form's menus offer under its name.

    Choices of other modes are resolved where that is possible, and otherwise left as written.
    """
    fields = dict(desired.fields)
    findings: list[Finding] = []
    for facet in kind.facets:
        if facet.name not in fields or not facet.on_form:
            continue
        menu = menus.get(facet.wire.options or facet.param)
        if menu is None and facet.wire.mode not in modes:
            continue  # another form may have its options; otherwise it is sent as written
        value, misses = _resolved(facet, fields[facet.name], menu)
        if facet.wire.months and facet.wire.mode is Mode.EDIT:
            misses += _not_offered(fields[facet.name], menu)
        if misses and facet.wire.mode not in modes:
            continue
        if not misses and value == fields[facet.name]:
            continue
        fields[facet.name] = value
        place = desired.places.get(facet.name, desired.source)
        findings += [
            Finding("error", "unknown-choice", f"{desired.address}: {facet.name}: {miss}", place)
            for miss in misses
        ]
    return desired._replace(fields=fields), tuple(findings)


def once_for_sets(findings: Iterable[Finding], resources: Iterable[Desired]) -> tuple[Finding, ...]:
    """Report what is wrong in a set once: for its first client, with how many others share it.

    Order: as the findings come.
    """
    of_sets = {str(each.address): each.parent for each in resources if each.from_set}
    found: dict[Hashable, list[Finding]] = {}
    for number, finding in enumerate(findings):
        address, _, words = finding.message.partition(": ")
        shared = (finding.code, finding.source, words) if address in of_sets else number
        found.setdefault(shared, []).append(finding)
    return tuple(_joined(alike, of_sets) for alike in found.values())


def _joined(alike: Sequence[Finding], of_sets: Mapping[str, Ref | None]) -> Finding:
    first = alike[0]
    address, _, words = first.message.partition(": ")
    if address not in of_sets:
        return first
    number = len(alike) - 1
    others = f"; the same for {number} more of the set" if number else ""
    return replace(first, message=f"{address}, for {of_sets[address]}: {words}{others}")


def resolve_refs(kind: ResourceKind, desired: Desired, ids: Mapping[Ref, ElementId]) -> Desired:
    """Replace references other than the parent by ids, where the object is known already."""
    known = {
        name: Ref(value.kind, "id", ids[value])
        for name, value in desired.fields.items()
        if isinstance(value, Ref) and value in ids and kind.by_name[name].on_form
    }
    return desired._replace(fields={**desired.fields, **known}) if known else desired


def resolve_addons(
    kind: ResourceKind, desired: Desired, form: Form
) -> tuple[Desired, tuple[str, ...]]:
    """Replace add-on names by their numbers; return a message for each name not offered."""
    addons = desired.fields.get(kind.addons)
    if not isinstance(addons, Mapping):
        return desired, ()
    offered = _offered_addons(form, kind.param(kind.addons))
    # A form without titles may omit empty inputs: a missing number does not prove "not offered".
    described = form.labels or form.inputs
    pairs: dict[str, str] = {}
    misses: list[str] = []
    for key, value in addons.items():
        found = {key} if is_numeric_id(key) else _numbers(key, offered)
        number = min(found) if len(found) == 1 else key
        unknown = described and offered and is_numeric_id(key) and key not in offered
        if not found or unknown:
            misses.append(f"the panel offers no add-on {key!r}{_near(key, offered)}")
        elif len(found) > 1:
            ids = ", ".join(sorted(found, key=int))
            misses.append(f"several add-ons have the name {key!r}: write one of the ids {ids}")
        elif number in pairs:
            misses.append(f"the add-on {number} is declared twice")
        pairs[number] = value
    return desired._replace(fields={**desired.fields, kind.addons: pairs}), tuple(misses)


def _offered_addons(form: Form, prefix: str) -> Options:
    """Return the add-ons of a form by number, each with its title where the form has one."""
    named = {name: form.labels.get(name, "") for name in (*form.labels, *form.inputs, *form.values)}
    numbers = {
        name.removeprefix(prefix): text for name, text in named.items() if name.startswith(prefix)
    }
    return {number: text or number for number, text in numbers.items() if is_numeric_id(number)}


def _numbers(title: str, offered: Options) -> set[str]:
    """Find all add-ons with a title: where there are two, the caller reports both."""
    return {number for number, text in offered.items() if fold_text(text) == fold_text(title)}


def _near(key: str, offered: Options) -> str:
    """Return a hint with the add-ons of similar titles, or with all of a few."""
    close = close_labels(key, offered.values())
    near = [each for each in offered.items() if each[1] in close] or [*offered.items()]
    names = listed((text if text == number else f"{text} ({number})" for number, text in near), 8)
    return f"; it offers {names}" if names else ""


def spell_switches(kind: ResourceKind, desired: Desired, values: Mapping[str, str]) -> Desired:
    """Replace the value of each check-box add-on by ``on`` or ``off``, which the panel expects."""
    addons = desired.fields.get(kind.addons)
    if not isinstance(addons, Mapping):
        return desired
    prefix = kind.param(kind.addons)
    spelled = {
        key: _SWITCHES.get(str(value).lower(), value)
        if values.get(f"{prefix}{key}") in {"on", "off"}
        else value
        for key, value in addons.items()
    }
    return desired._replace(fields={**desired.fields, kind.addons: spelled})


def _not_offered(value: Value, menu: Options | None) -> list[str]:
    """Return a message when a form's list of periods lacks a number of months."""
    offered = months_offered(menu or {})
    if not menu or not isinstance(value, int) or value in offered:
        return []
    known = ", ".join(count_months(months) for months in sorted(offered))
    return [f"the panel offers no {count_months(value)}; it offers {known or 'no period'}"]


def _resolved(facet: Field, value: Value, menu: Options | None) -> tuple[Value, list[str]]:
    if isinstance(value, Choice):
        found = resolve_choice(facet, value, menu)
        return (value, [found.message]) if isinstance(found, OptionNotFound) else (found, [])
    if isinstance(value, frozenset) and facet.wire.shape is ValueType.CHOICES:
        results = [(item, resolve_choice(facet, item, menu)) for item in value]
        misses = [found.message for _, found in results if isinstance(found, OptionNotFound)]
        choices = (item if isinstance(found, OptionNotFound) else found for item, found in results)
        return frozenset(choices), misses
    return value, []
