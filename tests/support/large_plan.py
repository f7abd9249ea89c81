"""Plans of any size to be shown: as a hoster's would be, and one with hostile names throughout.

Invariant: the same number of changes gives the same plan.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from reconciler.model.address import Address, ElementId
from reconciler.model.explanation import BaseCommit, Explanation
from reconciler.model.finding import Finding, Source
from reconciler.model.impact import (
    Amount,
    ClientImpact,
    Impact,
    LargestChange,
    Message,
    MoneyImpact,
)
from reconciler.model.plan import Change, Client, Edit, Money, Plan, TargetRef
from reconciler.model.reason import ReasonCode
from reconciler.model.resource import Observed, Scope
from reconciler.model.value import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.model.value import Fields

TARGET: Final = TargetRef("prod", "https://billing.example.com/billmgr")
NAMES = ("Acme", "Globex", "Initech", "Umbrella", "Hooli", "Vandelay", "Wonka", "Stark", "Tyrell")
TAILS = ("GmbH", "Oy", "Ltd", "SARL", "AB", "Hosting", "Analytics", "Media")
MADE = date(2026, 11, 29)
# One of each class that a sink could obey, as clients choose names and authors write notes.
HOSTILE: Final = (
    "two\nlines\r\n::error file=a.yaml::stop",
    "##[group]x ##vso[task.setvariable]y",
    "\x1b[2J\x1b]0;title\x07 \x9b31m",
    "\u202etxt.exe\u2066 zero\u200bwidth \U000e0041",
    "@maintainers and @acme/ops please approve",
    "closes #12, see acme/shop#7, GH-9, !34, $5, %6, ~bug",
    "https://evil.example www.evil.example mail@evil.example",
    "[click](https://evil.example) ![image](https://evil.example/x.png) [ref]: https://evil.example",
    "<script>alert(1)</script> <img src=x onerror=alert(1)> </details> <!-- hidden -->",
    "`tick` ``two`` ```fence``` ~~~ tilde",
    "a | b \\| c \\",
    "**bold** _em_ ~~gone~~ # heading > quote - [ ] task",
    "/close /approve",
    "$`x`$ $$y$$ :tada: &lt;b&gt; &#64;",
    "`",
    " ",
    "{{ secrets.TOKEN }} ${{ github.token }} $(id)",
    "日本語 👩🏽 🇩🇪 e\u0301",
    '=HYPERLINK("https://evil.example")',
    "lone \ud800",
)


def large_plan(count: int) -> Plan:
    """Return a plan of as many changes; of ten, one orders, and a few are deleted or blocked."""
    clients = [_client(number) for number in range(max(count // 4, 1))]
    changes = tuple(_change(number, clients[number % len(clients)]) for number in range(count))
    findings = (
        Finding("warning", "price-may-move", "the discount never ends", Source("m/a.yaml", 7, 3)),
        Finding("note", "forgotten", "Discount/old: it is already gone"),
    )
    return Plan(
        TARGET,
        changes,
        keeps=count * 3,
        findings=findings,
        manifest_digest="sha256:0",
        kept={},
        impact=_impact(changes, clients),
        since=BaseCommit("main", "4f1c2d0b7d9c61c2a9e1b7a95a2df1d4b7be47dd"),
    )


def _client(number: int) -> Client:
    name = f"{NAMES[number % len(NAMES)]} {TAILS[number // len(NAMES) % len(TAILS)]}"
    stem = name.lower().replace(" ", "-")
    stem += f"-{number}" if number >= len(NAMES) * len(TAILS) else ""
    return Client(stem, f"billing@{stem}.example", str(number + 10))


def _change(number: int, client: Client) -> Change:
    source = Source(f"manifests/clients/{client.name}.yaml", 12 + number % 40)
    made = _maker(number)(number, client, source)
    return replace(made, explanation=Explanation(explained=number % 11 != 8, cause="drift"))


def _maker(number: int) -> Callable[[int, Client, Source], Change]:
    makers = (
        _order,
        _discount_update,
        _rate,
        _discount,
        _delete,
        _discount_update,
        _tax,
        _renewal,
        _discount,
        _blocked,
    )
    return makers[number % len(makers)]


def _order(number: int, client: Client, source: Source) -> Change:
    amount = Decimal(490 + number * 37 % 5000) / 100
    return Change(
        Address("Service", f"{client.name}-web-{number}"),
        "create",
        edits=(
            Edit("type", None, "vds"),
            Edit("tariff", None, Choice(label="VDS-M")),
            Edit("period", None, 12),
            Edit("domain", None, f"web{number}.{client.name}.example"),
            Edit("payFrom", None, "balance"),
        ),
        classes=frozenset({"charge"}),
        depends_on=(Address("Client", client.name),),
        money=Money(amount, "EUR" if number % 3 else "USD", computed=number % 4 == 0),
        source=source,
        client=client,
    )


def _renewal(number: int, client: Client, source: Source) -> Change:
    day = MADE + timedelta(days=number % 30)
    return Change(
        Address("Service", f"{client.name}-mail-{number}"),
        "renew",
        edits=(Edit("paidThrough", day, day + timedelta(days=365)),),
        observed=_live("Service", number, {}),
        reason="renewed by 12 months",
        classes=frozenset({"charge"}),
        money=Money(None, "") if number % 3 == 0 else Money(Decimal(12), "EUR"),
        source=source,
        client=client,
    )


def _discount_update(number: int, client: Client, source: Source) -> Change:
    old = Decimal(10 if number % 7 else 12)
    held = {"percentage": old, "from": date(2026, 3, 1), "to": date(2027, 2, 28)}
    return Change(
        Address("Discount", f"{client.name}-terms-{number}"),
        "update",
        edits=(Edit("percentage", old, Decimal(15)),),
        observed=_live("Discount", number, held),
        source=source,
        client=client,
    )


def _discount(number: int, client: Client, source: Source) -> Change:
    first = date(2026, 12, 1) + timedelta(days=number % 5 * 30)
    return Change(
        Address("Discount", f"{client.name}-spring-{number}"),
        "create",
        edits=(
            Edit("percentage", None, Decimal(5 + number % 20)),
            Edit("periods", None, (Choice("12"), Choice("24"))),
            Edit("from", None, first),
            Edit("to", None, first + timedelta(days=180)),
        ),
        depends_on=(Address("Client", client.name),),
        source=source,
        client=client,
    )


def _rate(number: int, client: Client, source: Source) -> Change:
    return Change(
        Address("CurrencyRate", f"{client.name}-eur-usd-{number}"),
        "create",
        edits=(
            Edit("base", None, Choice(label="EUR")),
            Edit("relate", None, Choice(label="USD")),
            Edit("rate", None, Decimal("1.08") + Decimal(number % 9) / 100),
            Edit("date", None, date(2027, 1, 1)),
        ),
        source=source,
        client=client,
    )


def _tax(number: int, client: Client, source: Source) -> Change:
    return Change(
        Address("TaxRule", f"{client.name}-vat"),
        "update",
        edits=(Edit("rate", Decimal(19), Decimal(20)),),
        observed=_live("TaxRule", number, {"rate": Decimal(19), "provider": "Main provider"}),
        source=source,
        client=client,
    )


def _delete(number: int, client: Client, source: Source) -> Change:
    held: dict[str, object] = {"domain": f"old{number}.{client.name}.example", "tariff": "VDS-S"}
    kind, classes = ("Service", {"delete", "terminate"}) if number % 3 else ("Discount", {"delete"})
    return Change(
        Address(kind, f"{client.name}-old-{number}"),
        "delete",
        observed=_live(kind, number, held),
        reason="managed, removed from the manifests",
        classes=frozenset(classes),  # type: ignore[arg-type]
        client=client,
    )


def _blocked(number: int, client: Client, source: Source) -> Change:
    return Change(
        Address("Discount", f"{client.name}-kept-{number}"),
        "blocked",
        observed=_live("Discount", number, {}),
        reason="the resource is protected: lifecycle.protect is true",
        reason_code=ReasonCode.PROTECTED,
        source=source,
        client=client,
    )


def _live(kind: str, number: int, fields: dict[str, object]) -> Observed:
    return Observed(Scope(kind), ElementId(str(number + 1)), fields)  # type: ignore[arg-type]


def _impact(changes: Sequence[Change], clients: Sequence[Client]) -> Impact:
    charges: dict[str, dict[str, list[Decimal | None]]] = {}
    for change in changes:
        if change.money and change.client:
            sums = charges.setdefault(change.client.name, {})
            sums.setdefault(change.money.currency or "unknown", []).append(change.money.amount)
    found = []
    for place, client in enumerate(clients):
        now = {unit: _sum(amounts) for unit, amounts in charges.get(client.name, {}).items()}
        monthly = Decimal((place * 53) % 90 - 30)
        left = {
            unit: Amount(Decimal(200 - place * 17 % 260) - (each.amount or 0), "computed")
            for unit, each in now.items()
            if each.amount is not None
        }
        money = MoneyImpact(
            charges_now=now,
            monthly_change={"EUR": Amount(monthly, "computed")} if monthly else {},
            yearly_change={"EUR": Amount(monthly * 12, "computed")} if monthly else {},
            credit_left=left,
        )
        if not money.empty:
            found.append(ClientImpact(f"Client/{client.name}", client.email, money))
    found.sort(
        key=lambda each: -max((a.amount or 0 for a in each.money.charges_now.values()), default=0)
    )
    total = MoneyImpact(
        charges_now=_total([each.money.charges_now for each in found]),
        into_cart={"EUR": Amount(Decimal("88.20"), "quoted")},
        monthly_change=_total([each.money.monthly_change for each in found]),
        yearly_change=_total([each.money.yearly_change for each in found]),
        recurring_before={"EUR": Amount(Decimal("18240.50"), "computed")},
        recurring_after={"EUR": Amount(Decimal("18790.10"), "computed", at_least=True)},
        tax_part={"EUR": Amount(Decimal("31.05"), "computed")},
        credit_left=_total([each.money.credit_left for each in found]),
    )
    messages = tuple(
        Message(change.address, f"Client/{change.client.name}", "service-opened")
        for change in changes
        if change.client and change.address.kind == "Service" and change.action == "create"
    )
    return Impact(
        total,
        tuple(found),
        client_count=len(clients),
        median_change={"EUR": Decimal("9.50")},
        largest_change={"EUR": LargestChange(Decimal("59.00"), found[0].client)} if found else {},
        messages=messages,
    )


def _sum(amounts: Sequence[Decimal | None]) -> Amount:
    known = [each for each in amounts if each is not None]
    if not known:
        return Amount(None, "unknown")
    return Amount(sum(known, Decimal(0)), "quoted", at_least=len(known) < len(amounts))


def _total(sums: Sequence[object]) -> dict[str, Amount]:
    parts: dict[str, list[Amount]] = {}
    for each in sums:
        assert isinstance(each, dict)
        for unit, amount in each.items():
            parts.setdefault(unit, []).append(amount)
    return {unit: _sum([each.amount for each in amounts]) for unit, amounts in parts.items()}


def hostile_plan(count: int) -> Plan:
    """Return a plan of changes of every sort, with hostile names and outliers among them."""
    changes = tuple(_hostile_change(number) for number in range(count))
    finding = Finding("warning", "price-may-move", HOSTILE[8], Source("manifests/a|b.yaml", 3, 1))
    return Plan(TARGET, changes, 209, (finding,), "sha256:0", {}, impact=_hostile_impact(count))


def _hostile_change(number: int) -> Change:
    odd = HOSTILE[number // 10 % len(HOSTILE)]
    client = Client(f"client-{number // 2}", f"pay-{number // 2}@clients.example", str(number))
    base = Change(
        Address("Discount", f"d-{number}"),
        "update",
        observed=Observed(Scope("Discount"), ElementId(str(number + 1)), {}),
        source=Source(f"manifests/clients/{number % 7}.yaml", number + 1),
        client=client,
    )
    match number % 10:
        case 0:
            cost = Decimal(999) if number % 970 == 0 else Decimal("12.5")
            return replace(
                base,
                address=Address("Service", f"s-{number}"),
                action="create",
                observed=None,
                edits=(
                    Edit("domain", None, f"w{number}.example"),
                    Edit("tariff", None, Choice("1", "Web Start")),
                ),
                classes=frozenset({"charge"}),
                money=Money(cost, "EUR", client.name),
            )
        case 1:
            held: Fields = {"percentage": Decimal(number % 50), "note": odd}
            return replace(
                base,
                action="delete",
                reason="managed, removed from the manifests",
                observed=Observed(Scope("Discount"), ElementId(str(number + 1)), held),
                classes=frozenset({"delete"}),
                source=None,
            )
        case 2:
            return replace(base, edits=(Edit("note", odd, f"{odd} {number}"),))
        case 3:
            lists = [frozenset({Choice("1", name), Choice("2", "Slow")}) for name in ("A", odd)]
            edits = (Edit("groups", *lists),)
            return replace(base, address=Address("Client", f"c-{number}"), edits=edits)
        case 4:
            return replace(
                base, action="adopt", edits=(Edit("marker", None, f"[git:shop/d-{number}]"),)
            )
        case 5:
            return replace(base, action="blocked", reason=f"object {number} has the name {odd}")
        case _:
            new = Decimal(90 if number % 997 == 0 else 15)
            return replace(base, edits=(Edit("percentage", Decimal(10), new),))


def _hostile_impact(count: int) -> Impact:
    charged = list(range(0, count, 10))
    total = sum((Decimal(999) if n % 970 == 0 else Decimal("12.5") for n in charged), Decimal(0))
    money = MoneyImpact(
        charges_now={"EUR": Amount(total, "quoted"), "unknown": Amount(None, "unknown")},
        recurring_before={"EUR": Amount(Decimal(120), "computed")},
        recurring_after={"EUR": Amount(120 + total, "computed", at_least=True)},
        monthly_change={"EUR": Amount(total, "computed", at_least=True)},
        yearly_change={"EUR": Amount(12 * total, "computed", at_least=True)},
        tax_part={"EUR": Amount(Decimal("2.38"), "computed")},
        credit_left={"EUR": Amount(Decimal("-1.50"), "quoted")},
    )
    clients = tuple(
        ClientImpact(
            f"Client/client-{n // 2}",
            HOSTILE[n // 10 % len(HOSTILE)],
            MoneyImpact(
                charges_now={"EUR": Amount(Decimal("12.5"), "quoted")},
                credit_left={"EUR": Amount(Decimal(-3 if n == 170 else 40), "quoted")},
            ),
        )
        for n in charged
    )
    messages = tuple(
        Message(Address("Service", f"s-{n}"), f"Client/client-{n // 2}", "service-opened")
        for n in charged
    )
    largest = {"EUR": LargestChange(Decimal(999), "Client/client-0")}
    return Impact(money, clients, len(clients), {"EUR": Decimal("12.5")}, largest, messages)
