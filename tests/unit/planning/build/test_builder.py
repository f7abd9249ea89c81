from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.model.address import Address
from reconciler.model.finding import Finding, Source
from reconciler.model.resource import Lifecycle
from reconciler.model.value import Choice
from reconciler.planning.build.builder import build_plan
from reconciler.planning.context import PlanOptions
from tests.support.planning import PlanInputs, acme, client, declare, kind_of, live, remember, scope

if TYPE_CHECKING:
    from reconciler.model.plan import Plan
    from reconciler.model.resource import Desired, Observed
    from reconciler.model.value import Fields, Value

MAIN, OTHER = Choice("1", "Main"), Choice("2", "Other")
ACME = acme()._replace(lifecycle=Lifecycle("keep"))
OWNED_ACME = remember(ACME, client())


def _rule(name: str = "vat", provider: Choice = MAIN, rate: int = 20) -> Desired:
    return declare("TaxRule", name, {"client": "acme", "provider": provider, "rate": rate})


def _live_rule(number: int, provider: Choice = MAIN, rate: int = 20) -> Observed:
    fields: Fields = {"provider": provider, "rate": Decimal(rate), "productTypes": frozenset()}
    return live("TaxRule", number, fields, client=7)


def _discount(number: int, marker: str | None, **fields: Value) -> Observed:
    found: Fields = {"percentage": Decimal(10), "note": "", **fields}
    return live("Discount", number, found, client=7, marker=marker)


def _said(plan: Plan) -> list[str]:
    return [f"{c.action} {c.address} {c.id or '-'}" for c in plan.changes]


def test_declared_state_gives_an_empty_plan() -> None:
    """What is kept is counted and listed nowhere."""
    rule = _rule()
    world = PlanInputs(
        declared=(ACME, rule),
        objects=(client(), _live_rule(5)),
        inventory=dict([OWNED_ACME, remember(rule, _live_rule(5))]),
    )
    plan = world.plan()

    assert plan.empty
    assert plan.keeps == 2
    assert set(plan.kept) == {ACME.address, rule.address}
    assert plan.findings == ()


def test_child_of_a_new_client_is_created_after_it() -> None:
    """Its list cannot be read yet, and does not have to be: there is none."""
    plan = PlanInputs(declared=(_rule(), ACME)).plan()

    assert _said(plan) == ["create Client/acme -", "create TaxRule/vat -"]
    assert plan.changes[1].depends_on == (ACME.address,)


def test_object_with_another_id_than_the_inventory_is_adopted() -> None:
    """Somebody deleted ours and made one alike: it is not changed without saying so."""
    rule = _rule()
    world = PlanInputs(
        declared=(ACME, rule),
        objects=(client(), _live_rule(9, rate=19)),
        inventory=dict([OWNED_ACME, remember(rule, _live_rule(5))]),
    )
    (change,) = world.changes()
    strict = replace(world, options=PlanOptions(adopt=False))

    assert (change.action, change.id) == ("adopt", "9")
    assert [c.action for c in strict.changes()] == ["blocked"]


def test_incomplete_list_proves_no_absence() -> None:
    """Neither a create nor a delete rests on a list that may hide rows."""
    old = remember(_rule("old", OTHER), _live_rule(6, OTHER))
    world = PlanInputs(
        declared=(ACME, _rule()),
        objects=(client(), _live_rule(6, OTHER)),
        inventory=dict([OWNED_ACME, old]),
        incomplete={scope("TaxRule", 7): "a filter is on"},
    )
    changes = world.changes()

    assert {str(c.address): c.action for c in changes} == {
        "TaxRule/vat": "blocked",
        "TaxRule/old": "blocked",
    }
    assert all("a filter is on" in c.reason for c in changes)


def test_ambiguous_match_blocks_a_create() -> None:
    """A row that shows too little is neither adopted nor doubled."""
    hidden = live("TaxRule", 5, {"provider": MAIN}, client=7)
    world = PlanInputs(
        declared=(ACME, _rule()), objects=(client(), hidden), inventory=dict([OWNED_ACME])
    )
    (change,) = world.changes()

    assert change.action == "blocked"
    assert "object 5" in change.reason
    other = replace(world, objects=(client(), live("TaxRule", 5, {"provider": OTHER}, client=7)))
    assert [c.action for c in other.changes()] == ["create"]


