"""What only shows once a resource is read: claims, codes, former names, what a new one needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.manifest.load.value_checks import needed_at_creation

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.load.loader import LoadedManifests

    Load = Callable[..., LoadedManifests]

CLIENT = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
"""


def list_findings(loaded: LoadedManifests) -> list[tuple[str, str, str]]:
    """Return the place, the severity and the code of every finding."""
    return [(str(each.source), each.severity, each.code) for each in loaded.findings]


def test_text_that_claims_an_owner_is_refused_in_every_kind(load: Load) -> None:
    """Ownership is not claimed by text, and a marker in the middle of one is a copy, too."""
    loaded = load(
        a=f"{CLIENT}  note: 'ours [git:try/acme]'\n"
        "  discounts:\n"
        "    - {name: one, percentage: 10, note: 'copied [git:shop/one]'}\n"
        "    - {name: two, percentage: 10, note: '[git:shop/two] and more'}\n"
        "    - {name: three, percentage: 10, note: 'see [git] and [shop/one]'}\n"
    )

    assert list_findings(loaded) == [
        ("manifests/a.yaml:6:9", "error", "marker"),
        ("manifests/a.yaml:8:41", "error", "marker"),
        ("manifests/a.yaml:9:41", "error", "marker"),
    ]


def test_fault_of_a_field_hides_no_claim_of_another(load: Load) -> None:
    """All that is wrong is reported at once."""
    loaded = load(a=f"{CLIENT}  note: '[git:try/acme]'\n  country: 7.5\n")

    assert {code for _, _, code in list_findings(loaded)} == {"marker", "invalid-value"}


@pytest.mark.parametrize(
    ("field", "doubtful"),
    [
        ("country: ZZ", True),
        ("country: XYZ", True),
        ("country: DE", False),
        ("country: DEU", False),
        ("country: Zamunda", False),
        ("country: {id: ZZ}", False),
    ],
)
def test_code_of_no_country_is_a_warning(load: Load, field: str, *, doubtful: bool) -> None:
    """A panel may have such a label, so it is no error; a name is only the panel's to judge."""
    loaded = load(a=f"{CLIENT}  {field}\n")
    expected = [("manifests/a.yaml:6:12", "warning", "unknown-code")]

    assert list_findings(loaded) == (expected if doubtful else [])


def test_code_of_no_currency_is_a_warning(load: Load) -> None:
    """Codes of currencies have three letters."""
    loaded = load(
        a=f"{CLIENT}  accounts:\n"
        "    - {name: one, provider: Main, currency: XQQ}\n"
        "    - {name: two, provider: Main, currency: EUR}\n"
        "    - {name: three, provider: Main, currency: US}\n"
    )

    assert list_findings(loaded) == [("manifests/a.yaml:7:45", "warning", "unknown-code")]


def test_former_name_is_another_name(load: Load) -> None:
    """No resource is renamed to its own name."""
    loaded = load(a=f"{CLIENT}lifecycle: {{movedFrom: [acme-old, acme]}}\n")

    assert list_findings(loaded) == [("manifests/a.yaml:1:1", "error", "invalid-lifecycle")]
    assert "remove it" in loaded.findings[0].message


def test_two_resources_do_not_adopt_one_object(load: Load) -> None:
    """Both are named; the same id under another kind is another object."""
    loaded = load(
        a=f"{CLIENT}  discounts:\n"
        "    - {name: one, percentage: 10, lifecycle: {adopt: {id: '31'}}}\n"
        "    - {name: two, percentage: 10, lifecycle: {adopt: {id: '31'}}}\n"
        "  taxRules:\n"
        "    - {name: vat, provider: Main, rate: 19, lifecycle: {adopt: {id: '31'}}}\n"
    )

    assert list_findings(loaded) == [("manifests/a.yaml:8:7", "error", "duplicate-adoption")]
    assert "Discount/one (manifests/a.yaml:7:7)" in loaded.findings[0].message


def test_one_choice_in_two_letter_cases_is_one_identity(load: Load) -> None:
    """What the panel would take for one object is reported before the panel is asked."""
    loaded = load(
        a=f"{CLIENT}  accounts:\n"
        "    - {name: one, provider: Main provider, currency: Euro}\n"
        "    - {name: two, provider: main provider, currency: EURO}\n"
    )

    assert list_findings(loaded) == [("manifests/a.yaml:8:7", "error", "duplicate-identity")]


def test_missing_field_needed_to_create_is_a_warning(load: Load, catalogue: Catalogue) -> None:
    """One that lives may leave its rate to others; none is made without it."""
    loaded = load(
        a=f"{CLIENT}  discounts: [{{name: one, note: x}}, {{name: two, percentage: 5}}]\n"
        "  taxRules: [{name: vat, provider: Main}]\n"
        "  currencyRates: [{name: r, base: EUR, relate: USD, date: 2026-01-01}]\n"
    )
    found = needed_at_creation(loaded.desired, catalogue)

    assert loaded.findings == ()
    assert sorted((str(each.source), each.code) for each in found) == [
        ("manifests/a.yaml:6:15", "needed-at-creation"),
        ("manifests/a.yaml:7:14", "needed-at-creation"),
        ("manifests/a.yaml:8:19", "needed-at-creation"),
    ]
    assert {each.message.partition("without ")[2][:4] for each in found} == {"perc", "rate"}


def test_one_domain_in_two_scripts_is_one_identity(load: Load) -> None:
    """Both would be ordered: the panel may know either spelling."""
    loaded = load(
        a=f"{CLIENT}  services:\n"
        "    - {name: one, type: vds, tariff: S, domain: Bücher.example}\n"
        "    - {name: two, type: vds, tariff: S, domain: xn--bcher-kva.example}\n"
        "    - {name: three, type: vhost, tariff: S, domain: bücher.example}\n"
        "    - {name: four, type: vds, tariff: S, domain: www.bücher.example}\n"
    )

    assert list_findings(loaded) == [("manifests/a.yaml:8:7", "error", "duplicate-identity")]
