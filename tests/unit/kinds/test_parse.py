from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from reconciler.kinds.parse import parse_spec
from reconciler.model.value import Choice, Ref, Secret
from tests.support.planning import MINIMAL_SPECS, kind_of


@pytest.mark.parametrize("kind", sorted(MINIMAL_SPECS))
def test_only_declared_fields_are_desired(kind: str) -> None:
    """A field that is left out is unmanaged, whatever its default."""
    fields, faults = parse_spec(kind_of(kind), MINIMAL_SPECS[kind])

    assert faults == []
    assert set(fields) == set(MINIMAL_SPECS[kind])


@pytest.mark.parametrize(
    ("kind", "field"), [(k, f) for k in sorted(MINIMAL_SPECS) for f in MINIMAL_SPECS[k]]
)
def test_missing_field_is_named(kind: str, field: str) -> None:
    """Without what its identity rests on, a resource is nothing."""
    raw = {key: value for key, value in MINIMAL_SPECS[kind].items() if key != field}
    _, (fault,) = parse_spec(kind_of(kind), raw)

    assert fault.code == "missing-field"
    assert field in fault.message


@pytest.mark.parametrize(
    ("kind", "field", "raw", "value"),
    [
        ("Client", "country", "DE", Choice(label="DE")),
        ("Client", "country", {"id": "182"}, Choice(id="182")),
        ("Client", "country", {"id": 182}, Choice(id="182")),
        ("Client", "note", "", ""),
        ("Client", "password", {"env": "PASSPHRASE"}, Secret("env", ("PASSPHRASE",))),
        ("Client", "password", {"command": ["pass", "x"]}, Secret("command", ("pass", "x"))),
        ("Client", "groups", [], frozenset()),
        ("Client", "groups", ["Gold", {"id": 4}], frozenset({Choice(None, "Gold"), Choice("4")})),
        ("ClientAccount", "creditLimit", 150, Decimal(150)),
        ("ClientAccount", "referredBy", {"email": "a@b.c"}, Ref("Client", "email", "a@b.c")),
        ("ClientAccount", "referredBy", {"id": 7}, Ref("Client", "id", "7")),
        ("ClientAccount", "suspended", True, True),
        ("Discount", "client", "acme", Ref("Client", "name", "acme")),
        ("Discount", "percentage", Decimal("12.50"), Decimal("12.50")),
        (
            "Discount",
            "periods",
            [1, 12, {"id": 7}],
            frozenset({Choice(None, "1 month"), Choice(None, "12 months"), Choice("7")}),
        ),
        ("Discount", "from", "2026-03-01", date(2026, 3, 1)),
        ("Discount", "to", None, None),
        ("TaxRule", "productTypes", "all", frozenset()),
        ("TaxRule", "productTypes", ["VDS"], frozenset({Choice(None, "VDS")})),
        ("Service", "autoRenewMonths", None, None),
        ("Service", "addons", {"7": 5, "Disk": True}, {"7": "5", "Disk": "on"}),
        ("Service", "payFrom", "balance", "balance"),
    ],
)  # fmt: skip
def test_field_accepts_the_documented_values(
    kind: str, field: str, raw: object, value: object
) -> None:
    """Each spelling that the manual names becomes its value."""
    fields, faults = parse_spec(kind_of(kind), {**MINIMAL_SPECS[kind], field: raw})

    assert faults == []
    assert fields[field] == value


