"""Plans of shards on the command line: which part is planned, saved, and merged again.

Invariant: the answers of the panel are in the file of a shard, for its owner only, and never
printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from reconciler.cli.remedies import command_line
from reconciler.documents.plan import with_terms
from reconciler.documents.restore import read_plan, restore_plan
from reconciler.documents.values import canonical, digest
from reconciler.errors import NotRecordedError, RefusedError, StalePlanError, UsageError
from reconciler.manifest.quote import quote
from reconciler.model.redaction import redact
from reconciler.model.refusal import Refusal
from reconciler.model.shard import MOST, parse_shard
from reconciler.offline.answers import answers_document
from reconciler.offline.merge import join_shards, shard_of_plan, terms_of
from reconciler.planning.saved_plan import (
    check_saved,
    check_signature,
    check_terms,
    planned_key,
)
from reconciler.store.json_file import read_document
from reconciler.store.strict_json import parse_json

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Iterator

    from reconciler.documents.answers import AnswersDocument
    from reconciler.documents.plan import PlanDocument
    from reconciler.model.plan import Plan
    from reconciler.model.policy import Policy
    from reconciler.model.shard import Shard
    from reconciler.offline.merge import ShardSet
    from reconciler.planning.context import PlanContext, PlanOptions
    from reconciler.wire.recording import Recording

_WHOLE = "plan.json"
_MERGE = f"reconciler plan merge shard-0.json shard-1.json --out {_WHOLE}"
_TOGETHER = "merge the shards, and apply each with --whole"


def read_shard(args: Namespace) -> Shard | None:
    """Read ``--shard I/N``, if it is given. Raises: UsageError."""
    if args.shard is None:
        return None
    found = parse_shard(args.shard)
    if found is None:
        raise UsageError(
            f"--shard {quote(args.shard)} is no part I/N, with I from 0 to N - 1 and N from 1 to "
            f"{MOST}: write for example --shard 0/2"
        )
    others = {"--since": args.since, "--at": args.at, "--live": args.live}
    given = [name for name, value in others.items() if value is not None]
    if args.words or given:
        raise UsageError(f"--shard does not go with {'merge' if args.words else given[0]}")
    return found


def read_shards(args: Namespace) -> ShardSet | None:
    """Read the files of ``plan merge FILE...``, if that is asked for.

    Raises: UsageError, StoreError for files that are no plans, RefusedError for shards that are not
            all parts of one plan, StalePlanError where they were made of different things.
    """
    if not args.words:
        return None
    word, *files = args.words
    if word != "merge":
        raise UsageError(f"unexpected argument {quote(word)}; see: reconciler plan --help")
    if not files:
        raise UsageError(f"plan merge takes the files of all shards: {_MERGE}")
    others = {
        "--live": args.live,
        "--at": args.at,
        "-l": args.selector,
        "--only": args.only,
        "--no-adopt": args.no_adopt,
    }
    if given := [name for name, value in others.items() if value]:
        raise UsageError(f"{given[0]} does not go with merge: the shards have their selection")
    plans = []
    for name in files:
        saved = read_document(Path(name))
        check_saved(saved, name)
        plans.append(shard_of_plan(saved, name))
    return join_shards(plans)


@dataclass(frozen=True, slots=True)
class WholePlan:
    """The whole plan, as ``plan merge`` saved it, that a shard is applied as a part of."""

    name: str
    saved: Mapping[str, Any]

    def around(self, part: Plan, shard: Mapping[str, object], *, declared: int) -> Plan:
        """Return the whole plan, with the changes of the shard as they were planned again."""
        own = Counter(map(planned_key, read_plan(shard)["changes"]))
        restored = restore_plan(self.saved)
        others = []
        for change, item in zip(restored.changes, read_plan(self.saved)["changes"], strict=True):
            key = planned_key(item)
            own[key] -= 1
            if own[key] < 0:
                others.append(change)
        return replace(restored, changes=(*part.changes, *others), declared=declared)


def read_whole(args: Namespace, shard: Mapping[str, Any] | None) -> WholePlan | None:
    """Read the whole plan that ``--whole`` names, and check that the shard is a part of it.

    Raises: UsageError without a shard, StoreError for a file that is no plan, RefusedError where
            the shard is of another plan.
    """
    name = getattr(args, "whole", None)
    if name is None:
        return None
    if shard is None or "shard" not in shard:
        raise UsageError(
            "--whole goes with the plan of a shard: reconciler apply SHARD --whole PLAN"
        )
    saved = read_document(Path(name))
    check_saved(saved, name)
    if "shard" in saved:
        message = f"{name} is a shard itself: name the plan that `plan merge` made"
        raise RefusedError([Refusal("shard-of-other-plan", message)])
    parts, whole = (
        Counter(map(planned_key, read_plan(each)["changes"])) for each in (shard, saved)
    )
    apart = {each: (shard[each], saved[each]) for each in ("target", "manifestDigest")}
    if parts - whole or any(one != other for one, other in apart.values()):
        message = f"{args.plan} is no part of {name}: merge the shards again"
        raise RefusedError([Refusal("shard-of-other-plan", message)])
    return WholePlan(name, saved)


def policy_refusals(
    plan: Plan, policies: Iterable[Policy], whole: WholePlan | None
) -> list[Refusal]:
    """Return why the policies about a whole plan keep a shard from being applied."""
    if whole is not None:
        return [
            Refusal("policy", f"the whole plan is denied: {each['message']}")
            for each in read_plan(whole.saved)["findings"]
            if each["severity"] == "error"
        ]
    if plan.shard is None or plan.shard.count == 1:
        return []
    about_all = [each for each in policies if each.subject == "plan" and each.effect == "deny"]
    return [
        Refusal("shard-alone", f"policy {each.name} is about the whole plan: {_TOGETHER}")
        for each in about_all
        if any(map(each.matches, plan.changes))
    ]


def shard_lines(args: Namespace, plan: Plan, whole: WholePlan | None) -> list[str]:
    """Return the commands that judge a shard by the sums of all shards."""
    if plan.shard is None or plan.shard.count == 1 or whole is not None:
        return []
    merge = command_line(args, "plan", "merge", args.plan, "--out", _WHOLE)
    apply = command_line(args, "apply", args.plan, "--whole", _WHOLE)
    return [f"to judge all shards together: {merge}, with the files of all; then {apply}"]


def require_fresh(shards: ShardSet, work: PlanContext, key: str) -> None:
    """Check that shards are of this target, of these manifests and of the state that we have now.

    Raises: StalePlanError, and with a key RefusedError for a shard that it did not sign.
    """
    for each in shards.shards if key else ():
        check_signature(each.saved, key)
    check_terms(shards.first.saved, work.target, work.manifest_digest)
    shards.require_state(work)


@contextmanager
def not_between_shards() -> Iterator[None]:
    """Report an answer that no shard holds as what it is: the panel changed between two of them."""
    try:
        yield
    except NotRecordedError as error:
        text = "the panel changed while the shards were planned: plan the shards again"
        raise StalePlanError([Refusal("object-changed", text)]) from error


def with_answers(
    document: PlanDocument,
    work: PlanContext,
    options: PlanOptions,
    recording: Recording,
    *,
    secrets: Iterable[str],
) -> PlanDocument:
    """Return the plan of a shard with what it was made from, and with what the panel answered."""
    text = redact(canonical(answers_document(recording)), secrets)
    answers = cast("AnswersDocument", parse_json(text.encode("utf-8", "surrogatepass")))
    return {
        **with_terms(document, terms_of(work, options), digest(answers)),
        "answers": answers,
    }
