from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reconciler.model.address import parse_element_id
from reconciler.model.value import Choice
from reconciler.planning.precondition import precondition
from tests.support.planning import acme, client, kind_of, live

if TYPE_CHECKING:
    from reconciler.model.resource import Observed

KIND = kind_of("Client")
WANTED = acme(note="ours")
BEFORE = client(note="ours", phone="+1", marker="")


def test_other_fields_of_the_form_are_free() -> None:
    """A person who edits what we do not declare neither blocks us nor is overwritten."""
    after = replace(BEFORE, fields={**BEFORE.fields, "phone": "+2", "label": "vip"})

    assert precondition(KIND, after, WANTED) == precondition(KIND, BEFORE, WANTED)


@pytest.mark.parametrize("field", ["note", "email"])
def test_declared_field_and_identity_are_not(field: str) -> None:
    """What was declared, or what says who it is, must be as it was seen."""
    after = replace(BEFORE, fields={**BEFORE.fields, field: "theirs"})

    assert precondition(KIND, after, WANTED) != precondition(KIND, BEFORE, WANTED)


@pytest.mark.parametrize(
    "after",
    [
        replace(BEFORE, row_id=parse_element_id("8")),
        replace(BEFORE, marker="git:shop/x"),
        replace(BEFORE, state="closing"),
    ],
    ids=["id", "marker", "state"],
)
def test_object_itself_counts(after: Observed) -> None:
    """Another id, another owner, another state: another object, for all we know."""
    assert precondition(KIND, after, WANTED) != precondition(KIND, BEFORE, WANTED)


def test_work_of_the_panel_may_end_between_plan_and_apply() -> None:
    """A service that is opened meanwhile is what it was going to be."""
    opening = replace(BEFORE, state="busy")

    assert precondition(KIND, opening, WANTED) == precondition(KIND, BEFORE, WANTED)


@pytest.mark.parametrize(
    "after",
    [
        replace(BEFORE, fields={**BEFORE.fields, "phone": "+2"}),
        replace(BEFORE, state="busy"),
    ],
    ids=["field", "state"],
)
def test_without_a_declaration_everything_counts(after: Observed) -> None:
    """What is to be deleted is looked at as a whole."""
    assert precondition(KIND, after) != precondition(KIND, BEFORE)


def test_absence_is_a_state_of_its_own() -> None:
    """A create rests on it; it is the same for any object that is not there."""
    assert precondition(KIND, None) == precondition(KIND, None, WANTED)
    assert precondition(KIND, None) != precondition(kind_of("TaxRule"), None)
    assert precondition(KIND, None) != precondition(KIND, BEFORE)


def test_options_of_one_label_are_distinguished() -> None:
    """Somebody chose another provider of the same name: that is a change."""
    wanted = acme(country=Choice("1", "Main"))
    one, two = (client(country=Choice(key, "Main")) for key in ("1", "2"))
    renamed = client(country=Choice("1", "Renamed"))

    assert precondition(KIND, one, wanted) != precondition(KIND, two, wanted)
    assert precondition(KIND, one, wanted) == precondition(KIND, renamed, wanted)


def test_set_counts_whatever_its_order() -> None:
    """Members have none."""
    wanted = acme(groups=["a", "b"])
    found = [
        client(groups=frozenset(Choice(key, f"group {key}") for key in keys))
        for keys in (("1", "2", "3"), ("3", "2", "1"), ("1", "2"))
    ]
    first, second, third = (precondition(KIND, each, wanted) for each in found)

    assert first == second != third


def test_precondition_reveals_no_values() -> None:
    """A digest, and no text of the panel's."""
    mark = precondition(KIND, live("Client", 7, {"email": "secret@acme.example"}))

    assert mark.startswith("sha256:")
    assert "secret" not in mark
