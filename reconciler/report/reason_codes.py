"""The codes of reasons: an example of each, and what to do; what it means, the code says itself.

Invariant: whatever a remedy names can be typed; where nothing is needed, it says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.reason import ReasonCode as R

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLAN_AGAIN = "plan again: reconciler plan"
_RESUME = "read what became of it: reconciler resume"
_LOOK = "look at the object in the panel, then plan again"

# Why something is planned.
_PLANNED: Mapping[R, tuple[str, str]] = {
    R.ADOPTED: ("a client whose email a manifest declares", "apply; or refuse it with --no-adopt"),
    R.NOT_DECLARED: (
        "a discount whose manifest was removed",
        "declare it again to keep it, or lifecycle: {onRemove: keep} before it is removed",
    ),
    R.NOT_LISTED: (
        "taxRules: [] of a client who has a managed tax rule",
        "name it in the list to keep it",
    ),
    R.NEVER_DECLARED: (
        "a discount that a colleague added in the panel, and discounts: []",
        "name it in the list to keep it, or allow its deletion: --allow prune",
    ),
    R.RENEWAL: ("paidThrough two periods away", "nothing is needed; each renewal charges"),
    R.UNPAID: ("an order with payFrom: cart", "pay it in the panel"),
    R.UNDO: ("reconciler undo of a run", "nothing is needed"),
}
# Why it is blocked: nothing of it is sent.
_BLOCKED: Mapping[R, tuple[str, str]] = {
    R.ABOVE_MAX_PRICE: (
        "maxPrice: {EUR: 5} and a price of 7",
        "raise maxPrice, or order something cheaper",
    ),
    R.ADOPTION_FORBIDDEN: ("plan --no-adopt", "plan without --no-adopt"),
    R.AMBIGUOUS_MATCH: (
        "two discounts of one type and period",
        'name the one that it is: lifecycle: {adopt: {id: "7"}}',
    ),
    R.BEING_DELETED: ("a service that the panel is closing", "wait, then plan again"),
    R.BUSY: ("a service that the panel is opening", "wait, then plan again"),
    R.CHANGED_SINCE: (
        "somebody edited the discount after the run that you want to undo",
        "declare the value that you want, and apply",
    ),
    R.CREATE_ONLY: (
        "another datacenter for a service that exists",
        "declare the value that the object has, or declare a new resource",
    ),
    R.DECLARED_TWICE: ("two manifests of one tax rule", "remove one of the manifests"),
    R.DUPLICATE_MARKER: (
        "a discount that was copied in the panel with its note",
        "remove the marker from the note of one of them",
    ),
    R.EXPIRY_UNKNOWN: (
        "paidThrough for a service without an end",
        "remove paidThrough, or renew it in the panel",
    ),
    R.FIELD_HIDDEN: (
        "a user without the right to see a field",
        "give the user the right, or remove the field: reconciler doctor",
    ),
    R.FIELD_REQUIRED: ("a new Discount without percentage", "declare the field"),
    R.FOREIGN_MARKER: (
        "a discount that another project manages",
        "declare it in one project only; remove the marker from its note to take it over",
    ),
    R.FORM_UNAVAILABLE: ("a form that the user may not open", "give the user the right"),
    R.IN_DOUBT: ("an order whose answer was lost", _RESUME),
    R.LIST_HIDES_CREATED: (
        "a saved filter hides the new discount",
        "remove the filter: reconciler doctor --clear-filters",
    ),
    R.LIST_INCOMPLETE: ("a list that ends before its total", "reconciler doctor"),
    R.LIST_NOT_READ: ("the list of another client", "plan without --only and -l"),
    R.MARKER_LOST: (
        "somebody emptied the note of a discount",
        "write the marker into its note again, or declare it anew",
    ),
    R.NOT_DELETABLE: (
        "a panel without a function that deletes services",
        "end it in the panel, or lifecycle: {onRemove: keep}",
    ),
    R.ORDERED_BEFORE: (
        "a service that was deleted in the panel",
        "raise `generation` to order it again",
    ),
    R.OWNER_CHANGED: ("a client id that was used again", _LOOK),
    R.PARENT_CHANGED: (
        "a service under another client",
        "declare the client that it has, or a new service",
    ),
    R.PARENT_PROTECTED: (
        "a discount of a protected client",
        "remove `protect` from the client, and apply",
    ),
    R.PROTECTED: ("lifecycle: {protect: true}", "remove `protect`, and apply, before it ends"),
    R.RENAMED: (
        "a service under a new name with the same domain",
        "declare its former name: lifecycle: {movedFrom: NAME}",
    ),
    R.TOO_LITTLE_SHOWN: (
        "a list without the column that tells its rows apart",
        'name the object: lifecycle: {adopt: {id: "7"}}',
    ),
    R.TOO_MANY_RENEWALS: ("paidThrough in ten years", "declare an earlier day, and raise it later"),
    R.UNCLEAR_VALUE: (
        "1.500, which is 1.5 or 1500",
        "say how the panel prints numbers: targets.NAME.numbers in reconciler.yaml",
    ),
}
# Why it was skipped, or ended before anything was sent.
_SKIPPED: Mapping[R, tuple[str, str]] = {
    R.APPEARED: ("a colleague made the object after the plan", _PLAN_AGAIN),
    R.CHARGE_IN_DOUBT: ("the second order, after the first lost its answer", _RESUME),
    R.CLEARS_FIELDS: (
        "a panel that empties what an edit does not carry",
        "set targets.NAME.wholeForms: true in reconciler.yaml",
    ),
    R.GUARD: ("the eleventh deletion under maxDeletes: 10", "change the guard, or delete fewer"),
    R.ID_REUSED: ("the panel gave the id to another client", _PLAN_AGAIN),
    R.INTERRUPTED: ("Ctrl-C during an apply", "apply again"),
    R.LEFT_OUT: ("apply --without charge", "apply with --allow for the class"),
    R.NEED_UNMET: ("a discount of a client who was not created", "mend what it needs, apply again"),
    R.NOT_FOUND: ("a service that nobody finds again", _LOOK),
    R.NOT_OFFERED: ("a tariff that is not sold any more", "declare an option that is offered"),
    R.OBJECT_CHANGED: ("somebody edited the discount after the plan", _PLAN_AGAIN),
    R.OBJECT_GONE: ("somebody deleted the discount after the plan", _PLAN_AGAIN),
    R.ONLY_MATCH: ("two resources, and one discount that fits both", _PLAN_AGAIN),
    R.PARENT_MISSING: ("a client who was deleted after the plan", _PLAN_AGAIN),
    R.PRICE_ROSE: (
        "a price that rose after the plan",
        "plan again, and approve the new price; raise maxPrice where it is the limit",
    ),
    R.STOPPED: (
        "a certificate that changed, or a full disk under the journal",
        "mend the cause that the report names, then apply again",
    ),
    R.UNPRICED: ("an order form without a price", "rehearse without it: --without charge"),
    R.UNREACHED: ("a network that failed during the apply", "apply again"),
    R.UNSERVED: ("a panel that answers with an error page", "reconciler doctor; then apply again"),
}
# Why what was sent did not end as it was to.
_ENDED: Mapping[R, tuple[str, str]] = {
    R.CHARGED_TWICE: (
        "two expenses after one order",
        "look at the client's expenses in the panel, and give the money back there",
    ),
    R.CREATED_UNLISTED: (
        "a saved filter hides the new client",
        "remove the filter: reconciler doctor --clear-filters; then plan again",
    ),
    R.EXPENSES_UNREAD: ("a user who lost a right", "look at the client's expenses in the panel"),
    R.LOST_ANSWER: ("a timeout, and the edit is not there", "apply again"),
    R.NEW_EXPENSE: (
        "an expense after a request that was refused",
        "look at the client's expenses in the panel",
    ),
    R.NEXT_PLAN: ("a call whose effect no list shows", _PLAN_AGAIN),
    R.NOT_APPLIED: ("an edit that the panel confirmed and dropped", "plan again; then report it"),
    R.NOT_AS_DECLARED: ("a new client with another country", _PLAN_AGAIN),
    R.NO_EFFECT: ("a timeout, and no service", "plan again; it is ordered anew"),
    R.REFUSED: ("a balance that is too low", "mend what the panel names, then apply again"),
    R.SESSION_ENDED: ("a session that another sign-in ended", "apply again"),
    R.SIDE_EFFECT: (
        "an edit that also changed the priority",
        "look at the fields that the report names, and declare those that matter",
    ),
    R.UNKNOWN_KIND: ("a plan of a newer version", "install the version that made the plan"),
    R.UNPROVED: ("a panel that failed right after an edit", "apply again: it looks first"),
    R.UNSENT: ("a panel that refuses connections", "apply again"),
}
REASONS: Mapping[R, tuple[str, str]] = {**_PLANNED, **_BLOCKED, **_SKIPPED, **_ENDED}