@pytest.mark.parametrize(
    ("kind", "field", "raw"),
    [
        ("Client", "email", "no address"),
        ("Client", "email", "a@b.example, c@d.example"),
        ("Client", "email", "a@b.example\n"),
        ("Client", "name", 5),
        ("Client", "country", True),
        ("Client", "country", {"id": True}),
        ("Client", "country", {"id": "1, 2"}),
        ("Client", "country", {"id": "é"}),
        ("Client", "country", {"id": "1", "label": "x"}),
        ("Client", "country", "  "),
        ("Client", "excludeFromStatistics", "on"),
        ("Client", "password", "hunter2"),
        ("Client", "password", {"env": "A", "file": "b"}),
        ("Client", "password", {"command": []}),
        ("Client", "password", {"env": "BAD NAME"}),
        ("Client", "password", {"env": "1ST"}),
        ("Client", "password", {"env": "A\n"}),
        ("Client", "groups", "Gold"),
        ("Client", "groups", ["Gold", "Gold"]),
        ("ClientAccount", "creditLimit", -1),
        ("ClientAccount", "referredBy", {"id": "7, 8"}),
        ("ClientAccount", "referredBy", {"id": "٧"}),
        ("ClientAccount", "referredBy", {"id": 0}),
        ("ClientAccount", "incidentLimit", Decimal("1.5")),
        ("Discount", "percentage", 110),
        ("Discount", "percentage", 0),
        ("Discount", "percentage", "15"),
        ("Discount", "percentage", Decimal("NaN")),
        ("Discount", "from", "2026-02-30"),
        ("Discount", "from", "1 March 2026"),
        ("Discount", "priority", True),
        ("TaxRule", "rate", 101),
        ("CurrencyRate", "rate", 0),
        ("CurrencyRate", "amount", 0),
        ("Service", "type", "mail"),
        ("Service", "domain", "a.example, b.example"),
        ("Service", "domain", ""),
        ("Service", "periodMonths", -100),
        ("Service", "periodMonths", 0),
        ("Service", "periodMonths", True),
        ("Service", "autoRenewMonths", 0),
        ("Service", "payFrom", "card"),
        ("Service", "generation", 0),
        ("Service", "addons", {"7": [1]}),
    ],
)
def test_field_refuses_everything_else(kind: str, field: str, raw: object) -> None:
    """A value of another shape is one finding at its own place."""
    _, faults = parse_spec(kind_of(kind), {**MINIMAL_SPECS[kind], field: raw})

    assert [fault.path[0] for fault in faults] == [field]


@pytest.mark.parametrize(
    ("first", "last", "faulty"),
    [
        ("2026-03-02", "2026-03-01", ["to"]),
        ("2026-03-01", "2026-03-01", []),
        ("2026-03-01", None, []),
        ("2026-02-30", "2026-03-01", ["from"]),
    ],
)
def test_discount_does_not_end_before_it_begins(
    first: str, last: str | None, faulty: list[str]
) -> None:
    """One day is the least; without an end it goes on."""
    raw = {**MINIMAL_SPECS["Discount"], "from": first, "to": last}
    _, faults = parse_spec(kind_of("Discount"), raw)

    assert [fault.path[0] for fault in faults] == faulty


@pytest.mark.parametrize("kind", sorted(MINIMAL_SPECS))
def test_null_is_refused_wherever_it_does_not_mean_none(kind: str) -> None:
    """Leaving out means unmanaged; null would have to mean something."""
    for facet in kind_of(kind).facets:
        field = facet.name.partition(".")[0]
        if facet.wire.none:
            continue
        _, faults = parse_spec(kind_of(kind), {**MINIMAL_SPECS[kind], field: None})
        assert {fault.path for fault in faults} >= {(field,)}, field


def test_unknown_field_is_refused_and_nothing_is_read() -> None:
    """A misspelt field would otherwise be ignored silently."""
    fields, (fault,) = parse_spec(kind_of("TaxRule"), {**MINIMAL_SPECS["TaxRule"], "taxrate": 20})

    assert fields == {}
    assert fault.code == "unknown-field"
    assert fault.path == ("taxrate",)


def test_all_errors_of_a_spec_are_reported_together() -> None:
    """An author mends a manifest in one go."""
    raw = {"email": 5, "country": True, "phone": None, "colour": "red"}
    _, faults = parse_spec(kind_of("Client"), raw)

    assert {fault.path[0] for fault in faults} == {"email", "country", "phone", "colour"}


def test_refused_secret_is_not_repeated() -> None:
    """A literal that was written by mistake is not printed once more."""
    _, (fault,) = parse_spec(kind_of("Client"), {**MINIMAL_SPECS["Client"], "password": "hunter2"})

    assert "hunter2" not in fault.message


def test_nested_fields_are_known_by_their_path() -> None:
    """What happens at registration is reported field by field."""
    raw = {**MINIMAL_SPECS["Client"], "onCreate": {"notify": True, "sendRecovery": False}}
    fields, faults = parse_spec(kind_of("Client"), raw)

    assert faults == []
    assert fields["onCreate.notify"] is True
    assert fields["onCreate.sendRecovery"] is False
    assert "onCreate.verifyEmail" not in fields
