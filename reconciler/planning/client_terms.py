"""A client's terms as prices need them, from the fields of discounts, tax rules and rates.

Invariant: a value that was not read is unknown; one that a manifest leaves out is the panel's own.
Doubt: which values a panel fills in where a manifest names none: no action is taken for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.kinds.money_fields import DiscountFields, RateFields, TaxFields
from reconciler.model.value import Choice
from reconciler.planning.pricing import ClientTerms, DiscountTerm, RateTerm, TaxTerm, known_as
from reconciler.wire.period import months_of

if TYPE_CHECKING:
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.value import Fields, Value

_CODE = re.compile(r"\b[A-Z]{3}\b")


@dataclass(frozen=True, slots=True)
class TermRow:
    """A discount, a tax rule or a rate: a name for people, and its fields.

    ``live``: it was read, so that a field that is absent is unknown and not the panel's own value.
    """

    name: str
    fields: Fields
    live: bool


# The rows of one client by the name of their kind; None for a list that was not read.
TermRows = Mapping[str, "Iterable[TermRow] | None"]


def find_terms(catalogue: Catalogue, rows: TermRows, today: date) -> ClientTerms:
    """Return a client's terms; a kind that ``rows`` does not name has no objects."""
    discounts: list[DiscountTerm] = []
    taxes: list[TaxTerm] = []
    rates: list[RateTerm] = []
    unread: set[type] = set()
    for kind in catalogue.resources:
        listed = rows.get(kind.name, ())
        if listed is None:
            unread.add(type(kind.money))
            continue
        for row in listed:
            match kind.money:
                case DiscountFields() as roles:
                    discounts.append(_discount_term(roles, row, today))
                case TaxFields() as roles:
                    taxes.append(_tax_term(roles, row))
                case RateFields() as roles:
                    rates.append(_rate_term(roles, row))
                case _:
                    continue
    return ClientTerms(
        None if DiscountFields in unread else tuple(discounts),
        None if TaxFields in unread else tuple(taxes),
        None if RateFields in unread else tuple(rates),
    )


def _discount_term(roles: DiscountFields, row: TermRow, today: date) -> DiscountTerm:
    fields = row.fields
    needed = (roles.periods, roles.first, roles.last, roles.priority)
    hidden = row.live and any(name not in fields for name in needed)
    actions = None if hidden else roles.actions_of(_label(fields.get(roles.action)))
    # A panel fills in the day of the request.
    first = fields.get(roles.first, None if row.live else today)
    return DiscountTerm(
        name=row.name,
        share=_number(fields.get(roles.share)),
        actions=actions,
        periods=_months(fields.get(roles.periods, frozenset())),
        priority=_whole(fields.get(roles.priority, None if row.live else 0)),
        first=first if isinstance(first, date) else None,
        last=last if isinstance(last := fields.get(roles.last), date) else None,
        promotion=roles.is_promotion(_label(fields.get(roles.sort))),
    )


def _tax_term(roles: TaxFields, row: TermRow) -> TaxTerm:
    products = row.fields.get(roles.products, None if row.live else frozenset())
    named = tuple(names_of(each) for each in _choices(products))
    return TaxTerm(
        name=row.name,
        rate=_number(row.fields.get(roles.rate)),
        seller=names_of(row.fields.get(roles.seller)),
        products=None if products is None else named,
    )


def _rate_term(roles: RateFields, row: TermRow) -> RateTerm:
    rate = _number(row.fields.get(roles.rate))
    amount = _number(row.fields.get(roles.amount, None if row.live else Decimal(1)))
    first = row.fields.get(roles.first)
    return RateTerm(
        name=row.name,
        base=currency_of(row.fields.get(roles.base)),
        relate=currency_of(row.fields.get(roles.relate)),
        worth=rate / amount if rate and amount else None,
        first=first if isinstance(first, date) else None,
    )


def currency_of(value: Value) -> str:
    """Return the ISO code of a currency, as an option names it; else the option's own words."""
    label = _label(value)
    codes = set(_CODE.findall(label))
    return codes.pop() if len(codes) == 1 else label


def names_of(value: Value) -> frozenset[str]:
    """Return what an option is known as: its id and its label."""
    return known_as(value.id, value.label) if isinstance(value, Choice) else frozenset()


def _choices(value: Value) -> Iterable[Choice]:
    found = value if isinstance(value, frozenset | tuple) else ()
    return sorted(found, key=str)


def _label(value: Value) -> str:
    return value.label or "" if isinstance(value, Choice) else ""


def _number(value: Value) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def _whole(value: Value) -> int | None:
    return int(value) if isinstance(value, int | Decimal) else None


def _months(value: Value) -> frozenset[int] | None:
    """Return periods in months; None where one of them is not understood."""
    found = [months_of(each.id or "", each.label or each.id or "") for each in _choices(value)]
    known = frozenset(each for each in found if each is not None)
    return known if len(found) == sum(each is not None for each in found) else None
