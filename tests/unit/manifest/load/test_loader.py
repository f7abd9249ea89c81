from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.model.address import Address
from reconciler.model.resource import Ignore
from reconciler.model.value import Choice, Ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.manifest.load.loader import LoadedManifests

    Load = Callable[..., LoadedManifests]

CLIENT = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme, labels: {team: emea}}
spec:
  email: billing@acme.example
  country: DE
"""
CHILDREN = f"""{CLIENT}\
  discounts:
    - name: acme-spring
      percentage: 15
      from: 2026-03-01
      lifecycle: {{onRemove: keep, protect: true}}
  taxRules: []
"""
RULE = """\
apiVersion: reconciler/v1
kind: TaxRule
metadata: {{name: {name}}}
spec: {{client: acme, provider: Main provider, rate: {rate}{more}}}
"""


def rule(name: str, rate: str = "19", more: str = "") -> str:
    """Write a tax rule."""
    return RULE.format(name=name, rate=rate, more=more)


def list_findings(loaded: LoadedManifests) -> list[tuple[str, str]]:
    """Return the place and the code of every finding."""
    return [(str(each.source), each.code) for each in loaded.findings]


def test_manifest_loads_only_the_fields_that_were_set(load: Load) -> None:
    """Only fields that were written are wanted, each with its place."""
    loaded = load(a=CLIENT)

    assert loaded.findings == ()
    (client,) = loaded.desired
    assert client.address == Address("Client", "acme")
    assert client.fields == {"email": "billing@acme.example", "country": Choice(label="DE")}
    assert str(client.source) == "manifests/a.yaml:1:1"
    assert str(client.places["country"]) == "manifests/a.yaml:6:12"
    assert client.labels == {"team": "emea"}
    assert client.lifecycle.on_remove == "keep"
    assert client.parent is None


def test_inline_child_is_the_resource_that_a_document_would_make(load: Load) -> None:
    """A child held inline gets its parent, its labels, its lifecycle and its own place."""
    loaded = load(a=CHILDREN)

    assert loaded.findings == ()
    client, discount = loaded.desired
    assert client.whole == {"Discount", "TaxRule"}
    assert discount.address == Address("Discount", "acme-spring")
    assert discount.parent == Ref("Client", "name", "acme")
    assert discount.fields == {
        "client": Ref("Client", "name", "acme"),
        "percentage": Decimal(15),
        "from": date(2026, 3, 1),
    }
    assert discount.labels == {"team": "emea"}
    assert (discount.lifecycle.on_remove, discount.lifecycle.protect) == ("keep", True)
    assert str(discount.source) == "manifests/a.yaml:8:7"
    assert discount.whole == frozenset()


def test_identity_field_that_is_left_out_takes_its_default(load: Load) -> None:
    """A tax rule without product types is the rule for all of them, and wants just that."""
    loaded = load(a=CLIENT, b=rule("vat"))

    assert loaded.desired[1].fields["productTypes"] == frozenset()


def test_every_lifecycle_field_is_loaded(load: Load) -> None:
    """Protection and ignored fields come with their reason and end."""
    life = "lifecycle: {protect: true, ignore: [{field: note, reason: by hand, until: 2027-01-31}]}"
    loaded = load(a=f"{CLIENT}{life}\n")

    assert loaded.findings == ()
    life_read = loaded.desired[0].lifecycle
    assert life_read.protect
    assert life_read.ignore == (Ignore("note", "by hand", date(2027, 1, 31)),)


@pytest.mark.parametrize(
    ("text", "section"),
    [
        (f"onRemove: delete\n{CLIENT}", "lifecycle"),
        (CLIENT.replace("name: acme,", "name: acme, onRemove: delete,"), "lifecycle"),
        (f"{CLIENT}  protect: true\n", "lifecycle"),
        (f"labels: {{team: emea}}\n{CLIENT}", "metadata"),
    ],
)
def test_misplaced_key_is_reported_with_its_right_place(
    load: Load, text: str, section: str
) -> None:
    """A known key at a wrong place is reported with its place, not with a schema."""
    (finding,) = load(a=text).findings

    assert f"belongs to `{section}`" in finding.message


WRONG = [
    ("[a]", "not-a-manifest", "1:1"),
    ("kind: 3", "kind", "1:7"),
    ("kind: Clent", "kind", "1:7"),
    ("kind: Tariff", "kind", "1:7"),
    ("kind: Project", "kind", "1:7"),
    (CLIENT.replace("v1", "v2"), "api-version", "1:13"),
    (CLIENT.replace("metadata:", "metadat:"), "missing-key", "1:1"),
    (CLIENT.replace("name: acme", "name: Acme"), "invalid-name", "3:18"),
    (CLIENT.replace("name: acme", "name: 12"), "invalid-name", "3:18"),
    (CLIENT.replace("name: acme", f"name: {'a' * 64}"), "invalid-name", "3:18"),
    (CLIENT.replace("name: acme, ", ""), "missing-name", "3:11"),
    (CLIENT.replace("labels:", "lables:"), "unknown-key", "3:24"),
    (CLIENT.replace("team: emea", "team: 3"), "invalid-label", "3:39"),
    (CLIENT.replace("team: emea", "team: 'a b'"), "invalid-label", "3:39"),
    (CLIENT.replace("{team: emea}", "emea"), "wrong-type", "3:32"),
    (f"{CLIENT}lifecycle: {{onRemove: suspend}}", "invalid-lifecycle", "7:23"),
    (f"{CLIENT}lifecycle: {{protect: 1}}", "invalid-lifecycle", "7:22"),
    (f"{CLIENT}lifecycle: {{ignore: note}}", "invalid-lifecycle", "7:21"),
    (f"{CLIENT}lifecycle: {{ignore: [note]}}", "invalid-lifecycle", "7:22"),
    (f"{CLIENT}lifecycle: {{ignore: [{{field: x, reason: y}}]}}", "invalid-lifecycle", "7:30"),
    (f"{CLIENT}lifecycle: {{ignore: [{{field: note}}]}}", "invalid-lifecycle", "7:22"),
    (
        f"{CLIENT}lifecycle: {{ignore: [{{field: note, reason: a, until: 2027-2-1}}]}}",
        "invalid-lifecycle",
        "7:54",
    ),
    (CLIENT.replace("country:", "contry:"), "unknown-field", "6:3"),
    (CLIENT.replace("DE", "true"), "invalid-value", "6:12"),
    (CLIENT.replace("DE", ""), "null", "6:11"),
    (CLIENT.replace("billing@acme.example", "x"), "invalid-value", "5:10"),
    (CLIENT.replace("email: billing@acme.example", "name: x"), "missing-field", "5:3"),
    (f"{CLIENT}  name: 12", "wrong-type", "7:9"),
    (f"{CLIENT}  onCreate: {{notify: 'yes'}}", "wrong-type", "7:22"),
    (f"{CLIENT}  password: hunter2", "invalid-value", "7:13"),
    (f"{CLIENT}  discounts: {{}}", "wrong-type", "7:14"),
    (f"{CLIENT}  discounts: [spring]", "wrong-type", "7:15"),
    (f"{CLIENT}  discounts: [{{percentage: 1}}]", "missing-name", "7:15"),
    (f"{CLIENT}  discounts: [{{name: a, client: acme}}]", "parent-inline", "7:25"),
    (f"{CLIENT}  discounts: [{{name: a, percentage: 101}}]", "invalid-value", "7:37"),
    (f"{CLIENT}  discounts: [{{name: a, from: 2026-13-01}}]", "invalid-value", "7:31"),
    (f"{CLIENT}  discounts: [{{name: a, to: 20260301x}}]", "invalid-value", "7:29"),
]


@pytest.mark.parametrize(("text", "code", "place"), WRONG)
def test_error_is_reported_with_its_position(load: Load, text: str, code: str, place: str) -> None:
    """Each mistake is a finding with a stable code, at the key or the value that is wrong."""
    assert (f"manifests/a.yaml:{place}", code) in list_findings(load(a=text))


@pytest.mark.parametrize("text", [text for text, *_ in WRONG])
def test_messages_are_one_inert_line(load: Load, text: str) -> None:
    """A message prints on one line and repeats no value of the author's."""
    messages = [finding.message for finding in load(a=text).findings]

    assert messages
    assert all(message.isprintable() for message in messages)
    assert not any("hunter2" in message or "2026-13" in message for message in messages)


