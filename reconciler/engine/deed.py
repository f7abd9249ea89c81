"""One change, done and proved: check what it rests on, send, look again, judge.

Invariants: nothing is sent when the object is not as it was planned on; ``ok`` proves nothing;
an answer that was lost is settled by looking, and a charge in doubt is never sent again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.engine.books import charge, may_repeat
from reconciler.engine.create import create
from reconciler.engine.look import Seen, ask_form, look_again, look_at_form, look_at_list
from reconciler.engine.send import send
from reconciler.engine.site import BUSY_SECONDS, MOVED, PROOF_SECONDS, Site
from reconciler.engine.trigger import renew, switch
from reconciler.errors import CodecError, PanelError, SecurityStopError
from reconciler.kinds._facet import Mode
from reconciler.model.outcome import Outcome
from reconciler.planning.calls import delete_calls, update_calls
from reconciler.planning.diff import compare, same
from reconciler.planning.match import adoptable
from reconciler.planning.precondition import precondition, rolled_back
from reconciler.planning.price import charged

if TYPE_CHECKING:
    from reconciler.kinds._kind import ResourceKind
    from reconciler.model.plan import Change
    from reconciler.model.resource import Observed


async def perform(site: Site, change: Change) -> Outcome:
    """Do one change and say what became of it; failures of the panel are outcomes, not raised.

    Raises: SecurityStopError, after which nothing may be sent at all.
    """
    kind = site.work.catalogue.by_name[change.address.kind]
    try:
        if "charge" not in change.classes or change.action == "blocked":
            return await _perform(site, kind, change)
        return await charge(site, kind, change, lambda: _perform(site, kind, change))
    except SecurityStopError:
        raise
    except (PanelError, CodecError) as error:
        return _cut_off(site, change, error)


async def _perform(site: Site, kind: ResourceKind, change: Change) -> Outcome:
    match change.action:
        case "blocked":
            return Outcome(change, "skipped", change.reason, change.id)
        case "create":
            return await create(site, kind, change)
        case "update" | "adopt":
            return await _update(site, kind, change)
        case "delete":
            return await _delete(site, kind, change)
        case "suspend" | "resume":
            return await switch(site, kind, change)
        case "renew":
            return await renew(site, kind, change)
        case "forget":
            return Outcome(change, "verified", "forgotten", change.id)


def _cut_off(site: Site, change: Change, error: Exception) -> Outcome:
    """Say what is known of a change that ended with an error: what was sent before may be done.

    What was refused is left to the look of the next run, as it stands in the journal.
    """
    sent = len(site.intents[str(change.address)])
    outcome = Outcome(change, "failed", str(error), change.id, requests=sent)
    if not site.unanswered(change):
        site.leave(change)
        refused = "it was refused, and nobody could look: " if sent else ""
        return replace(outcome, message=f"{refused}{error}", unserved=True)
    outcome = replace(outcome, message=f"it was sent, and cannot be proved: {error}")
    if "charge" not in change.classes:
        return outcome
    return replace(outcome, result="unsettled", charged=charged(change, None))


async def _update(site: Site, kind: ResourceKind, change: Change) -> Outcome:
    desired, planned = change.desired, change.observed
    if desired is None or planned is None:
        return Outcome(change, "failed", "nothing to update")
    login = site.login_of(kind, planned.scope.parent)

    async def look() -> Observed | None:
        return await look_again(site.panel, kind, planned, desired, login=login)

    def settled(seen: Observed | None) -> bool:
        return seen is not None and not _left(site, kind, change, seen)

    current = await look()
    if current is None:
        return Outcome(change, "failed", "it is gone from the panel", change.id, stale=True)
    if precondition(kind, current, desired) != change.precondition:
        return Outcome(change, "failed", MOVED, change.id, observed=current, stale=True)
    setting = site.setting(kind, planned.scope.parent)
    sent = await send(site, change, update_calls(kind, change, current, setting))
    if sent.word == "lost":
        await site.clock.sleep(site.target.limits.settle)
    seen = await site.until(look, settled, _patience(site, sent.word))
    rest = _rest(site, kind, change, seen)
    if rest is not None and seen is not None and await may_repeat(site, kind, change, sent):
        again = await send(site, change, update_calls(kind, rest, seen, setting))
        sent = replace(again, requests=again.requests + sent.requests)
        seen = await site.until(look, settled, _patience(site, sent.word))
    result = Outcome(change, "verified", "", change.id, seen, sent.requests)
    if settled(seen):
        return replace(result, charged=charged(change, seen) if sent.requests else None)
    left = ", ".join(_left(site, kind, change, seen)) if seen else "the object is gone"
    message = sent.message or f"{_whose(kind, change, seen)}: {left}"
    if sent.word in {"lost", "ok", "expired"} and "charge" in change.classes:
        return replace(result, result="unsettled", message=message, charged=charged(change, seen))
    if sent.word != "ok":
        return replace(result, result="failed", message=message)
    waiting = seen is not None and _waits(site, kind, change, seen)
    message = f"in the cart until it is paid: {left}" if waiting else message
    return replace(result, result="diverged", message=message, waiting=waiting)


def _whose(kind: ResourceKind, change: Change, seen: Observed | None) -> str:
    """Say whose doing it is: a value that is neither the old one nor ours is somebody else's."""
    for edit in change.edits:
        facet, live = kind.by_name.get(edit.field), seen.fields.get(edit.field) if seen else None
        if facet is None or live is None or edit.before is None:
            continue
        if same(facet, edit.after, live) is False and same(facet, edit.before, live) is False:
            return "changed after our write, and not by us"
    return "the panel said ok, but not so"


