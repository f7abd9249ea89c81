"""What no panel could take is refused before one is asked, each with what to do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reconciler.kinds.parse import parse_spec
from tests.support.planning import MINIMAL_SPECS, kind_of

LONG = "a" * 64


@pytest.mark.parametrize(
    ("kind", "field", "raw", "words"),
    [
        ("Service", "domain", "acme.example:8080", "has no port"),
        ("Service", "domain", "-acme.example", "dash"),
        ("Service", "domain", "web.acme-.example", "dash"),
        ("Service", "domain", f"{LONG}.example", "64 characters, at most 63"),
        ("Service", "domain", f"{'ü' * 60}.example", "at most 63"),
        ("Service", "domain", "acme..example", "two dots"),
        ("Service", "domain", "acme.example.", "dot"),
        ("Service", "domain", ".example", "dot"),
        ("Service", "domain", "*.example", "remove other characters"),
        ("Service", "domain", "ann@acme.example", "remove other characters"),
        ("Service", "ip", "300.1.1.1", "192.0.2.7"),
        ("Service", "ip", "10.0.0.1, ten", "192.0.2.7"),
        ("Service", "ip", "10.0.0.1/24", "192.0.2.7"),
        ("Service", "username", "ann lee", "without blanks"),
        ("Service", "autoRenewMonths", 500, "500 is above 120"),
        ("Service", "addons", {"7,8": 1}, "several"),
        ("Service", "addons", {"Disk,CPU": 1}, "several"),
        ("Service", "addons", {"7, 8": 1}, "several"),
        ("Service", "addons", {"sok": "ok"}, "the add-on's id"),
        ("Service", "addons", {"p_cnt": 1}, "the add-on's id"),
        ("Service", "addons", {"addon_7": 1}, "id alone"),
        ("Service", "addons", {" ": 1}, "no name"),
        ("Service", "addons", {"7": -1}, "below zero"),
        ("Service", "addons", {"7": Decimal("-0.5")}, "below zero"),
        ("Service", "addons", {"7": " "}, "a number, a text or a flag"),
        ("Service", "addons", {"7": "1\n2"}, "on one"),
        ("Service", "addons", {"Disk": 1, "DISK": 2}, "twice"),
        ("Service", "tariff", "VPS\n1", "on one"),
        ("Service", "paidThrough", "2026-02-30", "not a day of the calendar"),
        ("Service", "rotate", "a\nb", "on one"),
        ("Client", "email", "ann..lee@acme.example", "dot"),
        ("Client", "email", ".ann@acme.example", "dot"),
        ("Client", "email", "ann@acme.example:25", "has no port"),
        ("Client", "email", "ann@-acme.example", "dash"),
        ("Client", "email", f"{'a' * 65}@acme.example", "65 characters"),
        ("Client", "email", "<ann@acme.example>", "one email address"),
        ("Client", "name", "Acme\nGmbH", "on one"),
        ("Client", "phone", "by post", "+49"),
        ("Client", "configurationUrl", "https://a.example/ b", "without blanks"),
        ("Client", "groups", ["Gold", "GOLD"], "repeated"),
        ("ClientAccount", "creditLimit", Decimal("10.005"), "two decimals"),
        ("ClientAccount", "referredBy", "acme", "refer itself"),
        ("ClientAccount", "referredBy", {"email": "nobody"}, "one email address"),
        ("CurrencyRate", "relate", "eur", "is the base currency"),
        ("TaxRule", "rate", Decimal("100.5"), "100.5 is above 100"),
        ("TaxRule", "productTypes", ["vds", "VDS"], "repeated"),
        ("Discount", "percentage", Decimal("100.01"), "100.01 is above 100"),
        ("Discount", "client", {"email": "a@b@c"}, "one email address"),
    ],
)
def test_value_that_no_panel_accepts_is_refused_with_a_remedy(
    kind: str, field: str, raw: object, words: str
) -> None:
    """One finding, at the field, in words that say what to mend."""
    _, faults = parse_spec(kind_of(kind), {**MINIMAL_SPECS[kind], field: raw})

    assert [fault.path[0] for fault in faults] == [field]
    assert words in faults[0].message


@pytest.mark.parametrize(
    ("kind", "field", "raw"),
    [
        ("Service", "domain", "acme.example"),
        ("Service", "domain", "web-1"),
        ("Service", "domain", "my_site.acme.example"),
        ("Service", "domain", "bücher.example"),
        ("Service", "domain", "президент.рф"),
        ("Service", "domain", "xn--bcher-kva.example"),
        ("Service", "domain", f"{LONG[1:]}.example"),
        ("Service", "ip", ""),
        ("Service", "ip", "2001:db8::7"),
        ("Service", "ip", "192.0.2.7, 192.0.2.8"),
        ("Service", "username", "ann"),
        ("Service", "autoRenewMonths", 120),
        ("Service", "addons", {"Memory, GB": 8}),
        ("Service", "addons", {"7": 0, "Backup": False, "Disk space": "50 GB"}),
        ("Client", "email", "ann.lee+billing@acme.example"),
        ("Client", "email", "o'neil@bücher.example"),
        ("Client", "email", "root@localhost"),
        ("Client", "phone", ""),
        ("Client", "phone", "(030) 901820 ext. 4"),
        ("Client", "configurationUrl", ""),
        ("Client", "note", "two\nlines"),
        ("ClientAccount", "creditLimit", Decimal("10.50")),
        ("ClientAccount", "creditLimit", 10**12),
        ("ClientAccount", "referredBy", "globex"),
        ("CurrencyRate", "relate", "USD"),
    ],
)
def test_value_that_some_panel_accepts_is_allowed(kind: str, field: str, raw: Any) -> None:  # noqa: ANN401 - a field's value
    """Unusual is not wrong: only a panel can say."""
    fields, faults = parse_spec(kind_of(kind), {**MINIMAL_SPECS[kind], field: raw})

    assert faults == []
    assert field in fields


def test_add_on_error_is_reported_at_its_own_position() -> None:
    """Two of many are wrong: each is a finding, at its key, cut where it is long."""
    addons = {"7": 1, "sok": "ok", "x" * 99 + ",1": 1}
    _, faults = parse_spec(kind_of("Service"), {**MINIMAL_SPECS["Service"], "addons": addons})

    assert [fault.path for fault in faults] == [("addons", "sok"), ("addons", "x" * 99 + ",1")]
    assert max(len(fault.message) for fault in faults) < 140