@pytest.mark.parametrize("marker", ["git:other/x", "crm-17"])
def test_object_of_another_resource_blocks_a_create(marker: str) -> None:
    """The same service under another's marker is neither taken nor ordered twice."""
    spec = {"client": "acme", "type": "vds", "tariff": MAIN, "domain": "a.example"}
    theirs = live("Service", 5, {"domain": "a.example"}, client=7, variant="vds", marker=marker)
    world = PlanInputs(
        declared=(ACME, declare("Service", "web", spec)),
        objects=(client(), theirs),
        inventory=dict([OWNED_ACME]),
    )
    (change,) = world.changes()

    assert change.action == "blocked"
    assert marker in change.reason


def test_two_manifests_of_one_object_are_one_too_many() -> None:
    """``EUR`` and ``Euro`` are one currency once the panel has been asked."""
    one = declare(
        "CurrencyRate",
        "one",
        {"client": "acme", "base": "EUR", "relate": "USD", "date": "2027-01-01", "rate": 2},
    )
    two = declare(
        "CurrencyRate",
        "two",
        {"client": "acme", "base": "Euro", "relate": "USD", "date": "2027-01-01", "rate": 2},
    )
    menu = {"1": "Euro", "2": "US Dollar"}
    menus = {("CurrencyRate", ""): {"currency_base": menu, "currency_relate": menu}}
    fields: Fields = {
        "base": Choice("1", "Euro"),
        "relate": Choice("2", "US Dollar"),
        "date": date(2027, 1, 1),
        "rate": Decimal(2),
    }
    there = live("CurrencyRate", 5, fields, client=7)
    for objects in ((client(),), (client(), there)):
        world = PlanInputs(declared=(ACME, two, one), objects=objects, menus=menus)
        found = {c.address.name: c for c in world.changes() if c.address.kind != "Client"}
        assert found["two"].action == "blocked"
        assert "same object as CurrencyRate/one" in found["two"].reason
        assert found["one"].action in {"create", "adopt"}


def test_managed_object_removed_from_git_is_deleted() -> None:
    """Remembered or marked; an unmanaged object is left alone."""
    old = remember(_rule("old"), _live_rule(5))
    world = PlanInputs(
        declared=(ACME,),
        objects=(
            client(),
            _live_rule(5),
            _live_rule(6, OTHER),
            _discount(8, "git:shop/gone"),
            _discount(9, None),
            _discount(10, "git:else/x"),
        ),
        inventory=dict([OWNED_ACME, old]),
    )

    assert _said(world.plan()) == ["delete Discount/gone 8", "delete TaxRule/old 5"]


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (Lifecycle("keep"), []),
        (Lifecycle("delete", protect=True), ["blocked Discount/gone 8"]),
        (Lifecycle("delete"), ["delete Discount/gone 8"]),
    ],
)
def test_object_created_by_a_killed_run_follows_its_on_remove(
    ending: Lifecycle, said: list[str]
) -> None:
    """The inventory does not know it yet; the journal does, from before it was sent."""
    world = PlanInputs(
        declared=(ACME,),
        objects=(client(), _discount(8, "git:shop/gone")),
        inventory=dict([OWNED_ACME]),
        endings={Address("Discount", "gone"): ending},
    )

    assert _said(world.plan()) == said


@pytest.mark.parametrize(
    "options",
    [PlanOptions(only=(Address("Client", "acme"),)), PlanOptions(labels={"team": "emea"})],
    ids=["only", "label"],
)
def test_unselected_resources_are_neither_changed_nor_deleted(options: PlanOptions) -> None:
    """A part of the manifests says nothing of the rest."""
    mine = declare(
        "Client", "acme", {"email": "info@acme.example", "note": "new"}, labels={"team": "emea"}
    )
    old = remember(_rule("old", OTHER), _live_rule(6, OTHER))
    world = PlanInputs(
        declared=(mine, _rule(rate=19)),
        objects=(client(note="old"), _live_rule(5), _live_rule(6, OTHER)),
        inventory=dict([remember(mine, client()), old]),
        options=options,
    )

    assert _said(world.plan()) == ["update Client/acme 7"]
    assert world.plan().forgets == ()


