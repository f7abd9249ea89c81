"""What becomes of owned objects that no manifest declares any more.

Invariants: what is not owned is left alone; what is protected is never deleted; how an object may
end was said by its manifest, which the inventory remembers, or the journal where a run died before
it was saved, or else by its kind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.documents.values import in_words, shown
from reconciler.model.finding import Finding
from reconciler.model.plan import Change, Edit
from reconciler.model.reason import Reason, ReasonCode
from reconciler.model.resource import Lifecycle
from reconciler.planning.build.decide import DecisionContext, is_history, is_waiting
from reconciler.planning.precondition import precondition

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import Address
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
_NOT_DELETABLE = Reason(ReasonCode.NOT_DELETABLE, "the panel cannot delete objects of this kind")


def decide_removed(
    kind: ResourceKind, address: Address, observed: Observed, terms: DecisionContext, *, why: Reason
) -> Change | None:
    """Decide about an owned object that no manifest declares any more; None leaves it alone."""
    base = Change(address, "delete", observed=observed).because(why)
    lifecycle = terms.entry.lifecycle if terms.entry else _held_back(kind, terms.ending)
    ending = lifecycle.on_remove
    if terms.entry is None and not terms.owned:
        return None
    if lifecycle.protect:
        return base.blocked(_PROTECTED)
    match ending:
        case "keep":
            return None
        case "suspend":
            if observed.fields.get(kind.switch) is True:
                return None
            if is_waiting(kind, observed):
                return base.blocked(_UNPAID)
            edits = (Edit(kind.switch, before=observed.fields.get(kind.switch), after=True),)
            mark = precondition(kind, observed)
            return replace(base, action="suspend", edits=edits, precondition=mark)
        case "delete":
            pass
    if not kind.delete:
        return base.blocked(_NOT_DELETABLE)
    classes: set[ChangeClass] = {"delete"}
    if kind.terminates:
        classes.add("terminate")
    if why == UNKNOWN_TO_GIT:
        classes.add("prune")
    if is_history(kind, observed.fields, terms.today):
        classes.add("history")
    return replace(base, classes=frozenset(classes), precondition=precondition(kind, observed))


def _held_back(kind: ResourceKind, said: Lifecycle | None) -> Lifecycle:
    """Return how an object ends of which the journal alone remembers what was once said.

    That may have been taken back since: it may hold back what the kind would do, and do no more.
    """
    keeps = said is not None and said.on_remove == "keep"
    return Lifecycle("keep" if keeps else kind.on_remove, protect=bool(said and said.protect))


def undeclared(address: Address, observed: Observed, whole: Desired) -> Finding:
    """Report what stands beyond a list that is declared whole and is never deleted for it."""
    known = {name: shown(value) for name, value in sorted(observed.fields.items())}
    values = ", ".join(
        f"{name} {in_words(value)}" for name, value in known.items() if value not in ("", None)
    )
    message = (
        f"{address}: id {observed.row_id} of {whole.address} is in no manifest and is kept"
        f"{f' ({values})' if values else ''}; declare it, or delete it in the panel"
    )
    return Finding("warning", "undeclared", message, whole.source)


def may_forget(kind: ResourceKind, *, marked: bool) -> bool:
    """Tell whether an object that is kept may be forgotten.

    What bears our mark ends as its kind does once nobody remembers that it is to be kept.
    """
    return not (marked and kind.on_remove == "delete")
