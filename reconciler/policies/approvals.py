"""Which approvals a plan needs, which ones it has, and which ones are missing.

Invariants: what is needed follows from the changes and the money of a plan document and from the
rules of the project, never from what a plan says about approvals; what is not known counts as above
every limit, and so does a currency without a limit; every needed approver is another person, with
another key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from reconciler.documents.values import listed, shown_money
from reconciler.errors import CodecError
from reconciler.model.impact import NO_CURRENCY
from reconciler.model.refusal import Refusal
from reconciler.policies.ssh_signature import parse_signature, verify_signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.documents.approval import ApprovalDocument
    from reconciler.documents.impact import SumsDocument
    from reconciler.documents.plan import ChangeDocument, PlanDocument
    from reconciler.model.approval import (
        AmountLimits,
        ApprovalRule,
        Approver,
        PublicKey,
        SignatureFile,
    )

_SHOWN = 3
# No price has more digits before its decimals.
_LONGEST = 18


@dataclass(frozen=True, slots=True)
class NeededApproval:
    """Whose approval a plan needs, and why."""

    approver: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GivenApproval:
    """An approval that counts: whose, with which key, and in which file."""

    approver: str
    key: PublicKey
    path: str


@dataclass(frozen=True, slots=True)
class RejectedApproval:
    """A file that is no approval of the plan, with the reason; ``approver`` where it is known."""

    path: str
    fault: str
    approver: str = ""


@dataclass(frozen=True, slots=True)
class MissingApproval:
    """A needed approval that the plan does not have; ``faults`` say what was found in its place."""

    needed: NeededApproval
    faults: tuple[str, ...] = ()

    @property
    def refusal(self) -> Refusal:
        """Why the plan is not applied."""
        why = "; ".join(self.needed.reasons)
        text = f"the approval of {self.needed.approver} is missing ({why})"
        if not self.faults:
            return Refusal("approval-missing", text)
        return Refusal("approval-invalid", f"{text}: {'; '.join(self.faults)}")


@dataclass(frozen=True, slots=True)
class ApprovalReview:
    """The approvals of one plan."""

    needed: tuple[NeededApproval, ...] = ()
    given: tuple[GivenApproval, ...] = ()
    missing: tuple[MissingApproval, ...] = ()
    rejected: tuple[RejectedApproval, ...] = ()


NO_APPROVALS = ApprovalReview()


def review_approvals(
    rules: Sequence[ApprovalRule],
    approvers: Mapping[str, Approver],
    documents: PlanDocument | Sequence[PlanDocument],
    files: Iterable[SignatureFile] = (),
    *,
    digest: str = "",
) -> ApprovalReview:
    """Return which approvals a plan needs, has and lacks.

    ``documents`` is the plan, or several views of it, of which each may need approvals. ``files``
    are the approvals that were found, ``digest`` is what they must approve: that of the first
    document where none is given. A shard needs what its part of each limit asks for.
    """
    views = documents if isinstance(documents, Sequence) else (documents,)
    needed = _joined(_needed(rules, each) for each in views)
    message = approved_bytes(digest or views[0]["digest"])
    given: list[GivenApproval] = []
    rejected: list[RejectedApproval] = []
    for file in files:
        found = read_approval(file, approvers.values(), message)
        if isinstance(found, GivenApproval):
            given.append(found)
        else:
            rejected.append(found)
    counted = _distinct(needed, given)
    missing = tuple(
        MissingApproval(each, tuple(_faults(each.approver, given, rejected, counted)))
        for each in needed
        if each.approver not in counted
    )
    return ApprovalReview(needed, tuple(counted.values()), missing, tuple(rejected))


def _needed(rules: Iterable[ApprovalRule], document: PlanDocument) -> tuple[NeededApproval, ...]:
    count = document["shard"]["count"] if "shard" in document else 1
    parts = [part for rule in rules for part in rule.in_shards(count)]
    return needed_approvals(parts, document)


def _joined(needed: Iterable[Sequence[NeededApproval]]) -> tuple[NeededApproval, ...]:
    """Return the approvals that several views of a plan need, each approver once."""
    found: dict[str, list[str]] = {}
    for each in (one for several in needed for one in several):
        found.setdefault(each.approver, []).extend(each.reasons)
    return tuple(NeededApproval(name, tuple(dict.fromkeys(why))) for name, why in found.items())


def approved_bytes(digest: str) -> bytes:
    """Return the bytes that an approval signs: the digest of a plan as it stands there."""
    return f"{digest}\n".encode()


def with_approvals(document: Mapping[str, object], review: ApprovalReview) -> Mapping[str, object]:
    """Return a plan document with the approvals that it needs, to be printed and never saved."""
    return {**document, "approvals": _documents(review)} if review.needed else document


def _documents(review: ApprovalReview) -> list[ApprovalDocument]:
    given = {each.approver: each for each in review.given}
    faults = {each.needed.approver: list(each.faults) for each in review.missing}
    return [
        {
            "approver": each.approver,
            "reasons": list(each.reasons),
            "by": given[each.approver].key.owner if each.approver in given else None,
            "faults": faults.get(each.approver, []),
        }
        for each in review.needed
    ]


def needed_approvals(
    rules: Iterable[ApprovalRule], document: PlanDocument
) -> tuple[NeededApproval, ...]:
    """Return whose approval a plan needs; nobody's where it changes nothing."""
    changes = [each for each in document["changes"] if each["action"] != "blocked"]
    found: dict[str, list[str]] = {}
    for rule in rules if changes else ():
        reasons = _reasons(rule, document, changes)
        for approver in rule.of if reasons else ():
            found.setdefault(approver, []).append(" and ".join(reasons))
    return tuple(NeededApproval(name, tuple(dict.fromkeys(why))) for name, why in found.items())