def test_deleted_object_leaves_the_inventory_with_a_note() -> None:
    """Nothing is left to delete."""
    world = PlanInputs(
        declared=(ACME,),
        objects=(client(),),
        inventory=dict([OWNED_ACME, remember(_rule("old"), _live_rule(5))]),
    )
    plan = world.plan()

    assert plan.changes == ()
    assert plan.forgets == (Address("TaxRule", "old"),)
    assert [finding.code for finding in plan.findings] == ["forgotten"]


def test_remembered_object_in_a_list_that_was_not_read_is_not_forgotten() -> None:
    """Not read is not gone: it is said, and the memory of it stays."""
    old = remember(_rule("old"), _live_rule(5))
    world = PlanInputs(
        declared=(ACME,),
        objects=(client(), _live_rule(5)),
        inventory=dict([OWNED_ACME, old]),
        unread=frozenset({scope("TaxRule", 7)}),
    )
    plan = world.plan()

    assert _said(plan) == ["blocked TaxRule/old -"]
    assert plan.forgets == ()


def test_children_of_a_deleted_client_leave_the_inventory() -> None:
    """The list of clients proves it."""
    old = remember(_rule("old"), _live_rule(5))
    other = client(8, "else@where.example")
    world = PlanInputs(objects=(other,), inventory=dict([OWNED_ACME, old]))
    plan = world.plan()

    assert plan.changes == ()
    assert plan.forgets == (Address("Client", "acme"), Address("TaxRule", "old"))


def test_id_that_belongs_to_another_object_now_is_not_deleted() -> None:
    """What was ours is gone; what has its id never was."""
    world = PlanInputs(
        declared=(ACME,),
        objects=(client(), _live_rule(5, OTHER), _discount(8, "git:shop/summer")),
        inventory=dict(
            [
                OWNED_ACME,
                remember(_rule("old"), _live_rule(5)),
                remember(declare("Discount", "spring", {"client": "acme"}), _discount(8, None)),
            ]
        ),
    )
    plan = world.plan()

    assert _said(plan) == ["delete Discount/summer 8"]
    assert plan.forgets == (Address("Discount", "spring"), Address("TaxRule", "old"))


def test_undeclared_object_with_the_marker_of_another_project_is_not_deleted() -> None:
    """Of the same name, under the id that we remember: theirs all the same."""
    spring = declare("Discount", "spring", {"client": "acme"})
    world = PlanInputs(
        declared=(ACME,),
        objects=(client(), _discount(5, "git:other/spring")),
        inventory=dict([OWNED_ACME, remember(spring, _discount(5, None))]),
    )
    plan = world.plan()

    assert plan.changes == ()
    assert plan.forgets == (spring.address,)


def test_undeclared_object_without_its_marker_is_deleted_only_when_it_is_the_one() -> None:
    """Type, action and day speak for it; where they are not known, a person has to."""
    raw = {"client": "acme", "type": MAIN, "appliesTo": OTHER, "from": "2026-03-01"}
    fields: Fields = {"type": MAIN, "appliesTo": OTHER, "from": date(2026, 3, 1)}
    known = declare("Discount", "known", raw)
    vague = declare("Discount", "vague", {"client": "acme"})
    world = PlanInputs(
        declared=(ACME,),
        objects=(client(), _discount(5, None, **fields), _discount(6, None)),
        inventory=dict(
            [
                OWNED_ACME,
                remember(known, _discount(5, None)),
                remember(vague, _discount(6, None)),
            ]
        ),
    )

    assert _said(world.plan()) == ["blocked Discount/vague 6", "delete Discount/known 5"]


def test_kept_object_is_no_longer_managed() -> None:
    """``onRemove: keep`` lets it be and says so."""
    kept = _rule("old")._replace(lifecycle=Lifecycle("keep"))
    world = PlanInputs(
        declared=(ACME,),
        objects=(client(), _live_rule(5)),
        inventory=dict([OWNED_ACME, remember(kept, _live_rule(5))]),
    )
    plan = world.plan()

    assert plan.changes == ()
    assert plan.forgets == (kept.address,)


def test_kept_object_with_a_mark_is_remembered() -> None:
    """Its mark says that it is ours, and would get it deleted once its end was forgotten."""
    kept = declare("Discount", "old", {"client": "acme", "percentage": 5})._replace(
        lifecycle=Lifecycle("keep"),
    )
    there = live("Discount", 5, {}, client=7, marker="git:shop/old")
    world = PlanInputs(
        declared=(ACME,),
        objects=(client(), there),
        inventory=dict([OWNED_ACME, remember(kept, there)]),
    )
    plan = world.plan()

    assert plan.changes == ()
    assert plan.forgets == ()


