"""The whole round in every format and by every way in, for every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, get_args

import pytest

from reconciler.model.target import Auth, AuthMethod, Format
from reconciler.model.value import Secret
from reconciler.sandbox import ADMIN, Sandbox, audit, write_mgrctl
from tests.support.project import KnownSecrets, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMATS: tuple[Format, ...] = get_args(Format)
KEY = Secret("env", ("KEY",))
ONE_TIME = "one-time-key-0123456789"
CLIENT = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
lifecycle: {onRemove: delete}
spec:
  email: Billing@Acme.example
  name: "Acme & Söhne <GmbH>, 50 % \\"off\\""
  realName: "  Ünsal Ñandú  "
  provider: Main provider
  country: DE
  note: "a: b, c = d"
  groups: [Partners]
  providers: [Main provider]
"""
ACCOUNTS = """\
  accounts:
    - name: acme-usd
      provider: Main provider
      currency: USD
      creditLimit: 12.50
      incidentLimit: 3
"""
CHILDREN = """\
  discounts:
    - name: acme-spring
      percentage: 12.5
      type: Percentage discount
      appliesTo: Order and renewal
      periods: [1, 12]
      from: 2026-12-01
      to: null
      note: "10 % & more"
  taxRules:
    - name: acme-vat
      provider: Main provider
      rate: 19
      productTypes: [VPS, Shared hosting]
    - name: acme-rest
      provider: Reseller provider
      rate: 7.5
      productTypes: all
  currencyRates:
    - name: acme-eur-usd
      base: EUR
      relate: USD
      rate: 1.0825
      date: 2027-01-01
  services:
    - name: acme-web
      lifecycle: {onRemove: delete}
      type: vhost
      tariff: Web Start
      domain: acme.example
      autoRenewMonths: null
    - name: acme-vm
      lifecycle: {onRemove: delete}
      type: vds
      tariff: Cloud S
      domain: vm.acme.example
      periodMonths: 3
    - name: acme-metal
      lifecycle: {onRemove: delete}
      type: dedic
      tariff: Server E3
      domain: metal.acme.example
"""
EMPTY = "  discounts: []\n  taxRules: []\n  currencyRates: []\n  services: []\n"
OTHER = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: other}
spec: {email: other@example.com, provider: Main provider}
"""
KINDS = {"Client", "ClientAccount", "Discount", "TaxRule", "CurrencyRate", "Service"}


class Keys(KnownSecrets):
    """Knows the single-use key as well."""

    def resolve(self, secret: Secret) -> str:
        return ONE_TIME if secret == KEY else super().resolve(secret)


class Trip(Project):
    """A round by one way in; a single-use key is made anew for each signing in."""

    def __init__(self, root: Path, sandbox: Sandbox, fmt: Format, way: AuthMethod) -> None:
        super().__init__(root, sandbox)
        self.sandbox = sandbox
        self.secrets = Keys()
        auth = Auth(way, ADMIN, self.target.auth.password, KEY)
        if way == "mgrctl":
            self.app = None
            auth = Auth(way, program=str(write_mgrctl(root, root / "panel.sqlite3")))
        self.target = replace(self.target, auth=auth, format=fmt)

    def create(self) -> None:
        """Create one of every kind, and find nothing left to do."""
        self.write(CLIENT + ACCOUNTS + CHILDREN)
        self._apply_all(KINDS)
        assert self._brief() == []

    def heal(self) -> None:
        """Find no drift, and delete again what can be deleted."""
        self._refresh()
        drift = self.drift()
        assert not drift.found
        self.write(CLIENT + EMPTY)
        # An account cannot be deleted and rates are history: they are kept, and no longer ours.
        self._apply_all(KINDS - {"Client", "ClientAccount", "CurrencyRate"})
        assert self._brief() == []
        self.write(OTHER)
        self._apply_all({"Client"})
        assert self._brief() == []

    def _apply_all(self, kinds: set[str]) -> None:
        self._refresh()
        plan = self.plan()
        assert [f.message for f in plan.findings if f.severity == "error"] == []
        self._refresh()
        self.apply(plan)
        ended = {(str(o.change.address), o.result, o.message) for o in self.outcomes}
        assert {each for each in ended if each[1] != "verified"} == set()
        assert {o.change.address.kind for o in self.outcomes} == kinds

    def _brief(self) -> list[str]:
        self._refresh()
        return [f"{c.action} {c.address} {c.reason} {c.edits}" for c in self.plan().changes]

    def _refresh(self) -> None:
        if self.target.auth.method == "key":
            answer = self.sandbox.call("session.newkey", username=ADMIN, key=ONE_TIME)
            assert b"<ok" in answer, answer


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Open a panel on disk that closes and opens services at once."""
    with Sandbox(tmp_path / "panel.sqlite3", lag=timedelta(0)) as panel:
        yield panel


@pytest.mark.parametrize("way", ["session", "authinfo", "key"])
@pytest.mark.parametrize("fmt", FORMATS)
def test_round_goes_through_in_every_format(
    tmp_path: Path, sandbox: Sandbox, fmt: Format, way: AuthMethod
) -> None:
    """Every kind is created, found as declared, found undrifted, and deleted where it can be."""
    project = Trip(tmp_path, sandbox, fmt, way)
    project.create()
    project.heal()


def test_round_goes_through_the_command_of_the_panel(tmp_path: Path, sandbox: Sandbox) -> None:
    """By mgrctl, in XML: every kind is created and found as declared; nobody has signed in."""
    Trip(tmp_path, sandbox, "xml", "mgrctl").create()

    asked = audit(sandbox)
    assert {each.actor for each in asked} == {"root@local"}
    assert "auth" not in {each.func for each in asked}
