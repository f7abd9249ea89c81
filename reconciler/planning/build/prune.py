"""Decide about managed objects that no manifest declares any more.

Invariants: an object that is not managed is not changed; a protected one is never deleted; the
lifecycle comes from the inventory, which keeps that of the last manifest, else from the journal
(a run died before it saved the inventory), else from the kind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.documents.values import in_words, shown
from reconciler.model.finding import SKIPPED_FILE, Finding
from reconciler.model.plan import Change, Edit
from reconciler.model.reason import Reason, ReasonCode
from reconciler.model.resource import Lifecycle
from reconciler.planning.build.decide import DecisionContext, is_history, is_waiting
from reconciler.planning.precondition import precondition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.plan import ChangeClass
    from reconciler.model.resource import Desired, Observed

NOT_DECLARED = Reason(ReasonCode.NOT_DECLARED, "managed, removed from the manifests")
NOT_LISTED = Reason(ReasonCode.NOT_LISTED, "not in the list of its client")
UNKNOWN_TO_GIT = Reason(
    ReasonCode.NEVER_DECLARED, "not in the list of its client, and never managed by Git"
)
_UNPAID = Reason(
    ReasonCode.UNPAID,
    "the order waits in the cart and cannot be suspended: remove it from the cart in the panel",
)
_PROTECTED = Reason(ReasonCode.PROTECTED, "protected (lifecycle); not deleted")
# At most so many skipped files are named beside a delete.
_NAMED = 5
_NOT_DELETABLE = Reason(ReasonCode.NOT_DELETABLE, "the panel cannot delete objects of this kind")


def decide_removed(
    kind: ResourceKind, address: Address, observed: Observed, terms: DecisionContext, *, why: Reason
) -> Change | None:
    """Decide about a managed object that no manifest declares; None means no change."""
    base = Change(address, "delete", observed=observed).because(why)
    lifecycle = terms.entry.lifecycle if terms.entry else _from_journal(kind, terms.ending)
    ending = lifecycle.on_remove
    # Neither the inventory nor the marker proves that it is ours: it may be a person's.
    if terms.entry is None and not terms.owned:
        return None
    # Reported, not ignored: the author must see that the manifest is gone and the object is not.
    if lifecycle.protect:
        return base.blocked(_PROTECTED)
    match ending:
        # Its author asked that the object outlives the manifest.
        case "keep":
            return None
        case "suspend":
            # Already suspended: a second request would send the client a second message.
            if observed.fields.get(kind.switch) is True:
                return None
            # The panel has no suspend for an order in the cart, and would answer with an error.
            if is_waiting(kind, observed):
                return base.blocked(_UNPAID)
            edits = (Edit(kind.switch, before=observed.fields.get(kind.switch), after=True),)
            mark = precondition(kind, observed)
            return replace(base, action="suspend", edits=edits, precondition=mark)
        case "delete":
            pass
    # The panel has no function for it, so the plan must not promise it.
    if not kind.delete:
        return base.blocked(_NOT_DELETABLE)
    classes: set[ChangeClass] = {"delete"}
    # The content of a service cannot be restored: it needs a consent of its own.
    if kind.terminates:
        classes.add("terminate")
    # A person added it to a list that is declared whole, and may not know of Git.
    if why == UNKNOWN_TO_GIT:
        classes.add("prune")
    # Invoices of past days were made with this row.
    if is_history(kind, observed.fields, terms.today):
        classes.add("history")
    return replace(base, classes=frozenset(classes), precondition=precondition(kind, observed))


def _from_journal(kind: ResourceKind, noted: Lifecycle | None) -> Lifecycle:
    """Return the lifecycle of an object that only the journal knows.

    The manifest may have changed since: it may prevent a deletion, never cause one.
    """
    keeps = noted is not None and noted.on_remove == "keep"
    return Lifecycle("keep" if keeps else kind.on_remove, protect=bool(noted and noted.protect))


def undeclared(address: Address, observed: Observed, whole: Desired) -> Finding:
    """Report an object that a whole list does not declare and whose kind is never deleted."""
    known = {name: shown(value) for name, value in sorted(observed.fields.items())}
    values = ", ".join(
        f"{name} {in_words(value)}" for name, value in known.items() if value not in ("", None)
    )
    message = (
        f"{address}: id {observed.row_id} of {whole.address} is in no manifest and is kept"
        f"{f' ({values})' if values else ''}; declare it, or delete it in the panel"
    )
    return Finding("warning", "undeclared", message, whole.source)


def lifecycle_changed(desired: Desired, entry: InventoryEntry | None) -> Iterator[Finding]:
    """Note that an apply saves a changed lifecycle, although it sends nothing."""
    if entry is None:
        return
    was, now = entry.lifecycle, desired.lifecycle
    moved = [f"onRemove {was.on_remove} → {now.on_remove}"] * (was.on_remove != now.on_remove)
    if was.protect != now.protect:
        moved.append("protected from now on" if now.protect else "no longer protected")
    if moved:
        words = (
            f"{', '.join(moved)}: takes effect with the next apply; apply it before you "
            "remove the manifest"
        )
        message = f"{desired.address}: {words}"
        yield Finding("note", "lifecycle-changed", message, desired.source)


def with_skipped(change: Change, findings: tuple[Finding, ...]) -> Change:
    """Add the skipped files to the reason of a delete: one of them may declare the object."""
    files = [str(f.source) for f in findings if f.code == SKIPPED_FILE and f.source]
    if not files or change.desired is not None or change.action not in {"delete", "suspend"}:
        return change
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    named = f"{', '.join(files[:_NAMED])}{more}"
    return replace(change, reason=f"{change.reason}; files skipped because of their name: {named}")


def may_forget(kind: ResourceKind, *, marked: bool) -> bool:
    """Return whether an object with ``onRemove: keep`` may leave the inventory.

    Not one that has our marker: without its entry the kind's own ``onRemove`` would delete it.
    """
    return not (marked and kind.on_remove == "delete")