def test_near_misses_are_suggested(load: Load) -> None:
    """Kinds, fields and names that are nearly right say what was meant."""
    texts = [
        load(a="kind: Clent").findings[0].message,
        load(a=CLIENT.replace("country", "contry")).findings[0].message,
        load(a=CLIENT, b=rule("vat").replace("acme", "acmee")).findings[0].message,
    ]

    assert ["'Client'" in texts[0], "'country'" in texts[1], "'acme'" in texts[2]] == [True] * 3


def test_all_mistakes_are_shown_in_the_order_of_their_places(load: Load) -> None:
    """One run shows everything that is wrong, file after file."""
    loaded = load(b="kind: x\n---\n[a]\n", a=CLIENT.replace("DE", "012") + "  nme: x\n")

    assert list_findings(loaded) == [
        ("manifests/a.yaml:6:12", "number"),
        ("manifests/a.yaml:7:3", "unknown-field"),
        ("manifests/b.yaml:1:7", "kind"),
        ("manifests/b.yaml:3:1", "not-a-manifest"),
    ]


def test_spec_of_a_nameless_manifest_is_still_checked(load: Load) -> None:
    """A wrong name hides no wrong field."""
    loaded = load(a=CLIENT.replace("name: acme", "name: A").replace("DE", "true"))

    assert [code for _, code in list_findings(loaded)] == ["invalid-name", "invalid-value"]


