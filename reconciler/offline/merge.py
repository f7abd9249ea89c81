"""The shards of one plan put together: their answers, from which the whole plan is made again.

The planner itself makes the whole plan, by what the panel answered to each shard. So it is the plan
that one machine would have made, to the byte.

Invariants: every shard of one number is there once; all were made of the same target, manifests,
records, selection and day; what the shards change is exactly what the whole plan changes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter, ValidationError

from reconciler.documents.answers import AnswersDocument
from reconciler.documents.plan import change_document
from reconciler.documents.restore import read_plan
from reconciler.documents.values import digest, listed
from reconciler.errors import CodecError, RefusedError, StalePlanError, StoreError
from reconciler.model.address import parse_address
from reconciler.model.refusal import Refusal, RefusalCode
from reconciler.model.shard import MOST, Shard
from reconciler.offline.answers import read_answers
from reconciler.offline.snapshot import Records
from reconciler.planning.context import PlanOptions
from reconciler.planning.saved_plan import planned_key, require_applicable
from reconciler.wire.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.documents.shard import ShardTermsDocument
    from reconciler.model.plan import Plan
    from reconciler.planning.context import PlanContext

_AGAIN = "plan the shards again"
# What every shard of one plan has in common, each with the code and the words of a difference.
_COMMON: tuple[tuple[str, RefusalCode, str], ...] = (
    ("target", "other-target", "of another target"),
    ("manifestDigest", "manifests-changed", "of other manifests"),
)
_COMMON_TERMS = (
    ("records", "of another state of the inventory and the journal"),
    ("day", "of another day"),
    ("adopt", "of another choice of --no-adopt"),
    ("only", "of another selection"),
    ("labels", "of another selection"),
)


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """The saved plan of one shard: the name of its file, its document, and which one it is."""

    name: str
    saved: Mapping[str, Any]
    shard: Shard

    @property
    def terms(self) -> ShardTermsDocument:
        """What it was made from beside the manifests."""
        return cast("ShardTermsDocument", self.saved["shard"]["terms"])


@dataclass(frozen=True, slots=True)
class ShardSet:
    """All shards of one plan, in the order of their indexes."""

    shards: tuple[ShardPlan, ...]

    @property
    def first(self) -> ShardPlan:
        """The shard that holds what belongs to no client."""
        return self.shards[0]

    @property
    def options(self) -> PlanOptions:
        """The selection that every shard was made with."""
        terms = self.first.terms
        only = tuple(parse_address(each) for each in terms["only"])
        return PlanOptions(adopt=terms["adopt"], only=only, labels=terms["labels"])

    @property
    def made_at(self) -> str:
        """When the oldest shard was made: the whole plan is not younger."""
        return min(str(each.saved["createdAt"]) for each in self.shards)

    def recording(self) -> Recording:
        """Return what the panel answered, the first shard's answer where several asked the same.

        Raises: StoreError for answers that cannot be read.
        """
        found = Recording()
        for each in reversed(self.shards):
            one = _answers_of(each)
            found.identities |= one.identities
            found.type_lists |= one.type_lists
            found.lists |= one.lists
            found.forms |= one.forms
        return found

    def require_state(self, work: PlanContext) -> None:
        """Check that our records are those of the shards. Raises: StalePlanError."""
        terms = self.first.terms
        moved = []
        if terms["records"] != Records.of(work).digest:
            text = "the inventory or the journal has changed since the shards were planned"
            moved.append(Refusal("state-changed", f"{text}: {_AGAIN}"))
        if terms["day"] != work.today.isoformat():
            text = f"the shards are of {terms['day']}, and today is {work.today}"
            moved.append(Refusal("too-old", f"{text}: {_AGAIN}"))
        if moved:
            raise StalePlanError(moved)

    def require_whole(self, plan: Plan) -> None:
        """Check that the shards change what the whole plan changes, each change once.

        Raises: StalePlanError where the panel changed between two shards.
        """
        found = [item for each in self.shards for item in read_plan(each.saved)["changes"]]
        wanted = [change_document(change) for change in plan.changes]
        parts, whole = (Counter(map(planned_key, each)) for each in (found, wanted))
        apart = (parts - whole) + (whole - parts)
        if not apart:
            return
        names = sorted(
            {each["address"] for each in (*found, *wanted) if planned_key(each) in apart}
        )
        text = f"the panel changed while the shards were planned: {listed(names)}: {_AGAIN}"
        raise StalePlanError([Refusal("object-changed", text)])


def terms_of(work: PlanContext, options: PlanOptions) -> ShardTermsDocument:
    """Return what a shard is made from beside the manifests."""
    return {
        "day": work.today.isoformat(),
        "records": Records.of(work).digest,
        "adopt": options.adopt,
        "only": [str(address) for address in options.only],
        "labels": dict(options.labels),
    }


def shard_of_plan(saved: Mapping[str, Any], name: str) -> ShardPlan:
    """Return a saved plan as that of a shard. Raises: RefusedError, StoreError."""
    raw = saved.get("shard")
    if raw is None:
        message = f"{name} is a whole plan, and no shard: make one with `reconciler plan --shard"
        raise RefusedError([Refusal("not-a-shard", f"{message} 0/2 --out {name}`")])
    shard = Shard(raw["index"], raw["count"])
    if not 0 <= shard.index < shard.count <= MOST:
        raise StoreError(f"{name}: there is no shard {shard}: {_AGAIN}")
    require_applicable(saved)
    return ShardPlan(name, saved, shard)


def join_shards(plans: Sequence[ShardPlan]) -> ShardSet:
    """Put the shards of one plan together, whatever their order.

    Raises: RefusedError where one is missing, there twice, or of another number of shards;
            StalePlanError where they were made of different things.
    """
    first = plans[0]
    found: dict[int, ShardPlan] = {}
    wrong: list[Refusal] = []
    for each in plans:
        if each.shard.count != first.shard.count:
            text = (
                f"{first.name} is {first.shard.words}, and {each.name} is {each.shard.words}: "
                "merge shards of one number"
            )
            wrong.append(Refusal("shard-of-other-count", text))
        elif each.shard.index in found:
            other = found[each.shard.index]
            text = f"{other.name} and {each.name} are both {each.shard.words}: leave one out"
            wrong.append(Refusal("shard-twice", text))
        else:
            found[each.shard.index] = each
    if wrong:
        raise RefusedError(wrong)
    count = first.shard.count
    if missing := [str(Shard(index, count)) for index in range(count) if index not in found]:
        verb = "is" if len(missing) == 1 else "are"
        text = (
            f"{listed(missing)} {verb} missing: make it with `reconciler plan --shard "
            f"{missing[0]} --out FILE`"
        )
        raise RefusedError([Refusal("shard-missing", text)])
    _require_common(plans)
    return ShardSet(tuple(found[index] for index in range(count)))


def _require_common(plans: Sequence[ShardPlan]) -> None:
    first = plans[0]
    apart: list[Refusal] = []
    for each in plans:
        if "terms" not in each.saved["shard"] or "answers" not in each.saved:
            text = f"{each.name} holds no answers of the panel: save it with --out"
            raise StoreError(text)
        for name, code, words in _COMMON:
            if each.saved[name] != first.saved[name]:
                text = f"{each.name} is {words} than {first.name}: {_AGAIN}"
                apart.append(Refusal(code, text))
        terms, others = (dict(one.terms) for one in (each, first))
        apart += [
            Refusal("state-changed", f"{each.name} is {words} than {first.name}: {_AGAIN}")
            for name, words in _COMMON_TERMS
            if terms[name] != others[name]
        ]
    if apart:
        raise StalePlanError(apart)


def _answers_of(plan: ShardPlan) -> Recording:
    raw = plan.saved["answers"]
    if digest(raw) != plan.saved["shard"].get("answers"):
        message = f"{plan.name} was edited after the plan was made: its answers do not match"
        raise RefusedError([Refusal("plan-altered", message)])
    try:
        return read_answers(TypeAdapter(AnswersDocument).validate_python(raw))
    except (ValidationError, CodecError, LookupError, TypeError, ValueError) as error:
        raise StoreError(f"{plan.name} is damaged: {_AGAIN}") from error
