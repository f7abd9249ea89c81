"""The descriptor of a kind: everything that other packages need to know of it, as data.

Invariants: a descriptor is frozen and holds no connection; whatever reads, compares or writes an
object asks the descriptor and never the kind's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Literal

from reconciler.kinds.fields import Field, Mode, PanelField
from reconciler.model.resource import Lifecycle

if TYPE_CHECKING:
    from reconciler.kinds.money_fields import MoneyFields
    from reconciler.kinds.spec import Spec
    from reconciler.model.address import ElementId
    from reconciler.model.impact import MessageKind
    from reconciler.model.plan import Action
    from reconciler.model.resource import OnRemove
    from reconciler.model.value import Fields, Value

State = Literal["live", "busy", "closing", "gone"]
# The marker of an object that is owned, as it stands in a text.
MARKED = re.compile(r"\[(git:[^\s\[\]]{1,200})\]")


@dataclass(frozen=True, slots=True)
class Marker:
    """Where an object has our ownership marker: at the end of a text, or as a field's value."""

    param: str
    style: Literal["suffix", "whole"]


@dataclass(frozen=True, slots=True)
class OrderProtocol:
    """One way in which installations take orders, found by asking and never by a version.

    ``func`` opens and confirms the order, ``steps`` say what can be ordered: the first that answers
    is taken. ``period`` are the names under which its form may ask for the period, ``renewal`` the
    parameter that is a flag here and a number of months elsewhere, ``confirms`` what goes with a
    confirmation.
    """

    func: str
    steps: tuple[str, ...]
    period: tuple[str, ...] = ("period",)
    renewal: str = ""
    confirms: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFields:
    """The fields of a kind by what they say of an order; an empty text where a kind has no such.

    ``product`` is what is ordered, ``place`` where, ``period`` for how many months, and
    ``auto_renewal`` by how many months the panel renews it. ``payment`` says when it is paid, which
    is at once where it is ``at_once``; without that field every order is. ``max_price`` bounds what
    one charge may come to, by currency. ``generation`` is raised to order again.
    """

    product: str = ""
    place: str = ""
    period: str = ""
    auto_renewal: str = ""
    payment: str = ""
    at_once: str = ""
    max_price: str = ""
    generation: str = ""


def always_live(_code: str) -> State:
    """Judge the life of an object whose kind has no status: it is there, so it lives."""
    return "live"


_SUSPENDED = frozenset({"off", "no", "0", "3", "suspended", "disabled", "inactive", "stopped"})
_RUNNING = frozenset({"on", "yes", "1", "2", "active", "enabled", "resumed", "running"})


def plain_switch(code: str) -> bool | None:
    """Return whether a status means switched off; None where the word is not known.

    Doubt: which codes the status columns of accounts, groups and providers use.
    """
    word = code.strip().lower()
    if word in _SUSPENDED:
        return True
    return False if word in _RUNNING else None