def depend_on_money(rules: Iterable[ApprovalRule]) -> bool:
    """Return whether a rule is about what a plan comes to, so that its money must be followed."""
    return any(
        limits is not None
        for rule in rules
        for limits in (rule.charges_above, rule.decrease_above, rule.increase_above)
    )


def read_approval(
    file: SignatureFile, approvers: Iterable[Approver], message: bytes
) -> GivenApproval | RejectedApproval:
    """Read a file as an approval of these bytes by one of the approvers."""
    if file.fault:
        return RejectedApproval(file.path, file.fault, file.approver)
    approver = file.approver
    try:
        signature = parse_signature(file.raw)
        by_key = {key.blob: (each.name, key) for each in approvers for key in each.keys}
        if signature.key not in by_key:
            fault = "its key is no approver's in the project file"
            return RejectedApproval(file.path, fault, approver)
        approver, key = by_key[signature.key]
        verify_signature(signature, key, message)
    except CodecError as error:
        return RejectedApproval(file.path, str(error), approver)
    return GivenApproval(approver, key, file.path)


def _distinct(
    needed: Sequence[NeededApproval], given: Sequence[GivenApproval]
) -> dict[str, GivenApproval]:
    """Choose an approval for as many approvers as possible, each by another person."""
    by_person: dict[str, GivenApproval] = {}

    def seat(approver: str, tried: set[str]) -> bool:
        for each in given:
            person = each.key.person
            if each.approver != approver or person in tried:
                continue
            tried.add(person)
            if person not in by_person or seat(by_person[person].approver, tried):
                by_person[person] = each
                return True
        return False

    for each in needed:
        seat(each.approver, set())
    chosen = {each.approver: each for each in by_person.values()}
    return {each.approver: chosen[each.approver] for each in needed if each.approver in chosen}


def _faults(
    approver: str,
    given: Iterable[GivenApproval],
    rejected: Iterable[RejectedApproval],
    counted: Mapping[str, GivenApproval],
) -> Iterator[str]:
    by_person = {each.key.person: name for name, each in counted.items()}
    for each in given:
        other = by_person.get(each.key.person)
        if each.approver == approver and other:
            yield f"{each.path}: {each.key.owner} approves as {other} already"
    for bad in rejected:
        if bad.approver in {approver, ""}:
            yield f"{bad.path} does not count: {bad.fault}"


