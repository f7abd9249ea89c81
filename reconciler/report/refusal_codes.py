"""The codes of refusals: what each means, an example, and how to mend it.

Invariant: the code stands in `reasonCodes` of the `error` in JSON, in the order of its reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.refusal import RefusalCode

_PLAN_AGAIN = "plan again: reconciler plan --out plan.json"
_LOOK = "look at the object in the panel, then plan again"

# Guards of the project file.
_GUARDS: Mapping[RefusalCode, tuple[str, str, str]] = {
    "charge-negative": (
        "the panel shows a negative price, and maxCharge bounds charges",
        "an order whose discount is larger than its price",
        "look at the client's discounts in the panel",
    ),
    "charge-unbounded": (
        "maxCharge has no bound for the currency of a charge",
        "maxCharge: {EUR: 500} and an order in USD",
        "add a bound for the currency to guards.maxCharge",
    ),
    "charge-unknown": (
        "the amount of a charge is not known, so maxCharge cannot bound it",
        "an order whose form shows no price",
        "bound it in its manifest: maxPrice: {EUR: 10}",
    ),
    "max-charge": (
        "the plan charges more than maxCharge permits",
        "maxCharge: {EUR: 500} and orders of 612 EUR",
        "order less at once, or raise guards.maxCharge in Git",
    ),
    "max-delete-share": (
        "the plan deletes a larger share of all resources than maxDeleteShare permits",
        "maxDeleteShare: 0.2 and half of the manifests removed",
        "check what is deleted, then reconciler apply --allow delete",
    ),
    "max-deletes": (
        "the plan deletes more than maxDeletes permits",
        "maxDeletes: 10 and a folder of manifests that was moved away",
        "check what is deleted, then reconciler apply --allow delete",
    ),
    "max-rate-move": (
        "a currency rate moves further than maxRateMove permits",
        "maxRateMove: 0.2 and a rate with a digit too many",
        "check the rate, then reconciler apply --allow history",
    ),
    "max-update-share": (
        "the plan changes a larger share of all resources than maxUpdateShare permits",
        "maxUpdateShare: 0.5 and an edit of every client",
        "select fewer with --only, or raise guards.maxUpdateShare in Git",
    ),
    "rate-move-unknown": (
        "how far a rate moves is not known, so maxRateMove cannot bound it",
        "a rate whose number of units the panel does not show",
        "check the rate, then reconciler apply --allow history",
    ),
}
# Consents, approvals, policies and answers.
_PERMISSIONS: Mapping[RefusalCode, tuple[str, str, str]] = {
    "approval-invalid": (
        "an approval is missing, and what was found in its place does not count",
        "plan.json.ops.sig of another plan, or by a person who approves as finance already",
        "approve this plan: reconciler approve plan.json --as ops --key ~/.ssh/id_ed25519",
    ),
    "approval-missing": (
        "a rule of spec.approvals asks for an approval that is not there",
        "chargesNow: {above: {EUR: 500}} and a plan that charges 612 EUR",
        "reconciler approve plan.json --as finance --key ~/.ssh/id_ed25519",
    ),
    "approval-needs-plan": (
        "a rule asks for an approval, and only a saved plan can be approved",
        "reconciler apply --yes where a rule of spec.approvals holds",
        "save the plan, and have it approved: reconciler plan --out plan.json",
    ),
    "consent-missing": (
        "a class of changes is applied only where it is allowed",
        "an order from the balance without --allow charge",
        "add --allow CLASS, or leave it out: --without CLASS; reconciler explain consents",
    ),
    "not-an-approver": (
        "the key is no key of the approver that the command names",
        "reconciler approve plan.json --as finance with a key of ops",
        "name the right --as and --key, or add the key to spec.approvers",
    ),
    "not-approved": (
        "the question of a command was answered with no, or could not be asked",
        "reconciler apply in a pipeline, which has no terminal",
        "answer yes, add --yes, or apply a saved plan",
    ),
    "policy": (
        "a policy of the project denies the plan",
        "a discount of 40 % under a policy that allows 30 %",
        "change the manifest, or the policy with its owner's consent",
    ),
    "unconfirmed": (
        "a call by hand may write or charge, and was not confirmed",
        "reconciler call account.edit elid=1 note=x sok=ok",
        "check the call, then add --confirm",
    ),
}
# Saved plans.
_PLANS: Mapping[RefusalCode, tuple[str, str, str]] = {
    "plan-altered": (
        "the saved plan is not what was saved: its digest or its signature does not fit",
        "a plan file that somebody edited",
        _PLAN_AGAIN,
    ),
    "plan-of-another-day": (
        "the plan was made for a day to come, and no apply takes it",
        "reconciler plan --at 2030-01-01 --json",
        _PLAN_AGAIN,
    ),
    "plan-of-pseudonyms": (
        "the plan was made of a recording without people's data, and no apply takes it",
        "reconciler plan --live live.json, written by snapshot --pseudonymise",
        _PLAN_AGAIN,
    ),
    "plan-unsigned": (
        "the saved plan has no signature, and a signed one is asked for",
        "reconciler apply plan.json --require-signature for a plan without one",
        "sign it when it is made: reconciler plan --out plan.json --sign-key-env NAME",
    ),
    "plan-undated": (
        "the saved plan does not say when it was made",
        "a plan file without createdAt",
        _PLAN_AGAIN,
    ),
    "applied-before": (
        "the saved plan was applied before, completely",
        "the same plan.json in a second job",
        _PLAN_AGAIN,
    ),
    "manifests-changed": (
        "the manifests are not those that the plan was made of",
        "a commit after the plan",
        _PLAN_AGAIN,
    ),
    "nothing-left": (
        "what the plan does to an object is done already",
        "somebody set the value in the panel by hand",
        _PLAN_AGAIN,
    ),
    "object-changed": (
        "an object that the plan touches was changed since",
        "a discount that was edited in the panel after the plan",
        _PLAN_AGAIN,
    ),
    "not-a-shard": (
        "a file that is to be merged is a whole plan",
        "reconciler plan merge plan.json, where plan.json was made without --shard",
        "save each shard: reconciler plan --shard 0/2 --out shard-0.json",
    ),
    "other-action": (
        "another action is needed now than the plan has",
        "an object that was deleted in the panel after the plan",
        _PLAN_AGAIN,
    ),
    "other-plan": (
        "the saved plan is not the one whose digest the command names",
        "reconciler apply plan.json --digest with the digest of an earlier plan",
        "name the digest of the plan that was reviewed, or plan again",
    ),
    "other-target": (
        "the plan is for another target than the command",
        "a plan for prod, applied without --target prod",
        "name the target of the plan: reconciler apply plan.json --target prod",
    ),
    "price-changed": (
        "the price of a charge changed since the plan",
        "a tariff that became dearer",
        _PLAN_AGAIN,
    ),
    "shard-alone": (
        "a policy is about the whole plan, and one shard does not show it",
        "a policy that denies more than five deletes, and the plan of shard 0/2",
        "apply it with the merged plan: reconciler apply shard-0.json --whole plan.json",
    ),
    "shard-missing": (
        "a merge lacks the plan of a shard",
        "reconciler plan merge shard-0.json, where shard-0.json is shard 0/2",
        "plan it: reconciler plan --shard 1/2 --out shard-1.json",
    ),
    "shard-of-other-count": (
        "two files of a merge are of another number of shards",
        "reconciler plan merge shard-0.json shard-1.json, of 0/2 and 1/7",
        "plan all shards of one number: reconciler plan --shard 0/2 --out shard-0.json",
    ),
    "shard-of-other-plan": (
        "the shard is no part of the plan that --whole names",
        "reconciler apply shard-0.json --whole plan.json, where shard-0.json was planned again",
        "merge again: reconciler plan merge shard-0.json shard-1.json --out plan.json",
    ),
    "shard-twice": (
        "a merge has the plan of one shard twice",
        "reconciler plan merge shard-0.json copy-of-shard-0.json",
        "name each file once: reconciler plan merge shard-0.json shard-1.json --out plan.json",
    ),
    "state-changed": (
        "the shards of a merge were planned from another inventory, journal, day or selection",
        "an apply between the plans of two shards",
        "plan all shards again: reconciler plan --shard 0/2 --out shard-0.json",
    ),
    "too-new": (
        "the plan is dated in the future",
        "two machines whose clocks differ by more than five minutes",
        "set the clocks, then plan again: reconciler plan",
    ),
    "too-old": (
        "the plan is older than --max-plan-age permits",
        "reconciler apply plan.json --max-plan-age 24h after two days",
        _PLAN_AGAIN,
    ),
}
# What is there, and what the panel says.
_OBJECTS: Mapping[RefusalCode, tuple[str, str, str]] = {
    "already-declared": (
        "another manifest declares what the object is",
        "reconciler import Discount/b 7 while Discount/a declares the discount that 7 is",
        "bind the other resource, or remove its manifest",
    ),
    "already-managed": (
        "the resource is managed as another object, or the object as another resource",
        "reconciler import Client/acme 8 while it is managed as object 7",
        "forget the wrong binding first: reconciler forget Client/acme",
    ),
    "foreign-marker": (
        "the object carries the marker of another resource or project",
        "a service that a second repository manages",
        "remove the marker in the panel, if the other project does not need the object",
    ),
    "list-incomplete": (
        "a list of the panel cannot be proved complete",
        "a saved filter of the user hides rows",
        "find out why: reconciler doctor",
    ),
    "no-match": (
        "the object that --link names cannot be what an order in doubt became",
        "reconciler resume --link Service/acme-vm 958 where 958 has another domain",
        "name another object, or change the manifest or the object first",
    ),
    "not-found": (
        "the panel has no such object",
        "reconciler import Client/acme 999",
        "look up the id in the panel",
    ),
    "other-kind": (
        "the object is of another type than the resource",
        "a virtual server for a resource of the type vhost",
        _LOOK,
    ),
    "other-parent": (
        "the object belongs to another client than the resource",
        "a service of acme for a resource of globex",
        _LOOK,
    ),
    "too-little-shown": (
        "the panel shows too little of the object to bind it",
        "a list without the column of the email",
        "find out which rights are missing: reconciler doctor",
    ),
    "not-faithful": (
        "the copy for a rehearsal differs from the panel in what the plan needs",
        "reconciler rehearse of an order with an option that the copy lacks",
        "the message says what the copy lacks; apply without a rehearsal",
    ),
    "panel-refused": (
        "the panel answered a call with an error",
        "reconciler call account.edit of an id that does not exist",
        "read the panel's words in the message",
    ),
}
REFUSALS: Mapping[RefusalCode, tuple[str, str, str]] = {
    **_GUARDS,
    **_PERMISSIONS,
    **_PLANS,
    **_OBJECTS,
}
