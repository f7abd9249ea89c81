"""The law of shards and guards: what each shard may do alone, all of them may do together."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

from hypothesis import given, strategies as st

from reconciler.documents.plan import plan_document
from reconciler.model.address import Address
from reconciler.model.approval import ApprovalRule
from reconciler.model.impact import Amount, Impact, MoneyImpact
from reconciler.model.plan import Change, ChangeClass, Client, Edit, Money, Plan
from reconciler.model.shard import Shard
from reconciler.model.target import Guards
from reconciler.planning.guards import check_guards
from reconciler.policies.approvals import review_approvals
from tests.support.planning import CATALOGUE, TARGET

if TYPE_CHECKING:
    from collections.abc import Sequence

EVERYTHING: frozenset[ChangeClass] = frozenset(get_args(ChangeClass)) - {"delete"}
_COUNTS = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 9), st.integers(0, 300))
_GUARDS = st.builds(
    Guards,
    max_deletes=st.none() | st.integers(0, 12),
    max_delete_share=st.none() | st.decimals(0, 1, places=2),
    max_update_share=st.none() | st.decimals(0, 1, places=2),
    max_charge=st.none() | st.fixed_dictionaries({"EUR": st.decimals(0, 900, places=2)}),
)


def part(number: int, counts: tuple[int, int, int, int]) -> Plan:
    """Return the plan of a shard with so many deletes, updates and keeps, and such a charge."""
    deletes, updates, keeps, charge = counts
    edits = (Edit("rate", Decimal(19), Decimal(20)),)
    changes = [Change(Address("TaxRule", f"d{number}-{n}"), "delete") for n in range(deletes)]
    changes += [
        Change(Address("TaxRule", f"u{number}-{n}"), "update", edits) for n in range(updates)
    ]
    if charge:
        money = Money(Decimal(charge), "EUR")
        classes: frozenset[ChangeClass] = frozenset({"charge"})
        address = Address("Service", f"s{number}")
        changes.append(Change(address, "create", classes=classes, money=money))
    return Plan(TARGET, tuple(changes), keeps, (), "", {})


def together(parts: Sequence[Plan]) -> Plan:
    """Return the whole plan of some shards."""
    changes = tuple(change for each in parts for change in each.changes)
    return replace(parts[0], changes=changes, keeps=sum(each.keeps for each in parts))


@given(counts=st.lists(_COUNTS, min_size=1, max_size=8), guards=_GUARDS, more=st.integers(0, 40))
def test_shards_that_pass_alone_pass_together(
    counts: list[tuple[int, int, int, int]], guards: Guards, more: int
) -> None:
    """No sum of shards exceeds a guard that each of them was within by its part."""
    parts = [part(number, each) for number, each in enumerate(counts)]
    whole = together(parts)
    declared = len(whole.changes) + more
    alone = replace(guards, shards=len(parts))
    pass_alone = all(
        check_guards(replace(each, declared=declared), alone, EVERYTHING, CATALOGUE).passes
        for each in parts
    )
    found = check_guards(replace(whole, declared=declared), guards, EVERYTHING, CATALOGUE)
    if pass_alone:
        assert found.passes, found.refusals
    for each in parts:
        judged = check_guards(
            replace(each, declared=declared), guards, EVERYTHING, CATALOGUE, whole=whole
        )
        of_whole = check_guards(whole, guards, EVERYTHING, CATALOGUE)
        assert judged.passes == of_whole.passes


_RULES = st.builds(
    ApprovalRule,
    of=st.just(("ops",)),
    classes=st.sampled_from([frozenset(), frozenset({"delete"}), frozenset({"charge"})]),
    charges_above=st.none() | st.fixed_dictionaries({"EUR": st.decimals(0, 500, places=2)}),
    decrease_above=st.none() | st.fixed_dictionaries({"EUR": st.decimals(0, 300, places=2)}),
    increase_above=st.none() | st.fixed_dictionaries({"EUR": st.decimals(0, 300, places=2)}),
)
_MOVES = st.tuples(st.booleans(), st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))


def forecast(moves: Sequence[tuple[bool, int, int, int]]) -> Plan:
    """Return a plan with these deletes, charges, and amounts that recur before and after."""

    def amount(position: int) -> dict[str, Amount]:
        return {"EUR": Amount(Decimal(sum(int(each[position]) for each in moves)), "quoted")}

    client = Client("acme", "a@b.example", "7")
    changes = [
        Change(Address("TaxRule", f"d{n}"), "delete", classes=frozenset({"delete"}), client=client)
        for n, each in enumerate(moves)
        if each[0]
    ]
    changes += [
        Change(
            Address("Service", f"s{n}"),
            "create",
            classes=frozenset({"charge"}),
            money=Money(Decimal(each[1]), "EUR"),
            client=client,
        )
        for n, each in enumerate(moves)
        if each[1]
    ]
    changes.append(Change(Address("TaxRule", "u"), "update", client=client))
    money = MoneyImpact(
        charges_now=amount(1), recurring_before=amount(2), recurring_after=amount(3)
    )
    impact = Impact(money=money, client_count=1)
    return Plan(TARGET, tuple(changes), 0, (), "", {}, impact=impact)


@given(moves=st.lists(_MOVES, min_size=1, max_size=6), rule=_RULES)
def test_an_approval_of_the_whole_is_an_approval_of_a_shard(
    moves: list[tuple[bool, int, int, int]], rule: ApprovalRule
) -> None:
    """Where the whole plan needs somebody's approval, a shard that is applied alone does, too."""
    count = len(moves)
    whole = plan_document(forecast(moves), "")
    needed = review_approvals([rule], {}, whole).missing
    shards = [
        plan_document(replace(forecast([each]), shard=Shard(index, count)), "")
        for index, each in enumerate(moves)
    ]
    of_shards = [review_approvals([rule], {}, each).missing for each in shards]
    if needed:
        assert any(of_shards)
    # A merged plan is judged as it is, and so is the shard that is applied with it.
    both = review_approvals([rule], {}, (whole, shards[0])).missing
    assert bool(both) >= bool(needed)
