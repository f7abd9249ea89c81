"""A set is the same as its resources written out; an overlay says what it says, and no more."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given, settings, strategies as st

from reconciler.manifest.yaml.documents import compose
from reconciler.manifest.yaml.emit import manifest_text
from reconciler.manifest.yaml.merge import merge, said_of
from reconciler.manifest.yaml.positions import locate
from reconciler.model.finding import Source
from reconciler.model.value import Choice
from tests.support.loading import load_alike
from tests.support.planning import CATALOGUE, kind_of
from tests.support.strategies import specs

if TYPE_CHECKING:
    from reconciler.manifest.load.loader import LoadedManifests
    from reconciler.manifest.yaml.positions import YamlDocument
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.resource import Desired

CHILDREN = [kind.name for kind in CATALOGUE.resources if kind.parent]
NAMES = st.lists(
    st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}", fullmatch=True), min_size=1, max_size=4, unique=True
)
KEYS = st.sampled_from("abcd")
VALUES = st.recursive(
    st.one_of(st.integers(0, 9), st.booleans(), st.text("xyz", max_size=2)),
    lambda inner: st.one_of(st.dictionaries(KEYS, inner, max_size=3), st.lists(inner, max_size=2)),
    max_leaves=8,
)
MAPS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


def plain(value: Any) -> Any:  # noqa: ANN401 - what a spec may hold
    """Return a raw value as a manifest writes it."""
    match value:
        case Choice():
            return {"id": value.id}
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case Decimal():
            return value
        case _:
            return value


def manifest(kind: str, name: str, **parts: Any) -> str:
    """Write a document."""
    labels = parts.pop("labels", {})
    metadata = {"name": name} | ({"labels": labels} if labels else {})
    head = {"apiVersion": "reconciler/v1", "kind": kind, "metadata": metadata}
    return manifest_text(head | parts) + "---\n"


def load(**folders: str) -> LoadedManifests:
    """Load manifests, and overlays where there are any, from texts."""
    with TemporaryDirectory() as root:
        for folder, text in folders.items():
            (Path(root) / folder).mkdir()
            (Path(root) / folder / "all.yaml").write_text(text, encoding="utf-8")
        overlays = [folder for folder in folders if folder != "manifests"]
        return load_alike(Path(root), ["manifests"], CATALOGUE, overlays)


def bare(desired: Desired) -> Desired:
    """Return a resource without the places where it is written."""
    return desired._replace(source=Source(""), places={}, layers={}, from_set="")


def composed(value: Plain, file: str) -> YamlDocument:
    """Return a value as it is read from a file."""
    text = json.dumps({"top": value})  # which YAML reads as well
    (document,), findings = compose(text.encode(), file)
    assert findings == []
    return document


@settings(max_examples=60, deadline=None)
@given(data=st.data(), kind=st.sampled_from(CHILDREN), names=NAMES)
def test_set_is_the_same_as_its_resources_written_out(
    data: st.DataObject, kind: str, names: list[str]
) -> None:
    """Whatever the kind and the spec: same resources, same digest, sound or not."""
    parent = kind_of(kind).parent
    spec = {key: plain(each) for key, each in data.draw(specs(kind_of(kind))).items()}
    spec.pop(parent)
    labels = {"segment": "agency"}
    clients = "".join(
        manifest("Client", name, spec={"email": f"c{n}@x.example"}, labels=labels)
        for n, name in enumerate(names)
    )
    entry = {"kind": kind, "name": "{client}-x", "spec": spec}
    chosen = {"clients": {"labels": labels}, "resources": [entry]}
    written = "".join(
        manifest(kind, f"{name}-x", spec={parent: name, **spec}, labels=labels) for name in names
    )

    by_set = load(manifests=clients + manifest("ResourceSet", "terms", spec=chosen))
    by_hand = load(manifests=clients + written)

    assume(by_hand.findings == ())
    assert by_set.findings == ()
    assert by_set.digest == by_hand.digest
    assert list(map(bare, by_set.desired)) == list(map(bare, by_hand.desired))


@settings(deadline=None)
@given(low=MAPS, high=MAPS)
def test_overlay_keeps_what_it_does_not_say_and_wins_where_it_does(
    low: dict[str, Any], high: dict[str, Any]
) -> None:
    """Maps merge at every depth; all else is what the overlay says."""
    merged = merge(composed(low, "low.yaml"), composed(high, "high.yaml"), ())

    assert merged.value == {"top": laid_over(low, high)}


def laid_over(low: Any, high: Any) -> Any:  # noqa: ANN401 - plain values
    """Say in the fewest words what laying over means."""
    if isinstance(low, dict) and isinstance(high, dict):
        return low | {k: laid_over(low[k], v) if k in low else v for k, v in high.items()}
    return high


@settings(deadline=None)
@given(low=MAPS, high=MAPS)
def test_each_merged_value_stands_where_it_was_written(
    low: dict[str, Any], high: dict[str, Any]
) -> None:
    """The place of a value leads to that very value, in the file that it is from."""
    files = {"low.yaml": composed(low, "low.yaml"), "high.yaml": composed(high, "high.yaml")}
    merged = merge(files["low.yaml"], files["high.yaml"], ())

    for path, value in leaves(merged.value):
        place = locate("low.yaml", merged.place, path)
        found = {
            each
            for each, _ in leaves(files[place.file].value)
            if locate(place.file, files[place.file].place, each) == place
        }
        assert path in found
        assert at(files[place.file].value, path) == value


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:  # noqa: ANN401
    """List the values that hold no others, with the ways to them."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [leaf for key, item in inner for leaf in leaves(item, (*path, key))] or [(path, value)]


def at(value: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401 - plain values
    """Follow a way."""
    for step in path:
        value = value[step]
    return value


@settings(deadline=None)
@given(low=MAPS, high=MAPS)
def test_overlay_that_is_laid_twice_changes_nothing_more(
    low: dict[str, Any], high: dict[str, Any]
) -> None:
    """The second time has a say, and says the same."""
    over = composed(high, "high.yaml")
    once = merge(composed(low, "low.yaml"), over, ())
    twice = merge(once, over, ())

    assert twice.value == once.value
    assert [each.file for each, _ in said_of(twice)] == ["low.yaml", "high.yaml", "high.yaml"]
