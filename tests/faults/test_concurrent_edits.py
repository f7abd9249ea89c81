"""Somebody else at the same panel: what they do is neither overwritten, nor lost, nor blamed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.sandbox.faults import ConcurrentCall, Stale
from reconciler.sandbox.faults.side_effects import PanelCall as Act
from tests.faults.initial_state import initial_state, plan_of, requests_of
from tests.faults.operations import EMAIL, NEWCOMER, OPERATIONS
from tests.faults.panel_state import converges_in_two_runs, new_charges, query_panel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.trial import Trial

_LONG = 3600.0
# What our own write names, which somebody else's call on the same object names, too.
_NAMING = ("elid", "plid", "project", "itemtype", "currency_base", "currency_relate", "ratedate",
           "subaccount_project", "subaccount_currency", "specialitemtype")  # fmt: skip


@dataclass(frozen=True, slots=True)
class OtherUser:
    """What somebody does to the object of an operation: a function, and what is given to it."""

    operation: str
    func: str
    given: tuple[tuple[str, str], ...] = ()
    confirmed: bool = True

    def params(self) -> dict[str, str]:
        """Return the call's parameters, on the very object of our own write."""
        ours = next(sent.params for sent in requests_of(self.operation) if sent.writes)
        named = {key: ours[key] for key in _NAMING if key in ours}
        return named | dict(self.given) | ({"sok": "ok"} if self.confirmed else {})

    def act(self, trial: Trial) -> None:
        """Do it now."""
        assert b"<error" not in trial.panel.call(self.func, **self.params())

    def at(self, when: Literal["before", "after"]) -> ConcurrentCall:
        """Do it right before our own write, or right after it."""
        operation = OPERATIONS[self.operation]
        run = Act(func=self.func, params=self.params())
        return ConcurrentCall(
            func=operation.func, request="write", given=dict(operation.given), when=when, run=run
        )


def _gone(operation: str) -> OtherUser:
    func = OPERATIONS[operation].func.partition(".")[0]
    of = "account.discount.delete" if func == "account" else f"{func}.delete"
    return OtherUser(operation, "vhost.delete" if func == "service" else of, confirmed=False)


PHONE = OtherUser("edit", "account.edit", (("try_phone", "+49 1"),))
SHARE = OtherUser("terms", "account.discount.edit", (("percentage", "44.00"),))
ADDON = OtherUser("paid", "vds.edit", (("addon_65", "8"), ("skipbasket", "on")))
MONEY = OtherUser("end", "account.discount.edit", (("percentage", "44.00"),))
NAME = OtherUser("edit", "account.edit", (("realname", "Jo"),))
UNTIL = OtherUser("terms", "account.discount.edit", (("todate", "2030-01-01"),))
SEEN = {
    PHONE: ("SELECT try_phone FROM account WHERE email = ?", EMAIL, "+49 1"),
    SHARE: ("SELECT percentage FROM discount WHERE note LIKE ?", "%/acme-spring]", "44.00"),
    MONEY: ("SELECT percentage FROM discount WHERE note LIKE ?", "%/acme-autumn]", "44.00"),
    NAME: ("SELECT realname FROM account WHERE email = ?", EMAIL, "Jo"),
    UNTIL: ("SELECT todate FROM discount WHERE note LIKE ?", "%/acme-spring]", "2030-01-01"),
    ADDON: ("SELECT value FROM item_addon WHERE addon = ? AND value > 4", "65", 8),
}
CLIENT = OtherUser("client", "account.edit", (("email", NEWCOMER), ("name", "Theirs")))
ACCOUNT = OtherUser("account", "subaccount.edit")
RULE = OtherUser("tax", "account.taxrule.edit", (("taxrate", "9"),))
RATE = OtherUser("rate", "account.currencyrate.edit", (("rate", "9"),))
ORDER = OtherUser(
    "order",
    "vhost.order.param",
    (
        ("su", EMAIL),
        ("pricelist", "38"),
        ("datacenter", "6"),
        ("period", "1"),
        ("domain", "acme-shop.example"),
    ),
)


