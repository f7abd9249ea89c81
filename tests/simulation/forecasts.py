"""Forecasts against the panel's ledger: ``python -m tests.simulation.forecasts --plans 2000``.

Each plan of a random client is applied; wherever it says ``quoted`` or ``computed``, the panel must
take, put into the cart and renew at exactly that. Prints figures; exits with 1 when a forecast was
wrong.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.engine.planner import make_reviewed_plan
from reconciler.model.address import parse_address
from reconciler.planning.pricing import round_money
from reconciler.sandbox import Install, Sandbox, load_install, seed
from reconciler.store.receipts import charging_runs, read_receipts
from tests.simulation.change_log import query_panel
from tests.simulation.money_plans import MoneyPlans
from tests.simulation.project import LongVirtualTime, SimulatedProject
from tests.support.installs import file_of
from tests.support.recorded_project import TARGET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.model.address import Address
    from reconciler.model.impact import MoneyImpact, Sums
    from reconciler.model.plan import Plan
    from reconciler.sandbox.install import Money as MoneyFormat
    from tests.simulation.project import RunResult

CENT = Decimal("0.01")
# Ways of installations that a forecast must not depend on, beside the default one.
INSTALLS: Mapping[str, Install] = {
    "default": Install(),
    "tax added": Install(tax="added"),
    "bare orders": Install(orders="bare"),
    "no price list": Install(hidden_columns={"pricelist": ("price",)}),
    **{name: load_install(file_of(name)) for name in ("dots", "newer", "roubles")},
}
# How the ledger calls what an action of a plan charges for.
_WORDS = {"create": "order", "renew": "prolong", "update": "addon", "adopt": "addon"}
_TERMS = frozenset({"Discount", "TaxRule", "CurrencyRate"})
_MOST_RUNS = 4
_CLIENTS = 25
_OTHERS = 2


class Calendar(LongVirtualTime):
    """A time whose days are counted apart, for the seconds of years are too many to be exact."""

    days = 0

    def moment(self) -> datetime:
        """Return the date and time."""
        return super().moment() + timedelta(days=self.days)


@dataclass(slots=True)
class Forecasts:
    """What was played: the figures, and each forecast that was wrong."""

    figures: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class MoneyTrial:
    """The plans of one client on a panel that others use as well."""

    panel: Sandbox
    world: SimulatedProject
    clock: Calendar
    plans: MoneyPlans
    found: Forecasts
    where: str
    _seen: int = 0

    def play(self, count: int) -> None:
        """Plan and apply so many times."""
        self.plans.begin()
        for number in range(count):
            if number:
                self.plans.paid = self._paid_through()
                self.plans.go_on()
            self.world.declare(self.plans.declaration)
            if not self._apply(f"{self.where}, plan {number + 1}"):
                return
            self.clock.days += self.plans.dice.choice((0, 1, 20))
            self.plans.today = self.clock.today()

    def _apply(self, where: str) -> bool:
        """Apply until nothing is left to do, and judge the first plan by all that was taken."""
        self._seen = self._last_charge()
        waiting = self._in_cart()
        before = self._recurring()
        past = set(charging_runs(self.world.journal))
        first: Plan | None = None
        code: int | None = None
        for _ in range(_MOST_RUNS):
            seen = self._last_charge()
            ran = self.world.run()
            if ran.plan is None:
                self.found.figures["plans that were refused"] += 1
                self.found.wrong += [f"{where}: {ran.error}"] if ran.code not in {2, 4} else []
                return False
            self._judge_changes(f"{where}", ran, seen)
            first, code = first or ran.plan, ran.code
            if ran.code == 0:
                break
        if first is not None and not _moves_terms(first):
            self._judge_receipts(where, first, past)
        if first is None:
            return False
        self.found.figures["plans"] += 1
        if code == 0:
            judged = () if self._adds_tax and _moves_tax(first) else first.impact.clients
            for each in judged:
                self._judge_client(where, first, each.money, waiting, before)
        else:
            self.found.figures["plans that could not be applied whole"] += 1
        return code == 0

    def _judge_changes(self, where: str, ran: RunResult, seen: int) -> None:
        """Compare what each change was forecast to take with what was taken for it."""
        taken = self._taken(seen)
        if _moves_terms(ran.plan):
            # What the plan itself makes cheaper is in its impact; the change shows the quote.
            return
        for change in ran.plan.changes if ran.plan else ():
            if "charge" not in change.classes:
                continue
            money, name = change.money, change.address.name
            if change.action == "renew" and _updates(ran.plan, change.address):
                continue  # Its quote is of the add-ons that the service has today.
            if money is None or money.amount is None:
                self.found.figures["changes of unknown price"] += 1
                continue
            word = _WORDS[change.action]
            real = [(a, u) for (each, what, u), a in taken.items() if (each, what) == (name, word)]
            if not real:
                continue
            self.found.figures["changes compared"] += 1
            if real != [(money.amount, money.currency)]:
                told = ", ".join(f"{amount} {unit}" for amount, unit in real)
                said = f"{money.amount} {money.currency}"
                self.found.wrong.append(f"{where}, {word} of {name}: said {said}, real {told}")

    def _judge_client(
        self,
        where: str,
        plan: Plan,
        money: MoneyImpact,
        waiting: dict[str, Decimal],
        before: dict[str, Decimal],
    ) -> None:
        charged = {c.address.name for c in plan.changes if "charge" in c.classes}
        taken: dict[str, Decimal] = {}
        for (name, _, unit), amount in self._taken(self._seen).items():
            if name in charged:
                taken[unit] = taken.get(unit, Decimal(0)) + amount
        more = {
            unit: amount - waiting.get(unit, Decimal(0))
            for unit, amount in self._in_cart().items()
            if amount != waiting.get(unit)
        }
        self._judge(f"{where}, charges", money.charges_now, taken)
        self._judge(f"{where}, cart", money.into_cart, more)
        self._judge(f"{where}, recurring before", money.recurring_before, before, loose=True)
        self._judge(
            f"{where}, recurring after", money.recurring_after, self._recurring(), loose=True
        )
        self._judge(f"{where}, credit", money.credit_left, self._credit(money), loose=True)

    def _judge(
        self, where: str, said: Sums, real: Mapping[str, Decimal], *, loose: bool = False
    ) -> None:
        what = where.rpartition(", ")[2]
        if not said and loose:
            return
        if any(each.amount is None or each.at_least for each in said.values()):
            self.found.figures[f"{what}: unknown"] += 1
            return
        known = {unit: each.amount for unit, each in said.items() if each.amount}
        self.found.figures[f"{what}: known"] += bool(said)
        wanted = {unit: amount for unit, amount in real.items() if amount}
        if known != wanted:
            told = ", ".join(f"{amount} {unit}" for unit, amount in wanted.items())
            forecast = ", ".join(f"{amount} {unit}" for unit, amount in known.items())
            self.found.wrong.append(f"{where}: said {forecast or 'nothing'}, real {told or 0}")

    def _judge_receipts(self, where: str, plan: Plan, past: set[str]) -> None:
        for run in set(charging_runs(self.world.journal)) - past:
            for each in read_receipts(self.world.journal, run):
                said = each.forecast
                renewed = each.action == "renew" and _updates(plan, parse_address(each.address))
                if said is None or not said.amount or each.charged is None or renewed:
                    continue
                self.found.figures["receipts"] += 1
                if not each.as_forecast:
                    self.found.wrong.append(
                        f"{where}: the receipt of {each.address} says {each.charged}, not {said}"
                    )

    def _last_charge(self) -> int:
        return int(query_panel(self.panel, "SELECT ifnull(max(id), 0) FROM ledger")[0][0])

    def _taken(self, seen: int) -> dict[tuple[str, str, str], Decimal]:
        """Return what was taken since: by the name of the service, what for, and by currency."""
        sql = (
            "SELECT i.domain, l.what, l.currency, sum(l.cents) FROM ledger l"
            " JOIN item i ON i.id = l.item WHERE l.id > ? GROUP BY 1, 2, 3"
        )
        rows = query_panel(self.panel, sql, seen)
        return {
            (domain.removesuffix(".example"), what, unit): Decimal(cents) / 100
            for domain, what, unit, cents in rows
        }

    def _in_cart(self) -> dict[str, Decimal]:
        sql = (
            "SELECT c.iso, sum(b.cents) FROM basket b JOIN item i ON i.id = b.item"
            " JOIN subaccount s ON s.id = i.subaccount JOIN currency c ON c.id = s.currency"
            " JOIN account a ON a.id = i.account WHERE a.email = ? GROUP BY 1"
        )
        rows = query_panel(self.panel, sql, self._email)
        return {unit: Decimal(cents) / 100 for unit, cents in rows}

    def _credit(self, money: MoneyImpact) -> dict[str, Decimal]:
        sql = (
            "SELECT c.iso, min(s.balance + s.creditlimit) FROM subaccount s"
            " JOIN currency c ON c.id = s.currency JOIN account a ON a.id = s.account"
            " WHERE a.email = ? GROUP BY 1"
        )
        rows = dict(query_panel(self.panel, sql, self._email))
        return {unit: Decimal(rows.get(unit, 0)) / 100 for unit in money.credit_left}

    def _recurring(self) -> dict[str, Decimal]:
        """Return what the services that run cost for a month, as the panel would renew them."""
        sql = (
            "SELECT i.id, i.period, a.email FROM item i JOIN account a ON a.id = i.account"
            " WHERE a.email = ? AND (i.status = '2' OR i.status LIKE '5_open%') AND i.period > 0"
        )
        found: dict[str, Decimal] = {}
        for number, months, email in query_panel(self.panel, sql, self._email):
            body = self.panel.call("service.prolong", elid=str(number), su=email).decode()
            text = re.search(r"<cost>([^<]*)</cost>", body)
            assert text, body
            amount, unit = _amount(text[1], self.panel.settings.money)
            found[unit] = found.get(unit, Decimal(0)) + amount / months
        return {unit: round_money(amount) for unit, amount in found.items()}

    def _paid_through(self) -> dict[str, date]:
        sql = (
            "SELECT i.domain, i.expiredate FROM item i JOIN account a ON a.id = i.account"
            " WHERE a.email = ? AND i.expiredate <> '' AND i.status = '2'"
        )
        return {
            domain.removesuffix(".example"): date.fromisoformat(day)
            for domain, day in query_panel(self.panel, sql, self._email)
        }

    @property
    def _adds_tax(self) -> bool:
        """Whether the tax comes on top, which nothing shows before the form of a client."""
        return self.panel.settings.tax == "added"

    @property
    def _email(self) -> str:
        return f"billing@{self.plans.client}.example"


def _moves_tax(plan: Plan) -> bool:
    return any(each.address.kind == "TaxRule" for each in plan.changes)


def _updates(plan: Plan | None, address: Address) -> bool:
    changes = plan.changes if plan else ()
    return any(each.address == address and each.action in {"update", "adopt"} for each in changes)


def _moves_terms(plan: Plan | None) -> bool:
    return plan is None or any(each.address.kind in _TERMS for each in plan.changes)


def _amount(text: str, printed: MoneyFormat) -> tuple[Decimal, str]:
    number, _, unit = text.rpartition(" ")
    digits = "".join(each for each in number if each.isdigit() or each == printed.decimal)
    return Decimal(digits.replace(printed.decimal, ".")), unit


@contextmanager
def money_panel(number: int, install: Install, clock: Calendar) -> Iterator[Sandbox]:
    """Open a panel of an installation, with a few clients of its own."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "panel.sqlite3"
        seed(file, clients=_OTHERS, seed=number % 97)
        ways = replace(install, lag=timedelta(0))
        with Sandbox(file, clock=clock.moment, install=ways) as kept:
            panel = kept.restored(kept.snapshot())
        yield panel


