"""Overlays: what is laid over what, who had a say, and what is no sound overlay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.model.address import parse_address
from tests.support.loading import load_alike

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.load.loader import LoadedManifests
    from reconciler.model.resource import Desired

BASE = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme, labels: {team: emea, tier: small}}
spec:
  email: a@b.example
  note: base
  groups: [Gold, Silver]
  onCreate: {notify: true}
  discounts:
    - {name: acme-spring, percentage: 10, periods: [12], type: {id: "5"}}
  services:
    - name: acme-web
      type: vds
      tariff: S
      domain: web.example
      addons: {Disk: 10, "7": 1}
"""
HEAD = "apiVersion: reconciler/v1\n"
Lay = "Callable[..., LoadedManifests]"


@pytest.fixture
def lay(tmp_path: Path, catalogue: Catalogue) -> Callable[..., LoadedManifests]:
    """Load the base with one folder of overlays for each text."""

    def loader(*texts: str, base: str = BASE) -> LoadedManifests:
        (tmp_path / "manifests").mkdir()
        (tmp_path / "manifests" / "base.yaml").write_text(base, encoding="utf-8")
        folders = []
        for number, text in enumerate(texts):
            folders.append(f"overlays/{number}")
            (tmp_path / folders[-1]).mkdir(parents=True)
            (tmp_path / folders[-1] / "over.yaml").write_text(text, encoding="utf-8")
        return load_alike(tmp_path, ["manifests"], catalogue, folders)

    return loader


def over(kind: str, name: str, body: str) -> str:
    """Write an overlay."""
    return f"{HEAD}kind: {kind}\nmetadata: {{name: {name}}}\n{body}\n"


def resource(loaded: LoadedManifests, address: str) -> Desired:
    """Return a resource that loaded without a finding."""
    assert loaded.findings == ()
    return next(each for each in loaded.desired if each.address == parse_address(address))


def list_findings(loaded: LoadedManifests) -> list[tuple[str, str]]:
    """Return the code and the place of each finding."""
    return [(each.code, str(each.source)) for each in loaded.findings]


def test_maps_merge_and_scalars_and_lists_replace(lay: Callable[..., LoadedManifests]) -> None:
    """A key that the overlay does not write keeps what the base says."""
    body = "spec:\n  note: prod\n  groups: [Bronze]\n  onCreate: {verifyEmail: false}"

    acme = resource(lay(over("Client", "acme", body)), "Client/acme")

    assert acme.fields["note"] == "prod"
    assert [choice.label for choice in acme.fields["groups"]] == ["Bronze"]  # type: ignore[union-attr]
    assert acme.fields["onCreate.notify"] is True
    assert acme.fields["onCreate.verifyEmail"] is False
    assert acme.fields["email"] == "a@b.example"


def test_empty_list_of_an_overlay_means_none(lay: Callable[..., LoadedManifests]) -> None:
    """An inline list that an overlay empties is still the whole truth."""
    loaded = lay(over("Client", "acme", "spec: {discounts: [], services: []}"))

    acme = resource(loaded, "Client/acme")
    assert len(loaded.desired) == 1
    assert acme.whole == {"Discount", "Service"}


def test_labels_and_lifecycle_merge(lay: Callable[..., LoadedManifests]) -> None:
    """Children have the labels that their client has for this target."""
    text = HEAD + (
        "kind: Client\nmetadata: {name: acme, labels: {tier: large}}\nlifecycle: {protect: true}\n"
    )
    loaded = lay(text)

    assert resource(loaded, "Client/acme").lifecycle.protect
    assert resource(loaded, "Discount/acme-spring").labels == {"team": "emea", "tier": "large"}


def test_later_folder_overrides_an_earlier_one(lay: Callable[..., LoadedManifests]) -> None:
    """All layers of a value are known, in the order in which they apply."""
    first = over("Client", "acme", "spec: {note: one, phone: '+4912345678'}")
    acme = resource(lay(first, over("Client", "acme", "spec: {note: two}")), "Client/acme")

    assert acme.fields["note"] == "two"
    assert [(str(each.source), each.value) for each in acme.layers["note"]] == [
        ("manifests/base.yaml:6:9", "base"),
        ("overlays/0/over.yaml:4:14", "one"),
        ("overlays/1/over.yaml:4:14", "two"),
    ]
    assert str(acme.places["note"]) == "overlays/1/over.yaml:4:14"
    assert str(acme.places["phone"]) == "overlays/0/over.yaml:4:26"
    assert str(acme.places["email"]) == "manifests/base.yaml:5:10"
    assert str(acme.source) == "manifests/base.yaml:1:1"
    assert [name for name in acme.layers if name in acme.fields] == ["note"]


