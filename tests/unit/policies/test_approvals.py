"""Which approvals a plan needs and has: by amount, by class, by another person each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from reconciler.documents.plan import PlanDocument, plan_document
from reconciler.model.address import Address
from reconciler.model.approval import ApprovalRule, Approver, SignatureFile
from reconciler.model.impact import Amount, Impact, MoneyImpact
from reconciler.model.plan import Change, Client, Money, Plan, TargetRef
from reconciler.policies.approvals import (
    ApprovalReview,
    approved_bytes,
    needed_approvals,
    review_approvals,
    with_approvals,
)
from reconciler.policies.ssh_key import parse_public_key
from tests.support.ssh_keys import SshKey, make_key

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.plan import ChangeClass

CHARGES = ApprovalRule(("finance",), charges_above={"EUR": Decimal(500)})
FALLS = ApprovalRule(("finance",), decrease_above={"EUR": Decimal(200)})
RISES = ApprovalRule(("finance",), increase_above={"EUR": Decimal(200)})
BOTH = ApprovalRule(("ops", "finance"), classes=frozenset({"delete"}))


def change(
    name: str, amount: str | None = "", currency: str = "EUR", *, of: ChangeClass = "charge"
) -> Change:
    """Return a change of one class; one that charges has an amount, None where it is unknown."""
    money = None if amount == "" else Money(None if amount is None else Decimal(amount), currency)
    client = Client("acme", "pay@acme.example")
    kinds: frozenset[ChangeClass] = frozenset({of})
    return Change(Address("Service", name), "create", classes=kinds, money=money, client=client)


def document(*changes: Change, impact: Impact | None = None) -> PlanDocument:
    """Return the document of a plan."""
    target = TargetRef("test", "https://panel.invalid/billmgr")
    plan = Plan(target, changes, 0, (), "sha256:" + "0" * 64, {})
    plan = plan if impact is None else replace(plan, impact=impact)
    return plan_document(plan, "2026-11-29T12:00:00+00:00")


def reasons(rule: ApprovalRule, plan: PlanDocument) -> list[str]:
    """Return why a rule needs its approvers; nothing where it does not."""
    return [reason for each in needed_approvals([rule], plan) for reason in each.reasons]


def recurring(before: dict[str, Amount], after: dict[str, Amount]) -> PlanDocument:
    """Return a plan that moves what recurs each month."""
    money = MoneyImpact(recurring_before=before, recurring_after=after)
    return document(change("web", of="delete"), impact=Impact(money, client_count=1))


def known(amount: str) -> Amount:
    """Return an amount that a form shows."""
    return Amount(Decimal(amount), "quoted")


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        (["500.00"], []),
        (["500.01"], ["charges 500.01 EUR, above 500.00 EUR"]),
        (["500.001"], ["charges 500.001 EUR, above 500.00 EUR"]),
        (["250", "250"], []),
        (["250", "250.01"], ["charges 500.01 EUR, above 500.00 EUR"]),
        (["600", "-600"], ["charges 600.00 EUR, above 500.00 EUR"]),
        ([None], ["charges an unknown amount"]),
        (["10", None], ["charges 10.00 EUR and an unknown amount"]),
    ],
)
def test_limit_is_exceeded_by_one_cent_and_not_reached(
    amounts: list[str | None], expected: list[str]
) -> None:
    """Equal is not above; a credit takes nothing off; what is unknown is above."""
    plan = document(*(change(f"web-{n}", amount) for n, amount in enumerate(amounts)))

    assert reasons(CHARGES, plan) == expected


def test_each_currency_has_its_own_limit() -> None:
    """Nothing is added over currencies, and a currency without a limit counts as above."""
    both = ApprovalRule(("f",), charges_above={"EUR": Decimal(500), "USD": Decimal(100)})
    plan = document(change("a", "400"), change("b", "101", "USD"))

    assert reasons(both, plan) == ["charges 101.00 USD, above 100.00 USD"]
    assert reasons(CHARGES, plan) == ["charges 101.00 USD, and the rule has no limit in USD"]
    assert reasons(CHARGES, document(change("c", "0", "USD"))) == []


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (known("500"), []),
        (known("612"), ["charges 612.00 EUR, above 500.00 EUR"]),
        (Amount(Decimal(3), "quoted", at_least=True), ["charges 3.00 EUR and an unknown amount"]),
        (Amount(None, "unknown"), ["charges an unknown amount"]),
    ],
)
def test_sum_of_the_impact_counts_beside_the_list(total: Amount, expected: list[str]) -> None:
    """The larger one of both decides, and a sum that is *at least* is unknown."""
    impact = Impact(MoneyImpact(charges_now={"EUR": total}), client_count=1)

    assert reasons(CHARGES, document(change("web", of="adopt"), impact=impact)) == expected


def test_amount_that_is_computed_is_known() -> None:
    """No form shows the price of an order for a client that the plan creates."""
    plan = document(
        change("web", None),
        impact=Impact(
            MoneyImpact(charges_now={"EUR": Amount(Decimal(500), "computed")}), client_count=1
        ),
    )

    assert reasons(CHARGES, plan) == []


@pytest.mark.parametrize(
    ("rule", "before", "after", "expected"),
    [
        (FALLS, "300", "100", []),
        (
            FALLS,
            "300.01",
            "100",
            ["recurring charges fall by 200.01 EUR a month, above 200.00 EUR"],
        ),
        (FALLS, "100", "900", []),
        (RISES, "100", "300", []),
        (
            RISES,
            "100",
            "300.01",
            ["recurring charges rise by 200.01 EUR a month, above 200.00 EUR"],
        ),
        (RISES, "900", "100", []),
    ],
)
def test_what_recurs_is_bounded_in_each_direction(
    rule: ApprovalRule, before: str, after: str, expected: list[str]
) -> None:
    """A fall and a rise are two rules, and equal is not above."""
    plan = recurring({"EUR": known(before)}, {"EUR": known(after)})

    assert reasons(rule, plan) == expected


def test_all_that_recurs_in_a_currency_may_end() -> None:
    """A sum that does not name the currency any more holds nothing in it."""
    fall = "recurring charges fall by"
    (found,) = reasons(FALLS, recurring({"EUR": known("300"), "USD": known("5")}, {}))

    assert found == (
        f"{fall} 300.00 EUR a month, above 200.00 EUR and {fall} 5.00 USD a month, and the rule "
        "has no limit in USD"
    )


@pytest.mark.parametrize("rule", [FALLS, RISES])
def test_unknown_part_of_what_recurs_is_above_every_limit(rule: ApprovalRule) -> None:
    """Before or after, in part or whole."""
    for odd in (Amount(Decimal(1), "quoted", at_least=True), Amount(None, "unknown")):
        for plan in (
            recurring({"EUR": odd}, {"EUR": known("1")}),
            recurring({"EUR": known("1")}, {"EUR": odd}),
            recurring({}, {"unknown": odd}),
        ):
            assert "an unknown amount" in reasons(rule, plan)[0]


def test_plan_whose_money_was_not_followed_may_move_any_amount() -> None:
    """A plan of an older version has no sums at all, and so has a part of a plan."""
    assert "an unknown amount" in reasons(FALLS, document(change("web", of="delete")))[0]

    rate = Change(Address("CurrencyRate", "eur-usd"), "create")
    assert reasons(FALLS, document(rate)) == []


def test_classes_are_those_of_changes_that_are_made() -> None:
    """A blocked change needs nobody, and many are counted."""
    blocked = replace(change("a", of="delete"), action="blocked")
    many = [change(f"web-{n}", of="delete") for n in range(5)]

    assert needed_approvals([BOTH, CHARGES], document(blocked)) == ()
    assert reasons(BOTH, document(*many, blocked)) == 2 * [
        "delete: Service/web-0, Service/web-1, Service/web-2 and 2 more"
    ]


def test_all_conditions_of_a_rule_must_hold() -> None:
    """Two rules are either-or, two conditions are both."""
    rule = replace(CHARGES, classes=frozenset({"delete", "terminate"}))

    assert reasons(rule, document(change("a", of="delete"))) == []
    assert reasons(rule, document(change("b", "612"))) == []
    assert reasons(rule, document(change("a", of="delete"), change("b", "612"))) == [
        "delete: Service/a and charges 612.00 EUR, above 500.00 EUR"
    ]


def test_approver_of_several_rules_is_asked_once_with_every_reason() -> None:
    """In the order of the rules."""
    found = needed_approvals([BOTH, CHARGES], document(change("a", "612", of="charge")))
    both = needed_approvals([BOTH, CHARGES], document(change("a", of="delete"), change("b", "612")))

    assert [each.approver for each in found] == ["finance"]
    assert [(each.approver, len(each.reasons)) for each in both] == [("ops", 1), ("finance", 2)]


@given(st.sampled_from(["nan", "inf", "-inf", "1e999999", "1e30", "x", "", "١٢"]))
def test_amount_that_is_no_number_is_unknown(text: str) -> None:
    """A plan file can hold any text in the place of an amount."""
    plan = document(change("web", "1"))
    plan["impact"]["charges"][0]["amount"] = text

    assert len(reasons(CHARGES, plan)) == (text != "١٢")


class People:
    """Approvers with the keys of some people, and plans that they approve."""

    def __init__(self, folder: Path, roles: dict[str, list[str]]) -> None:
        """Make the keys."""
        names = [name for people in roles.values() for name in people]
        self.keys = {name: make_key(folder, name) for name in names}
        self.approvers = {
            role: Approver(role, tuple(parse_public_key(self.keys[each].line) for each in people))
            for role, people in roles.items()
        }
        self.plan = document(change("a", of="delete"))

    def file(self, role: str, key: SshKey, digest: str = "") -> SignatureFile:
        """Return an approval of the plan, or of another digest."""
        raw = key.sign(approved_bytes(digest or self.plan["digest"]))
        return SignatureFile(f"plan.json.{role}.sig", raw, approver=role)

    def review(self, *files: SignatureFile, rule: ApprovalRule = BOTH) -> ApprovalReview:
        """Review the approvals of the plan."""
        return review_approvals([rule], self.approvers, self.plan, files)

    def lacks(self, *files: SignatureFile) -> dict[str, str]:
        """Return the codes of the approvals that are missing."""
        return {e.needed.approver: e.refusal.code for e in self.review(*files).missing}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    """Ops are ben and anna, who has a second key and a second role."""
    folder = tmp_path_factory.mktemp("keys")
    return People(folder, {"ops": ["ben", "anna-ops"], "finance": ["anna-finance", "cleo"]})


def test_one_approval_of_each_is_enough(people: People) -> None:
    """By whom, and for what, is part of the review."""
    review = people.review(
        people.file("ops", people.keys["ben"]), people.file("finance", people.keys["cleo"])
    )

    assert review.missing == ()
    assert review.rejected == ()
    assert [(e.approver, e.key.owner) for e in review.given] == [
        ("ops", "ben@example"),
        ("finance", "cleo@example"),
    ]
    assert people.lacks() == {"ops": "approval-missing", "finance": "approval-missing"}


def test_one_person_cannot_approve_as_two(people: People) -> None:
    """Two keys of anna are one person, until somebody else approves for one of the roles."""
    as_ops = people.file("ops", people.keys["anna-ops"])
    as_finance = people.file("finance", people.keys["anna-finance"])
    by_ben = people.file("ops", people.keys["ben"])

    assert people.lacks(as_ops, as_finance) == {"finance": "approval-invalid"}
    (missing,) = people.review(as_ops, as_finance).missing
    assert missing.faults == ("plan.json.finance.sig: anna@example approves as ops already",)
    assert people.lacks(as_ops, as_finance, by_ben) == {}


def test_approver_who_approves_twice_counts_once(people: People) -> None:
    """Two files of ops are no approval of finance."""
    twice = [people.file("ops", people.keys["ben"])] * 2

    assert people.lacks(*twice) == {"finance": "approval-missing"}


def test_approval_of_another_digest_counts_for_nothing(people: People) -> None:
    """The reason names the file."""
    other = document(change("b", of="delete"))["digest"]
    files = [people.file("ops", people.keys["ben"], other)]

    assert people.lacks(*files) == {"ops": "approval-invalid", "finance": "approval-missing"}
    missing, _ = people.review(*files).missing
    assert str(missing.refusal) == (
        "the approval of ops is missing (delete: Service/a): plan.json.ops.sig does not count: "
        "it approves another plan, or is damaged"
    )


def test_plan_that_was_made_anew_with_the_same_content_is_approved(people: People) -> None:
    """The digest leaves out when a plan was made."""
    again = {**people.plan, "createdAt": "2026-11-30T12:00:00+00:00"}
    ben = people.file("ops", people.keys["ben"])
    rule = replace(BOTH, of=("ops",))

    assert review_approvals([rule], people.approvers, again, [ben]).missing == ()  # type: ignore[arg-type]


def test_key_of_a_stranger_counts_for_nothing(people: People, tmp_path: Path) -> None:
    """Nor does a file that cannot be read, and each is named."""
    stranger = people.file("ops", make_key(tmp_path, "mallory"))
    link = SignatureFile("plan.json.finance.sig", fault="is a link", approver="finance")

    faults = {e.needed.approver: e.faults for e in people.review(stranger, link).missing}

    assert faults == {
        "ops": ("plan.json.ops.sig does not count: its key is no approver's in the project file",),
        "finance": ("plan.json.finance.sig does not count: is a link",),
    }


def test_key_decides_whose_an_approval_is_not_the_name_of_the_file(people: People) -> None:
    """A file that was renamed is what it was."""
    renamed = replace(people.file("ops", people.keys["ben"]), path="x.sig", approver="finance")

    assert people.lacks(renamed) == {"finance": "approval-missing"}


def test_needed_approvals_stand_beside_the_plan_in_json(people: People) -> None:
    """They are no part of what the digest covers, and a plan that needs none has none."""
    review = people.review(people.file("ops", people.keys["ben"]))
    printed = with_approvals(people.plan, review)

    assert printed["approvals"] == [
        {"approver": "ops", "reasons": ["delete: Service/a"], "by": "ben@example", "faults": []},
        {"approver": "finance", "reasons": ["delete: Service/a"], "by": None, "faults": []},
    ]
    assert with_approvals(people.plan, people.review(rule=CHARGES)) == people.plan