def test_authoritative_list_deletes_undeclared_objects() -> None:
    """Owned or not, remembered or not, but what its own manifest keeps is kept and reported."""
    whole = ACME._replace(whole=frozenset({"TaxRule"}))
    kept = _rule("old", OTHER)._replace(lifecycle=Lifecycle("keep"))
    third = Choice("3", "Third")
    world = PlanInputs(
        declared=(whole, _rule()),
        objects=(client(), _live_rule(5), _live_rule(6, OTHER), _live_rule(7, third)),
        inventory=dict([OWNED_ACME, remember(kept, _live_rule(6, OTHER))]),
    )

    plan = world.plan()

    assert _said(plan) == ["adopt TaxRule/vat 5", "delete TaxRule/acme.id-7 7"]
    assert [change.classes for change in plan.changes[1:]] == [{"delete", "prune"}]
    assert [finding.code for finding in plan.findings] == ["undeclared"]


def test_authoritative_list_keeps_possible_matches() -> None:
    """Without this, each run would delete the object and make it again."""
    unclear = live("TaxRule", 5, {"provider": MAIN, "rate": Decimal(20)}, client=7)
    other = live("TaxRule", 6, {"provider": OTHER, "rate": Decimal(20)}, client=7)
    world = PlanInputs(
        declared=(ACME._replace(whole=frozenset({"TaxRule"})), _rule()),
        objects=(client(), unclear, other),
        inventory=dict([OWNED_ACME]),
    )
    plan = world.plan()

    assert sorted(_said(plan)) == [
        "blocked TaxRule/acme.id-5 5",
        "blocked TaxRule/vat -",
        "delete TaxRule/acme.id-6 6",
    ]
    (kept,) = (change for change in plan.changes if change.id == "5")
    assert "this object may be TaxRule/vat" in kept.reason


def test_plan_after_an_authoritative_list_was_applied_is_empty() -> None:
    """An item that is left alone in one round must not be deleted in the next."""
    whole = ACME._replace(whole=frozenset({"TaxRule", "CurrencyRate"}))
    raw = {"client": "acme", "base": MAIN, "relate": OTHER, "date": "2027-01-01"}
    rate = declare("CurrencyRate", "old", raw)
    fields: Fields = {"base": MAIN, "relate": OTHER, "date": date(2027, 1, 1)}
    there = live("CurrencyRate", 5, fields, client=7)
    world = PlanInputs(
        declared=(whole,),
        objects=(client(), there),
        inventory=dict([OWNED_ACME, remember(rate, there)]),
    )
    plan = world.plan()
    after = replace(world, objects=(client(),), inventory=dict([OWNED_ACME]))

    assert kind_of("CurrencyRate").on_remove == "keep"
    assert plan.empty
    assert plan.forgets == ()
    assert [finding.code for finding in plan.findings] == ["undeclared"]
    assert after.plan().empty


def test_create_beside_the_renamed_object_is_a_warning() -> None:
    """An email was changed by hand, or an id was given out again: nothing shows which."""
    moved = client(email="new@acme.example")
    world = PlanInputs(declared=(ACME,), objects=(moved,), inventory=dict([OWNED_ACME]))

    plan = world.plan()

    assert _said(plan) == ["create Client/acme -"]
    (warning,) = plan.findings
    assert warning.code == "identity-moved"
    assert "object 7 was this resource and is now new@acme.example" in warning.message
    assert replace(world, objects=()).plan().findings == ()


def test_authoritative_list_deletes_an_object_with_a_reused_id() -> None:
    """Ours is gone, and the unmanaged object in the list exceeds it as well."""
    whole = ACME._replace(whole=frozenset({"TaxRule"}))
    world = PlanInputs(
        declared=(whole,),
        objects=(client(), _live_rule(5, OTHER)),
        inventory=dict([OWNED_ACME, remember(_rule("old"), _live_rule(5))]),
    )
    plan = world.plan()

    assert _said(plan) == ["delete TaxRule/acme.id-5 5"]
    assert plan.forgets == (Address("TaxRule", "old"),)


