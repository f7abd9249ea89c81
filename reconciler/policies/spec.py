"""What a policy may say: a closed, strict model.

Invariant: nothing here is code but ``when``, which only the evaluator compiles.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.spec import Day, Spec
from reconciler.model.address import NAME_PATTERN
from reconciler.model.plan import Operation  # noqa: TC001 - pydantic reads these
from reconciler.model.policy import Effect, Subject  # noqa: TC001 - pydantic reads these

LONGEST = 4096
Words = Annotated[str, Field(pattern=r"\S", max_length=500)]
AddressText = Annotated[str, Field(pattern=f"^[A-Za-z]+/{NAME_PATTERN.removeprefix('^')}")]


class MatchSpec(Spec):
    """Which changes the policy is about: all, where nothing is said."""

    kinds: Annotated[list[str], Field(min_length=1)] = Field(
        default=[], description="of these kinds; every kind where left out"
    )
    actions: Annotated[list[Operation], Field(min_length=1)] = Field(
        default=[], description="that do this; every action where left out"
    )


class ExceptionSpec(Spec):
    """What is excused, up to and including a day, and who is responsible for it."""

    address: AddressText = Field(
        default="", description="Kind/name; not in a policy over the whole plan"
    )
    owner: Words = Field(description="who is responsible for it")
    until: Day = Field(description="the last day that it excuses")
    reason: Words = Field(description="why")


class PolicySpec(Spec):
    """A rule over plans."""

    severity: Effect = Field(description="deny refuses the plan (exit 4); warn only reports it")
    scope: Subject = Field(default="change", description="check each change, or the whole plan")
    match: MatchSpec = MatchSpec()
    when: Annotated[str, Field(min_length=1, max_length=LONGEST)] = Field(
        description="an expression in CEL: true where the policy is violated"
    )
    message: Words = Field(description="what is wrong, and what to do")
    exceptions: list[ExceptionSpec] = Field(
        default=[], description="what is excused, each with address, owner, until and reason"
    )


class PolicyMetadataSpec(Spec):
    """The policy's name, by which reports speak of it."""

    name: Annotated[str, Field(pattern=NAME_PATTERN)]


class PolicyFile(Spec):
    """A policy."""

    api_version: Literal["reconciler/v1"]
    kind: Literal["Policy"]
    metadata: PolicyMetadataSpec
    spec: PolicySpec
