"""Sets: one document that declares the same resources for many clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.manifest.load.value_checks import needed_at_creation
from reconciler.model.address import parse_address
from reconciler.model.finding import Source
from reconciler.model.value import Ref
from tests.support.loading import load_alike

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.load.loader import LoadedManifests
    from reconciler.model.resource import Desired

HEAD = "apiVersion: reconciler/v1\n"
CLIENTS = "".join(
    f"{HEAD}kind: Client\nmetadata: {{name: {name}, labels: {labels}}}\n"
    f"spec: {{email: {name}@x.example}}\n---\n"
    for name, labels in (
        ("acme", "{segment: agency, city: riga}"),
        ("kite", "{segment: agency, city: Riga}"),
        ("shop", "{segment: shop}"),
    )
)
SET = """\
apiVersion: reconciler/v1
kind: ResourceSet
metadata: {name: agency-terms}
spec:
  clients: {labels: {segment: agency}}
  resources:
    - kind: Discount
      name: "{client}-yearly"
      spec: {percentage: 15, type: Percentage discount, periods: [12]}
"""


def resource(loaded: LoadedManifests, address: str) -> Desired:
    """Return a resource that loaded without a finding."""
    assert loaded.findings == ()
    return next(each for each in loaded.desired if each.address == parse_address(address))


def list_findings(loaded: LoadedManifests) -> list[tuple[str, str]]:
    """Return the code and the place of each finding."""
    return [(each.code, str(each.source)) for each in loaded.findings]


def test_set_declares_its_resources_for_each_client_it_chooses(
    load: Callable[..., LoadedManifests],
) -> None:
    """A resource has the client's labels, and its source and its values stand in the set."""
    loaded = load(clients=CLIENTS, terms=SET)

    found = resource(loaded, "Discount/kite-yearly")
    assert [str(each.address) for each in loaded.desired[3:]] == [
        "Discount/acme-yearly",
        "Discount/kite-yearly",
    ]
    assert found.parent == found.fields["client"] == Ref("Client", "name", "kite")
    assert found.labels == {"segment": "agency", "city": "Riga"}
    assert found.from_set == "agency-terms"
    assert str(found.source) == "manifests/terms.yaml:7:7"
    assert str(found.places["percentage"]) == "manifests/terms.yaml:9:26"
    assert str(found.places["client"]) == "manifests/terms.yaml:5:12"
    assert [each.clients for each in loaded.sets] == [("acme", "kite")]


def test_excepted_client_is_left_out(load: Callable[..., LoadedManifests]) -> None:
    """The labels say yes, the exception says no."""
    terms = SET.replace("agency}}", "agency}, except: [kite]}")

    assert [str(each.address) for each in load(clients=CLIENTS, terms=terms).desired[3:]] == [
        "Discount/acme-yearly"
    ]


def test_name_may_be_made_of_a_label(load: Callable[..., LoadedManifests]) -> None:
    """The value of a label stands in the name as it is."""
    terms = SET.replace("{client}-yearly", "{label:city}.{client}").replace(
        "segment: agency", "city: riga"
    )

    found = resource(load(clients=CLIENTS, terms=terms), "Discount/riga.acme")
    assert str(found.parent) == "Client/acme"


def test_nothing_but_the_name_is_filled_in(load: Callable[..., LoadedManifests]) -> None:
    """A note with braces is the author's text."""
    terms = SET.replace("periods: [12]", "note: 'Dear {client}, {label:city} {x}'")

    found = resource(load(clients=CLIENTS, terms=terms), "Discount/acme-yearly")
    assert found.fields["note"] == "Dear {client}, {label:city} {x}"


def test_former_names_are_patterns_too(load: Callable[..., LoadedManifests]) -> None:
    """A set that changes its names says what each of its resources was called before."""
    terms = SET.replace("      spec:", "      lifecycle: {movedFrom: '{client}-old'}\n      spec:")

    found = resource(load(clients=CLIENTS, terms=terms), "Discount/kite-yearly")
    assert found.lifecycle.moved_from == ("kite-old",)


