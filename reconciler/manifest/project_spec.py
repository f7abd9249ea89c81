"""What a project file may say: closed, strict models with the defaults of ``model.target``.

Invariants: there is no way to switch the verification of certificates off; guards alone may be
null, which leaves that bound off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic.config import JsonDict  # noqa: TC002 - beside what pydantic reads

from reconciler.kinds._spec import _SECRET_SCHEMA, Number, SecretRef, Spec, parse_secret
from reconciler.kinds.service import ServiceType  # noqa: TC001 - pydantic reads it
from reconciler.manifest.place_name import (
    check_inventory,
    check_list,
    check_path,
    check_pin,
    check_url,
)
from reconciler.model.address import NAME_PATTERN
from reconciler.model.target import AuthMethod, Format  # noqa: TC001 - pydantic reads these
from reconciler.model.value import Secret


def _username(raw: object) -> str | Secret:
    return raw if isinstance(raw, str) and raw else parse_secret(raw)


def _verify(raw: object) -> bool:
    if raw is not True:
        raise ValueError(
            "certificates are always verified: trust a private one by caFile or fingerprint"
        )
    return True


def _overlays(_raw: object) -> None:
    raise ValueError("overlays are not supported: take the key out")


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
Unsupported = Annotated[None, PlainValidator(_overlays), WithJsonSchema({"not": {}})]
Count = Annotated[int, Field(ge=1, le=256)]
Seconds = Annotated[Number, Field(gt=0, le=3600)]
Settle = Annotated[Number, Field(ge=0, le=3600)]
Share = Annotated[Number, Field(ge=0, le=1)]
Amount = Annotated[Number, Field(ge=0)]
ListName = Annotated[str, AfterValidator(check_list), Field(min_length=1)]
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class AuthSpec(Spec):
    """How to sign in."""

    method: AuthMethod = "session"
    username: Username | None = None
    password: SecretRef | None = None
    key: SecretRef | None = None
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

    verify: Verify = True
    ca_file: str = Field(default="", description="authorities to trust instead of the system's")
    fingerprint: Pin = Field(default="", description="the one certificate to trust")

    @model_validator(mode="after")
    def _one_trust(self) -> Self:
        if self.ca_file and self.fingerprint:
            raise ValueError("write caFile or fingerprint, not both")
        return self


class ConcurrencySpec(Spec):
    """How many requests at once."""

    reads: Count = 16
    writes: Count = 4


class TimeoutsSpec(Spec):
    """How long to wait, in seconds."""

    connect: Seconds | None = None
    read: Seconds | None = None
    settle: Settle | None = Field(
        default=None, description="how long a lost order may still take effect; 0 on the sandbox"
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
            raise ValueError("decimal and thousands are two different marks")
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
    format: Format = "xml"
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
        "a panel whose menu does not tell",
    )
    overlays: Unsupported = None

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not self.url and self.auth.method != "mgrctl":
            raise ValueError("a target needs url: https://HOST/PATH or sandbox:PATH")
        return self


class GuardsSpec(Spec):
    """Bounds on one plan; null leaves a bound off."""

    max_deletes: Annotated[int, Field(ge=0)] | None = 10
    max_delete_share: Share | None = None
    max_update_share: Share | None = None
    max_charge: Mapping[CurrencyCode, Amount] | None = None
    max_rate_move: Amount | None = None


class MetadataSpec(Spec):
    """The project's name: the namespace of the ownership markers."""

    name: Name


class ProjectSpec(Spec):
    """Where things are, which panels there are, and how much may change at once."""

    manifests: Annotated[list[RelativePath], Field(min_length=1)] = Field(default=["manifests"])
    policies: RelativePath | None = Field(
        default=None, description="folder of policies; left out, policies/ where there is one"
    )
    inventory: InventoryUrl = "file:.reconciler/inventory.json"
    targets: Annotated[Mapping[Name, TargetSpec], Field(min_length=1)]
    guards: GuardsSpec = GuardsSpec()


class ProjectFile(Spec):
    """The project file ``reconciler.yaml``."""

    api_version: Literal["reconciler/v1"]
    kind: Literal["Project"]
    metadata: MetadataSpec
    spec: ProjectSpec
