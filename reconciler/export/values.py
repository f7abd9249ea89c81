"""An object's values as a manifest writes them, as far as a manifest can say them.

Invariants: what is written is compared by the planner's own comparison with what lives, and is the
same; a secret is never read; what cannot be said is named with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.documents.values import decimal_text
from reconciler.kinds.fields import Mode, ValueType
from reconciler.kinds.kind import MARKED
from reconciler.kinds.parse import parse_spec
from reconciler.kinds.spec import parse_choices, parse_periods
from reconciler.manifest.yaml.scalars import MAX_SCALAR
from reconciler.manifest.yaml.text import FORBIDDEN
from reconciler.mapping.options import OptionNotFound, resolve_choice
from reconciler.model.address import Address, id_order
from reconciler.model.finding import Source
from reconciler.model.resource import Desired, unclear_note
from reconciler.model.value import Choice, Ref
from reconciler.planning.diff import is_nothing, same
from reconciler.planning.resolve import ALL_MODES, EDITED, resolve_choices
from reconciler.wire.period import months_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.export.blank import BlankForm
    from reconciler.export.read import ReadObject
    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.yaml.emit import Path
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.value import Fields, Value
    from reconciler.wire.reply import Options

_UNSEEN = frozenset({Mode.SENT_ONCE, Mode.WRITE_ONLY, Mode.LOCAL})
_NOT_PLAIN = "it holds a character that does not print as what it is, which no manifest may hold"


@dataclass(slots=True)
class WrittenValues:
    """The spec of one object, the comments beside its values, and what was left out and why.

    ``fields`` is what a manifest with that spec declares, its parent apart.
    """

    spec: dict[str, Plain] = field(default_factory=dict)
    fields: Fields = field(default_factory=dict)
    beside: dict[Path, str] = field(default_factory=dict)
    omitted: dict[str, str] = field(default_factory=dict)
    impossible: str = ""


@dataclass(frozen=True, slots=True)
class ValueWriter:
    """Writes the values of objects of one kind.

    ``every`` writes empty and default values, too; ``names`` gives the manifest's name for an
    object of another kind, by its kind and id.
    """

    kind: ResourceKind
    blank: BlankForm
    names: Callable[[str, str], str | None]
    every: bool = False

    def write(self, item: ReadObject) -> WrittenValues:
        """Write one object; its parent is left to whoever places it."""
        made = WrittenValues()
        for facet in self.kind.facets:
            if facet.name == self.kind.variant:
                made.spec[facet.name] = item.observed.scope.variant
            elif facet.wire.mode not in _UNSEEN and self._is_written(facet):
                self._write_field(facet, item, made)
        self._refuse(made)
        return made

    def _is_written(self, facet: Field) -> bool:
        # Through which day a service is paid is an order to renew it, and no property of it.
        return self.every or facet.wire.mode is not Mode.RENEW

    def _write_field(self, facet: Field, item: ReadObject, made: WrittenValues) -> None:
        name, observed = facet.name, item.observed
        doubt = observed.notes.get(unclear_note(name))
        if name not in observed.fields:
            if doubt:
                made.omitted[name] = (
                    f"{doubt!r} can be read in two ways: set `numbers` in the target"
                )
            return
        value = observed.fields[name]
        if not self._is_worth(facet, value):
            return
        said = list(self._candidates(facet, value, item, made))
        if not said:
            made.omitted[name] = (
                f"the panel does not offer {_named(value)} for new objects, so a plan refuses it"
            )
            return
        made.spec[name] = said[0]

    def _is_worth(self, facet: Field, value: Value) -> bool:
        kind = self.kind
        if is_nothing(value) and not (self.every and _may_be_empty(facet, value)):
            return False
        always = {*kind.identity, *kind.known_by, *kind.adopt_also}
        if self.every or facet.required or facet.wire.needed or facet.name in always:
            return True
        default = self.blank.default(kind, facet.name)
        return same(facet, default, value) is not True

    def _candidates(
        self, facet: Field, value: Value, item: ReadObject, made: WrittenValues
    ) -> Iterator[Plain]:
        match value:
            case Choice():
                yield from self._choice(facet, value, item, made)
            case frozenset() if facet.wire.shape is ValueType.CHOICE:
                # A form may show all providers that a client has; the first is as good as another.
                for choice in sorted(value, key=_choice_order):
                    yield from self._choice(facet, choice, item, made)
            case frozenset():
                yield from self._choices(facet, value, item, made)
            case Ref():
                yield self.names(value.kind, value.key) or {"id": value.key}
            case Mapping():
                yield self._numbered(facet, value, item, made)
            case _:
                yield plain_value(value)

    def _choice(
        self, facet: Field, live: Choice, item: ReadObject, made: WrittenValues
    ) -> Iterator[Plain]:
        for plain in _spellings(facet, live):
            if self._is_said(facet, plain, live, item):
                self._remark(made, (facet.name,), plain, live)
                yield plain
                return

    def _choices(
        self, facet: Field, live: frozenset[Choice], item: ReadObject, made: WrittenValues
    ) -> Iterator[Plain]:
        found: list[Plain] = []
        for number, choice in enumerate(sorted(live, key=_choice_order)):
            said = (p for p in _spellings(facet, choice) if self._is_said(facet, p, choice, item))
            plain = next(said, None)
            if plain is None:
                return
            self._remark(made, (facet.name, number), plain, choice)
            found.append(plain)
        yield found

    def _is_said(self, facet: Field, plain: Plain, live: Choice, item: ReadObject) -> bool:
        """Return whether a planner would take what is written for the option that lives."""
        try:
            several = parse_periods if facet.wire.months else parse_choices
            wanted = next(iter(several([plain])))
        except (ValueError, TypeError):
            return False
        is_set = facet.wire.shape is ValueType.CHOICES
        value: Value = frozenset({wanted}) if is_set else wanted
        desired = Desired(Address(self.kind.name, "x"), {facet.name: value}, Source(""))
        menus, modes = item.form.options, EDITED
        if facet.wire.mode is Mode.MEMBERS:
            return _is_member(facet, wanted, live, item.offers.get(facet.name, {}))
        if not self.kind.order:
            menus, modes = self.blank.menus, ALL_MODES
        resolved, misses = resolve_choices(self.kind, desired, menus, modes)
        now: Value = frozenset({live}) if is_set else live
        return not misses and same(facet, resolved.fields[facet.name], now) is True

    def _remark(self, made: WrittenValues, path: Path, plain: Plain, live: Choice) -> None:
        if isinstance(plain, dict) and live.label and live.label != live.id:
            made.beside[path] = live.label

    def _numbered(
        self, facet: Field, value: Mapping[str, str], item: ReadObject, made: WrittenValues
    ) -> Plain:
        found: dict[str, Plain] = {}
        for number in sorted(value, key=id_order):
            if value[number] or self.every:
                found[number] = _number_or_text(value[number])
                title = item.form.labels.get(f"{facet.param}{number}")
                if title:
                    made.beside[facet.name, number] = title
        return found

    def _refuse(self, made: WrittenValues) -> None:
        """Remove what the kind would refuse; without what it requires there is no manifest."""
        for name, value in [*made.spec.items()]:
            if why := _text_fault(value):
                self._leave_out(made, name, why)
        stand_in = {self.kind.parent: "x"} if self.kind.parent else {}
        for _ in self.kind.facets:
            made.fields, faults = parse_spec(self.kind, {**made.spec, **stand_in})
            if not faults:
                break
            for fault in faults:
                if fault.code == "missing-field":
                    made.impossible = made.impossible or fault.message
                else:
                    self._leave_out(made, str(fault.path[0]), f"refused: {fault.message}")
            if made.impossible:
                break

    def _leave_out(self, made: WrittenValues, name: str, why: str) -> None:
        if made.spec.pop(name, None) is None:
            return
        made.omitted[name] = why
        if name in {*self.kind.identity, *self.kind.known_by}:
            made.impossible = f"{name}: {why}"


def plain_value(value: Value) -> Plain:
    """Return a plain value as a manifest writes it."""
    match value:
        case Decimal():
            text = decimal_text(value)
            return Decimal(text) if "." in text else int(text)
        case date():
            return value.isoformat()
        case None | bool() | int() | str():
            return value
        case _:
            return str(value)


def _may_be_empty(facet: Field, value: Value) -> bool:
    """Return whether a manifest can say that there is none; no option, for one, has no name."""
    return facet.wire.none or (
        value is not None and facet.wire.shape not in {ValueType.CHOICE, ValueType.REF}
    )


def _spellings(facet: Field, live: Choice) -> Iterator[Plain]:
    """Yield the ways to write an option, the most readable first."""
    if facet.wire.months and live.id is not None:
        months = months_of(live.id, live.label or "")
        if months is not None:
            yield months
    if live.label and live.label.strip() and not _text_fault(live.label):
        yield live.label.strip()
    if live.id is not None:
        yield {"id": live.id}


def _is_member(facet: Field, wanted: Choice, live: Choice, offer: Options) -> bool:
    found = resolve_choice(facet, wanted, offer)
    return not isinstance(found, OptionNotFound) and found.id == live.id


def _text_fault(value: Plain) -> str:
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        if not isinstance(text, str):
            continue
        if FORBIDDEN.search(text):
            return _NOT_PLAIN
        if MARKED.search(text):
            return "it holds `[git:…]`, which marks an owned object: take it out in the panel"
        if len(text) > MAX_SCALAR:
            return "it is longer than 64 KiB"
    return ""


def _number_or_text(text: str) -> Plain:
    plain = text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")
    return int(text) if plain and len(text) < 10 else text  # noqa: PLR2004 - as a manifest reads it


def _choice_order(choice: Choice) -> tuple[tuple[int, int, str], str]:
    return id_order(choice.id or ""), choice.label or ""


def _named(value: Value) -> str:
    match value:
        case frozenset():
            return ", ".join(f"{choice} (id {choice.id})" for choice in sorted(value, key=str))
        case Choice():
            return f"{value} (id {value.id})" if value.label and value.id else str(value)
        case _:
            return str(value)