def _is_theirs(trial: Trial, person: OtherUser) -> bool:
    query, key, value = SEEN[person]
    return [row[0] for row in query_panel(trial, query, key)] == [value]


@pytest.mark.parametrize("person", [PHONE, SHARE, ADDON, MONEY], ids=lambda p: p.operation)
def test_object_changed_since_the_plan_is_not_changed(person: OtherUser, tmp_path: Path) -> None:
    """F18, before our reading: exit code 5, nothing is sent, what they did stands."""
    trial = initial_state().begin(tmp_path, person.operation)
    plan = plan_of(person.operation)
    person.act(trial)

    results = trial.apply(plan)

    assert results == {OPERATIONS[person.operation].address: "failed"}
    assert trial.code == 5
    assert trial.writes() == []
    assert _is_theirs(trial, person)
    assert "changed since" in trial.outcomes[0].message
    assert converges_in_two_runs(trial)


@pytest.mark.parametrize("person", [NAME, UNTIL], ids=lambda p: p.operation)
@pytest.mark.parametrize("when", ["plan", "before", "after"])
def test_undeclared_field_changed_by_another_user_is_kept(
    person: OtherUser, when: Literal["plan", "before", "after"], tmp_path: Path
) -> None:
    """S6: what we do not declare is never sent along, whenever they change it."""
    trial = initial_state().begin(tmp_path, person.operation)
    plan = plan_of(person.operation)
    if when == "plan":
        person.act(trial)

    results = trial.apply(plan, *(() if when == "plan" else (person.at(when),)))

    assert results == {OPERATIONS[person.operation].address: "verified"}
    assert _is_theirs(trial, person)
    assert converges_in_two_runs(trial)
    assert _is_theirs(trial, person)


@pytest.mark.parametrize("person", [PHONE, SHARE], ids=lambda p: p.operation)
def test_change_by_another_user_after_our_write_is_reported(
    person: OtherUser, tmp_path: Path
) -> None:
    """F18, before our proof: neither old nor ours; exit code 6, and no second write (L3)."""
    trial = initial_state().begin(tmp_path, person.operation)

    results = trial.apply(plan_of(person.operation), person.at("after"))

    assert results == {OPERATIONS[person.operation].address: "diverged"}
    assert trial.code == 6
    assert "changed by somebody else after our write" in trial.outcomes[0].message
    assert "the panel confirmed" not in trial.outcomes[0].message
    assert len(trial.writes(person.func)) == 1
    assert _is_theirs(trial, person)


@pytest.mark.parametrize("operation", ["terms", "renewal", "paid", "suspend"])
@pytest.mark.parametrize("wait", [0.0, _LONG])
def test_object_deleted_since_the_plan_is_not_updated(
    operation: str, wait: float, tmp_path: Path
) -> None:
    """F19: closing or closed, nothing is sent to it, least of all what charges; exit code 5."""
    trial = initial_state().begin(tmp_path, operation)
    plan = plan_of(operation)
    _gone(operation).act(trial)
    trial.clock.seconds += wait

    results = trial.apply(plan)

    assert results == {OPERATIONS[operation].address: "failed"}
    assert trial.code == 5
    assert trial.writes() == []
    assert new_charges(trial) == []


@pytest.mark.parametrize("operation", ["end", "close"])
@pytest.mark.parametrize("when", ["plan", "before"])
def test_delete_of_an_object_that_another_user_deleted_succeeds(
    operation: str, when: str, tmp_path: Path
) -> None:
    """F14, F19: the object was to be deleted, and is gone; nothing else is deleted with it."""
    trial = initial_state().begin(tmp_path, operation)
    plan = plan_of(operation)
    if when == "plan":
        _gone(operation).act(trial)
        trial.clock.seconds += _LONG

    results = trial.apply(plan, *(() if when == "plan" else (_gone(operation).at("before"),)))

    assert results == {OPERATIONS[operation].address: "verified"}
    assert len(trial.writes()) == (when == "before")
    assert converges_in_two_runs(trial)
    assert initial_state().untouched(trial.panel, adopted=False)