def _waits(site: Site, kind: ResourceKind, change: Change, seen: Observed) -> bool:
    """Tell whether all that is left are add-ons, which went into the cart."""
    left = [kind.by_name.get(name) for name in _left(site, kind, change, seen)]
    return bool(left) and all(f is not None and f.wire.mode is Mode.PAID for f in left)


async def _delete(site: Site, kind: ResourceKind, change: Change) -> Outcome:
    planned = change.observed
    if planned is None:
        return Outcome(change, "verified", "already gone from the panel")
    login = site.login_of(kind, planned.scope.parent)
    current = await look_again(site.panel, kind, planned, None, login=login)
    if current is None or current.state == "gone":
        return Outcome(change, "verified", "already gone from the panel", change.id)
    if current.state != "closing" and precondition(kind, current) != change.precondition:
        return Outcome(change, "failed", MOVED, change.id, stale=True)
    if heir := await _inherits(site, kind, current):
        message = f"it is the only one now that is what {heir} declares; left alone"
        return Outcome(change, "failed", message, change.id, stale=True)

    async def look() -> str:
        return await _life(site, kind, planned, login)

    calls = delete_calls(kind, current)
    sent = await send(site, change, calls if current.state != "closing" else ())
    if sent.word == "lost":
        await site.clock.sleep(site.target.limits.settle)
    patience = BUSY_SECONDS if kind.status else _patience(site, sent.word)
    life = await site.until(look, lambda word: word == "gone", patience)
    if life == "live" and await may_repeat(site, kind, change, sent):
        again = await send(site, change, calls)
        sent = replace(again, requests=again.requests + sent.requests)
        life = await site.until(look, lambda word: word == "gone", patience)
    outcome = Outcome(change, "verified", "", change.id, requests=sent.requests)
    if life == "gone":
        return outcome
    if sent.word != "ok":
        return replace(outcome, result="failed", message=sent.message)
    message = "the panel said ok, but it is still there"
    if life == "closing":
        message = "the panel is still closing it; the next run verifies"
    return replace(outcome, result="diverged", message=message)


async def _inherits(site: Site, kind: ResourceKind, doomed: Observed) -> str:
    """Name the resource whose object is gone since the plan, and which a doomed one stands for.

    By its identity it could be that one: only what lived beside it made it one too many.
    """
    for desired, observed in site.paired[doomed.scope]:
        alike = not doomed.marker and adoptable(kind, desired, doomed) is not False
        if alike and not isinstance(await ask_form(site.panel, kind, observed), Seen):
            return str(desired.address)
    return ""


async def _life(site: Site, kind: ResourceKind, planned: Observed, login: str) -> str:
    """Tell whether an object lives, is closing, or is gone from form and list alike."""
    rows = await look_at_list(site.panel, kind, planned.scope, login)
    row = next((row for row in rows if row.row_id == planned.row_id), None)
    if row is not None and row.state in {"gone", "closing"}:
        return row.state
    if row is not None:
        return "live"
    seen = await look_at_form(site.panel, kind, planned, login=login)
    return "gone" if seen is None else "live"


def _left(site: Site, kind: ResourceKind, change: Change, seen: Observed) -> list[str]:
    """Return the fields of a change that are not yet as wanted, by the one comparison."""
    if change.desired is None:
        return []
    wanted = {edit.field.partition(".")[0] for edit in change.edits}
    found = compare(kind, change.desired, seen, site.work.today)
    open_fields = {edit.field.partition(".")[0] for edit in found.edits} | set(found.unknown)
    left = sorted(wanted & open_fields)
    marker = next((edit.after for edit in change.edits if edit.field == "marker"), None)
    return [*left, "marker"] if marker is not None and seen.marker != marker else left


def _rest(site: Site, kind: ResourceKind, change: Change, seen: Observed | None) -> Change | None:
    """Return what is left of a change, when all else is as planned or as wanted; else None."""
    if seen is None:
        return None
    left = set(_left(site, kind, change, seen))
    edits = tuple(e for e in change.edits if e.field.partition(".")[0] in left)
    if not edits or precondition(kind, rolled_back(change, seen), change.desired) != (
        change.precondition
    ):
        return None
    return replace(change, edits=edits)


def _patience(site: Site, word: str) -> float:
    settle = site.target.limits.settle
    return 0.0 if word in {"refused", "unsent"} else min(PROOF_SECONDS, max(settle, 0.2))