def test_own_resource_stands_above_the_set_where_it_says_so(
    load: Callable[..., LoadedManifests],
) -> None:
    """What the set says of its fields stays known as a say."""
    own = CLIENTS.replace(
        "spec: {email: acme@x.example}",
        "spec:\n  email: acme@x.example\n  discounts:\n"
        "    - {name: acme-yearly, percentage: 20, lifecycle: {overrides: agency-terms}}",
    )
    found = resource(load(clients=own, terms=SET), "Discount/acme-yearly")

    assert str(found.fields["percentage"]) == "20"
    assert "periods" not in found.fields
    assert found.from_set == ""
    assert [(str(each.source), each.from_set) for each in found.layers["percentage"]] == [
        ("manifests/terms.yaml:9:26", "agency-terms"),
        ("manifests/clients.yaml:7:39", ""),
    ]


def test_own_resource_of_the_same_address_is_an_error_that_names_both(
    load: Callable[..., LoadedManifests],
) -> None:
    """Which of the two is meant, only the author can say."""
    own = f"{HEAD}kind: Discount\nmetadata: {{name: kite-yearly}}\nspec: {{client: kite}}\n"
    loaded = load(clients=CLIENTS, own=own, terms=SET)

    assert loaded.findings[0].message == (
        "ResourceSet/agency-terms declares Discount/kite-yearly for Client/kite, and so does "
        "manifests/own.yaml:1:1: write `lifecycle: {overrides: agency-terms}` there to let that "
        "one stand, or change one of the names"
    )
    assert list_findings(loaded) == [("duplicate-address", "manifests/terms.yaml:8:13")]


def test_two_sets_with_one_address_are_an_error_for_each_client(
    load: Callable[..., LoadedManifests],
) -> None:
    """The second of them is reported with the place of the first."""
    loaded = load(clients=CLIENTS, terms=SET, zother=SET.replace("agency-terms", "other"))

    assert list_findings(loaded) == [("duplicate-address", "manifests/zother.yaml:8:13")] * 2
    assert "ResourceSet/agency-terms (manifests/terms.yaml:8:13) for Client/acme" in (
        loaded.findings[0].message
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("segment: agency", "segment: agencies", ("set-clients", "5:21")),
        ("{labels: {segment: agency}}", "{}", ("set-clients", "5:12")),
        ("{segment: agency}", "{}", ("set-clients", "5:21")),
        ("agency}}", "agency}, except: [acme, kite]}", ("set-clients", "5:21")),
        ("agency}}", "agency}, except: [acne]}", ("unknown-reference", "5:49")),
        ("agency}}", "agency}, except: acme}", ("wrong-type", "5:48")),
        ("agency}}", "agency}, names: [acme]}", ("unknown-key", "5:40")),
        ("clients: {labels: {segment: agency}}", "clients: agency", ("wrong-type", "5:12")),
        ("segment: agency", "segment: 1", ("invalid-label", "5:31")),
        ("kind: Discount", "kind: Client", ("set-resources", "7:13")),
        ("kind: Discount", "kind: Tariff", ("set-resources", "7:13")),
        ("{client}-yearly", "{client}{x}", ("set-name", "8:13")),
        ("{client}-yearly", "{client}_yearly", ("set-name", "8:13")),
        ("{client}-yearly", "{{client}}", ("set-name", "8:13")),
        ("{client}-yearly", "yearly", ("set-name", "8:13")),
        ("{client}-yearly", "", ("set-name", "8:13")),
        ("percentage: 15", "percentage: 150", ("invalid-value", "9:26")),
        ("percentage: 15", "percentag: 15", ("unknown-field", "9:14")),
        ("percentage: 15", "client: acme", ("parent-inline", "9:14")),
        ("periods: [12]", "note: '[git:a/b]'", ("marker", "9:63")),
        (
            "spec: {percentage: 15, type: Percentage discount, periods: [12]}",
            "spec: []",
            ("wrong-type", "9:13"),
        ),
        (
            "      spec: {",
            "      lifecycle: {protect: 1}\n      spec: {",
            ("invalid-lifecycle", "9:28"),
        ),
        (
            "      spec: {",
            "      lifecycle: {adopt: {id: '5'}}\n      spec: {",
            ("invalid-lifecycle", "9:19"),
        ),
        (
            "      spec: {",
            "      lifecycle: {overrides: agency-terms}\n      spec: {",
            ("invalid-lifecycle", "9:19"),
        ),
        (
            "      spec: {",
            "      lifecycle: {movedFrom: A}\n      spec: {",
            ("invalid-lifecycle", "9:30"),
        ),
        ("name: agency-terms", "name: agency-terms, labels: {a: b}", ("unknown-key", "3:32")),
        ("name: agency-terms", "name: Agency", ("invalid-name", "3:18")),
        ("spec:\n  clients", "lifecycle: {}\nspec:\n  clients", ("unknown-key", "4:1")),
        ("  clients", "  more: 1\n  clients", ("unknown-key", "5:3")),
    ],
)
def test_mistake_in_a_set_is_reported_once(
    load: Callable[..., LoadedManifests], old: str, new: str, expected: tuple[str, str]
) -> None:
    """What is wrong for every client has one finding with its place in the set."""
    assert old in SET
    loaded = load(clients=CLIENTS, terms=SET.replace(old, new, 1))

    assert list_findings(loaded) == [(expected[0], f"manifests/terms.yaml:{expected[1]}")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spec: {clients: {labels: {a: b}}}", [("set-resources", "4:7"), ("set-clients", "4:26")]),
        ("spec: {resources: []}", [("missing-key", "4:7"), ("set-resources", "4:19")]),
        ("spec: {resources: [x]}", [("missing-key", "4:7"), ("wrong-type", "4:20")]),
        ("more: 1", [("missing-key", "1:1"), ("unknown-key", "4:1")]),
    ],
)
def test_set_without_its_parts_is_reported_with_what_it_needs(
    load: Callable[..., LoadedManifests], text: str, expected: list[tuple[str, str]]
) -> None:
    """Each part that is missing or empty is named."""
    terms = f"{HEAD}kind: ResourceSet\nmetadata: {{name: terms}}\n{text}\n"

    found = list_findings(load(clients=CLIENTS, terms=terms))
    assert found == [(code, f"manifests/terms.yaml:{place}") for code, place in expected]


