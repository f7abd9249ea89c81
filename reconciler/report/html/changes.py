"""The list of changes in a page: the worst first, alike ones together, under the filters.

Invariants: every change is in the list, of a group as one of its members; the groups and their
order are those of the text: charges, what cannot be undone, others, blocked ones.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reconciler.report.change import details, urgency, warnings
from reconciler.report.change_groups import change_groups, group_sum, group_title
from reconciler.report.escape import escape
from reconciler.report.explanation import explanation_words, unexplained_title
from reconciler.report.html.change import (
    VERBS,
    change_entry,
    change_words,
    charge_words,
    classes_of,
    filter_marks,
    place_words,
    sign_words,
)
from reconciler.report.html.element import extend, tag
from reconciler.report.html.money import amount_words, charges_of, is_charge
from reconciler.report.html.page import Section, folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.plan import Change, Plan
    from reconciler.report.change_groups import ChangeGroup
    from reconciler.report.html.element import Element
    from reconciler.report.html.page import Tone

_MANY = 400
_MOST_UNEXPLAINED = 20
# By the rank of a change.
_RANKS: tuple[tuple[str, Tone], ...] = (
    ("Charge money", "charge"),
    ("Cannot be undone", "danger"),
    ("Other changes", "calm"),
    ("Blocked, not made", "warning"),
)


def anchors_of(changes: Sequence[Change]) -> dict[int, str]:
    """Return the anchor of each change by its place in the plan."""
    return {place: f"change-{place + 1}" for place in range(len(changes))}


def change_list(
    changes: Sequence[Change], anchors: Mapping[int, str], *, full: bool = False
) -> tuple[Element, ...]:
    """Return the filters, and the changes by rank and client."""
    by_change = {id(change): anchors[place] for place, change in enumerate(changes)}
    ranked: defaultdict[int, list[ChangeGroup]] = defaultdict(list)
    for group in change_groups(changes, full=full):
        ranked[urgency(group.values[0])].append(group)
    lists = []
    for rank, groups in sorted(ranked.items()):
        heading, tone = _RANKS[rank]
        total = sum(len(group.values) for group in groups)
        many = " many" * (len(groups) > _MANY)
        entries = tag("ul", class_=f"changes{many}")
        entries.extend(_entry(group, by_change) for group in groups)
        count = tag("span", f" {total:,}", class_="count")
        lists.append(tag("div", tag("h3", heading, count, class_=tone), entries, class_="rank"))
    return (_filters(changes), *lists)


def unexplained_section(plan: Plan, anchors: Mapping[int, str]) -> tuple[Section, ...]:
    """Return the changes that no line of the branch explains; none where all are explained."""
    found = [place for place, change in enumerate(plan.changes) if change.explained is False]
    if plan.since is None or not found:
        return ()
    changes = [plan.changes[place] for place in found]
    title = unexplained_title(changes, len(plan.changes), plan.since)
    rows = [
        tag(
            "li",
            tag("a", change_words(plan.changes[place]), href=f"#{anchors[place]}"),
            tag("small", f" {explanation_words(plan.changes[place])}"),
        )
        for place in found
    ]
    lines = tag("div", *folded(rows, _MOST_UNEXPLAINED, "{} more", list_tag="ul"), class_="plain")
    content = (tag("p", title, class_="verdict warning"), lines)
    return (Section("unexplained", "Not explained by the branch", content, len(found)),)


def _filters(changes: Sequence[Change]) -> Element:
    """Return the filters; they are hidden until the script shows them."""
    actions = sorted({change.action for change in changes}, key=list(VERBS).index)
    classes = sorted({name for change in changes for name in classes_of(change)})
    kinds = sorted({change.address.kind for change in changes})
    box = tag(
        "div",
        class_="filters",
        id="filters",
        role="search",
        aria_label="Filter the changes",
        hidden="hidden",
    )
    search = tag("input", type="search", id="filter-text", autocomplete="off", spellcheck="false")
    client = tag("input", type="search", id="filter-client", autocomplete="off", spellcheck="false")
    box.append(_labelled("Search", search))
    box.append(_labelled("Client", client))
    for name, words, values in (
        ("action", "Action", actions),
        ("class", "Class", classes),
        ("kind", "Kind", kinds),
    ):
        chooser = tag("select", tag("option", "all", value=""), id=f"filter-{name}")
        chooser.extend(tag("option", value, value=value) for value in values)
        box.append(_labelled(words, chooser))
    box.append(tag("button", "Reset", type="button", id="filter-reset"))
    box.append(tag("p", id="filter-count", role="status"))
    return box


def _labelled(words: str, control: Element) -> Element:
    return tag("label", tag("span", words), control)


def _entry(group: ChangeGroup, anchors: Mapping[int, str]) -> Element:
    first = group.values[0]
    if len(group.values) == 1:
        return change_entry(first, anchors[id(first)])
    head = tag("p", *sign_words(first), " ", tag("strong", group_title(group)))
    amount = tag("p", tag("strong", _sum(group)), class_="amount") if is_charge(first) else None
    members = tag("ul", class_="members")
    members.extend(_member(each, group, anchors[id(each)]) for each in group.values)
    lines = [tag("p", words, class_="line") for words in (*group.shared, *group.varied)]
    if first.action == "blocked" and not lines:
        lines = [tag("p", escape(first.reason), class_="reason warning")]
    risks = [tag("p", words, class_="reason danger") for words in warnings(first)]
    fold = tag("details", tag("summary", group.samples), members)
    return tag("li", head, amount, *risks, *lines, fold, class_="change group")


def _sum(group: ChangeGroup) -> str:
    """Return what a group charges; the changes of one group charge in one currency."""
    sums = charges_of(group.values)
    known = all(amount.amount is not None for amount in sums.values())
    words = (amount_words(amount, unit) for unit, amount in sums.items())
    return ", ".join(words) if known else group_sum(group)


def _member(change: Change, group: ChangeGroup, anchor: str) -> Element:
    """Return one of a group: what it is, whose, and what it does not share with the others."""
    made = tag("li", tag("code", str(change.address)), **filter_marks(change, anchor))
    own = [line for line in details(change) if group.varied and line not in group.shared]
    amount = charge_words(change)
    words = ", ".join([amount] * bool(amount) + [each for each in own if _is_own(each)])
    whose = place_words(change)
    return extend(made, (" ", tag("small", *whose, " · " if words else "", words)))


def _is_own(line: str) -> bool:
    # The place stands beside the client already.
    return not line.startswith("declared at ")


def by_client(changes: Sequence[Change]) -> dict[str, list[int]]:
    """Return the places of the changes by the client that they belong to."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place, change in enumerate(changes):
        client = change.client
        found[(client.name or client.email or client.id) if client else ""].append(place)
    return found
