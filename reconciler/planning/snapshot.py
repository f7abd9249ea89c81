"""The observed objects, indexed, and which lists are proved complete.

Invariant: a scope that is not in ``objects`` was not read, and one in ``incomplete`` proves no
absence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.address import Address
    from reconciler.model.plan import Money
    from reconciler.model.price import FullPrices
    from reconciler.model.resource import Desired, Observed, Scope
    from reconciler.model.value import Ref
    from reconciler.planning.match.pairing import MatchResult
    from reconciler.planning.pricing import TariffOffer
    from reconciler.planning.resolve import Menus


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that planning knows of the panel.

    ``parents`` maps every reference to a parent (by name, email or id) to its live object.
    ``desired`` holds the resources with resolved choices, ``pairings`` the matched objects.
    ``menus`` are the option lists of the forms that create objects of a kind and variant.
    ``prices`` holds the price of each order that the panel reports, ``renewals`` that of one more
    period of each existing object. ``tariffs`` holds, for each order of a client who does not
    exist yet, what its tariff costs. ``full_prices`` holds what each service whose add-ons change
    costs before the terms of its client, as far as the panel's prices leave one answer.
    """

    objects: Mapping[Scope, tuple[Observed, ...]]
    desired: Mapping[Address, Desired]
    pairings: Mapping[Scope, MatchResult]
    parents: Mapping[Ref, Observed]
    incomplete: Mapping[Scope, str] = field(default_factory=dict)
    menus: Mapping[tuple[str, str], Menus] = field(default_factory=dict)
    prices: Mapping[Address, Money] = field(default_factory=dict)
    renewals: Mapping[Address, Money] = field(default_factory=dict)
    blocked: Mapping[Address, str] = field(default_factory=dict)
    tariffs: Mapping[Address, TariffOffer] = field(default_factory=dict)
    full_prices: Mapping[Address, FullPrices] = field(default_factory=dict)