def test_name_that_depends_on_the_client_is_reported_with_the_client(
    load: Callable[..., LoadedManifests],
) -> None:
    """A label may be missing, or hold what no name may hold; a name may grow too long."""
    names = SET.replace("{client}-yearly", "{label:city}-yearly").replace(
        "segment: agency", "tier: one"
    )
    clients = CLIENTS.replace("labels: {", "labels: {tier: one, ")
    long = SET.replace("-yearly", "-" + "y" * 60)

    found = [each.message for each in load(clients=clients, terms=names).findings]
    assert [message.split(":")[0] for message in found] == [
        "'Riga-yearly', the name for Client/kite, is no name",
        "ResourceSet/agency-terms names this Discount by the label 'city', which Client/shop lacks",
    ]
    assert list_findings(load(terms=long)) == [("set-name", "manifests/terms.yaml:8:13")] * 2


def test_former_name_that_depends_on_a_label_is_reported_with_its_place(
    load: Callable[..., LoadedManifests],
) -> None:
    """A pattern of former names is as good as that of the names."""
    terms = SET.replace(
        "      spec:", "      lifecycle: {movedFrom: '{label:town}'}\n      spec:"
    ).replace("agency}}", "agency}, except: [kite]}")

    assert list_findings(load(clients=CLIENTS, terms=terms)) == [
        ("set-name", "manifests/terms.yaml:8:13")
    ]


@pytest.mark.parametrize(
    ("life", "words"),
    [
        ("overrides: agency", "no ResourceSet 'agency' declares Discount/own; did you mean"),
        ("overrides: agency-terms", "no ResourceSet 'agency-terms' declares Discount/own"),
    ],
)
def test_resource_that_stands_above_nothing_is_an_error(
    load: Callable[..., LoadedManifests], life: str, words: str
) -> None:
    """The set was renamed, or chooses another client."""
    own = (
        f"{HEAD}kind: Discount\nmetadata: {{name: own}}\nlifecycle: {{{life}}}\n"
        "spec: {client: acme}\n"
    )
    loaded = load(clients=CLIENTS, own=own, terms=SET)

    assert list_findings(loaded) == [("override-unmatched", "manifests/own.yaml:4:24")]
    assert words in loaded.findings[0].message


