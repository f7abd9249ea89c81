"""Read what a plan needs of the clients whose money it moves.

Invariants: a plan that moves no money sends no request; only lists of the clients that it touches
are read, and the forms of their discounts, rates and renewals; what may not be read is unknown, and
no error.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from reconciler.engine.impact.read_full_prices import UNREAD, read_full_prices
from reconciler.engine.observe.reads import read_list, read_object_forms, verify_impersonation
from reconciler.engine.offers.renewal_price import renewal_quote
from reconciler.engine.offers.tariff_price import read_tariffs
from reconciler.errors import CodecError
from reconciler.kinds.money_fields import AccountFields
from reconciler.model.resource import Scope
from reconciler.panel.concurrency import gather_all
from reconciler.planning.impact.facts import (
    QUOTED,
    AccountBalance,
    ClientFacts,
    ClientNeeds,
    MoneyFacts,
    find_needs,
)
from reconciler.planning.pricing import known_as
from reconciler.wire.call import list_call
from reconciler.wire.codec import read_money

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.plan import Plan
    from reconciler.model.resource import Observed
    from reconciler.planning.context import PlanContext
    from reconciler.planning.impact.facts import RenewalQuote
    from reconciler.planning.snapshot import Snapshot
    from reconciler.ports import Progress, Reader
    from reconciler.wire.reply import Row


async def read_facts(
    reader: Reader,
    work: PlanContext,
    snapshot: Snapshot,
    plan: Plan,
    *,
    progress: Progress,
    also: ElementId | None = None,
) -> MoneyFacts:
    """Read the terms, accounts and services of the clients whose money a plan moves.

    Of one client, ``also``, all is read.
    """
    needs = find_needs(plan, work)
    if also is not None:
        needs[also] = ClientNeeds(terms=True, accounts=True, services=True)
    if not needs:
        return MoneyFacts()
    progress.stage("reading what the plan comes to", len(needs))
    facts = _FactReader(reader, work, snapshot, progress)
    found = await gather_all(facts.read(client, each) for client, each in needs.items())
    tariffs = {}
    if any(each.terms for each in needs.values()):
        for kind in work.catalogue.resources:
            if kind.tariffs:
                with contextlib.suppress(*UNREAD):
                    tariffs[kind.name] = await read_tariffs(reader, kind)
    known = MoneyFacts(dict(zip(needs, found, strict=True)), tariffs)
    logins = {client: facts.login(client) for client in needs}
    return await read_full_prices(
        reader, work, snapshot, plan, facts=known, needs=needs, logins=logins
    )


class _FactReader:
    """Reads what the observation of a plan has not read already."""

    def __init__(
        self, reader: Reader, work: PlanContext, snapshot: Snapshot, progress: Progress
    ) -> None:
        self._reader = reader
        self._kinds = work.catalogue.resources
        self._snapshot = snapshot
        self._progress = progress
        self._forms = QUOTED
        self._logins = {
            (above.name, row.row_id): str(row.fields.get(above.login) or "")
            for above in self._kinds
            if not above.parent
            for row in (*snapshot.objects.get(Scope(above.name), ()), *snapshot.parents.values())
            if row.scope.kind == above.name
        }

    def login(self, client: ElementId) -> str:
        """Return the login of a client; empty where it is not known."""
        found = (text for (_, row), text in self._logins.items() if row == client)
        return next(found, "")

    async def read(self, client: ElementId, needs: ClientNeeds) -> ClientFacts:
        terms: dict[str, tuple[Observed, ...] | None] = {}
        accounts: tuple[AccountBalance, ...] | None = None
        services: tuple[Observed, ...] | None = None
        renewals: dict[str, RenewalQuote] = {}
        for kind in self._kinds:
            if isinstance(kind.money, AccountFields):
                accounts = await self._accounts(kind, client) if needs.accounts else None
            elif kind.money is not None and needs.terms:
                terms[kind.name] = await self._terms(kind, client)
            elif kind.order and needs.services:
                services = await self._services(kind, client)
                renewals = await self._renewals(kind, services or ())
        self._progress.step()
        return ClientFacts(terms, accounts, services, renewals)

    async def _terms(self, kind: ResourceKind, client: ElementId) -> tuple[Observed, ...] | None:
        scope = Scope(kind.name, "", client)
        try:
            rows = await self._rows(kind, scope)
            shy = [row for row in rows if not row.from_form and _lacks(kind, row)]
            why = "a price depends on it"
            opened = await read_object_forms(self._reader, kind, shy, why=why) if shy else None
        except UNREAD:
            return None
        forms = opened.forms if opened else {}
        return tuple(forms[row.row_id].observed if row.row_id in forms else row for row in rows)

    async def _rows(self, kind: ResourceKind, scope: Scope) -> tuple[Observed, ...]:
        if scope in self._snapshot.pairings and scope not in self._snapshot.incomplete:
            pairing = self._snapshot.pairings[scope]
            known = {pair.observed.row_id: pair.observed for pair in pairing.pairs}
            known |= {row.row_id: row for row in pairing.rest}
            listed = self._snapshot.objects.get(scope, ())
            return tuple(known.get(row.row_id, row) for row in listed)
        return await read_list(self._reader, kind, scope)

    async def _services(self, kind: ResourceKind, client: ElementId) -> tuple[Observed, ...] | None:
        above = kind.by_name[kind.parent].wire.ref if kind.parent else ""
        login = kind.su(self._logins.get((above, client), ""))
        scopes = [Scope(kind.name, variant, client) for variant in kind.variants]
        unread = [each for each in scopes if each not in self._snapshot.objects]
        found: list[Observed] = []
        try:
            if unread and len(unread) == len(scopes) and login:
                await verify_impersonation(self._reader, login)
            for scope in scopes:
                if scope in self._snapshot.incomplete:
                    return None
                if scope in unread:
                    found += await read_list(self._reader, kind, scope, login)
                else:
                    found += await self._rows(kind, scope)
        except UNREAD:
            return None
        return tuple(found)

    async def _renewals(
        self, kind: ResourceKind, services: Iterable[Observed]
    ) -> dict[str, RenewalQuote]:
        """Open the forms of the renewals, as far as the forms of the plan suffice."""
        alive = [each for each in services if each.state not in {"gone", "closing"}]
        asked = alive[: self._forms] if kind.renew else []
        self._forms -= len(asked)
        found = await gather_all(renewal_quote(self._reader, kind, each) for each in asked)
        return {
            each.row_id: quote
            for each, quote in zip(asked, found, strict=True)
            if quote is not None
        }

    async def _accounts(
        self, kind: ResourceKind, client: ElementId
    ) -> tuple[AccountBalance, ...] | None:
        try:
            rows = await self._reader.rows(list_call(kind.list, parent=client))
        except UNREAD:
            return None
        return tuple(_balance(kind, row) for row in rows)


def _lacks(kind: ResourceKind, row: Observed) -> bool:
    """Return whether a row of a list leaves out what a price needs."""
    return kind.money is not None and any(name not in row.fields for name in kind.money.named)


def _balance(kind: ResourceKind, row: Row) -> AccountBalance:
    roles = kind.money
    assert isinstance(roles, AccountFields)  # noqa: S101 - the caller asks for such a kind
    seller = known_as(*_texts(row, kind.by_name[roles.seller].wire.columns))
    balance, unit = _amount(row, roles.balance)
    credit, other = _amount(row, roles.limit)
    named = next(iter(_texts(row, kind.by_name[roles.currency].wire.columns)), "")
    key = next((row.values[name] for name in kind.row_key if row.values.get(name)), "")
    currency = unit or other or named
    return AccountBalance(key, seller, currency, balance, credit)


def _texts(row: Row, columns: tuple[str, ...]) -> list[str]:
    found = [each.get(name) for name in columns for each in (row.values, row.codes)]
    return [text for text in found if text]


def _amount(row: Row, columns: tuple[str, ...]) -> tuple[Decimal | None, str]:
    """Return an amount of money of a row; None where it shows none, or one with two readings."""
    for name in columns:
        try:
            return read_money(row.values.get(name, ""), row.numbers)
        except CodecError:
            continue
    return None, ""
