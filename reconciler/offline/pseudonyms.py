"""People's data in a snapshot replaced by pseudonyms, equal for equal.

What the manifests declare stays, because whoever reads the file has them: so a declared client is
still recognised by its email. All other texts are replaced, but for the panel's own words: the
options of choices, states, prices, dates, numbers and ids of known columns.

Invariants: a text is replaced unless a rule says that it is none of a person; equal texts get equal
pseudonyms, in questions, answers and records alike; the key is made for one snapshot and forgotten,
so that nobody can try whether a name is in it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from reconciler.kinds.fields import ValueType
from reconciler.kinds.money_fields import AccountFields
from reconciler.mapping.marker import join_suffix, split_suffix
from reconciler.model.text import fold_text, is_dotted
from reconciler.model.value import Choice, Ref
from reconciler.wire.codec import LOWER, TEXT
from reconciler.wire.recording import Question, RecordedRefusal, Recording
from reconciler.wire.reply import CodedOptions, Form, Identity, ReplyPart, Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.fields import Field
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Desired
    from reconciler.model.value import Value
    from reconciler.offline.snapshot import Records
    from reconciler.wire.reply import Options

Reply = TypeVar("Reply")
# Columns of lists and forms that say nothing of a person, beside those of the kinds.
_TECHNICAL = frozenset({"active", "elid", "id", "idname", "order_available", "plid", "status"})
_EMPTY = re.compile(r"[\s\u00a0–—-]*\Z|on\Z|off\Z|[01]\Z")
_CURRENCY = re.compile(r"currency(_|$)")
_LENGTH = 12


def with_pseudonyms(
    recording: Recording,
    records: Records,
    *,
    catalogue: Catalogue,
    declared: Iterable[Desired],
    key: bytes,
) -> tuple[Recording, Records]:
    """Return a recording and the records of a target without people's data."""
    names = Pseudonyms.of(recording, catalogue, declared, key)
    replaced = Recording(
        {
            su and names.text(su): names.identity(found)
            for su, found in recording.identities.items()
        },
        {
            (func, su and names.text(su)): names.answer(found)
            for (func, su), found in recording.type_lists.items()
        },
        {
            names.question(question): names.rows(question.func, found)
            for question, found in recording.lists.items()
        },
        {
            names.question(question): names.form(found)
            for question, found in recording.forms.items()
        },
    )
    return replaced, replace(
        records,
        inventory={a: names.entry(a.kind, each) for a, each in records.inventory.items()},
        unseen=dict.fromkeys(records.unseen, "its list does not show what was created"),
    )


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """The key, the texts that stay, and the columns and option lists that are the panel's own."""

    catalogue: Catalogue
    key: bytes
    kept: frozenset[str]
    columns: frozenset[str]
    menus: frozenset[str]
    products: frozenset[str]

    @classmethod
    def of(
        cls,
        recording: Recording,
        catalogue: Catalogue,
        declared: Iterable[Desired],
        key: bytes,
    ) -> Pseudonyms:
        """Find what stays as it is: the manifests' texts and the panel's own words."""
        kinds = catalogue.resources
        facets = [facet for kind in kinds for facet in kind.facets]
        columns = {*_TECHNICAL, *(name for facet in facets for name in _plain_columns(facet))}
        for kind in kinds:
            columns |= {*kind.status, *kind.price, *kind.row_key, *kind.moving}
            if isinstance(kind.money, AccountFields):
                columns |= {*kind.money.balance, *kind.money.limit}
        menus = {
            facet.wire.options or facet.param
            for facet in facets
            if facet.wire.shape is not ValueType.PLAIN or facet.wire.months
            if not facet.wire.people
        }
        menus |= {name for kind in kinds for way in kind.orders for name in way.period}
        lists = [kind.tariffs for kind in kinds]
        lists += [facet.wire.members.list for facet in facets if facet.wire.members]
        products = frozenset(lists) - {""}
        found = cls(catalogue, key, frozenset(), frozenset(columns), frozenset(menus), products)
        public = {fold_text(text) for desired in declared for text in _texts(desired)}
        words = {fold_text(text) for text in _words(recording, found)}
        return replace(found, kept=frozenset(public | words))

    def text(self, text: str) -> str:
        """Return the pseudonym of a text, or the text where it is no person's."""
        folded = fold_text(text)
        if _EMPTY.match(text) or folded in self.kept or text.startswith("git:"):
            return text
        bare, marker = split_suffix(text)
        if marker is not None:
            return join_suffix(self.text(bare), marker)
        found = hmac.new(self.key, folded.encode("utf-8", "surrogatepass"), hashlib.sha256)
        name = f"p{found.hexdigest()[:_LENGTH]}"
        if "@" in text and " " not in text:
            return f"{name}@people.invalid"
        return f"{name}.invalid" if is_dotted(text) else name

    def named(self, name: str, text: str) -> str:
        """Return what a column or a field of this name holds, without people's data."""
        plain = name in self.columns or _CURRENCY.search(name) is not None or self._is_addon(name)
        return text if plain else self.text(text)

    def question(self, question: Question) -> Question:
        """Return a question that asks as the pseudonym of a client."""
        params = tuple(
            (name, text if text.isdigit() else self.named(name, text))
            for name, text in question.params
        )
        return question._replace(params=params)

    def identity(self, found: Identity | RecordedRefusal) -> Identity | RecordedRefusal:
        """Return who we are, under a pseudonym."""
        if isinstance(found, RecordedRefusal):
            return self.answer(found)
        return replace(found, name=self.text(found.name), email=self.text(found.email))

    def answer(self, found: Reply | RecordedRefusal) -> Reply | RecordedRefusal:
        """Return an answer; a refusal without the panel's words, which may name anybody."""
        if not isinstance(found, RecordedRefusal):
            return found
        return replace(found, message="the words are not in this snapshot", object="")

    def rows(
        self, func: str, found: tuple[Row, ...] | RecordedRefusal
    ) -> tuple[Row, ...] | RecordedRefusal:
        """Return a list; one of products stays as it is."""
        if isinstance(found, RecordedRefusal):
            return self.answer(found)
        return found if func in self.products else tuple(map(self._row, found))

    def form(self, found: Form | RecordedRefusal) -> Form | RecordedRefusal:
        """Return a form; the lists that stand in it are those of products."""
        if isinstance(found, RecordedRefusal):
            return self.answer(found)
        return replace(
            found,
            values={name: self._chosen(name, text, found) for name, text in found.values.items()},
            options={name: self._menu(name, menu) for name, menu in found.options.items()},
            parts=tuple(map(self._part, found.parts)),
        )

    def entry(self, kind: str, entry: InventoryEntry) -> InventoryEntry:
        """Return an entry of the inventory as the pseudonymous panel would have made it."""
        fields = {name: self._value(kind, name, value) for name, value in entry.fields.items()}
        return replace(entry, fields=fields)

    def _row(self, row: Row) -> Row:
        return replace(
            row,
            values={name: self.named(name, text) for name, text in row.values.items()},
            codes={name: self.named(name, text) for name, text in row.codes.items()},
            parts=tuple(map(self._part, row.parts)),
        )

    def _part(self, part: ReplyPart) -> ReplyPart:
        inner = tuple(map(self._part, part.parts))
        return ReplyPart(part.name, self.named(part.name, part.text), {}, inner)

    def _chosen(self, name: str, text: str, form: Form) -> str:
        """Return a field's value; the id of an option says nothing by itself."""
        return text if text in form.options.get(name, ()) else self.named(name, text)

    def _menu(self, name: str, menu: Options) -> Options:
        if name in self.menus or self._is_addon(name):
            return menu
        labels = {key: self.text(label) for key, label in menu.items()}
        return CodedOptions(labels, {}) if isinstance(menu, CodedOptions) else labels

    def _is_addon(self, name: str) -> bool:
        return any(
            kind.addons and name.startswith(kind.param(kind.addons))
            for kind in self.catalogue.resources
        )

    def _value(self, kind: str, name: str, value: Value) -> Value:
        facet = self.catalogue.by_name[kind].by_name.get(name)
        is_plain = facet is not None and bool(_plain_columns(facet))
        match value:
            case str() if not is_plain:
                return self.text(value)
            case Choice() if value.label and facet is not None and facet.wire.people:
                return replace(value, label=self.text(value.label))
            case Ref() if value.by == "email":
                return replace(value, key=self.text(value.key))
            case _:
                return value


def _plain_columns(facet: Field) -> frozenset[str]:
    """Return the columns of a field that holds no free text: a number, a day, a flag."""
    is_text = facet.wire.codec in {TEXT, LOWER}
    if is_text or facet.wire.shape is not ValueType.PLAIN or not facet.compared:
        return frozenset()
    return frozenset({facet.param, *facet.wire.columns})


def _texts(desired: Desired) -> Iterable[str]:
    """Return the texts that a manifest declares."""
    for value in desired.fields.values():
        match value:
            case str():
                yield value
            case Choice():
                yield value.label or ""
            case Ref():
                yield value.key
            case frozenset() | tuple():
                yield from (choice.label or "" for choice in value)
            case Mapping():
                yield from value.values()
            case _:
                pass


def _words(recording: Recording, names: Pseudonyms) -> Iterable[str]:
    """Return the panel's own words: the options of choices, and what it sells."""
    for question, rows in recording.lists.items():
        if question.func in names.products and not isinstance(rows, RecordedRefusal):
            yield from (text for row in rows for text in row.values.values())
    for form in recording.forms.values():
        if isinstance(form, RecordedRefusal):
            continue
        for name in names.menus & form.options.keys():
            yield from form.options[name].values()
            yield from form.options[name]