def play_plans(first: int, count: int, install: str = "default", each: int = 4) -> Forecasts:
    """Play so many plans of clients on an installation; client ``first`` + n has its own dice."""
    found = Forecasts()
    number = first
    while found.figures["plans"] < count and number - first < count:
        clock = Calendar()
        with money_panel(number, INSTALLS[install], clock) as panel:
            for _ in range(_CLIENTS):
                with TemporaryDirectory() as folder:
                    world = SimulatedProject(
                        root=Path(folder),
                        app=panel,
                        clock=clock,
                        target=TARGET,
                        planner=make_reviewed_plan,
                    )
                    world.planner = make_reviewed_plan
                    plans = MoneyPlans(Random(number), clock.today(), number)
                    where = f"{install}, client {number}"
                    MoneyTrial(panel, world, clock, plans, found, where).play(each)
                number += 1
                if found.figures["plans"] >= count:
                    break
    found.figures["clients"] += number - first
    return found


def main() -> int:
    """Play, print, and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.forecasts")
    parser.description = __doc__
    parser.add_argument("--plans", type=int, default=200, help="how many on each installation")
    parser.add_argument("--seed", type=int, default=1, help="of the first client; others follow")
    parser.add_argument("--install", choices=sorted(INSTALLS), action="append", help="default: all")
    parser.add_argument("--show", type=int, default=20, help="how many wrong ones are printed")
    args = parser.parse_args()
    logging.getLogger("reconciler").addHandler(logging.NullHandler())
    failed = 0
    for install in args.install or INSTALLS:
        began = time.monotonic()
        found = play_plans(args.seed, args.plans, install)
        _say(f"{install}, {time.monotonic() - began:.0f} seconds")
        for name in sorted(found.figures):
            _say(f"{found.figures[name]:>9}  {name}")
        _say(f"{len(found.wrong):>9}  wrong", *found.wrong[: args.show])
        failed += len(found.wrong)
    return 1 if failed else 0


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
