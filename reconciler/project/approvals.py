"""Approvals in a project file: which plans need one, and who gives it.

Invariants: a rule names at least one condition and only approvers that the file has; a key stands
at one approver, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator

from reconciler.errors import CodecError
from reconciler.kinds.spec import CurrencyCode, Number, Spec
from reconciler.manifest.quote import did_you_mean, quote
from reconciler.manifest.yaml.positions import locate
from reconciler.model.address import NAME_PATTERN
from reconciler.model.approval import ApprovalRule, PublicKey
from reconciler.model.finding import Finding
from reconciler.model.plan import ChangeClass  # noqa: TC001 - pydantic reads it
from reconciler.policies.ssh_key import KEY_PATTERN, parse_public_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from reconciler.manifest.yaml.positions import YamlDocument


def _key(raw: object) -> PublicKey:
    if isinstance(raw, PublicKey):
        return raw
    if not isinstance(raw, str):
        raise ValueError("expected a public key: a line of a .pub file")  # noqa: TRY004 - pydantic
    try:
        return parse_public_key(raw)
    except CodecError as error:
        raise ValueError(str(error)) from None


Key = Annotated[
    PublicKey,
    PlainValidator(_key),
    WithJsonSchema({"type": "string", "pattern": KEY_PATTERN}),
]
ApproverName = Annotated[str, Field(pattern=NAME_PATTERN)]
Limits = Annotated[
    Mapping[CurrencyCode, Annotated[Number, Field(ge=0)]],
    Field(min_length=1),
]


class ChargesCondition(Spec):
    """A limit on what a plan charges."""

    above: Limits = Field(
        description="more than this in a currency; an unknown amount and a currency without a "
        "limit count as more"
    )


class RecurringCondition(Spec):
    """A limit on how what recurs each month moves."""

    # Not `maxProperties`: an editor would offer no key where one is being written.
    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 1,
            "not": {"required": ["decreaseAbove", "increaseAbove"]},
        }
    )

    decrease_above: Limits | None = Field(
        default=None, description="a fall of the monthly charges by more than this in a currency"
    )
    increase_above: Limits | None = Field(
        default=None, description="a rise of the monthly charges by more than this in a currency"
    )

    @model_validator(mode="after")
    def _one_direction(self) -> RecurringCondition:
        # Both conditions of one rule would have to hold, which nobody means.
        if (self.decrease_above is None) == (self.increase_above is None):
            raise ValueError("write decreaseAbove or increaseAbove; for both, write two rules")
        return self


class WhenSpec(Spec):
    """The conditions of a rule; all that are given must hold."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    classes: Annotated[list[ChangeClass], Field(min_length=1)] | None = Field(
        default=None, description="the plan has a change of one of these classes"
    )
    charges_now: ChargesCondition | None = None
    recurring: RecurringCondition | None = None

    @model_validator(mode="after")
    def _some_condition(self) -> WhenSpec:
        if self.classes is None and self.charges_now is None and self.recurring is None:
            raise ValueError("a rule needs a condition: classes, chargesNow or recurring")
        return self


class ApprovalSpec(Spec):
    """A rule: when a plan needs an approval, and from whom."""

    when: WhenSpec = Field(description="the plans that the rule is about")
    of: Annotated[list[ApproverName], Field(min_length=1)] = Field(
        alias="from", description="the approvers: one approval of each, by different people"
    )

    def rule(self) -> ApprovalRule:
        """Return the rule as a value."""
        charges, recurring = self.when.charges_now, self.when.recurring
        return ApprovalRule(
            of=tuple(self.of),
            classes=frozenset(self.when.classes or ()),
            charges_above=_limits(charges.above if charges else None),
            decrease_above=_limits(recurring.decrease_above if recurring else None),
            increase_above=_limits(recurring.increase_above if recurring else None),
        )


class ApproverSpec(Spec):
    """A role that approves plans."""

    keys: Annotated[list[Key], Field(min_length=1)] = Field(
        description="public SSH keys, each with its owner as the comment: lines of .pub files"
    )


def approval_findings(
    document: YamlDocument,
    approvals: Sequence[ApprovalSpec],
    approvers: Mapping[str, ApproverSpec],
) -> Iterator[Finding]:
    """Report approvers that are unknown or named twice, and keys that stand twice."""

    def fault(message: str, *path: str | int) -> Finding:
        place = locate(document.file, document.place, ("spec", *path))
        return Finding("error", "project", message, place)

    for number, rule in enumerate(approvals):
        for index, name in enumerate(rule.of):
            where = ("approvals", number, "from", index)
            if name not in approvers:
                near = did_you_mean(name, approvers) or ": add it to spec.approvers"
                yield fault(f"there is no approver {quote(name)}{near}", *where)
            elif name in rule.of[:index]:
                message = f"{quote(name)} is named twice: two people need two approvers"
                yield fault(message, *where)
    seen: dict[bytes, str] = {}
    for name, approver in approvers.items():
        for index, key in enumerate(approver.keys):
            if key.blob in seen:
                other = seen[key.blob]
                whose = "of this approver" if other == name else f"of {quote(other)}"
                message = f"this key is a key {whose} already: each person needs a key for each"
                yield fault(f"{message} role", "approvers", name, "keys", index)
            seen.setdefault(key.blob, name)


def _limits(given: Mapping[str, Decimal] | None) -> dict[str, Decimal] | None:
    return None if given is None else dict(given)
