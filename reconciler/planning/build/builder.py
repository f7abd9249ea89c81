"""Put decisions together into a plan: select, add dependencies, order.

Invariants: the same context and snapshot give the same plan, byte for byte; a resource that is
filtered out (``--only``, a label) is neither changed nor considered absent.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.mapping.marker import UNNAMED, is_ours, name_in
from reconciler.model.address import Address
from reconciler.model.finding import Finding, by_place
from reconciler.model.plan import Change, Plan
from reconciler.model.reason import Reason, ReasonCode
from reconciler.model.resource import Scope
from reconciler.planning.build.clients import with_clients
from reconciler.planning.build.decide import (
    DecisionContext,
    decide_absent,
    decide_busy,
    decide_pair,
    within_price,
)
from reconciler.planning.build.ordering import topological_order, with_dependencies
from reconciler.planning.build.prices import OrderPrices
from reconciler.planning.build.prune import (
    NOT_DECLARED,
    NOT_LISTED,
    UNKNOWN_TO_GIT,
    decide_removed,
    lifecycle_changed,
    may_forget,
    undeclared,
    with_skipped,
)
from reconciler.planning.build.warnings import find_warnings
from reconciler.planning.guards import with_previous_rates
from reconciler.planning.match.existence import (
    ambiguous_with,
    blocking_match,
    could_be,
    identity_key,
    ordered_before,
    possible_matches,
    renamed_to,
)
from reconciler.planning.match.ownership import owner_mismatch
from reconciler.planning.match.pairing import Match, still_ours, why_not_ours
from reconciler.planning.match.renames import Renames
from reconciler.planning.scopes import scope_of, whole_scopes
from reconciler.planning.shards import ShardView

if TYPE_CHECKING:
    from collections.abc import Hashable

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Desired, Observed
    from reconciler.planning.context import PlanContext, PlanOptions
    from reconciler.planning.snapshot import Snapshot


def build_plan(
    work: PlanContext, snapshot: Snapshot, options: PlanOptions, findings: tuple[Finding, ...] = ()
) -> Plan:
    """Decide about every selected resource and put the changes in order."""
    builder = _PlanBuilder(work, snapshot, options)
    for kind in work.catalogue.resources:
        builder.add_declared(kind)
        if options.whole:
            builder.add_removed(kind)
    changes = topological_order(
        with_dependencies(with_previous_rates(builder.changes, snapshot, work.catalogue))
    )
    busy = {change.address for change in changes}
    kept = {address: pair for address, pair in builder.kept.items() if address not in busy}
    plan = Plan(
        target=work.target,
        changes=with_clients(changes, work, snapshot),
        keeps=len(kept),
        findings=(),
        manifest_digest=work.manifest_digest,
        kept=kept,
        forgets=tuple(sorted(builder.forgets)),
        parents=snapshot.parents,
        declared=len(work.desired),
        unchecked=_left_out(work, options),
        shard=options.shard,
    )
    notes = [*findings, *builder.notes, *find_warnings(plan, work, snapshot)]
    plan = replace(plan, changes=tuple(with_skipped(c, work.findings) for c in plan.changes))
    return replace(plan, findings=work.findings + tuple(sorted(notes, key=by_place)))


def _left_out(work: PlanContext, options: PlanOptions) -> dict[str, int]:
    """Count the declared resources that a selection leaves out, by kind."""
    if options.whole:
        return {}
    kinds = Counter(each.address.kind for each in work.desired if not options.selects(each))
    return dict(sorted(kinds.items()))


class _PlanBuilder:
    """Collects decisions kind by kind; lives only while a plan is built."""

    def __init__(self, work: PlanContext, snapshot: Snapshot, options: PlanOptions) -> None:
        self.work = work
        self.snapshot = snapshot
        self.options = options
        self.changes: list[Change] = []
        self.kept: dict[Address, tuple[Desired, Observed]] = {}
        self.forgets: set[Address] = set()
        self.notes: list[Finding] = []
        self.candidates: dict[Scope, tuple[Observed, ...]] = {}
        self.identities: dict[Hashable, Address] = {}
        # Objects that the reason of a blocked resource of a set names: once is enough.
        self.named_by_sets: set[tuple[Scope, ElementId]] = set()
        self.renames = Renames.of(work)
        self.prices = OrderPrices(work, snapshot, options)
        self.part = ShardView.of(work, snapshot.parents, options.shard)
        # What is declared for the clients of other shards, and is looked at all the same.
        self.foreign: set[Address] = set()

    def terms(self, address: Address, *, owned: bool) -> DecisionContext:
        entry = self.work.inventory.get(address)
        kind = self.work.catalogue.by_name[address.kind]
        price, renewal = self.prices.of(kind, address)
        return DecisionContext(
            self.work.namespace,
            self.work.today,
            adopt=self.options.adopt,
            price=price,
            renewal=renewal,
            owned=owned,
            entry=entry,
            ending=self.work.endings.get(address),
        )

    def add_declared(self, kind: ResourceKind) -> None:
        pairs = {
            pair.desired.address: pair
            for scope, pairing in self.snapshot.pairings.items()
            if scope.kind == kind.name
            for pair in pairing.pairs
        }
        chosen = (
            desired
            for desired in self.work.desired
            if desired.address.kind == kind.name and self.options.selects(desired)
        )
        for original in sorted(chosen, key=lambda desired: desired.address):
            desired = self.snapshot.desired.get(original.address, original)
            pair = pairs.get(desired.address)
            if self.part.plans(kind, desired):
                self._declared(kind, desired, pair)
            else:
                self._look_at(kind, desired, pair)

    def _look_at(self, kind: ResourceKind, desired: Desired, pair: Match | None) -> None:
        """Decide about a resource of another shard, and keep only what it means for this one."""
        self.foreign.add(desired.address)
        if kind.parent and not self.part.sees_resource(kind, desired):
            return
        changes, notes, forgets = len(self.changes), len(self.notes), set(self.forgets)
        self._declared(kind, desired, pair)
        del self.changes[changes:], self.notes[notes:]
        self.kept.pop(desired.address, None)
        self.foreign |= self.forgets - forgets
        self.forgets = forgets

    def _declared(self, kind: ResourceKind, desired: Desired, pair: Match | None) -> None:
        scope = scope_of(kind, desired, self.snapshot.parents)
        why = self._unready(desired.address)
        why = why or self.renames.why_tangled(kind, desired, pair.observed if pair else None)
        if not why and pair is None:
            why = self.renames.why_elsewhere(kind, desired, scope, self.snapshot)
            why = why or self._obstacle(kind, desired, scope)
        elif pair is not None and pair.how == "identity":
            # Also for a blocked resource: otherwise the object, still in the inventory under its
            # former name, would be deleted as undeclared.
            renamed = self.renames.why_renamed(desired, pair.observed)
            why = why or renamed
        if why:
            change = Change(desired.address, "update", desired=desired, source=desired.source)
            self.changes.append(change.blocked(why))
        elif pair is None:
            terms = self.terms(desired.address, owned=True)
            self.changes += within_price(kind, decide_absent(kind, desired, terms))
        else:
            self.identities.setdefault(identity_key(kind, desired, scope), desired.address)
            terms = self.terms(desired.address, owned=False)
            found = within_price(kind, decide_pair(kind, pair, terms))
            found += decide_busy(kind, pair, terms)
            self.changes += found
            self._moved(desired)
            if not found:
                self.kept[desired.address] = (desired, pair.observed)
            self.notes += lifecycle_changed(desired, terms.entry)

    def _unready(self, address: Address) -> Reason | None:
        """Return the reason why nothing can be decided about a resource yet."""
        # An earlier request may have charged the client: a second one could charge again.
        if address in self.work.doubts:
            return Reason(ReasonCode.IN_DOUBT, self.work.doubts[address])
        # Without its form the names of options are unknown: a wrong option could be sent.
        if address in self.snapshot.blocked:
            return Reason(ReasonCode.FORM_UNAVAILABLE, self.snapshot.blocked[address])
        return None

    def _obstacle(self, kind: ResourceKind, desired: Desired, scope: Scope | None) -> Reason | None:
        """Return the reason why a resource without an object is not created."""
        # The object may be in a row that the list did not return: a create would duplicate it.
        if scope is not None and scope in self.snapshot.incomplete:
            text = f"absence is not proved: {self.snapshot.incomplete[scope]}"
            return Reason(ReasonCode.LIST_INCOMPLETE, text)
        # A service that a client ended would be ordered and charged again.
        if gone := ordered_before(self.work, kind, desired):
            return gone
        first = self.identities.setdefault(identity_key(kind, desired, scope), desired.address)
        # The panel would refuse the second create, or keep two objects that nothing distinguishes.
        if first != desired.address:
            text = f"this is the same object as {first}: declare it once"
            return Reason(ReasonCode.DECLARED_TWICE, text)
        # The parent does not exist yet, so no object can exist under it.
        if scope is None:
            return None
        # The list hid an object that we created: it would hide this one, and each apply would
        # create one more.
        if scope in self.work.unseen:
            return Reason(ReasonCode.LIST_HIDES_CREATED, self.work.unseen[scope])
        pairing = self.snapshot.pairings.get(scope)
        # The list was not read yet: the apply reads it before it creates anything.
        if pairing is None:
            return None
        # Several objects match: a create would add one more.
        if desired.address in pairing.blocked:
            return pairing.blocked[desired.address]
        if scope not in self.candidates:
            self.candidates[scope] = possible_matches(kind, pairing)
        others = self.candidates[scope]
        reason = blocking_match(kind, desired, others, self.work.namespace)
        if desired.from_set and reason and reason.code is ReasonCode.RENAMED:
            named = next(o for o in others if o.marker and could_be(kind, desired, o))
            self.named_by_sets.add((scope, named.row_id))
        return reason

    def _moved(self, desired: Desired) -> None:
        """Drop a former name from the inventory, or note that ``movedFrom`` can be removed."""
        for former in self.renames.followed(desired):
            self.forgets.add(former)
            message = (
                f"{former} is renamed to {desired.address}; the inventory follows at the next apply"
            )
            self.notes.append(Finding("note", "renamed", message, desired.source))
        for former in self.renames.idle(desired):
            message = (
                f"{desired.address}: `movedFrom: {former.name}` has no effect any more: remove it"
            )
            self.notes.append(Finding("note", "moved-from-idle", message, desired.source))

    def add_removed(self, kind: ResourceKind) -> None:
        whole = whole_scopes(kind, self.work.desired, self.snapshot.parents)
        declared, held = self.renames.declared, self.renames.held
        spoken_for = {*declared, *self.forgets, *self.foreign, *held}
        by_id = {
            (entry.scope, entry.row_id): address
            for address, entry in self.work.inventory.items()
            if address.kind == kind.name
            and address not in spoken_for
            and self.part.plans_entry(address, entry)
        }
        seen: set[Address] = set()
        read = [item for item in self.snapshot.pairings.items() if item[0].kind == kind.name]
        for scope, pairing in sorted(read, key=lambda item: str(item[0])):
            paired = {pair.observed.marker for pair in pairing.pairs if pair.observed.marker}
            for observed in pairing.rest:
                if not self.part.plans_object(kind, observed):
                    continue
                if self.renames.is_elsewhere(observed, self.work.namespace):
                    continue  # it is the object of a declared resource under another parent
                address = by_id.get((scope, observed.row_id))
                if address:
                    seen.add(address)
                if (scope, observed.row_id) in self.named_by_sets:
                    continue  # the blocked resource says it for both
                if address or scope in whole or observed.marker not in paired:
                    self._removed(kind, observed, address, whole.get(scope))
                else:
                    self._duplicate(kind, observed)
        for (scope, _), address in sorted(by_id.items(), key=lambda item: item[1]):
            if address not in seen and not self._hidden(kind, scope, address):
                self._vanished(address)

    def _removed(
        self, kind: ResourceKind, observed: Observed, address: Address | None, whole: Desired | None
    ) -> None:
        """Decide about an object of the panel that no manifest declares."""
        # The panel is deleting it already: a second delete would only fail.
        if observed.state in {"gone", "closing"}:
            return
        ours = is_ours(observed.marker, self.work.namespace)
        proved = ours and self.work.namespace != UNNAMED
        # Not ours: it belongs to a person, another program or another project.
        if address is None and not proved and whole is None:
            return
        name = address or self._name_for(kind, observed, whole, ours=ours)
        terms = self.terms(name, owned=ours or whole is not None)
        still = still_ours(kind, self.work.namespace, name, observed, entry=terms.entry)
        # A list that loses rows may have mixed them up: the id may not be what it seems.
        unproved = self.snapshot.incomplete.get(observed.scope)
        reason = Reason(ReasonCode.LIST_INCOMPLETE, unproved) if unproved else None
        # The id of its parent now belongs to another client: the object would be theirs.
        if not reason and address and terms.entry:
            reason = owner_mismatch(self.work, kind, terms.entry, self.snapshot, address=address)
        # A declared resource may be this object under a new name: it would be deleted and
        # created again, and its content or its history would be lost.
        absent = self.snapshot.pairings[observed.scope].absent
        reason = reason or renamed_to(kind, address, observed, absent)
        if not reason and address is None:
            reason = ambiguous_with(kind, observed, absent)
        # Otherwise removing one manifest would empty a protected client.
        reason = reason or self.renames.why_protected(terms.entry, kind)
        # Somebody edited the note, or the id was given to another object: nothing proves which.
        if not reason and still is None and whole is None:
            text = "the object lost its marker, and may be another object with the same id"
            reason = Reason(ReasonCode.MARKER_LOST, text)
        if reason:
            change = Change(name, "delete", observed=observed)
            self.changes.append(change.blocked(reason.within("not deleted: {}")))
            return
        # Ids are reused after a delete: our object is gone, and the other one is not ours.
        if still is False:
            self._vanished(name, why_not_ours(kind, observed, terms.entry))
            if address is not None:
                self._removed(kind, observed, None, whole)
            return
        unknown = whole is not None and address is None and not ours
        why = NOT_LISTED if whole is not None else NOT_DECLARED
        why = UNKNOWN_TO_GIT if unknown else why
        removal = decide_removed(kind, name, observed, terms, why=why)
        if removal:
            self.changes.append(removal)
        elif whole is not None:
            # It stays in the inventory, which keeps the lifecycle that its manifest declared.
            self.notes.append(undeclared(name, observed, whole))
        elif terms.entry and may_forget(kind, marked=proved):
            self._vanished(
                name, "kept in the panel (onRemove at the last apply: keep); not managed"
            )

    def _duplicate(self, kind: ResourceKind, observed: Observed) -> None:
        """Block a second object with the same marker: either may be the copy of the other."""
        if observed.state in {"gone", "closing"}:
            return
        name = Address(
            kind.name, f"{observed.scope.parent or kind.name.lower()}.id-{observed.row_id}"
        )
        text = (
            f"another object carries the marker {observed.marker!r} as well: remove it from one "
            "of the two"
        )
        self.notes.append(Finding("error", "duplicate-marker", f"{name}: {text}"))
        change = Change(name, "delete", observed=observed)
        self.changes.append(change.blocked(Reason(ReasonCode.DUPLICATE_MARKER, text)))

    def _hidden(self, kind: ResourceKind, scope: Scope, address: Address) -> bool:
        """Return whether a managed object is in a list that was not read; block it if so."""
        if scope in self.snapshot.pairings:
            return False
        if kind.parent:
            above = self.snapshot.objects.get(Scope(kind.by_name[kind.parent].wire.ref))
            if above is not None and scope.parent not in {each.row_id for each in above}:
                return False
        text = "removed from the manifests; its list was not read, so its state is unknown"
        change = Change(address, "delete").blocked(Reason(ReasonCode.LIST_NOT_READ, text))
        self.changes.append(change)
        return True

    def _name_for(
        self, kind: ResourceKind, observed: Observed, whole: Desired | None, *, ours: bool
    ) -> Address:
        if ours and observed.marker:
            name = Address(kind.name, name_in(observed.marker))
            taken = {change.address for change in self.changes} | set(self.kept) | self.foreign
            if name not in taken:
                return name
        stem = whole.address.name if whole else observed.scope.parent or kind.name.lower()
        return Address(kind.name, f"{stem}.id-{observed.row_id}")

    def _vanished(self, address: Address, why: str = "already deleted in the panel") -> None:
        self.forgets.add(address)
        message = (
            f"{address}: removed from the manifests; {why}; leaves the inventory at the next apply"
        )
        self.notes.append(Finding("note", "forgotten", message))
