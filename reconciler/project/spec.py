"""What a project file may say: closed, strict models with the defaults of ``model.target``.

Invariants: there is no way to switch the verification of certificates off; guards alone may be
null, which leaves that bound off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.config import JsonDict  # noqa: TC002 - beside what pydantic reads

from reconciler.kinds.service import ServiceType  # noqa: TC001 - pydantic reads it
from reconciler.kinds.spec import (
    _SECRET_SCHEMA,
    CurrencyCode,
    Number,
    SecretRef,
    Spec,
    parse_secret,
)
from reconciler.manifest.load.waivers import LINT_CODES
from reconciler.manifest.quote import quote, which_rule
from reconciler.model.address import NAME_PATTERN
from reconciler.model.finding import Level, LintCode
from reconciler.model.target import (
    ALL_TARGETS,
    AuthMethod,
    Format,
)
from reconciler.model.value import Secret
from reconciler.project.approvals import (  # noqa: TC001 - pydantic reads these
    ApprovalSpec,
    ApproverSpec,
)
from reconciler.project.state_spec import StateField  # noqa: TC001 - pydantic reads it
from reconciler.project.validators import (
    check_inventory,
    check_list,
    check_path,
    check_pin,
    check_url,
)


def _username(raw: object) -> str | Secret:
    return raw if isinstance(raw, str) and raw else parse_secret(raw)


def _verify(raw: object) -> bool:
    if raw is not True:
        raise ValueError(
            "certificates are always verified: set caFile or fingerprint to trust a private one"
        )
    return True


Name = Annotated[str, Field(pattern=NAME_PATTERN)]
RelativePath = Annotated[str, AfterValidator(check_path), Field(min_length=1)]
Url = Annotated[str, AfterValidator(check_url), Field(min_length=1)]
InventoryUrl = Annotated[
    str, AfterValidator(check_inventory), WithJsonSchema({"type": "string", "pattern": "^file:."})
]
Pin = Annotated[
    str,
    AfterValidator(check_pin),
    WithJsonSchema({"type": "string", "pattern": "^sha256:([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$"}),
]
Username = Annotated[
    str | Secret,
    PlainValidator(_username),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, _SECRET_SCHEMA]}),
]
Verify = Annotated[bool, PlainValidator(_verify), WithJsonSchema({"const": True})]
Count = Annotated[int, Field(ge=1, le=256)]
Seconds = Annotated[Number, Field(gt=0, le=3600)]
Settle = Annotated[Number, Field(ge=0, le=3600)]
Share = Annotated[Number, Field(ge=0, le=1)]
Amount = Annotated[Number, Field(ge=0)]
ListName = Annotated[str, AfterValidator(check_list), Field(min_length=1)]


class AuthSpec(Spec):
    """How to sign in."""

    method: AuthMethod = Field(default="session", description="how to sign in; session by default")
    username: Username | None = Field(default=None, description="user who signs in")
    password: SecretRef | None = Field(default=None, description="password of that user")
    key: SecretRef | None = Field(default=None, description="one-time key, for the method key")
    program: str = Field(default="", description="path of mgrctl, for the method mgrctl")
    su: str = Field(default="", description="login to act as, for the method mgrctl")

    @model_validator(mode="after")
    def _fits_its_method(self) -> Self:
        if self.method == "mgrctl" and not self.program:
            raise ValueError("the method mgrctl needs program: the path of mgrctl")
        if self.method != "mgrctl" and (self.program or self.su):
            raise ValueError("program and su belong to the method mgrctl")
        if self.method == "key" and self.key is None:
            raise ValueError("the method key needs key: a reference to the secret key")
        return self


class TlsSpec(Spec):
    """Whom to trust."""

    verify: Verify = Field(default=True, description="certificates are always verified")
    ca_file: str = Field(default="", description="authorities to trust instead of the system's")
    fingerprint: Pin = Field(default="", description="the one certificate to trust")

    @model_validator(mode="after")
    def _one_trust(self) -> Self:
        if self.ca_file and self.fingerprint:
            raise ValueError("write caFile or fingerprint, not both")
        return self


class ConcurrencySpec(Spec):
    """How many requests at once at most; how many the panel serves at once is found by itself."""

    reads: Count = Field(default=64, description="reads at once at most; 64 by default")
    writes: Count = Field(default=4, description="clients changed at once at most; 4 by default")


class TimeoutsSpec(Spec):
    """How long to wait, in seconds."""

    connect: Seconds | None = Field(
        default=None, description="seconds to wait for a connection; 5 by default"
    )
    read: Seconds | None = Field(
        default=None, description="seconds to wait for an answer; 60 by default"
    )
    settle: Settle | None = Field(
        default=None,
        description="seconds in which a lost order may still take effect; 60 by default, 0 on "
        "the sandbox",
    )


class OrdersSpec(Spec):
    """What happens to orders, renewals and paid edits whose answer was lost."""

    resend_after_settle: bool = Field(
        default=False,
        description="send a lost charge again each time that complete lists lack it and the "
        "client's expenses show nothing new; where no expenses are shown, once",
    )


class NumbersSpec(Spec):
    """How this panel prints numbers; left out, a number that reads in two ways is not read."""

    decimal: Literal[".", ","] = Field(description="the mark before the decimals")
    thousands: Literal["", " ", ".", ",", "'"] | None = Field(
        default=None, description="the mark between thousands; empty for none, ' ' for any blank"
    )

    @model_validator(mode="after")
    def _two_marks(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands must be two different marks")
        return self


_LOCAL_AUTH: JsonDict = {"properties": {"method": {"const": "mgrctl"}}, "required": ["method"]}


class TargetSpec(Spec):
    """One panel."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["url"]},
                {"properties": {"auth": _LOCAL_AUTH}, "required": ["auth"]},
            ]
        }
    )

    url: Url = Field(
        default="",
        description="https://HOST/PATH, or sandbox:PATH for the embedded panel; the method mgrctl "
        "needs none",
    )
    auth: AuthSpec = AuthSpec()
    format: Format = Field(default="xml", description="format of the answers; xml by default")
    tls: TlsSpec = TlsSpec()
    concurrency: ConcurrencySpec = ConcurrencySpec()
    timeouts: TimeoutsSpec = TimeoutsSpec()
    orders: OrdersSpec = OrdersSpec()
    numbers: NumbersSpec | None = None
    whole_forms: bool = Field(
        default=False,
        description="send every field of a form with each edit, as it was read, for a panel whose "
        "edits clear what they do not name",
    )
    service_lists: Mapping[ServiceType, Annotated[list[ListName], Field(min_length=1)]] = Field(
        default={},
        description="the lists that hold the services of a type, such as vds: [vds, vds.vps], for "
        "a panel whose menu does not show them",
    )
    overlays: list[RelativePath] = Field(
        default=[],
        description="folders of documents that are laid over the manifests of the same address for "
        "this target, the last one on top",
    )

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not self.url and self.auth.method != "mgrctl":
            raise ValueError("a target needs url: https://HOST/PATH or sandbox:PATH")
        return self


