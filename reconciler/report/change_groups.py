"""Changes that read alike, as groups with their words: for the text of a plan, and its Markdown.

Invariants: changes of one group have one kind, action and risk, and charge in one currency; the sum
of a group is of its own changes. A change that charges or destroys and differs stands alone.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from reconciler.model.plan import Money
from reconciler.report.change import (
    details,
    held_values,
    only_marks,
    payer_of,
    remark,
    symbol_of,
    touched,
    urgency,
    warnings,
)
from reconciler.report.clients import client_words, sums_of
from reconciler.report.escape import escape
from reconciler.report.explanation import explanation_words
from reconciler.report.layout import counted
from reconciler.report.rollup import Group, Item, Part, roll_up
from reconciler.report.value import edit_words, money_words, value_words

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from reconciler.model.plan import Change
    from reconciler.model.value import Value

# What charges or cannot be undone is summed up only when more of it differ.
FEW_RISKS = 50
_CHARGES, _LOSES = 0, 1
ChangeGroup = Group["Change"]


def is_risk(change: Change) -> bool:
    """Return whether a change charges money or cannot be undone."""
    return urgency(change) in {_CHARGES, _LOSES}


def is_charge(change: Change) -> bool:
    """Return whether a change charges money."""
    return urgency(change) == _CHARGES


def change_groups(changes: Iterable[Change], *, full: bool = False) -> list[ChangeGroup]:
    """Return changes in groups: what charges, what is lost, the rest, what is blocked.

    Order: within each, large groups first, then by client. ``full`` puts nothing together.
    """
    tiers: dict[int, list[Change]] = {}
    for change in sorted(changes, key=_risk_and_client):
        tiers.setdefault(urgency(change), []).append(change)
    found = []
    for rank, members in tiers.items():
        if full:
            found += [Group((each,), (str(each.address),)) for each in members]
        else:
            few = FEW_RISKS if rank in {_CHARGES, _LOSES} else 0
            items = (_item(each) for each in members)
            found += roll_up(items, few=few) if few else roll_up(items)
    return found


def group_title(group: ChangeGroup) -> str:
    """Return what a group changes: an object, or how many of a kind."""
    first = group.values[0]
    if len(group.values) == 1:
        return touched(first)
    sets = {each.from_set for each in group.values}
    of_set = (
        f" of ResourceSet/{escape(first.from_set)}" if len(sets) == 1 and first.from_set else ""
    )
    return f"{len(group.values):,} × {first.address.kind}{of_set}"


def group_remark(group: ChangeGroup) -> str:
    """Return what a group costs, or whose it is."""
    first = group.values[0]
    if len(group.values) == 1:
        return remark(first)
    if symbol_of(first) != "!":
        return of_clients(group.values)
    verb = "renews, charges" if first.action == "renew" else "charges"
    payers = {payer_of(each) for each in group.values}
    whose = f"the balance of {payers.pop()}" if len(payers) == 1 else f"{len(payers):,} balances"
    return f"{verb} {group_sum(group)} from {whose}"


def group_sum(group: ChangeGroup) -> str:
    """Return what the changes of a group charge together."""
    return sums_of(each.money for each in group.values)


def group_details(group: ChangeGroup) -> list[str]:
    """Return the lines below a group: what its changes share, what varies, and samples."""
    first = group.values[0]
    if len(group.values) == 1:
        return details(first)
    lines = [*warnings(first), *group.shared, *group.varied]
    if first.action == "blocked":
        lead, *others = details(first) if first.reason_code else lines or [""]
        lines = [f"the first, {first.address}, is {lead}", *others] if first.reason_code else lines
    whose = of_clients(group.values) if symbol_of(first) == "!" else ""
    lines.append(", ".join(each for each in (group.samples, whose) if each))
    place = _places(group.values)
    return [*lines, place] if place else lines


def symbol_of_group(group: ChangeGroup) -> str:
    """Return the symbol in front of a group, which its changes share."""
    return symbol_of(group.values[0])


def marked_alone(changes: Iterable[Change]) -> tuple[list[Change], list[Change]]:
    """Split changes into adoptions that only set our marker, and the others."""
    marked: list[Change] = []
    others: list[Change] = []
    for change in changes:
        (marked if only_marks(change) else others).append(change)
    return marked, others


def _risk_and_client(change: Change) -> tuple[int, str]:
    return urgency(change), client_words(change.client).lower() if change.client else ""


def _item(change: Change) -> Item[Change]:
    blocked = change.action == "blocked"
    shape: list[Hashable] = [change.address.kind, change.action, change.classes]
    if blocked and change.reason_code:
        # The words differ by the ids of the objects; the reason is one.
        shape.append(change.reason_code)
        return Item(change, str(change.address), tuple(shape), {}, change.from_set)
    parts = _parts(change)
    money = change.money
    if money is not None and not blocked:
        shape += [money.currency, money.computed, money.amount is None, bool(money.at_most)]
    origin = "" if is_risk(change) else change.from_set
    return Item(change, str(change.address), (*shape, *parts), parts, origin)


def _parts(change: Change) -> dict[str, Part]:
    """Return what a change shows, part by part; a marker names the resource and is left out.

    A field is a part by its name; what else there is has a blank in its name.
    """
    kind = change.address.kind
    parts: dict[str, Part] = {}
    if symbol_of(change) == "!":
        parts["the charge"] = _amount_part(change.money)
    if change.reason:
        words = escape(change.reason)
        blocked = "blocked: " if change.action == "blocked" else ""
        parts["the reason"] = Part(f"{blocked}{words}", words)
    if change.action == "delete":
        for name, value in held_values(change).items():
            words = value_words(value, kind, name)
            parts[name] = Part(f"lost: {escape(name)} {words}", words, _number(value))
        return parts
    if why := explanation_words(change):
        parts["the cause"] = Part(why)
    arrow = change.action != "create"
    edits = [edit for edit in change.edits if edit.field != "marker"]
    for edit in edits:
        line = edit_words(edit, arrow=arrow, kind=kind)
        value = line.removeprefix(f"{escape(edit.field)}: ")
        parts[escape(edit.field)] = Part(line, value, _number(edit.after))
    if change.edits and not edits:
        parts["marker"] = Part("marker: takes the new name")
    return parts


def _amount_part(money: Money | None) -> Part:
    if money is None or money.amount is None:
        return Part("")
    words = money_words(Money(money.amount, money.currency, computed=money.computed))
    return Part(f"{words} each", words, money.amount)


def _number(value: Value) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    return None


def of_clients(changes: Sequence[Change]) -> str:
    """Return whose some changes are: the client, or how many."""
    names = {each.client.name or each.client.id: each.client for each in changes if each.client}
    if len(names) == 1:
        return f"of {client_words(*names.values())}"
    return f"of {len(names):,} clients" if names else ""


def _places(changes: Sequence[Change]) -> str:
    sources = {(each.source.file, each.source.line) for each in changes if each.source}
    if not sources:
        return ""
    files = {file for file, _ in sources}
    if len(sources) == 1:
        file, line = next(iter(sources))
        return f"declared at {escape(file)}:{line}" if line else f"declared in {escape(file)}"
    return f"declared in {escape(files.pop()) if len(files) == 1 else counted(len(files), 'file')}"