@pytest.mark.parametrize("request_number", [1, 2, 3, 4])
def test_order_that_is_closed_behind_us_is_not_ordered_again(
    request_number: int, tmp_path: Path
) -> None:
    """F19 after a charge: a person is asked; no later run charges a second time (S1)."""
    trial = initial_state().begin(tmp_path, "order")
    write = next(i for i, sent in enumerate(requests_of("order"), 1) if sent.writes)
    with trial.panel.reading() as db:
        number = db.execute("SELECT max(id) + 1 FROM item").fetchone()[0]
    closes = Act(func="vhost.delete", params={"elid": str(number)})

    results = trial.apply(plan_of("order"), ConcurrentCall(call=write + request_number, run=closes))

    assert results == {"Service/acme-shop": "in-doubt"}
    assert trial.code == 7
    for _ in range(3):
        trial.clock.seconds += _LONG
        trial.apply(None)
        assert trial.code == 6
        assert "increase `generation`" in trial.outcomes[0].message
    assert len(new_charges(trial)) == 1


@pytest.mark.parametrize("operation", ["terms", "end"])
def test_reused_id_is_another_object(operation: str, tmp_path: Path) -> None:
    """F26: under our id lives somebody else's discount, which is neither edited nor deleted."""
    trial = initial_state().begin(tmp_path, operation)
    plan = plan_of(operation)
    ours = _gone(operation).params()
    query_panel(
        trial,
        "UPDATE discount SET percentage = '33.00', fromdate = '2026-05-05', note = 'theirs'"
        " WHERE idname = ?",
        ours["elid"],
    )

    results = trial.apply(plan)

    assert results == {OPERATIONS[operation].address: "failed"}
    assert trial.code == 5
    assert trial.writes() == []
    assert converges_in_two_runs(trial)
    kept = query_panel(
        trial, "SELECT percentage, note FROM discount WHERE idname = ?", ours["elid"]
    )
    assert kept == [("33.00", "theirs")]


@pytest.mark.parametrize("person", [CLIENT, ACCOUNT, RULE, RATE, ORDER], ids=lambda p: p.operation)
@pytest.mark.parametrize("stale", [False, True])
def test_object_that_appeared_since_the_plan_is_not_created_again(
    person: OtherUser, *, stale: bool, tmp_path: Path
) -> None:
    """F20, before our looking: exit code 5 and the way out said; a new plan takes it over.

    One reading that comes from a cache of before (F16) makes no difference.
    """
    trial = initial_state().begin(tmp_path, person.operation)
    plan = plan_of(person.operation)
    person.act(trial)
    lists = person.func.removesuffix(".edit").removesuffix(".order.param")

    results = trial.apply(plan, *[Stale(func=lists)] * stale)

    assert trial.fired == stale
    assert results == {OPERATIONS[person.operation].address: "failed"}
    assert trial.code == 5
    assert trial.writes() == []
    assert "plan again to adopt it" in trial.outcomes[0].message
    assert converges_in_two_runs(trial)
    assert new_charges(trial) == []
    assert not [sent for sent in trial.writes(person.func) if not sent.params.get("elid")]