class GuardsSpec(Spec):
    """Bounds on one plan; null leaves a bound off."""

    max_deletes: Annotated[int, Field(ge=0)] | None = Field(
        default=10, description="deletions in one plan; 10 by default"
    )
    max_delete_share: Share | None = Field(
        default=None, description="deletions as a part of all resources: 0.2 is a fifth"
    )
    max_update_share: Share | None = Field(
        default=None, description="updates as a part of all resources"
    )
    max_charge: Mapping[CurrencyCode, Amount] | None = Field(
        default=None, description="what one plan may charge, by currency, such as EUR: 500"
    )
    max_rate_move: Amount | None = Field(
        default=None, description="how far a rate may move: 0.2 is a fifth up or down"
    )


def _rule(raw: object) -> object:
    if raw not in LINT_CODES:
        word = raw if isinstance(raw, str) else ""
        raise ValueError(f"there is no rule {quote(word)}{which_rule(word, LINT_CODES)}")
    return raw


_ENDED_WAIVER: LintCode = "BM190"
RuleCode = Annotated[LintCode, BeforeValidator(_rule)]


class LintSpec(Spec):
    """How much the rules of lint count in this project."""

    levels: Mapping[RuleCode, Level] = Field(
        default={}, description="off, note, warning or error, by the code of a rule"
    )

    @field_validator("levels")
    @classmethod
    def _ended_waivers_are_errors(
        cls, levels: Mapping[LintCode, Level]
    ) -> Mapping[LintCode, Level]:
        # Otherwise one line of the project file would let every waiver last for ever.
        if levels.get(_ENDED_WAIVER, "error") != "error":
            raise ValueError(
                f"an ended waiver ({_ENDED_WAIVER}) is always an error: remove the key"
            )
        return levels


class MetadataSpec(Spec):
    """The project's name: the namespace of the ownership markers."""

    name: Name = Field(description="the namespace of our markers on the panel; never change it")


class ProjectSpec(Spec):
    """Where things are, which panels there are, and how much may change at once."""

    manifests: Annotated[list[RelativePath], Field(min_length=1)] = Field(
        default=["manifests"], description="folders and files of manifests"
    )
    policies: RelativePath | None = Field(
        default=None, description="folder of policies; policies/ by default, if it exists"
    )
    inventory: InventoryUrl = Field(
        default="file:.reconciler/inventory.json",
        description="the file of the inventory, where the state is in a folder: a synonym of state",
    )
    state: StateField | None = Field(
        default=None,
        description="where inventory, journal and locks are kept; file:.reconciler by default",
    )
    targets: Annotated[Mapping[Name, TargetSpec], Field(min_length=1)] = Field(
        description="the panels, by name"
    )
    guards: GuardsSpec = GuardsSpec()
    lint: LintSpec = LintSpec()
    approvals: list[ApprovalSpec] = Field(
        default=[], description="which plans are applied only with whose approval"
    )
    approvers: Mapping[Name, ApproverSpec] = Field(
        default={}, description="who approves plans, by the name of the role"
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.state is not None and "inventory" in self.model_fields_set:
            raise ValueError("state says where the inventory is, too: remove inventory")
        return self

    @field_validator("targets")
    @classmethod
    def _not_all(cls, targets: Mapping[str, TargetSpec]) -> Mapping[str, TargetSpec]:
        if ALL_TARGETS in targets:
            raise ValueError(f"`{ALL_TARGETS}` stands for every target: choose another name")
        return targets


class ProjectFile(Spec):
    """The project file ``reconciler.yaml``."""

    api_version: Literal["reconciler/v1"]
    kind: Literal["Project"]
    metadata: MetadataSpec
    spec: ProjectSpec