def test_two_manifests_of_one_address_name_each_other(load: Load) -> None:
    """The second place is the finding's, the first stands in the message."""
    loaded = load(a=CLIENT, b=CLIENT)

    assert list_findings(loaded) == [("manifests/b.yaml:1:1", "duplicate-address")]
    assert "manifests/a.yaml:1:1" in loaded.findings[0].message


def test_inline_and_standalone_share_one_space_of_names(load: Load) -> None:
    """A child's name is unique within its kind, wherever it stands."""
    discount = "apiVersion: reconciler/v1\nkind: Discount\nmetadata: {name: acme-spring}\n"
    loaded = load(a=CHILDREN, b=f"{discount}spec: {{client: acme, percentage: 1}}\n")

    assert list_findings(loaded) == [("manifests/b.yaml:1:1", "duplicate-address")]


def test_two_clients_with_one_email_are_one_object(load: Load) -> None:
    """What the panel would take for one object is refused before anything is sent."""
    other = CLIENT.replace("name: acme", "name: other").replace("billing@", "Billing@")
    loaded = load(a=CLIENT, b=other)

    assert list_findings(loaded) == [("manifests/b.yaml:1:1", "duplicate-identity")]


def test_default_of_an_identity_counts_when_identities_are_compared(load: Load) -> None:
    """A rule for all products, said or left out, is the same rule."""
    loaded = load(a=CLIENT, b=rule("one"), c=rule("two", "20", ", productTypes: all"))

    assert list_findings(loaded) == [("manifests/c.yaml:1:1", "duplicate-identity")]


def test_rules_for_different_products_are_different_objects(load: Load) -> None:
    """Identities are compared whole."""
    loaded = load(a=CLIENT, b=rule("one"), c=rule("two", "20", ", productTypes: [VPS]"))

    assert loaded.findings == ()


def test_reference_to_no_manifest_is_an_error(load: Load) -> None:
    """A name that no manifest declares is found offline, at the reference."""
    loaded = load(a=rule("vat"))

    assert list_findings(loaded) == [("manifests/a.yaml:4:16", "unknown-reference")]
    assert "declare it, or name an existing object by {email: …}" in loaded.findings[0].message


def test_reference_to_a_thing_of_the_panel_is_not_looked_up(load: Load) -> None:
    """An email or an id points into the panel, which is not asked here."""
    text = rule("vat").replace("client: acme", "client: {email: a@b.example}")

    assert load(a=text).findings == ()


def test_error_in_a_client_is_not_repeated_for_its_children(load: Load) -> None:
    """A manifest that is wrong still exists."""
    loaded = load(a=CLIENT.replace("DE", "true"), b=rule("vat"))

    assert [code for _, code in list_findings(loaded)] == ["invalid-value"]


def test_references_are_not_judged_while_a_file_cannot_be_read(load: Load) -> None:
    """What is missing may stand in the part that was not read."""
    loaded = load(a="kind: [", b=rule("vat"))

    assert [code for _, code in list_findings(loaded)] == ["syntax"]


def test_digest_does_not_depend_on_form_or_files(load: Load) -> None:
    """Comments, quotes, the order of keys and the names of files change nothing."""
    first = load(a=CHILDREN, b=rule("vat", "19.50"))
    text = CHILDREN.replace("  email: billing@acme.example\n  country: DE\n", "")
    moved = text.replace(
        "spec:", "spec:\n  # moved\n  country: 'DE'\n  email: billing@acme.example"
    )
    second = load(a=rule("vat", "19.5"), b=moved)

    assert first.findings == second.findings == ()
    assert first.digest == second.digest
    assert first.digest.startswith("sha256:")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DE", "AT"),
        ("team: emea", "team: apac"),
        ("percentage: 15", "percentage: '15'"),
        ("protect: true", "protect: false"),
        ("  taxRules: []\n", ""),
        ("2026-03-01", "2026-03-02"),
    ],
)
def test_digest_changes_with_what_is_declared(load: Load, old: str, new: str) -> None:
    """A value, a label, a lifecycle or a claim on a list makes a saved plan stale."""
    assert load(a=CHILDREN).digest != load(a=CHILDREN.replace(old, new)).digest


def test_list_is_not_divided_among_two_documents_of_a_client(load: Load) -> None:
    """One finding names both places, and none is about the items of the second one."""
    more = CLIENT + "  discounts: [{name: acme-autumn, percentage: 5}]\n"
    loaded = load(a=CHILDREN, b=more)

    assert list_findings(loaded) == [("manifests/b.yaml:1:1", "duplicate-address")]


def test_documents_of_their_own_stand_beside_the_list_of_their_client(load: Load) -> None:
    """They are declared as well: the list is the whole truth only of what is in no file."""
    own = CLIENT.replace("kind: Client", "kind: Discount").replace("acme,", "acme-autumn,")
    own = own[: own.index("  email")] + "  client: acme\n  percentage: 5\n"
    loaded = load(a=CHILDREN, b=own)

    assert loaded.findings == ()
    assert [str(each.address) for each in loaded.desired] == [
        "Client/acme",
        "Discount/acme-spring",
        "Discount/acme-autumn",
    ]
