"""Plans of any size to be shown: money, losses, alike changes, outliers and hostile names."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from reconciler.model.address import Address, ElementId
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
from reconciler.model.resource import Observed, Scope
from reconciler.model.value import Choice

if TYPE_CHECKING:
    from reconciler.model.value import Fields

TARGET: Final = TargetRef("prod", "https://billing.example.com/billmgr")
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
    """Return a plan of some changes, of every sort, with hostile names among them."""
    changes = tuple(_change(number) for number in range(count))
    finding = Finding("warning", "price-may-move", HOSTILE[8], Source("manifests/a|b.yaml", 3, 1))
    return Plan(TARGET, changes, 209, (finding,), "sha256:0", {}, impact=_impact(count))


def _change(number: int) -> Change:
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


def _impact(count: int) -> Impact:
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