def test_inline_child_is_laid_over_by_a_document_of_its_address(
    lay: Callable[..., LoadedManifests],
) -> None:
    """It stays in the list, with what the overlay does not write."""
    body = "lifecycle: {onRemove: keep}\nspec: {percentage: 15, type: {id: '6'}}"
    spring = resource(lay(over("Discount", "acme-spring", body)), "Discount/acme-spring")

    assert str(spring.fields["percentage"]) == "15"
    assert spring.fields["type"].id == "6"  # type: ignore[union-attr]
    assert "periods" in spring.fields
    assert spring.lifecycle.on_remove == "keep"
    assert str(spring.places["percentage"]) == "overlays/0/over.yaml:5:20"
    assert str(spring.source) == "manifests/base.yaml:10:7"


def test_child_of_a_list_that_the_same_folder_replaces_is_laid_over(
    lay: Callable[..., LoadedManifests],
) -> None:
    """The document of the client comes first, whatever the order in the file."""
    text = over("Discount", "acme-new", "spec: {note: hello}") + "---\n"
    text += over("Client", "acme", "spec: {discounts: [{name: acme-new, percentage: 3}]}")

    assert resource(lay(text), "Discount/acme-new").fields["note"] == "hello"


def test_reference_choice_and_secret_are_replaced_as_one_value(
    lay: Callable[..., LoadedManifests],
) -> None:
    """A map that names one thing never becomes a mixture of two names."""
    base = (
        BASE
        + "---\n"
        + over(
            "Discount", "x", "spec: {client: {email: a@b.example}, percentage: 1, type: {id: '5'}}"
        )
    )
    loaded = lay(over("Discount", "x", "spec: {client: {id: '7'}, type: Other}"), base=base)

    found = resource(loaded, "Discount/x")
    assert str(found.parent) == "Client{id: 7}"
    assert found.fields["type"].label == "Other"  # type: ignore[union-attr]


def test_addons_merge_by_their_names(lay: Callable[..., LoadedManifests]) -> None:
    """A map of the author's own keys is a map like any other, and both places had a say."""
    web = resource(
        lay(over("Service", "acme-web", "spec: {addons: {Disk: 20}}")), "Service/acme-web"
    )

    assert web.fields["addons"] == {"Disk": "20", "7": "1"}
    assert [str(each.source) for each in web.layers["addons"]] == [
        "manifests/base.yaml:16:15",
        "overlays/0/over.yaml:4:16",
    ]


def test_digest_is_that_of_what_is_declared_with_overlays(
    lay: Callable[..., LoadedManifests], tmp_path: Path, catalogue: Catalogue
) -> None:
    """A plan is made of the merged result, so that is what its digest covers."""
    loaded = lay(over("Client", "acme", "spec: {note: other}"))
    plain = load_alike(tmp_path, ["manifests"], catalogue)
    (tmp_path / "manifests" / "base.yaml").write_text(BASE.replace("note: base", "note: other"))
    written = load_alike(tmp_path, ["manifests"], catalogue)

    assert loaded.digest == written.digest != plain.digest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (over("Client", "acne", "spec: {note: x}"), ("overlay-unmatched", "1:1")),
        (over("Discount", "acme", "spec: {note: x}"), ("overlay-unmatched", "1:1")),
        (over("Client", "acme", ""), ("overlay-empty", "1:1")),
        (over("Client", "acme", "spec:"), ("overlay-empty", "1:1")),
        (over("Client", "acme", "spec: {}"), ("overlay-empty", "1:1")),
        (over("Client", "acme", "spec: []"), ("overlay-empty", "1:1")),
        (over("Client", "acme", "spec: [a]"), ("wrong-type", "4:7")),
        (over("Discount", "acme-spring", "spec: [a]"), ("wrong-type", "4:7")),
        (over("Client", "acme", "spec: {contry: DE}"), ("unknown-field", "4:8")),
        (over("Client", "acme", "spec: {note: null}"), ("null", "4:14")),
        (over("Client", "acme", "spec: {email: x}"), ("invalid-value", "4:15")),
        (over("Client", "acme", "spec: {note: x}\nmore: 1"), ("unknown-key", "5:1")),
        (over("Client", "acme", "spec: {groups: x}"), ("invalid-value", "4:16")),
        (over("Client", "acme", "lifecycle: {protect: 1}"), ("invalid-lifecycle", "4:22")),
        (over("Discount", "acme-spring", "spec: {client: acme}"), ("parent-inline", "4:8")),
        (over("Discount", "acme-spring", "spec: {name: b}"), ("unknown-field", "4:14")),
        (over("Discount", "acme-spring", "spec: {x: 1}"), ("unknown-field", "4:8")),
        (over("Clint", "acme", "spec: {note: x}"), ("kind", "2:7")),
        (
            over("Client", "acme", "spec: {note: x}").replace("v1", "v2"),
            ("api-version", "1:13"),
        ),
        (over("Client", "Acme", "spec: {note: x}"), ("invalid-name", "3:18")),
        (
            HEAD + "kind: Discount\nmetadata: {name: acme-spring, labels: {a: b}}\n",
            ("unknown-key", "3:39"),
        ),
        (
            over("Client", "acme", "spec: {note: x}")
            + "---\n"
            + over("Client", "acme", "spec: {note: y}"),
            ("duplicate-address", "6:1"),
        ),
        (over("Discount", "acme-spring", "lint: {waive: []}"), ("unknown-key", "4:1")),
        ("- 1\n", ("not-a-manifest", "1:1")),
        ("a: [\n", ("syntax", "2:1")),
        ("# nothing\n", ("empty-file", "")),
        (HEAD + "kind: Client\nspec: {note: x}\n", ("missing-key", "1:1")),
    ],
)
def test_mistake_in_an_overlay_has_its_place_there(
    lay: Callable[..., LoadedManifests], text: str, expected: tuple[str, str]
) -> None:
    """One mistake is one finding, in the file of the overlay."""
    code, place = expected

    assert list_findings(lay(text)) == [(code, f"overlays/0/over.yaml:{place}".rstrip(":"))]