def test_object_declared_in_an_authoritative_list_is_adopted() -> None:
    """It is shown, and refused where nothing may be adopted."""
    whole = ACME._replace(whole=frozenset({"TaxRule"}))
    world = PlanInputs(
        declared=(whole, _rule()),
        objects=(client(), _live_rule(5, rate=19)),
        inventory=dict([OWNED_ACME]),
        options=PlanOptions(adopt=False),
    )

    adopting = replace(world, options=PlanOptions())

    assert _said(world.plan()) == ["blocked TaxRule/vat 5"]
    assert _said(adopting.plan()) == ["adopt TaxRule/vat 5"]


def test_disputed_objects_are_blocked_and_not_deleted() -> None:
    """Two rules of one identity in a whole list: a person says which one it is."""
    whole = ACME._replace(whole=frozenset({"TaxRule"}))
    world = PlanInputs(
        declared=(whole, _rule()),
        objects=(client(), _live_rule(5), _live_rule(6)),
        inventory=dict([OWNED_ACME]),
    )

    assert _said(world.plan()) == ["blocked TaxRule/vat -"]


@pytest.mark.parametrize("remembered", [True, False])
def test_second_object_with_our_marker_is_never_deleted(
    remembered: bool,  # noqa: FBT001 - both ways
) -> None:
    """A proxy delivered a create twice, or a person copied the note: a person decides."""
    spring = declare("Discount", "spring", {"client": "acme", "percentage": 10})
    mark = "git:shop/spring"
    memory = [remember(spring, _discount(5, mark))] if remembered else []
    world = PlanInputs(
        declared=(ACME, spring),
        objects=(client(), _discount(5, mark), _discount(6, mark)),
        inventory=dict([OWNED_ACME, *memory]),
    )
    plan = world.plan()

    assert [c.action for c in plan.changes] == ["blocked"]
    assert plan.keeps == (2 if remembered else 1)


def test_discount_that_moves_to_another_client_is_blocked_and_stays() -> None:
    """The panel moves nothing: the old one would be deleted before the new one stands."""
    moved = declare("Discount", "spring", {"client": "zeta", "percentage": 10})
    zeta = declare("Client", "zeta", {"email": "post@zeta.example"})
    there = client(8, "post@zeta.example")
    old = _discount(5, "git:shop/spring")
    world = PlanInputs(
        declared=(ACME, zeta, moved),
        objects=(client(), there, old),
        inventory=dict([OWNED_ACME, remember(zeta, there), remember(moved, old)]),
    )

    assert _said(world.plan()) == ["blocked Discount/spring -"]


def test_object_on_its_way_out_is_deleted_no_second_time() -> None:
    """It is forgotten once it is gone, not before."""
    spec = {"client": "acme", "type": "vds", "tariff": MAIN, "domain": "a.example"}
    web = declare("Service", "web", spec)._replace(lifecycle=Lifecycle("delete"))
    there = live(
        "Service", 5, {"domain": "a.example"}, client=7, variant="vds", marker="git:shop/web/1"
    )
    memory = dict([OWNED_ACME, remember(web, there)])
    states = {
        state: PlanInputs(
            declared=(ACME,), objects=(client(), replace(there, state=state)), inventory=memory
        ).plan()
        for state in ("live", "closing", "gone")
    }

    assert {state: len(plan.changes) for state, plan in states.items()} == {
        "live": 1,
        "closing": 0,
        "gone": 0,
    }
    assert states["closing"].forgets == ()
    assert states["gone"].forgets == (web.address,)


def test_obstacle_that_was_seen_while_observing_blocks() -> None:
    """The order form does not open, or the tariff is not offered for the period."""
    spec = {"client": "acme", "type": "vds", "tariff": MAIN, "domain": "a.example"}
    web = declare("Service", "web", spec)
    world = PlanInputs(
        declared=(ACME, web),
        objects=(client(),),
        inventory=dict([OWNED_ACME]),
        blocked={web.address: "the panel does not open the order form"},
    )

    assert [c.reason for c in world.changes()] == ["the panel does not open the order form"]


def test_removed_client_is_deleted_after_its_children() -> None:
    """When its manifest said so; each child is a change of its own."""
    gone = acme()._replace(lifecycle=Lifecycle("delete"))
    world = PlanInputs(
        objects=(client(), _live_rule(5)),
        inventory=dict([remember(gone, client()), remember(_rule(), _live_rule(5))]),
    )

    assert _said(world.plan()) == ["delete TaxRule/vat 5", "delete Client/acme 7"]


