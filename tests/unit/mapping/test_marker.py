from __future__ import annotations

import pytest

from reconciler.mapping.marker import is_ours, join_suffix, marker_of, split_suffix
from tests.support.planning import declare, kind_of


@pytest.mark.parametrize(
    ("text", "rest", "marker"),
    [
        ("", "", None),
        ("plain", "plain", None),
        ("[git:shop/a]", "", "git:shop/a"),
        ("note [git:shop/a]", "note", "git:shop/a"),
        ("note\n[git:shop/a]\n", "note", "git:shop/a"),
        ("note[git:shop/a]", "note", "git:shop/a"),
        ("[git:shop/a] note", "[git:shop/a] note", None),
        ("note [git:shop/a] [git:other/b]", "note [git:shop/a]", "git:other/b"),
        ("note [git:a b]", "note [git:a b]", None),
        ("note [svn:shop/a]", "note [svn:shop/a]", None),
        ("  note  ", "note", None),
    ],
)
def test_marker_is_the_end_of_the_note(text: str, rest: str, marker: str | None) -> None:
    """A marker within a text is text."""
    assert split_suffix(text) == (rest, marker)


def test_long_text_is_split_in_linear_time() -> None:
    """Texts come from people: with a quadratic pattern these blanks would take hours."""
    text = f"a{' ' * 2**20}b"

    assert split_suffix(text) == (text, None)


def test_empty_text_is_its_marker_alone() -> None:
    """No blank stands before it."""
    assert join_suffix("", "git:shop/a") == "[git:shop/a]"
    assert join_suffix("note", "git:shop/a") == "note [git:shop/a]"


def test_marker_of_a_service_contains_its_generation() -> None:
    """The next generation is another order, and so another marker."""
    spec = {"client": "acme", "type": "vds", "tariff": "S", "domain": "a.example"}
    kind = kind_of("Service")

    assert marker_of(kind, "shop", declare("Service", "web", spec)) == "git:shop/web/1"
    again = declare("Service", "web", {**spec, "generation": 2})
    assert marker_of(kind, "shop", again) == "git:shop/web/2"


def test_kind_without_a_place_for_it_has_no_marker() -> None:
    """A tax rule has neither a note nor a remote id."""
    rule = declare("TaxRule", "vat", {"client": "acme", "provider": "Main"})

    assert marker_of(kind_of("TaxRule"), "shop", rule) == ""


@pytest.mark.parametrize(
    ("marker", "ours"),
    [
        ("git:shop/a", True),
        ("git:shop/a/2", True),
        ("git:shop-two/a", False),
        ("git:shop", False),
        ("", False),
        (None, False),
        ("shop/a", False),
    ],
)
def test_marker_is_managed_only_by_its_complete_namespace(
    marker: str | None, *, ours: bool
) -> None:
    """A namespace that begins like ours is another's."""
    assert is_ours(marker, "shop") is ours