@pytest.mark.parametrize("person", [CLIENT, RULE, RATE], ids=lambda p: p.operation)
def test_duplicate_that_appears_between_read_and_write_is_reported(
    person: OtherUser, tmp_path: Path
) -> None:
    """F20, after our looking: one is ours and no answer shows which; nothing is deleted for it."""
    trial = initial_state().begin(tmp_path, person.operation)

    results = trial.apply(plan_of(person.operation), person.at("before"))

    # The panel itself refuses a second client of one email.
    is_alone = person is CLIENT
    assert results == {OPERATIONS[person.operation].address: "failed" if is_alone else "in-doubt"}
    assert trial.code == (6 if is_alone else 7)
    trial.apply(None)
    assert trial.code == (0 if is_alone else 6)
    assert [sent.func for sent in trial.writes() if sent.func.endswith(".delete")] == []
    assert initial_state().untouched(trial.panel, adopted=False)


def test_second_object_with_our_marker_is_an_error_that_is_shown(tmp_path: Path) -> None:
    """A copy that somebody made is neither ordered, nor adopted, nor deleted: a person decides."""
    trial = initial_state().begin(tmp_path)
    names = [row[1] for row in query_panel(trial, "PRAGMA table_info(item)") if row[1] != "id"]
    listed = ", ".join(names)
    query_panel(
        trial,
        f"INSERT INTO item ({listed}) SELECT {listed} FROM item"  # noqa: S608 - names of its own
        " WHERE domain = 'acme-web.example'",
    )

    plan = trial.plan()

    assert plan is not None
    (change,) = plan.changes
    assert change.action == "blocked"
    assert [(f.severity, f.code) for f in plan.findings] == [("error", "duplicate-marker")]
    assert "remove it from one of the two" in plan.findings[0].message
    trial.apply(None)
    assert trial.code == 6
    assert trial.writes() == []


@pytest.mark.parametrize("gone", [False, True])
def test_duplicate_in_an_authoritative_list_is_deleted_only_beside_its_original(
    *, gone: bool, tmp_path: Path
) -> None:
    """Once ours is gone, the duplicate is what is declared, although the same list condemned it."""
    trial = initial_state().begin(tmp_path)
    manifests = tmp_path / "manifests" / "all.yaml"
    documents = [json.loads(text) for text in manifests.read_text().split("\n---\n")]
    (rule,) = [each for each in documents if each["kind"] == "TaxRule"]
    documents.remove(rule)
    (client,) = [each for each in documents if each["metadata"]["name"] == "acme"]
    inline = {name: value for name, value in rule["spec"].items() if name != "client"}
    client["spec"]["taxRules"] = [{"name": rule["metadata"]["name"], **inline}]
    manifests.write_text("\n---\n".join(json.dumps(each) for each in documents))
    listed = "account, project, taxrate, specialitemtype, itemtype"
    mine = "(SELECT id FROM account WHERE email = ?)"
    query = f"SELECT id, account FROM taxrule WHERE taxrate = '19.00' AND account = {mine}"  # noqa: S608
    ours = query_panel(trial, query, EMAIL)[0]
    query_panel(trial, "DELETE FROM taxrule WHERE account = ? AND id <> ?", ours[1], ours[0])
    query_panel(
        trial,
        f"INSERT INTO taxrule ({listed}) SELECT {listed} FROM taxrule"  # noqa: S608 - names of ours
        " WHERE id = ?",
        ours[0],
    )
    (duplicate,) = query_panel(trial, "SELECT max(id) FROM taxrule")[0]
    plan = trial.plan()
    assert plan is not None
    assert str(duplicate) in {change.id for change in plan.changes if change.action == "delete"}
    if gone:
        trial.panel.call("account.taxrule.delete", plid=str(ours[1]), elid=str(ours[0]))

    trial.apply(plan)

    (ended,) = [outcome for outcome in trial.outcomes if outcome.change.id == str(duplicate)]
    assert ended.result == ("failed" if gone else "verified")
    assert bool(query_panel(trial, "SELECT 1 FROM taxrule WHERE id = ?", duplicate)) is gone
    assert (trial.code == 0) is not gone
    assert converges_in_two_runs(trial)
    left = query_panel(trial, "SELECT id FROM taxrule WHERE account = ?", ours[1])
    assert left == [(duplicate if gone else ours[0],)]