@dataclass(frozen=True)
class ResourceKind:
    """One kind of resource.

    ``orders`` are the ways in which an order may go, the usual one first, ``terms`` the fields that
    it consists of. ``login`` is the field that holds the login of an object, for a call as that
    user; ``title`` the field that names it to people, ``rotation`` the label that sends write-only
    fields again. Function names may hold ``{variant}``, filled with the value of the field
    ``variant``. ``scope`` is how a list is narrowed to a parent: by ``elid``, by acting as the
    client (``su``), or not at all. ``identity`` is the natural identity, ``adopt_by`` the fields
    that must match before an unmarked object is adopted (the identity where empty), ``adopt_also``
    further ones that count where they are declared. ``foreign`` are the columns that are filled
    only in the panel's own rows, never in a client's. ``price`` are the columns that show a price,
    ``expenses`` is the list of what a client was charged, ``moves_prices`` the actions on this kind
    that may raise later prices of the same client, ``money`` what its objects say of a client's
    prices (a discount, a tax, a rate, an account), ``tariffs`` the list of what can be ordered, by
    the ids of the options of the same name, ``paid_message`` the email that the panel sends when an
    order is paid. ``terminates``: a delete loses the data on the object,
    so it needs a consent of its own. ``undeclared`` are lists of what is much the same, and what no
    manifest declares. ``example`` is a manifest, for people.
    """

    name: str
    doc: str
    spec: type[Spec]
    list: str
    form: str
    identity: tuple[str, ...]
    update: str
    create: str = ""
    create_add: str = ""
    order: str = ""
    orders: tuple[OrderProtocol, ...] = ()
    terms: OrderFields = OrderFields()
    delete: str = ""
    renew: str = ""
    login: str = ""
    title: str = ""
    rotation: str = ""
    parent: str = ""
    inline: str = ""
    scope: Literal["", "elid", "su"] = ""
    variant: str = ""
    variants: tuple[str, ...] = ("",)
    marker: Marker | None = None
    adopt_by: tuple[str, ...] = ()
    adopt_also: tuple[str, ...] = ()
    row_key: tuple[str, ...] = ("id", "elid")
    on_remove: OnRemove = "keep"
    terminates: bool = False
    removals: frozenset[OnRemove] = frozenset({"delete", "keep"})
    status: tuple[str, ...] = ()
    state: Callable[[str], State] = field(default=always_live)
    switched_off: Callable[[str], bool | None] = field(default=plain_switch)
    price: tuple[str, ...] = ()
    expenses: str = ""
    moves_prices: frozenset[Action] = frozenset()
    money: MoneyFields | None = None
    tariffs: str = ""
    paid_message: MessageKind | None = None
    history: str = ""
    bounded_move: str = ""
    bounded_per: str = ""
    foreign: tuple[str, ...] = ()
    moving: tuple[str, ...] = ()
    acting: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()
    example: str = ""

    @cached_property
    def facets(self) -> tuple[Field, ...]:
        """Return the fields of the spec with their wire facets, in the order of the spec."""
        return tuple(_facets(self.spec))

    @cached_property
    def compared(self) -> tuple[Field, ...]:
        """Return the fields whose live values are compared, in the order of the spec."""
        return tuple(facet for facet in self.facets if facet.compared)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Return the facets by their name in manifests."""
        return {facet.name: facet for facet in self.facets}

    @property
    def known_by(self) -> tuple[str, ...]:
        """Return the fields that an unmarked object is recognised by."""
        return self.adopt_by or self.identity

    @cached_property
    def default_lifecycle(self) -> Lifecycle:
        """Return what holds of the resources that say nothing of their lifecycle, one for all."""
        return Lifecycle(on_remove=self.on_remove)

    @cached_property
    def references(self) -> tuple[str, ...]:
        """Return the fields that name other resources."""
        return tuple(facet.name for facet in self.facets if facet.wire.ref)

    @cached_property
    def members(self) -> tuple[Field, ...]:
        """Return the fields that are the rows of a side list."""
        return tuple(facet for facet in self.facets if facet.wire.mode is Mode.MEMBERS)

    @cached_property
    def numeric_columns(self) -> tuple[str, ...]:
        """Return the columns of the list that hold numbers, in a fixed order."""
        numeric = (facet.wire.columns for facet in self.facets if facet.wire.codec.numeric)
        return tuple(sorted({*self.price, *chain.from_iterable(numeric)}))

    @cached_property
    def addons(self) -> str:
        """Return the field whose numbered parameters may cost money; an empty text for none."""
        return self._of_mode(Mode.PAID)

    @cached_property
    def switch(self) -> str:
        """Return the field that is set by suspending and resuming; an empty text for none."""
        return self._of_mode(Mode.SWITCH)

    @cached_property
    def paid_through(self) -> str:
        """Return the day that is reached by renewing; an empty text for none."""
        return self._of_mode(Mode.RENEW)

    @cached_property
    def marked(self) -> str:
        """Return the field whose text ends with the marker; an empty text for none."""
        param = self.marker.param if self.marker and self.marker.style == "suffix" else None
        return next((facet.name for facet in self.facets if facet.param == param), "")

    def _of_mode(self, mode: Mode) -> str:
        return next((facet.name for facet in self.facets if facet.wire.mode is mode), "")

    @property
    def named_fields(self) -> frozenset[str]:
        """Return the fields that the descriptor names, whatever for."""
        terms = [role.name for role in fields(OrderFields) if role.name != "at_once"]
        roles = {getattr(self.terms, name) for name in terms}
        roles |= {self.login, self.title, self.rotation, self.parent, self.variant, self.history}
        roles |= {self.bounded_move, self.bounded_per, *(self.money.named if self.money else ())}
        known = {*self.identity, *self.adopt_by, *self.adopt_also}
        return frozenset(roles - {""} | known)

    @cached_property
    def form_fields(self) -> frozenset[str]:
        """Return the parameters that an object's form is opened with, and must show."""
        edited = [facet for facet in self.facets if facet.wire.mode is Mode.EDIT]
        names = {n for f in edited for n in (f.param, f.wire.gate, *f.wire.fallback) if n}
        return frozenset(names | ({self.marker.param} if self.marker else set()))

    def lacking(self, fields: Fields) -> tuple[str, ...]:
        """Return the fields without which no object is made, of those that are not declared."""
        return tuple(name for name in self._needed if name not in fields)

    @cached_property
    def _needed(self) -> tuple[str, ...]:
        return tuple(facet.name for facet in self.facets if facet.wire.needed)

    def facet_of(self, path: str) -> Field | None:
        """Return the field of an edit, such as ``addons.12``; None for the marker."""
        return self.by_name.get(path) or self.by_name.get(path.partition(".")[0])

    def variant_of(self, fields: Fields) -> str:
        """Return the variant that some fields declare; an empty text where a kind has none."""
        return str(fields.get(self.variant, "")) if self.variant else ""

    def charges(self, fields: Fields) -> bool:
        """Return whether an order by some declared fields is paid at once."""
        payment = self.terms.payment
        return bool(self.order) and (not payment or fields.get(payment) == self.terms.at_once)

    def generation_of(self, fields: Fields) -> Value:
        """Return the generation of a resource: 1, and one more for each new order."""
        return fields.get(self.terms.generation, 1)

    def months_of(self, fields: Fields) -> int:
        """Return the period that some fields hold, in months; 0 where they hold none."""
        months = fields.get(self.terms.period)
        return months if isinstance(months, int) and months > 0 else 0

    def param(self, name: str) -> str:
        """Return the parameter of a field; an empty text where a kind has no such field."""
        facet = self.by_name.get(name)
        return facet.param if facet else ""

    def menu(self, name: str) -> str:
        """Return the option list that a form shows for a field; an empty text without a field."""
        facet = self.by_name.get(name)
        return (facet.wire.options or facet.param) if facet else ""

    def func(self, template: str, variant: str) -> str:
        """Fill a function's name for one variant."""
        return template.replace("{variant}", variant)

    def plid(self, parent: ElementId | None) -> ElementId | None:
        """Return the parent's id where lists, forms and deletes are called with it."""
        return parent if self.scope == "elid" else None

    def su(self, login: str) -> str:
        """Return the client's login where the panel is asked as the client."""
        return login if self.scope == "su" else ""


@dataclass(frozen=True)
class LookupKind:
    """A kind that is only ever read: to refer to, and to show."""

    name: str
    doc: str
    list: str
    labels: tuple[str, ...] = ("name",)
    codes: tuple[str, ...] = ()


AnyKind = ResourceKind | LookupKind


def _facets(spec: type[Spec], prefix: str = "", inherited: PanelField | None = None) -> list[Field]:
    facets: list[Field] = []
    for attribute, info in spec.model_fields.items():
        wire = next((item for item in info.metadata if isinstance(item, PanelField)), inherited)
        name = f"{prefix}{info.alias or attribute}"
        nested = info.annotation
        if isinstance(nested, type) and hasattr(nested, "model_fields"):
            facets += _facets(nested, f"{name}.", wire)
            continue
        facets.append(
            Field(
                name=name,
                attribute=attribute,
                wire=wire or PanelField(mode=Mode.LOCAL),
                required=info.is_required(),
                doc=info.description or "",
            )
        )
    return facets
