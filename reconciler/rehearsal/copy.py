"""Convert captured clients to the sandbox's input for a copy.

Invariant: nothing is invented; a value that no form or list showed is absent.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

from reconciler.engine.offers.order_steps import tariffs_of
from reconciler.errors import AmbiguousNumberError, CodecError
from reconciler.mapping.decode import plain_values
from reconciler.mapping.prices import live_price
from reconciler.model.number import PLAIN
from reconciler.model.value import Choice
from reconciler.sandbox.seeding import mirror as copying
from reconciler.sandbox.seeding.amounts import MirrorError
from reconciler.wire.number import ParsedNumber, explain_doubt, parse_number, plain_number
from reconciler.wire.reply import CodedOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from reconciler.model.plan import Change, Money, Plan
    from reconciler.rehearsal.capture import Capture, CapturedForm
    from reconciler.wire.reply import Form, Row

# The tables of the sandbox that hold what a panel shows in the side lists of a client.
_SIDES = {"account.group": "accountgroup", "account.project": "project"}


def mirror_source(found: Capture, plan: Plan) -> copying.MirrorSource:
    """Return the copy's input: the captured objects, and the prices of the plan."""
    members = {
        captured.observed.row_id: captured.observed for captured in found.forms if not captured.row
    }
    root = found.root
    sides = {f.wire.members.list: f.name for f in root.members if f.wire.members}
    clients = [
        copying.MirroredClient(
            each.row_id,
            str(each.fields.get(root.login, "")),
            str(each.fields.get(root.title, "")),
            *(_ids(members.get(each.row_id, each).fields.get(sides[of])) for of in _SIDES),
        )
        for each in found.roots
    ]
    offered: dict[str, dict[str, str]] = {table: {} for table in _SIDES.values()}
    for of, table in _SIDES.items():
        for (_, name), menu in found.sides.items():
            offered[table] |= menu if name == sides[of] else {}
    return copying.MirrorSource(
        clients=clients,
        sides=offered,
        forms=[
            *(_blank(call.func, form) for call, form in found.blanks.items()),
            *(_mirrored_form(captured) for captured in found.forms),
        ],
        offers=_offers(found),
        quotes=list(_quotes(found, plan)),
        rows={
            (_mirrored_form(captured).func, captured.observed.row_id): _row(captured)
            for captured in found.forms
        },
    )


def _ids(value: object) -> tuple[str, ...]:
    choices = value if isinstance(value, frozenset) else frozenset()
    return tuple(sorted(choice.id for choice in choices if choice.id is not None))


def _mirrored_form(captured: CapturedForm) -> copying.MirroredForm:
    observed = captured.observed
    return copying.MirroredForm(
        func=captured.kind.func(captured.kind.form, observed.scope.variant),
        id=observed.row_id,
        client=observed.scope.parent or observed.row_id,
        values=plain_values(captured.kind, captured.form),
        options=captured.form.options,
        labels=captured.labels,
        codes=_codes(captured.form),
    )


def _blank(func: str, form: Form) -> copying.MirroredForm:
    return copying.MirroredForm(func, "", "", form.values, form.options, codes=_codes(form))


def _codes(form: Form) -> dict[str, Mapping[str, str]]:
    """Return the codes of the option lists that have codes."""
    lists = form.options.items()
    return {name: each.codes for name, each in lists if isinstance(each, CodedOptions)}


def _row(captured: CapturedForm) -> dict[str, str]:
    """Return the values of an object that only its list shows."""
    fields, notes = captured.observed.fields, captured.observed.notes
    row = {"suspended": "on" if fields.get(captured.kind.switch) is True else "off"}
    row |= {"balance": _plain_balance(captured, captured.row)} if captured.row else {}
    row |= {"status": notes["status"]} if "status" in notes else {}
    day = fields.get(captured.kind.paid_through)
    row |= {"expiredate": day.isoformat()} if isinstance(day, date) else {}
    price = live_price(captured.kind, captured.observed)
    if price.amount is None:
        return row
    return row | {"price": plain_number(ParsedNumber(price.amount, price.currency, PLAIN))}


def _plain_balance(captured: CapturedForm, row: Row) -> str:
    """Return a balance in an unambiguous format.

    Raises: CopyError where it can be read in two ways: an order would be refused for the lesser.
    """
    text = row.values.get("balance", "")
    try:
        return plain_number(parse_number(text, row.numbers))
    except AmbiguousNumberError as error:
        where = f"balance of {captured.kind.name} {captured.observed.row_id}"
        raise MirrorError(f"{where}: {explain_doubt(text)}") from error
    except CodecError:
        return text


def read_variant(found: Capture) -> Literal["bare", "v2", "wizard"]:
    """Return how the panel takes orders, by the forms that it opened."""
    last = [call for call in found.orders if found.sales[call.func].is_last]
    if any(found.sales[call.func].way.renewal for call in last):
        return "v2"
    # The last form of a wizard opens only with a tariff; a bare form also opens without one.
    return "bare" if any(call.param("pricelist") is None for call in last) else "wizard"


def _offers(found: Capture) -> list[copying.MirroredOffer]:
    offers = []
    for call, form in found.orders.items():
        client = found.logins.get(str(call.param("su")))
        if client is None:
            continue
        sale = found.sales[call.func]
        tariffs = form.options.get("pricelist") or tariffs_of(sale.kind, form)
        periods = form.options.get("period") or form.options.get("order_period", {})
        offers.append(
            copying.MirroredOffer(
                sale.kind.func(sale.kind.list, sale.variant),
                client,
                form.values,
                {**form.options, "pricelist": tariffs, "period": periods},
                form.labels,
                str(call.param("pricelist") or ""),
            )
        )
    return offers


def _quotes(found: Capture, plan: Plan) -> Iterable[copying.MirroredQuote]:
    kinds = {sale.kind.name: sale.kind for sale in found.sales.values()}
    for change in plan.changes:
        kind = kinds.get(change.address.kind)
        if kind is None:
            continue
        sides = [change.desired.fields if change.desired else {}]
        sides += [change.observed.fields] if change.observed else []
        product = kind.terms.product
        tariff = next((t for s in sides if isinstance(t := s.get(product), Choice) and t.id), None)
        months = next(filter(None, map(kind.months_of, sides)), 1)
        client = _client(change, plan)
        # The copy moves a price by itself, as the panel does.
        money = (change.money.before or change.money) if change.money else None
        extras = change.action in {"update", "adopt"}
        amount = (_most(money) if extras else money.amount) if money else None
        if amount is not None and tariff and tariff.id and client:
            service = change.id or "0"
            span = copying.EXTRAS if extras else months
            yield copying.MirroredQuote(client, tariff.id, span, amount, service)


def _most(money: Money) -> Decimal | None:
    """Return an amount, or the most that one comes to which the rounding leaves unknown."""
    if money.amount is not None or len(money.at_most) != 1:
        return money.amount
    return money.at_most[0][1]


def _client(change: Change, plan: Plan) -> str:
    if change.observed is not None:
        return change.observed.scope.parent or ""
    parent = change.desired.parent if change.desired else None
    found = plan.parents.get(parent) if parent else None
    return found.row_id if found else ""