def test_resource_of_another_client_does_not_stand_above_a_set(
    load: Callable[..., LoadedManifests],
) -> None:
    """Else the client of the set would silently get nothing."""
    own = (
        f"{HEAD}kind: Discount\nmetadata: {{name: kite-yearly}}\n"
        "lifecycle: {overrides: agency-terms}\nspec: {client: shop}\n"
    )

    assert list_findings(load(clients=CLIENTS, own=own, terms=SET)) == [
        ("duplicate-address", "manifests/own.yaml:4:24")
    ]


@pytest.mark.parametrize("life", ["overrides: terms", "overrides: [terms]"])
def test_only_what_belongs_to_a_client_stands_above_a_set(
    load: Callable[..., LoadedManifests], life: str
) -> None:
    """A set declares no clients; and the name of a set is a text."""
    kind = "Client" if "[" not in life else "Discount"
    spec = "{email: b@x.example}" if kind == "Client" else "{client: acme}"
    own = f"{HEAD}kind: {kind}\nmetadata: {{name: own}}\nlifecycle: {{{life}}}\nspec: {spec}\n"

    assert list_findings(load(clients=CLIENTS, own=own)) == [
        ("invalid-lifecycle", "manifests/own.yaml:4:24")
    ]


def test_one_identity_twice_names_the_client(load: Callable[..., LoadedManifests]) -> None:
    """The place in the set is the same for all of its clients."""
    terms = SET.replace("kind: Discount", "kind: TaxRule").replace(
        "{percentage: 15, type: Percentage discount, periods: [12]}", "{provider: Main, rate: 1}"
    )
    own = (
        f"{HEAD}kind: TaxRule\nmetadata: {{name: own}}\n"
        "spec: {client: kite, provider: Main, rate: 2}\n"
    )
    loaded = load(clients=CLIENTS, own=own, terms=terms)

    assert list_findings(loaded) == [("duplicate-identity", "manifests/terms.yaml:7:7")]
    assert "are the same object of Client/kite, with equal provider, productTypes" in (
        loaded.findings[0].message
    )
    assert loaded.findings[0].message.endswith(
        "to let TaxRule/own stand in place of the set's, name it 'kite-yearly' and write "
        "`lifecycle: {overrides: agency-terms}` there; or remove it"
    )
    lifecycle = "lifecycle: {overrides: agency-terms}\nspec"
    obeyed = own.replace("name: own", "name: kite-yearly").replace("spec", lifecycle)
    assert load(clients=CLIENTS, own=obeyed, terms=terms).findings == ()


def test_what_a_set_lacks_is_reported_once(
    load: Callable[..., LoadedManifests], catalogue: Catalogue
) -> None:
    """A warning for each of ten thousand clients would hide all others."""
    terms = SET.replace("percentage: 15, type: Percentage discount, ", "")
    loaded = load(clients=CLIENTS, terms=terms)
    found = needed_at_creation(loaded.desired, catalogue)

    assert [str(each.source) for each in found].count("manifests/terms.yaml:7:7") == 1


def test_set_chooses_no_client_only_where_all_clients_were_read(
    load: Callable[..., LoadedManifests],
) -> None:
    """The clients may stand in the file that could not be read."""
    assert list_findings(load(clients="a: [\n", terms=SET)) == [
        ("syntax", "manifests/clients.yaml:2:1")
    ]


def test_unsound_client_is_still_chosen(load: Callable[..., LoadedManifests]) -> None:
    """One mistake is one finding."""
    clients = CLIENTS.replace("email: acme@x.example", "contry: DE").replace("kite@", "")

    codes = {each.code for each in load(clients=clients, terms=SET).findings}
    assert codes == {"unknown-field", "missing-field", "invalid-value"}


