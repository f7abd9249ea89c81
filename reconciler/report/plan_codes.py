"""The codes of findings beside the manifests: of the project, of plans, of an undo.

Invariant: an example is what an author wrote, or what the panel held; no code lacks a remedy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.finding import FindingCode

# The project file, policies, and files of other commands.
_PROJECT: Mapping[FindingCode, tuple[str, str, str]] = {
    "credentials": (
        "a target has no user name or no password",
        "auth: {username: {env: BILLMANAGER_USER}} alone",
        "write auth.password, or set RECONCILER_USERNAME and RECONCILER_PASSWORD",
    ),
    "faults": (
        "the file of faults for the embedded panel is not of its shape",
        'reconciler sandbox serve --faults faults.json with {"fault": []}',
        "reconciler sandbox serve --help shows the shape",
    ),
    "install": (
        "the file of an installation for the embedded panel is not of its shape",
        "reconciler sandbox serve --install install.yaml with an unknown key",
        "reconciler sandbox serve --help lists the keys",
    ),
    "policy": (
        "a policy is violated, or its file is not of the shape of policies",
        "a discount of 40 % under a policy that allows 30 %",
        "change the manifest, or the policy with its owner's consent: reconciler explain Policy",
    ),
    "policy-exception": (
        "an exception of a policy is over, or excuses a change of the plan",
        "exceptions: [{address: Discount/acme-launch, until: 2026-01-31}]",
        "remove it when it is over; extend it with its owner's consent",
    ),
    "policy-expression": (
        "the expression of a policy cannot be evaluated, so the policy counts as violated",
        "when: change.after.percentage > 30.0 for a Client",
        "test with has(change.after.percentage) && first",
    ),
    "policy-library": (
        "there are policies, and what evaluates them is not installed",
        "a project with policies/, installed as reconciler alone",
        "pip install 'reconciler[policies]'",
    ),
    "project": (
        "the project file has an error",
        "guards: {maxDeletes: -1}",
        "correct the place that the message names: reconciler explain Project",
    ),
    "request": (
        "a line of a panel's log cannot be turned into a call",
        "a line that was cut in the middle",
        "copy the whole line from the log",
    ),
}
# What a plan reports of manifests and panel together.
_PLANNED: Mapping[FindingCode, tuple[str, str, str]] = {
    "ambiguous-reference": (
        "several objects of the panel are what a reference names",
        "client: {email: a@b.example}, which two clients have",
        'refer to one by its id: client: {id: "7"}',
    ),
    "circular-need": (
        "resources need one another, so that none can be applied first",
        "two accounts whose clients refer to each other",
        "remove one of the references, apply, and add it again",
    ),
    "forgotten": (
        "a resource leaves the inventory, and its object stays in the panel",
        "a Service without its manifest, with onRemove: keep",
        "nothing is needed; to manage it again, declare it again",
    ),
    "identity-moved": (
        "the object of a resource is called otherwise now, so a second one would be created",
        "a client whose email was changed in the panel",
        "declare the new identity if it is the same object; else check the panel first",
    ),
    "lifecycle-changed": (
        "a changed `lifecycle` takes effect with the next apply",
        "onRemove delete → keep",
        "apply before you remove the manifest",
    ),
    "duplicate-marker": (
        "two objects of the panel carry one ownership marker",
        "a discount that was copied in the panel with its note",
        "remove the marker from the note of one of them",
    ),
    "moved-from-idle": (
        "`movedFrom` names what is not managed any more",
        "movedFrom: acme-site, after the rename was applied",
        "remove movedFrom",
    ),
    "nothing-to-adopt": (
        "`lifecycle.adopt` names no object that can be adopted",
        'lifecycle: {adopt: {id: "70"}} without such an object',
        "correct the id, or remove `adopt`: else another object is created",
    ),
    "price-may-move": (
        "a price was read before another change of the plan that may raise it",
        "an order after a discount is removed",
        "set maxPrice, or apply the discount first; a higher price is not charged",
    ),
    "renamed": (
        "a resource has taken the place of its former name",
        "lifecycle: {movedFrom: acme-site}",
        "nothing is needed; remove movedFrom after the apply",
    ),
    "resembles-live": (
        "an object that the plan creates resembles one that is not managed",
        "a client of the same name, with another email",
        'adopt it, if it is the one: lifecycle: {adopt: {id: "7"}}',
    ),
    "undeclared": (
        "the panel holds what a complete list does not declare, and its kind is never deleted",
        "services: [] of a client who has a service",
        "declare it in the list, or end it in the panel",
    ),
    "unknown-choice": (
        "the panel offers no such option",
        "country: Germny",
        "write one of the options that the message suggests, or {id: …} of an option",
    ),
    "waits-for-payment": (
        "an order is declared as paid from the balance, and waits for its payment",
        "payFrom: balance, and a balance that was too low",
        "pay it in the panel; it is not ordered again",
    ),
}
# What an undo reports.
_UNDONE: Mapping[FindingCode, tuple[str, str, str]] = {
    "undo-compensating": (
        "a change is taken back in part: something of it stays",
        "an order that was paid: its service can be deleted, the money is spent",
        "read what stays, and mend it in the panel",
    ),
    "undo-done": (
        "the object is as it was before the change",
        "somebody took the change back by hand",
        "nothing is needed",
    ),
    "undo-exact": (
        "the change is taken back whole",
        "a percentage that was edited",
        "nothing is needed",
    ),
    "undo-impossible": (
        "nothing takes the change back",
        "a service that was deleted",
        "read why; mend it in the panel, if it must be mended",
    ),
    "undo-unmanaged": (
        "the object is not managed any more, so its change is not taken back",
        "a discount that was forgotten since the run",
        "check the object in the panel",
    ),
}
PLAN_FINDINGS: Mapping[FindingCode, tuple[str, str, str]] = {**_PROJECT, **_PLANNED, **_UNDONE}
