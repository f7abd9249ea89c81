"""What a rule of lint is, what it looks at, and what it says.

Invariants: a rule is data and a pure function; it asks the view for groups and never compares each
resource with each, so that time grows with the number of resources.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from reconciler.mapping.iso_codes import names_of
from reconciler.model.target import Guards
from reconciler.model.text import fold_text
from reconciler.model.value import Choice, Ref, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.load.set_reader import ResourceSet
    from reconciler.model.finding import Level, LintCode
    from reconciler.model.resource import Desired
    from reconciler.model.value import Value
    from reconciler.model.waiver import Waiver


NO_GUARDS = Guards()
Sort = TypeVar("Sort", str, date, Ref, Secret)


class Violation(NamedTuple):
    """A place where a rule is not kept: the resource, the words, and the field that is at fault."""

    desired: Desired
    message: str
    field: str = ""


class Misuse(NamedTuple):
    """A waiver that is itself at fault."""

    waiver: Waiver
    message: str


@dataclass(frozen=True)
class LintView:
    """All that the rules may look at: resources, kinds, the day, guards, waivers and sets.

    ``idle`` are the waivers that waived nothing, once the other rules have been asked.
    """

    desired: Sequence[Desired]
    catalogue: Catalogue
    today: date
    guards: Guards = NO_GUARDS
    waivers: Sequence[Waiver] = ()
    sets: Sequence[ResourceSet] = ()
    idle: Sequence[Waiver] = ()

    @cached_property
    def _by_kind(self) -> Mapping[str, Sequence[Desired]]:
        found: dict[str, list[Desired]] = defaultdict(list)
        for desired in self.desired:
            found[desired.address.kind].append(desired)
        return found

    @cached_property
    def _by_owner(self) -> Mapping[Ref, Sequence[Desired]]:
        found: dict[Ref, list[Desired]] = defaultdict(list)
        for desired in self.desired:
            owner = self.owner(desired)
            if owner is not None:
                found[owner].append(desired)
        return found

    @cached_property
    def _siblings(self) -> Mapping[str, Sequence[Sequence[Desired]]]:
        """Return, by kind, the resources that have others of their kind and owner beside them."""
        found: dict[str, dict[Ref | None, list[Desired]]] = defaultdict(lambda: defaultdict(list))
        for desired in self.desired:
            found[desired.address.kind][self.owner(desired)].append(desired)
        return {
            kind: [several for several in owned.values() if len(several) > 1]
            for kind, owned in found.items()
        }

    @cached_property
    def _valued(self) -> Mapping[type, Sequence[tuple[Desired, str, Value]]]:
        found: dict[type, list[tuple[Desired, str, Value]]] = {
            sort: [] for sort in (str, date, Ref, Secret)
        }
        for desired in self.desired:
            for name, value in desired.fields.items():
                kept = found.get(value.__class__)
                if kept is not None:
                    kept.append((desired, name, value))
        return found

    @cached_property
    def unusual(self) -> Sequence[Desired]:
        """The resources whose lifecycle is not the usual one of their kind."""
        usual = {kind.name: kind.default_lifecycle for kind in self.catalogue.resources}
        return [
            each
            for each in self.desired
            if (mine := each.lifecycle) is not (other := usual[each.address.kind]) and mine != other
        ]

    @cached_property
    def by_email(self) -> Mapping[str, Desired]:
        """The declared clients by their email, in lower case."""
        named = ((text_of(each, "email"), each) for each in self.of("Client"))
        return {fold_text(email): each for email, each in named if email}

    def of(self, kind: str) -> Sequence[Desired]:
        """Return the resources of a kind, in the order of the manifests."""
        return self._by_kind.get(kind, ())

    def holding(self, sort: type[Sort]) -> Sequence[tuple[Desired, str, Sort]]:
        """Return the fields that hold a text, a day, a reference or a secret, with what they hold.

        Order: as the manifests have them.
        """
        return cast("Sequence[tuple[Desired, str, Sort]]", self._valued[sort])

    def kind_of(self, desired: Desired) -> ResourceKind:
        """Return the descriptor of a resource's kind."""
        return self.catalogue.by_name[desired.address.kind]

    def owner(self, desired: Desired) -> Ref | None:
        """Return whose a resource is, the same for each way to name that client."""
        ref = desired.parent
        if ref is not None and ref.by == "email":
            client = self.by_email.get(fold_text(ref.key))
            return Ref(ref.kind, "name", client.address.name) if client else ref
        return ref

    def children(self, desired: Desired) -> Sequence[Desired]:
        """Return what belongs to a resource, in the order of the manifests."""
        ref = Ref(desired.address.kind, "name", desired.address.name)
        return self._by_owner.get(ref, ())

    def groups(self, kind: str, *names: str) -> Iterator[Sequence[Desired]]:
        """Return the resources of a kind that have one owner and mean the same in some fields."""
        for several in self._siblings.get(kind, ()):
            found: dict[object, list[Desired]] = defaultdict(list)
            for desired in several:
                key = tuple(meaning(desired.fields.get(name)) for name in names)
                found[key].append(desired)
            yield from (group for group in found.values() if len(group) > 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the trade: how much it counts, what it says, and the function that looks.

    ``bad`` and ``good`` are documents without their ``apiVersion``, for people and for the tests.
    ``of_absence`` says that the rule judges from what is missing, which nobody knows while a
    manifest has errors.
    """

    code: LintCode
    level: Level
    title: str
    why: str
    bad: str
    good: str
    fix: str
    check: Callable[[LintView], Iterable[Violation | Misuse]]
    of_absence: bool = False


def meaning(value: object) -> object:
    """Return what two ways to write one value have in common."""
    if isinstance(value, Choice):
        return value.meaning
    if isinstance(value, frozenset):
        return frozenset(meaning(each) for each in value)
    return fold_text(value) if isinstance(value, str) else value


def text_of(desired: Desired, name: str) -> str:
    """Return the text of a field; an empty one where it holds none."""
    value = desired.fields.get(name)
    return value if isinstance(value, str) else ""


def number_of(desired: Desired, name: str) -> Decimal | None:
    """Return the number of a field; None where it holds none."""
    value = desired.fields.get(name)
    if isinstance(value, bool):
        return None
    return Decimal(value) if isinstance(value, int | Decimal) else None


def day_of(desired: Desired, name: str) -> date | None:
    """Return the day of a field; None where it holds none."""
    value = desired.fields.get(name)
    return value if isinstance(value, date) else None


def label_of(desired: Desired, name: str) -> str:
    """Return the label of a choice as it is written; an empty text where there is none."""
    value = desired.fields.get(name)
    return (value.label or "") if isinstance(value, Choice) else ""


def choices_of(desired: Desired, name: str) -> frozenset[Choice]:
    """Return the choices of a field; none where it holds none."""
    value = desired.fields.get(name)
    return value if isinstance(value, frozenset) else frozenset()


def currency_of(label: str) -> str:
    """Return one text for a currency, whether its code or its English name is written."""
    names = names_of("currency", label.upper())
    return min(names) if names else fold_text(label)


def find_fractions(view: LintView, kind: str, name: str) -> Iterator[Violation]:
    """Find per cents below one: most of them were meant as a part of one."""
    for desired in view.of(kind):
        share = number_of(desired, name)
        if share is not None and 0 < share < 1:
            meant = f"{(share * 100).normalize():f}"
            message = f"{name} {share} is below one per cent: {meant} may be meant"
            yield Violation(desired, message, name)