@pytest.mark.parametrize(
    ("text", "address", "value"),
    [
        (
            "kind: ResourceSet\nmetadata: {name: agency-terms}\nspec: {clients: {except: [kite]}}",
            "Discount/acme-yearly",
            "15",
        ),
        (
            "kind: Discount\nmetadata: {name: acme-yearly}\nspec: {percentage: 3}\n",
            "Discount/acme-yearly",
            "3",
        ),
        (
            "kind: Discount\nmetadata: {name: acme-yearly}\nspec: {percentage: 3}\n",
            "Discount/kite-yearly",
            "15",
        ),
        (
            "kind: Discount\nmetadata: {name: acme-yearly}\nlifecycle: {adopt: {id: '7'}}\n",
            "Discount/acme-yearly",
            "15",
        ),
    ],
)
def test_overlay_applies_to_a_set_or_over_one_of_its_resources(
    tmp_path: Path, catalogue: Catalogue, text: str, address: str, value: str
) -> None:
    """A target may have other terms, for all clients or for one of them."""
    for name, content in (("manifests", CLIENTS + SET), ("prod", HEAD + text)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(content, encoding="utf-8")

    found = resource(load_alike(tmp_path, ["manifests"], catalogue, ["prod"]), address)

    assert str(found.fields["percentage"]) == value
    if value == "3":
        assert [str(each.source) for each in found.layers["percentage"]] == [
            "manifests/a.yaml:24:26",
            "prod/a.yaml:4:20",
        ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("spec: {percentage: 300}", ("invalid-value", "prod/a.yaml:4:20")),
        ("spec: {client: shop}", ("parent-inline", "prod/a.yaml:4:8")),
        ("metadata: x", ("duplicate-key", "prod/a.yaml:4:1")),
    ],
)
def test_mistake_in_an_overlay_of_a_sets_resource_has_its_place_there(
    tmp_path: Path, catalogue: Catalogue, body: str, expected: tuple[str, str]
) -> None:
    """The set is valid; its overlay is not."""
    over = f"{HEAD}kind: Discount\nmetadata: {{name: acme-yearly}}\n{body}\n"
    for name, content in (("manifests", CLIENTS + SET), ("prod", over)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(content, encoding="utf-8")

    loaded = load_alike(tmp_path, ["manifests"], catalogue, ["prod"])

    assert expected in list_findings(loaded)


def test_set_is_the_same_as_its_resources_written_out(
    load: Callable[..., LoadedManifests], tmp_path: Path, catalogue: Catalogue
) -> None:
    """Nothing that a plan looks at differs, but for the source."""
    by_set = load(clients=CLIENTS, terms=SET)
    (tmp_path / "written").mkdir()
    spec = "spec: {client: %s, percentage: 15, type: Percentage discount, periods: [12]}\n"
    labels = {"acme": "{segment: agency, city: riga}", "kite": "{segment: agency, city: Riga}"}
    text = CLIENTS + "---\n".join(
        f"{HEAD}kind: Discount\nmetadata: {{name: {name}-yearly, labels: {labels[name]}}}\n"
        + spec % name
        for name in labels
    )
    (tmp_path / "written" / "all.yaml").write_text(text, encoding="utf-8")
    written = load_alike(tmp_path, ["written"], catalogue)

    assert by_set.digest == written.digest
    assert [bare(each) for each in by_set.desired] == [bare(each) for each in written.desired]


def test_sets_declare_no_more_than_memory_holds(
    load: Callable[..., LoadedManifests], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short text that names many entries and many clients is refused before it is expanded."""
    monkeypatch.setattr("reconciler.manifest.load.sets.MOST", 3)
    loaded = load(clients=CLIENTS, a=SET, b=SET.replace("agency-terms", "more"))

    assert list_findings(loaded) == [("set-resources", "manifests/b.yaml:1:1")]


def test_waiver_of_a_set_covers_all_of_its_resources(
    load: Callable[..., LoadedManifests],
) -> None:
    """What a set declares is waived where it is declared."""
    waiver = "lint: {waive: [{code: BM301, reason: agreed, owner: sales}]}\n"
    loaded = load(clients=CLIENTS, terms=SET + waiver)

    assert loaded.findings == ()
    assert [sorted(map(str, each.covers)) for each in loaded.waivers] == [
        ["Discount/acme-yearly", "Discount/kite-yearly"]
    ]


def bare(desired: Desired) -> Desired:
    """Return a resource without the places where it is written."""
    return desired._replace(source=Source(""), places={}, layers={}, from_set="")
