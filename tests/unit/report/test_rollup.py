"""What reads alike is one group, and what differs is seen."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, strategies as st

from reconciler.report.rollup import ALIKE, MOST, SHARE, Item, Part, roll_up, sampled

NUMBERS = st.lists(st.integers(0, 3), max_size=60)


def item(number: int, **parts: str) -> Item[int]:
    """Return an item with the words of its parts."""
    shown = {
        name: Part(f"{name}: {value}", value, Decimal(value) if value.isdecimal() else None)
        for name, value in parts.items()
    }
    return Item(number, f"i{number}", tuple(parts), shown)


def test_few_are_shown_one_by_one() -> None:
    """Three alike items are seen at a glance."""
    assert [len(each.values) for each in roll_up([item(n, a="1") for n in range(3)])] == [1, 1, 1]
    assert [len(each.values) for each in roll_up([item(n, a="1") for n in range(4)])] == [4]


def test_every_item_that_differs_from_a_thousand_stands_alone() -> None:
    """Thirty exceptions, each of its own, are thirty lines behind the one for the rest."""
    alike = [item(n, percent="10") for n in range(1200)]
    others = [item(2000 + n, percent=str(50 + n)) for n in range(30)]

    first, *rest = roll_up([*others, *alike])

    assert len(first.values) == 1200
    assert first.shared == ("percent: 10",)
    assert [each.values for each in rest] == [(2000 + n,) for n in range(30)]


def test_part_that_every_item_has_of_its_own_is_summed_up() -> None:
    """Names and domains differ by nature; numbers show their ends, with whose they are."""
    groups = roll_up(
        [item(n, domain=f"w{n}.example", price=str(n + 5), tariff="Web") for n in range(500)]
    )

    (group,) = groups
    assert group.shared == ("tariff: Web",)
    assert group.varied == (
        "domain: 500 different values, as w0.example, w1.example, w2.example",
        "price: 500 different values, from 5 (i0) to 504 (i499)",
    )
    assert group.samples == "i0, i1, i2 and 497 more"


def test_items_of_another_shape_are_never_put_together() -> None:
    """What changes another field is another change."""
    groups = roll_up([*(item(n, a="1") for n in range(5)), *(item(n, b="1") for n in range(5, 10))])

    assert [each.values for each in groups] == [(0, 1, 2, 3, 4), (5, 6, 7, 8, 9)]


def test_samples_count_what_they_leave_out() -> None:
    """Three names, and how many more."""
    assert sampled(["a"]) == "a"
    assert sampled(map(str, range(5000))) == "0, 1, 2 and 4,997 more"


@given(NUMBERS, NUMBERS)
def test_no_item_is_lost_and_no_group_has_unlike_members(
    first: list[int], second: list[int]
) -> None:
    """The groups hold each item once, and what they say is shared holds for each member."""
    items = [
        item(number, a=str(one), b=str(two))
        for number, (one, two) in enumerate(zip(first, second, strict=False))
    ]

    groups = roll_up(items)

    assert sorted(value for group in groups for value in group.values) == list(range(len(items)))
    assert len(groups) <= max(60, MOST, len(items) // SHARE)
    for group in groups:
        assert len(group.values) == 1 or len(group.values) >= ALIKE
        for value in group.values:
            assert set(group.shared) <= {part.words for part in items[value].parts.values()}
