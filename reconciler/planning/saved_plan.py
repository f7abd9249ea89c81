"""Saved plans: one is applied only while planning again gives the same changes.

Invariants: objects that the saved plan does not touch may have changed freely; those that it
touches must be as observed then; a plan whose content does not match its digest is refused.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, cast

from reconciler.documents.difference import difference_words
from reconciler.documents.plan import (
    change_document,
    charge_document,
    charge_documents,
    content_digest,
)
from reconciler.documents.restore import read_plan, restore_charge, restore_plan
from reconciler.documents.types import FORMAT_VERSION
from reconciler.documents.values import canonical, shown_money
from reconciler.errors import CodecError, RefusedError, SecretError, StalePlanError, StoreError
from reconciler.model.refusal import Refusal
from reconciler.planning.exclusions import remaining

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from reconciler.documents.plan import ChangeDocument, PlanDocument, PlannedChargeDocument
    from reconciler.documents.values import Json
    from reconciler.model.plan import Change, Money, Plan, TargetRef


_SKEW = timedelta(minutes=5)
_COMPARED = ("address", "action", "id", "edits", "classes", "precondition")


# The keys of every saved plan, which no other document has together.
_OF_A_PLAN = frozenset({"formatVersion", "changes", "manifestDigest"})


def check_saved(saved: Mapping[str, object], name: str = "the file") -> None:
    """Check that a saved plan is undamaged and of a format that we read.

    Raises: StoreError when the file ``name`` is not a plan, or one that we cannot read,
            RefusedError when it was edited.
    """
    if not saved.keys() >= _OF_A_PLAN:
        raise StoreError(f"{name} is not a plan: save one with `reconciler plan --out FILE`")
    version = saved["formatVersion"]
    if version != FORMAT_VERSION:
        message = f"{name} has the format {version!r}, and this version reads '1'"
        raise StoreError(f"{message}: save the plan again")
    if content_digest(saved) != saved.get("digest"):
        message = f"{name} was edited after the plan was made: its digest does not match"
        raise RefusedError([Refusal("plan-altered", message)])
    try:
        read_plan(saved)
    except CodecError as error:
        message = f"{name} is not a plan: save one with `reconciler plan --out FILE`"
        raise StoreError(message) from error


def touched_clients(saved: Mapping[str, object]) -> frozenset[str]:
    """Return the clients that the changes of a saved plan are about, each by all that names it.

    None where a change is about something that clients share, or nobody knows whose it is.
    """
    found: set[str] = set()
    for change in cast("PlanDocument", saved)["changes"]:
        client = change.get("client")
        named = {"name": client["name"], "id": client["id"]} if client else {}
        names = [f"{key} {text}" for key, text in named.items() if text]
        if not names and change["action"] != "blocked":
            return frozenset()
        found.update(names)
    return frozenset(found)


def require_applicable(saved: Mapping[str, object]) -> None:
    """Check that an apply may take a plan of this sort.

    Raises: RefusedError for a plan of a day to come or under pseudonyms.
    """
    snapshot = saved.get("snapshot")
    if isinstance(snapshot, dict) and snapshot.get("pseudonyms"):
        message = "the plan was made under pseudonyms, which the panel does not know: plan again"
        raise RefusedError([Refusal("plan-of-pseudonyms", message)])
    if "at" in saved:
        message = f"the plan is for {saved['at']}, to be read and not to be applied: plan again"
        raise RefusedError([Refusal("plan-of-another-day", message)])


def check_terms(saved: Mapping[str, object], target: TargetRef, manifests: str) -> None:
    """Check that a saved plan is for now, for this target and for these manifests.

    Raises: StalePlanError, and RefusedError as ``require_applicable``.
    """
    require_applicable(saved)
    named = {"name": target.name, "url": target.url}
    moved = []
    if saved.get("target") != named:
        message = f"the plan is for another target than {target.name} ({target.url})"
        planned = saved.get("target")
        name = planned.get("name") if isinstance(planned, dict) else None
        if isinstance(name, str) and name != target.name:
            message = f"{message}: it is for {name}: apply it with --target {name}"
        moved.append(Refusal("other-target", message))
    if saved.get("manifestDigest") != manifests:
        message = "the manifests have changed since the plan was made"
        moved.append(Refusal("manifests-changed", message))
    if moved:
        raise StalePlanError(moved)


def check_age(saved: Mapping[str, object], now: datetime, most: timedelta | None) -> None:
    """Check the age of a saved plan; None sets no bound.

    Raises: StalePlanError when the plan is too old or dated in the future,
            RefusedError when it has no date.
    """
    try:
        made = datetime.fromisoformat(str(saved.get("createdAt"))).astimezone(UTC)
    except (ValueError, OverflowError):
        message = "the plan does not say when it was made: make it again"
        raise RefusedError([Refusal("plan-undated", message)]) from None
    age = now - made
    if age < -_SKEW:
        message = f"the plan was made in the future, at {made:%Y-%m-%d %H:%M} UTC"
        raise StalePlanError([Refusal("too-new", message)])
    if most is not None and age > most:
        message = f"the plan is {length_words(age)} old, more than {length_words(most)}: plan again"
        raise StalePlanError([Refusal("too-old", message)])


def length_words(time: timedelta) -> str:
    """Return a length of time in words, by the largest unit that fits."""
    seconds = int(time.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def open_changes(
    saved: Mapping[str, object], earlier: Sequence[Collection[str]]
) -> list[ChangeDocument]:
    """Return the changes of a saved plan that its earlier runs left out; all before the first run.

    ``earlier`` holds the excluded classes of each run.
    """
    return remaining(read_plan(saved)["changes"], earlier)


def compare_saved(
    saved: Mapping[str, object],
    fresh: Plan,
    earlier: Sequence[Collection[str]] = (),
    *,
    whole: Mapping[str, object] | None = None,
) -> Plan:
    """Return the changes of a fresh plan that were approved and not sent by an ``earlier`` run.

    Changes that were and still are blocked stay in it, so that the report shows them. The amounts
    of a shard are those of the ``whole`` plan, where there is one.

    Raises: RefusedError for a plan that was edited, StoreError for one of another format.
            StalePlanError when what it touches, its target or the manifests have changed.
    """
    check_saved(saved)
    check_terms(saved, fresh.target, fresh.manifest_digest)
    listed = open_changes(saved, earlier)
    # A blocked change sends nothing, so it may have been unblocked since.
    approved = [item for item in listed if item["action"] != "blocked"]
    waiting = Counter(planned_key(item) for item in listed)
    kept: list[Change] = []
    for change in fresh.changes:
        key = planned_key(change_document(change))
        if waiting[key]:
            waiting[key] -= 1
            kept.append(change)
    stale = [_why_stale(item, fresh) for item in approved if waiting[planned_key(item)]]
    if not stale:
        rest = replace(fresh, changes=tuple(kept))
        stale += _moved_prices(saved, rest, is_rest=bool(earlier))
    if stale:
        raise StalePlanError(list(dict.fromkeys(stale)))
    kept = _with_approved_prices(whole or saved, kept)
    part = fresh.part(tuple(kept))
    # What people approved is what the saved plan comes to, as long as all of it is sent.
    if len(kept) < len(listed) or earlier:
        return part
    return replace(part, impact=restore_plan(saved).impact)


def _moved_prices(saved: Mapping[str, object], kept: Plan, *, is_rest: bool) -> list[Refusal]:
    """Return the charges whose price is not the approved one.

    For the rest of a plan (``is_rest``) it may be what the part that was applied moves it to.
    """
    approved = read_plan(saved)["impact"]["charges"]
    before = [_as_read(item) for item in approved]
    known = Counter(map(canonical, before))
    reached = {_amount(item) for item in approved if is_rest and item.get("before") is not None}
    planned = {item["address"]: item for item in before}
    return [
        Refusal(
            "price-changed",
            f"{item['address']}: the price changed since the plan: "
            f"{_price(planned.get(item['address']))} → {_price(item)}",
        )
        for item in map(_as_read, charge_documents(kept))
        if known[canonical(item)] < 1 and _amount(item) not in reached
    ]


def _amount(item: PlannedChargeDocument) -> tuple[str, str | None, str]:
    return item["address"], item["amount"], item["currency"]


def _as_read(item: PlannedChargeDocument) -> PlannedChargeDocument:
    """Return a charge at the price that was read, before changes of the plan itself move it."""
    before = item.get("before")
    if before is None:
        return item
    return cast("PlannedChargeDocument", {"address": item["address"], **before})


def _with_approved_prices(saved: Mapping[str, object], kept: list[Change]) -> list[Change]:
    """Return changes with the amounts that the saved plan moves their prices to.

    Planning again only reads the prices, and what was reviewed bounds what is sent.
    """
    approved: dict[str, list[Money]] = {}
    for item in read_plan(saved)["impact"]["charges"]:
        approved.setdefault(canonical(_as_read(item)), []).append(restore_charge(item))
    found = []
    for change in kept:
        amounts = approved.get(canonical(_as_read(charge_document(change))))
        moves = change.money is not None and "charge" in change.classes and bool(amounts)
        found.append(replace(change, money=amounts.pop(0)) if moves and amounts else change)
    return found


def _price(item: PlannedChargeDocument | None) -> str:
    if item is None or item["amount"] is None:
        return "unknown"
    try:
        text = shown_money(Decimal(item["amount"]))
    except InvalidOperation:
        text = item["amount"]
    return f"{text} {item['currency']}".rstrip()


def planned_key(item: Mapping[str, object]) -> str:
    """Return what is compared of a change that is planned twice, as one text."""
    return canonical({name: item[name] for name in _COMPARED})


def _why_stale(item: ChangeDocument, fresh: Plan) -> Refusal:
    address, action = item["address"], item["action"]
    now = [change for change in fresh.changes if str(change.address) == address]
    if not now:
        text = f"{address}: planned to {action}, but nothing is left to do"
        return Refusal("nothing-left", text)
    same = next((change_document(change) for change in now if change.action == action), None)
    if same is not None:
        moved = _what_moved(item, same)
        text = f"{address}: planned to {action}, but the object changed since{moved}"
        return Refusal("object-changed", text)
    other = f" (id {item['id']} → {now[0].id})" if item["id"] != now[0].id else ""
    text = f"{address}: planned to {action}, but now it would be: {now[0].action}{other}"
    return Refusal("other-action", text)


def _what_moved(item: ChangeDocument, now: ChangeDocument) -> str:
    """Return the differences between a planned change and the same change planned again."""
    if item["id"] != now["id"]:
        return f": id {item['id']} → {now['id']}"
    then, fresh = _sides(item), _sides(now)
    moved = [
        f"{name} {_moved_words(then, fresh, name)}"
        for name in {**then, **fresh}
        if then.get(name) != fresh.get(name)
    ]
    return f": {', '.join(moved)}" if moved else " in a field that the change depends on"


def _sides(item: ChangeDocument) -> dict[str, Json]:
    """Return the observed value of each edited field."""
    return {edit["field"]: edit["before"] for edit in item["edits"]}


def _moved_words(then: Mapping[str, Json], fresh: Mapping[str, Json], name: str) -> str:
    """Return the words for a field's difference; a side without an edit holds the wanted value."""
    if name in then and name in fresh:
        return difference_words(then[name], fresh[name], canonical)
    sides = (canonical(side[name]) if name in side else "as wanted" for side in (then, fresh))
    return " → ".join(sides)


_SCHEME = "hmac-sha256:"
_MIN_KEY = 16


def with_signature(document: PlanDocument, key: str) -> PlanDocument:
    """Return a plan document with its signature. Raises: SecretError for a key too short."""
    return {**document, "signature": _signature(document, key)}


def check_signature(saved: Mapping[str, object], key: str) -> None:
    """Check that a saved plan was signed with a key.

    Raises: RefusedError when it was not, SecretError for a key that is too short.
    """
    found = saved.get("signature")
    if not isinstance(found, str):
        message = "the plan is not signed: make it with --sign-key-env"
        raise RefusedError([Refusal("plan-unsigned", message)])
    if not hmac.compare_digest(found.encode(), _signature(saved, key).encode()):
        message = "the plan was signed with another key, or edited since"
        raise RefusedError([Refusal("plan-altered", message)])


def _signature(document: Mapping[str, object], key: str) -> str:
    if len(key) < _MIN_KEY:
        raise SecretError(f"the key that signs plans is shorter than {_MIN_KEY} characters")
    text = f"{document.get('digest')}\n{document.get('createdAt')}"
    return _SCHEME + hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
