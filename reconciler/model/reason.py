"""Why a change is as it is, and why it ended as it did: a code for programs, words for people.

Invariant: a code never changes its meaning, and the words beside it may change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class ReasonCode(StrEnum):
    """Why a change is planned, or blocked, or ended as it did."""

    # What the code stands for, in one line; the schemas print it.
    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """Make a code with its meaning."""
        made = str.__new__(cls, code)
        made._value_ = code
        made.meaning = meaning
        return made

    # Why something is planned.
    ADOPTED = "adopted", "the object exists and matches: from now on it is managed"
    NOT_DECLARED = "not-declared", "the object is managed, and no manifest declares it any more"
    NOT_LISTED = "not-listed", "its client declares a complete list, which does not name the object"
    NEVER_DECLARED = "never-declared", "as not-listed, but the object was never managed"
    RENEWAL = "renewal", "one more period of several, up to the day that is declared"
    UNPAID = "unpaid", "the order waits in the cart until it is paid"
    UNDO = "undo", "the change undoes a run"

    # Why it is blocked: nothing of it is sent.
    ABOVE_MAX_PRICE = "above-max-price", "the price is above the limit of the manifest"
    ADOPTION_FORBIDDEN = "adoption-forbidden", "the object exists, and --no-adopt was given"
    AMBIGUOUS_MATCH = "ambiguous-match", "several objects could be the one"
    BEING_DELETED = "being-deleted", "the panel is deleting the object"
    BUSY = "busy", "the panel is still processing the object"
    CHANGED_SINCE = "changed-since", "somebody changed the object after the run: no undo"
    CREATE_ONLY = "create-only", "the field can be set only at creation"
    DECLARED_TWICE = "declared-twice", "another resource declares the same object"
    DUPLICATE_MARKER = "duplicate-marker", "several objects carry the marker of the resource"
    EXPIRY_UNKNOWN = "expiry-unknown", "the panel shows no expiry or no period to renew by"
    FIELD_HIDDEN = "field-hidden", "the panel does not show a field that is declared"
    FIELD_REQUIRED = "field-required", "a new object needs a field that is not declared"
    FOREIGN_MARKER = "foreign-marker", "the object carries the marker of another resource"
    FORM_UNAVAILABLE = "form-unavailable", "the panel does not open the form that is needed"
    IN_DOUBT = "in-doubt", "an earlier request may have taken effect: run reconciler resume"
    LIST_HIDES_CREATED = "list-hides-created", "its list does not show a created object"
    LIST_INCOMPLETE = "list-incomplete", "the list is incomplete, so it proves no absence"
    LIST_NOT_READ = "list-not-read", "the list of the object was not read"
    MARKER_LOST = "marker-lost", "the object lost its marker, and may be another one"
    NOT_DELETABLE = "not-deletable", "the panel has no function that deletes such an object"
    ORDERED_BEFORE = "ordered-before", "the object was ordered before and deleted since"
    OWNER_CHANGED = "owner-changed", "the id of its parent now belongs to another object"
    PARENT_CHANGED = "parent-changed", "the object cannot be moved to another parent"
    PARENT_PROTECTED = "parent-protected", "its parent is protected, and so is the object"
    PROTECTED = "protected", "the resource is protected and is not deleted"
    RENAMED = "renamed", "the object may be managed under another name"
    TOO_LITTLE_SHOWN = "too-little-shown", "the panel shows too little to distinguish objects"
    TOO_MANY_RENEWALS = "too-many-renewals", "the day needs more renewals than one plan allows"
    UNCLEAR_VALUE = "unclear-value", "the panel shows a value that can be read in two ways"

    # Why it was skipped, or ended before anything was sent.
    APPEARED = "appeared", "the object appeared since the plan: plan again to adopt it"
    CHARGE_IN_DOUBT = "charge-in-doubt", "another charge of the run is in doubt: no further ones"
    CLEARS_FIELDS = "clears-fields", "edits of this panel clear what a request does not name"
    GUARD = "guard", "a guard refuses it, given the earlier changes of the run"
    ID_REUSED = "id-reused", "the id now belongs to another object"
    INTERRUPTED = "interrupted", "the run was interrupted"
    LEFT_OUT = "left-out", "--without excludes its class, or a change that it needs"
    NEED_UNMET = "need-unmet", "a change that it needs was not done"
    NOT_FOUND = "not-found", "the object does not exist or cannot be identified"
    NOT_OFFERED = "not-offered", "the panel offers no such option"
    OBJECT_CHANGED = "object-changed", "the object changed since the plan"
    OBJECT_GONE = "object-gone", "the object was deleted"
    ONLY_MATCH = "only-match", "the object is the only one left that another resource matches"
    PARENT_MISSING = "parent-missing", "its parent does not exist"
    PRICE_ROSE = "price-rose", "the price is above the plan or the limit, or is unknown"
    STOPPED = "stopped", "a security check or an unwritable journal stopped the run"
    UNPRICED = "unpriced", "a rehearsal needs a price, and the panel shows none"
    UNREACHED = "unreached", "the panel could no longer be reached"
    UNSERVED = "unserved", "the panel did not answer, or the object could not be read"

    # Why what was sent did not end as it was to.
    CHARGED_TWICE = (
        "charged-twice",
        "one request was sent, and the client may have been charged more than once",
    )
    CREATED_UNLISTED = "created-unlisted", "the panel confirmed it, but its list does not show it"
    EXPENSES_UNREAD = "expenses-unread", "its client's expenses can no longer be read"
    LOST_ANSWER = "lost-answer", "the answer was lost, and no effect was found"
    NEW_EXPENSE = "new-expense", "the client has a new expense without another cause"
    NEXT_PLAN = "next-plan", "the next plan shows the effect"
    NOT_APPLIED = "not-applied", "the panel confirmed it, but no effect was found"
    NOT_AS_DECLARED = "not-as-declared", "the new object differs from what is declared"
    NO_EFFECT = "no-effect", "two complete reads show no effect"
    REFUSED = "refused", "the panel refused it"
    SESSION_ENDED = "session-ended", "the panel refused it without a session"
    SIDE_EFFECT = "side-effect", "it took effect and changed fields that it did not carry"
    UNKNOWN_KIND = "unknown-kind", "this version does not know the kind"
    UNPROVED = "unproved", "it was sent, and the object could not be read"
    UNSENT = "unsent", "the request did not leave"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code, and the words that say it of one resource."""

    code: ReasonCode
    text: str

    def within(self, frame: str) -> Reason:
        """Return the same reason with its words put into ``frame``, where ``{}`` stands."""
        return Reason(self.code, frame.format(self.text))