def test_waivers_of_an_overlay_hold_for_its_target(lay: Callable[..., LoadedManifests]) -> None:
    """A rule that one panel breaks on purpose is waived there alone."""
    waiver = "lint: {waive: [{code: BM301, reason: agreed, owner: sales}]}"
    loaded = lay(over("Client", "acme", waiver))

    assert loaded.findings == ()
    assert [str(each.source) for each in loaded.waivers] == ["overlays/0/over.yaml:4:16"]


def test_overlay_of_nothing_names_what_is_near(lay: Callable[..., LoadedManifests]) -> None:
    """Most often the address is misspelt."""
    loaded = lay(over("Client", "acne", "spec: {note: x}"))

    assert loaded.findings[0].message == (
        "Client/acne: no manifest declares it, and an overlay only changes what one declares; "
        "did you mean 'acme'?"
    )


def test_overlay_of_nothing_names_the_remedy(lay: Callable[..., LoadedManifests]) -> None:
    """Nothing of a similar name is there."""
    loaded = lay(over("Client", "somebody-else", "spec: {note: x}"))

    assert loaded.findings[0].message.endswith(
        "what one declares: declare it in a manifest, or take this document out"
    )


def test_overlay_of_what_another_one_takes_out_names_that_one(
    lay: Callable[..., LoadedManifests],
) -> None:
    """The base declares it; the list of an overlay does not name it any more."""
    loaded = lay(
        over("Client", "acme", "spec: {discounts: []}"),
        over("Discount", "acme-spring", "spec: {percentage: 5}"),
    )

    (finding,) = loaded.findings
    assert finding.message == (
        "Discount/acme-spring: overlays/0/over.yaml:4:19 takes it out of the list of Client/acme: "
        "take this document out too, or name the resource in that list"
    )


@pytest.mark.parametrize("there", [True, False])
def test_project_of_overlays_alone_gets_one_finding(
    tmp_path: Path, catalogue: Catalogue, *, there: bool
) -> None:
    """The cause is named, and not every overlay that lies over nothing because of it."""
    if there:
        (tmp_path / "manifests").mkdir()
    (tmp_path / "overlays").mkdir()
    text = (
        over("Client", "acme", "spec: {note: x}") + "---\n" + over("Client", "b", "spec: {note: y}")
    )
    (tmp_path / "overlays" / "over.yaml").write_text(text, encoding="utf-8")

    loaded = load_alike(tmp_path, ["manifests"], catalogue, ["overlays"])

    assert [each.code for each in loaded.findings] == ["no-manifests" if there else "path-missing"]
    assert loaded.findings[0].message.endswith(
        "; overlays only change what manifests declare, and declare nothing themselves"
    )


@pytest.mark.parametrize("base", ["a: [\n", BASE + "---\n%"])
def test_overlay_is_not_called_idle_where_the_base_was_not_read(
    lay: Callable[..., LoadedManifests], base: str
) -> None:
    """Its resource may stand in the part that could not be read."""
    loaded = lay(over("Client", "other", "spec: {note: x}"), base=base)

    assert {each.code for each in loaded.findings} <= {"syntax", "directive"}


def test_folder_of_overlays_that_is_gone_or_empty_is_an_error(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """A target without its overlays would be given the values of another one."""
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "empty").mkdir()

    loaded = load_alike(tmp_path, ["manifests"], catalogue, ["empty", "gone"])

    assert list_findings(loaded) == [("overlay-folder", "empty"), ("path-missing", "gone")]


def test_overlay_may_complete_what_the_base_leaves_open(
    lay: Callable[..., LoadedManifests],
) -> None:
    """What every target says for itself need not stand in the base."""
    base = over("Client", "acme", "spec: {note: x}")

    loaded = lay(over("Client", "acme", "spec: {email: a@b.example}"), base=base)

    assert resource(loaded, "Client/acme").fields["email"] == "a@b.example"
