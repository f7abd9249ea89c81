"""The drawing of dependencies has everything in layers, and is repeated in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.address import Address, parse_address
from reconciler.report.html.element import tag, written
from reconciler.report.html.graph import dependency_graph
from tests.unit.report import samples
from tests.unit.report.html.outline import outline

if TYPE_CHECKING:
    from reconciler.model.plan import Change


def drawn(*changes: Change) -> str:
    """Return the HTML of a graph."""
    anchors = {place: f"change-{place}" for place in range(len(changes))}
    return written(tag("div", *dependency_graph(changes, anchors)))


def needing(name: str, *needs: str) -> Change:
    """Return the creation of a resource that needs others."""
    return samples.change(name, "create", depends_on=tuple(map(parse_address, needs)))


def test_what_is_needed_stands_left_of_what_needs_it() -> None:
    """Through several steps, with a link to each change of the plan."""
    text = drawn(
        needing("Service/web", "Account/eur", "Client/acme"),
        needing("Account/eur", "Client/acme"),
        needing("Client/acme"),
        needing("Client/lone"),
    )

    lefts = [int(part.partition('"')[0]) for part in text.split('<rect x="')[1:]]
    assert len(lefts) == 3
    assert lefts == sorted(lefts)
    assert text.count('<a class="node" href="#change-') == 3
    assert "1 change needs no other" in text
    assert "Service/web needs Account/eur" in outline(text)


def test_need_that_is_not_in_the_plan_is_drawn_apart() -> None:
    """It is there already, and has no change to go to."""
    text = drawn(needing("Discount/a", "Client/there"))

    assert "Client/there, not in this plan" in text
    assert text.count("<a ") == 1


def test_large_plan_is_drawn_by_kinds_with_their_numbers() -> None:
    """Nobody reads a drawing of thousands."""
    changes = [needing(f"Discount/d{n}", f"Client/c{n % 50}") for n in range(400)]

    text = drawn(*changes)

    assert "400 × Discount" in text
    assert "50 × Client" in text
    assert text.count("<rect") == 2
    assert "450 resources are drawn by their kinds." in text


def test_cycle_ends_where_it_began() -> None:
    """A plan that was edited by hand cannot hang its report."""
    text = drawn(needing("Client/a", "Client/b"), needing("Client/b", "Client/a"))

    assert text.count("<rect") == 2


def test_plan_without_needs_has_no_graph() -> None:
    """There is nothing to draw."""
    change = samples.change("Client/a", "create")

    assert dependency_graph([change], {0: "change-1"}) == ()
    assert change.address == Address("Client", "a")
