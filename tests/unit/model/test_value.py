from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from reconciler.model.finding import Finding, Source, has_errors
from reconciler.model.plan import Plan, TargetRef
from reconciler.model.value import Choice, Ref, Secret


def test_secret_shows_where_it_comes_from_and_no_more() -> None:
    """Not even the name of the variable or the path of the file is shown."""
    for kind, reference in (("env", "PASSPHRASE"), ("file", "secret.txt")):
        shown = str(Secret(kind, (reference,)))  # type: ignore[arg-type]
        assert kind in shown
        assert reference not in shown


@pytest.mark.parametrize(
    ("ref", "shown"),
    [
        (Ref("Client", "name", "acme"), "Client/acme"),
        (Ref("Client", "email", "a@b.example"), "Client{email: a@b.example}"),
        (Ref("Client", "id", "7"), "Client{id: 7}"),
    ],
)
def test_reference_is_shown_as_it_is_written(ref: Ref, shown: str) -> None:
    """A thing without a manifest is distinguished from one that has a manifest."""
    assert str(ref) == shown


def test_option_is_shown_by_its_label_or_else_by_its_id() -> None:
    """People read labels; an id stands in braces, as it does in a manifest."""
    assert str(Choice("182", "Germany")) == "Germany"
    assert str(Choice("182")) == "{id: 182}"
    assert str(Choice("182", "")) == "{id: 182}"
    assert str(Choice(None, "")) == ""


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (Source("a.yaml"), "a.yaml"),
        (Source("a.yaml", 3), "a.yaml:3"),
        (Source("a.yaml", 3, 9), "a.yaml:3:9"),
    ],
)
def test_place_is_shown_as_editors_read_it(source: Source, shown: str) -> None:
    """What is not known of a place is left out."""
    assert str(source) == shown


def test_values_cannot_be_changed() -> None:
    """A value that was decided about stays as it was."""
    choice = Choice("1", "One")
    with pytest.raises(FrozenInstanceError):
        choice.id = "2"  # type: ignore[misc]


def test_only_an_error_stops_the_work() -> None:
    """Warnings and notes are reported, and the work goes on."""
    reported = [Finding("warning", "unknown-code", "w"), Finding("note", "renamed", "n")]

    assert not has_errors(reported)
    assert has_errors([*reported, Finding("error", "null", "e")])


def test_plan_without_changes_is_empty_whatever_it_keeps() -> None:
    """What is as declared is counted and is nothing to do."""
    assert Plan(TargetRef("t", "u"), (), 214, (), "", {}).empty