def _reasons(
    rule: ApprovalRule, document: PlanDocument, changes: Sequence[ChangeDocument]
) -> list[str]:
    """Return why a rule holds; nothing where one of its conditions does not."""
    found: list[list[str]] = []
    if rule.classes:
        found.append(list(_classes(rule, changes)))
    if rule.charges_above is not None:
        found.append(list(_above(_charges(document), rule.charges_above, "charges {}")))
    for limits, sign, words in (
        (rule.decrease_above, -1, "recurring charges fall by {} a month"),
        (rule.increase_above, 1, "recurring charges rise by {} a month"),
    ):
        if limits is not None:
            found.append(list(_above(_moves(document, changes, sign), limits, words)))
    return [reason for each in found for reason in each] if all(found) else []


def _classes(rule: ApprovalRule, changes: Iterable[ChangeDocument]) -> Iterator[str]:
    listed_changes = list(changes)
    for name in sorted(rule.classes):
        addresses = [each["address"] for each in listed_changes if name in each["classes"]]
        if addresses:
            yield f"{name}: {listed(addresses, most=_SHOWN)}"


@dataclass(slots=True)
class _Sum:
    """An amount in one currency; ``unclear`` where a part of it is unknown."""

    amount: Decimal = Decimal(0)
    unclear: bool = False

    def add(self, text: str | None) -> None:
        """Add an amount; one below zero takes nothing off what others charge."""
        amount = _read(text)
        self.unclear |= amount is None
        self.amount += max(amount or Decimal(0), Decimal(0))


def _charges(document: PlanDocument) -> dict[str, _Sum]:
    """Return what is charged by currency: the larger one of the list and of the sums.

    The list holds what forms show. The sums, where the money was followed, hold what is computed,
    too, and say themselves what is unknown.
    """
    found: dict[str, _Sum] = {}
    sums = document["impact"]["chargesNow"]
    for item in document["impact"]["charges"]:
        if item["amount"] is not None or not sums:
            found.setdefault(item["currency"] or NO_CURRENCY, _Sum()).add(item["amount"])
    for currency in sums:
        of_list = found.setdefault(currency, _Sum())
        in_all = _part(sums, currency)
        of_list.unclear |= in_all.unclear
        of_list.amount = max(of_list.amount, in_all.amount)
    return found


def _moves(document: PlanDocument, changes: Iterable[ChangeDocument], sign: int) -> dict[str, _Sum]:
    """Return by how much what recurs moves by currency, in one direction."""
    impact = document["impact"]
    if not impact["clientCount"] and any("client" in each for each in changes):
        # The money was not followed: a part of a plan, or a plan of an older version.
        return {NO_CURRENCY: _Sum(unclear=True)}
    before, after = impact["recurringBefore"], impact["recurringAfter"]
    found = {}
    for currency in sorted({*before, *after}):
        old, new = _part(before, currency), _part(after, currency)
        move = sign * (new.amount - old.amount)
        found[currency] = _Sum(max(move, Decimal(0)), old.unclear or new.unclear)
    return found


def _part(sums: SumsDocument, currency: str) -> _Sum:
    """Return the amount in a currency: a sum that does not name it holds nothing in it."""
    item = sums.get(currency)
    if item is None:
        return _Sum()
    amount = _read(item["amount"])
    return _Sum(amount or Decimal(0), item["atLeast"] or amount is None)


def _above(sums: Mapping[str, _Sum], limits: AmountLimits, words: str) -> Iterator[str]:
    for currency, each in sorted(sums.items()):
        limit = limits.get(currency)
        money = f"{_money(each.amount)} {currency}"
        if each.unclear:
            known = f"{money} and an unknown amount" if each.amount else "an unknown amount"
            yield words.format(known)
        elif limit is None and each.amount:
            yield f"{words.format(money)}, and the rule has no limit in {currency}"
        elif limit is not None and each.amount > limit:
            yield f"{words.format(money)}, above {_money(limit)} {currency}"


def _money(amount: Decimal) -> str:
    """Return an amount with two decimals, or exactly where that would round it."""
    text = shown_money(amount)
    return text if Decimal(text) == amount else format(amount, "f")


def _read(text: str | None) -> Decimal | None:
    """Return an amount of a document; None where it is unknown or no number."""
    try:
        amount = None if text is None else Decimal(text)
    except InvalidOperation:
        return None
    is_plain = amount is not None and amount.is_finite() and amount.adjusted() < _LONGEST
    return amount if is_plain else None
