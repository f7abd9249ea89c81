"""Clients: the root of nearly everything that is billed.

Invariant: a client is known by its email; its provider is chosen once, at registration.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reconciler.kinds.fields import Mode, PanelField, ToggleList, ValueType
from reconciler.kinds.kind import ResourceKind
from reconciler.kinds.spec import (
    Choices,
    Email,
    Flag,
    Line,
    OneChoice,
    Phone,
    SecretRef,
    Spec,
    Text,
    Url,
)
from reconciler.wire.codec import FLAG, LOWER

_ONCE = PanelField(mode=Mode.SENT_ONCE, codec=FLAG)


class OnCreate(Spec):
    """What the panel does for a client at registration, and never again."""

    notify: Annotated[
        Flag, PanelField(mode=Mode.SENT_ONCE, codec=FLAG, param="notify", message="welcome")
    ] = Field(default=False, description="send the registration notice")
    send_recovery: Annotated[
        Flag, PanelField(mode=Mode.SENT_ONCE, codec=FLAG, param="recovery", message="recovery")
    ] = Field(default=False, description="add a password-reset link to the notice")
    verify_email: Annotated[
        Flag, PanelField(mode=Mode.SENT_ONCE, codec=FLAG, param="verify_email", message="welcome")
    ] = Field(default=False, description="ask the client to confirm the address")


class ClientSpec(Spec):
    """A client of the provider."""

    email: Annotated[Email, PanelField(param="email", codec=LOWER, columns=("email",))] = Field(
        description="login and identity of the client"
    )
    name: Annotated[Line, PanelField(param="name", columns=("name",))] = Field(
        default="", description="name of the client in lists"
    )
    real_name: Annotated[Line, PanelField(param="realname")] = Field(
        default="", description="contact person"
    )
    provider: Annotated[
        OneChoice | None,
        PanelField(
            param="project",
            mode=Mode.CREATE_ONLY,
            shape=ValueType.CHOICE,
            options="project",
            columns=("project",),
        ),
    ] = Field(default=None, description="provider the client registers with (set once)")
    country: Annotated[
        OneChoice | None,
        PanelField(
            param="country",
            shape=ValueType.CHOICE,
            options="country",
            iso="country",
            moves=("state",),
        ),
    ] = Field(default=None, description="country, by English name or ISO 3166 code")
    region: Annotated[
        OneChoice | None,
        PanelField(param="state", shape=ValueType.CHOICE, options="state", free=True),
    ] = Field(default=None, description="region of the country")
    phone: Annotated[Phone, PanelField(param="try_phone", fallback=("valid_phone",))] = Field(
        default="", description="phone number, verified or not"
    )
    label: Annotated[Line, PanelField(param="label")] = Field(
        default="", description="text that filters can search"
    )
    note: Annotated[Text, PanelField(param="note")] = Field(
        default="", description="internal comment"
    )
    language: Annotated[
        OneChoice | None,
        PanelField(param="client_lang", shape=ValueType.CHOICE, options="client_lang", free=True),
    ] = Field(default=None, description="language of the client's interface and e-mails")
    staff_member: Annotated[
        OneChoice | None,
        PanelField(param="employee", shape=ValueType.CHOICE, options="employee", people=True),
    ] = Field(default=None, description="staff member in charge")
    characteristics: Annotated[
        OneChoice | None,
        PanelField(param="attitude", shape=ValueType.CHOICE, options="attitude", free=True),
    ] = Field(default=None, description="what staff should know about the client")
    configuration_url: Annotated[Url, PanelField(param="settingurl")] = Field(
        default="", description="URL of the hosting panel's settings"
    )
    custom_namespace: Annotated[Text, PanelField(param="selfview")] = Field(
        default="", description="name servers of the client's own"
    )
    exclude_from_statistics: Annotated[Flag, PanelField(param="nocalcstat", codec=FLAG)] = Field(
        default=False, description="leave the client's services out of statistics"
    )
    password: Annotated[
        SecretRef | None, PanelField(param="passwd", also=("confirm",), mode=Mode.WRITE_ONLY)
    ] = Field(default=None, description="password, sent at creation and when rotate changes")
    rotate: Annotated[Line, PanelField(mode=Mode.LOCAL)] = Field(
        default="", description="a label of yours; changing it sends the password again"
    )
    on_create: Annotated[OnCreate, _ONCE] = Field(
        default=OnCreate(), description="actions at registration only"
    )
    groups: Annotated[
        Choices,
        PanelField(
            mode=Mode.MEMBERS,
            shape=ValueType.CHOICES,
            members=ToggleList(
                list="account.group",
                resume="account.group.resume",
                suspend="account.group.suspend",
            ),
        ),
    ] = Field(default=frozenset(), description="client groups: exactly these")
    providers: Annotated[
        Choices,
        PanelField(
            mode=Mode.MEMBERS,
            shape=ValueType.CHOICES,
            members=ToggleList(
                list="account.project",
                resume="account.project.resume",
                suspend="account.project.suspend",
            ),
        ),
    ] = Field(default=frozenset(), description="providers the client may use: exactly these")


_EXAMPLE = """\
apiVersion: reconciler/v1
kind: Client
metadata:
  name: acme
  labels: {team: emea}
spec:
  email: billing@acme.example
  name: Acme GmbH
  provider: Main provider
  country: DE
  language: English
  password: {env: ACME_PASSWORD}
  onCreate: {notify: true}
  discounts:
    - name: acme-welcome
      percentage: 5
      type: Percentage discount
      appliesTo: Order
"""
KINDS = (
    ResourceKind(
        name="Client",
        doc="A client: registration data, groups and providers.",
        spec=ClientSpec,
        list="account",
        form="account.edit",
        create="account.edit",
        update="account.edit",
        delete="account.delete",
        identity=("email",),
        login="email",
        title="name",
        rotation="rotate",
        example=_EXAMPLE,
    ),
)