@pytest.mark.parametrize("known", [True, False], ids=["by name", "by email"])
def test_rule_under_an_id_that_is_another_client_by_now_is_not_deleted(*, known: bool) -> None:
    """Ids are given out again, and mean other clients on another panel; a person may forget it."""
    who = "acme" if known else {"email": "info@acme.example"}
    rule = declare("TaxRule", "vat", {"client": who, "provider": MAIN, "rate": 20})
    owned = [remember(rule, _live_rule(5)), *([OWNED_ACME] if known else [])]
    taken = PlanInputs(
        objects=(client(7, "else@where.example"), _live_rule(5)), inventory=dict(owned)
    )
    same = replace(taken, objects=(client(), _live_rule(5)))

    (blocked,) = [c for c in taken.plan().changes if c.address == rule.address]

    assert blocked.action == "blocked"
    assert "reconciler forget" in blocked.reason
    assert "delete TaxRule/vat 5" in _said(same.plan())


@pytest.mark.parametrize(
    ("day", "rate", "after"),
    [
        ("2027-02-01", "1.2", "2"),
        ("2027-01-15", "1.1", "1.2"),
        ("2026-12-01", "1.0", "1.2"),
        ("2027-04-01", "9", "1.2"),
    ],
)
def test_new_rate_takes_over_from_the_newest_of_its_pair(day: str, rate: str, after: str) -> None:
    """It is what bounds the move: one of the same plan, too; and the next where none is older."""
    menu = {"1": "Euro", "2": "US Dollar", "3": "Pound Sterling"}
    euro, dollar, pound = (Choice(key, label) for key, label in menu.items())
    rows = [
        live(
            "CurrencyRate",
            key,
            {"base": euro, "relate": other, "date": when, "rate": Decimal(was)},
            client=7,
        )
        for key, other, when, was in (
            (4, dollar, date(2026, 12, 15), "1.0"),
            (5, dollar, date(2027, 1, 1), "1.1"),
            (6, dollar, date(2027, 1, 20), "1.2"),
            (8, pound, date(2027, 1, 25), "1.3"),
        )
    ]
    menus = {("CurrencyRate", ""): {"currency_base": menu, "currency_relate": menu}}
    raw = {"client": "acme", "base": "EUR", "relate": "USD"}
    new = declare("CurrencyRate", "next", {**raw, "date": day, "rate": 2})
    beside = declare("CurrencyRate", "beside", {**raw, "date": "2027-03-01", "rate": 9})
    world = PlanInputs(declared=(ACME, new, beside), objects=(client(), *rows), menus=menus)

    found = {change.address.name: change for change in world.changes()}

    assert found["next"].precedent is not None
    assert found["next"].precedent["rate"] == Decimal(rate)
    assert found["beside"].precedent is not None
    assert found["beside"].precedent["rate"] == Decimal(after)


def test_delete_names_the_skipped_files_that_may_declare_it() -> None:
    """A file that an editor renamed is visible in the plan, before it is applied."""
    old = _rule("old")
    world = PlanInputs(
        declared=(ACME,),
        objects=(client(), _live_rule(5)),
        inventory=dict([OWNED_ACME, remember(old, _live_rule(5))]),
    )
    skipped = Finding("warning", "skipped-file", "skipped", Source("manifests/old.yaml.bak"))
    work = replace(world.work(), findings=(skipped,))
    plan = build_plan(work, world.snapshot(), PlanOptions())

    assert [change.action for change in plan.changes] == ["delete"]
    assert plan.changes[0].reason.endswith(
        "files skipped because of their name: manifests/old.yaml.bak"
    )


def test_renamed_client_that_is_blocked_is_not_deleted_under_its_old_name() -> None:
    """Whatever else stands in its way: the inventory keeps what lives."""
    renamed = acme()._replace(address=Address("Client", "acme-group"))
    world = PlanInputs(
        declared=(renamed,),
        objects=(client(),),
        inventory=dict([OWNED_ACME]),
        blocked={renamed.address: "a charge is in doubt"},
    )
    plan = world.plan()

    assert [(str(c.address), c.reason) for c in plan.changes] == [
        ("Client/acme-group", "a charge is in doubt")
    ]
    assert plan.forgets == ()
    assert [finding.code for finding in plan.findings] == []
