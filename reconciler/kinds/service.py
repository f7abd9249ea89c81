"""Services: shared hosting, virtual and dedicated servers. Orders and renewals are money.

Status codes count by what stands before the first underscore: 0 draft, 1 ordered, 2 active,
3 suspended, 4 deleted, 5 in work.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from reconciler.kinds.fields import Mode, PanelField, ValueType
from reconciler.kinds.kind import Marker, OrderFields, OrderProtocol, ResourceKind, State
from reconciler.kinds.spec import (
    Addons,
    Addresses,
    ClientRef,
    Day,
    Domain,
    Flag,
    Line,
    Login,
    Months,
    OneChoice,
    PayFrom,
    Prices,
    SecretRef,
    Spec,
    Whole,
)
from reconciler.wire.codec import DATE, LOWER, MONTHS

ServiceType = Literal["vhost", "vds", "dedic"]


class ServiceSpec(Spec):
    """One service of one client."""

    client: Annotated[ClientRef, PanelField(mode=Mode.LOCAL, shape=ValueType.REF, ref="Client")] = (
        Field(description="client who uses and pays for it")
    )
    type: Annotated[
        ServiceType,
        PanelField(
            mode=Mode.LOCAL,
            meanings=(
                ("vhost", "shared hosting"),
                ("vds", "a virtual server"),
                ("dedic", "a dedicated server"),
            ),
        ),
    ] = Field(description="shared hosting, virtual or dedicated server (set once)")
    tariff: Annotated[
        OneChoice,
        PanelField(
            param="pricelist",
            mode=Mode.CREATE_ONLY,
            shape=ValueType.CHOICE,
            options="pricelist",
            columns=("pricelist_id", "pricelist"),
        ),
    ] = Field(description="tariff (set once)")
    datacenter: Annotated[
        OneChoice | None,
        PanelField(
            param="datacenter",
            mode=Mode.CREATE_ONLY,
            shape=ValueType.CHOICE,
            options="datacenter",
            columns=("datacenter", "datacentername"),
        ),
    ] = Field(default=None, description="data centre (set once)")
    period_months: Annotated[
        Whole,
        PanelField(
            param="period",
            mode=Mode.CREATE_ONLY,
            codec=MONTHS,
            columns=("period",),
            options="period",
            months=True,
        ),
    ] = Field(default=1, description="period that is ordered, in months (set once)", ge=1, le=120)
    domain: Annotated[Domain, PanelField(param="domain", codec=LOWER, columns=("domain",))] = Field(
        description="domain or host name; it also identifies an order"
    )
    auto_renew_months: Annotated[
        Months | None,
        PanelField(
            param="autoprolong",
            codec=MONTHS,
            none=True,
            columns=("autoprolong",),
            options="autoprolong",
            months=True,
        ),
    ] = Field(default=None, description="months of each automatic renewal; null for never")
    os_template: Annotated[
        OneChoice | None,
        PanelField(
            param="ostempl",
            shape=ValueType.CHOICE,
            options="ostempl",
            columns=("ostempl",),
            classes=frozenset({"reinstall"}),
            moves=("recipe",),
        ),
    ] = Field(default=None, description="operating system; a change reinstalls the machine")
    recipe: Annotated[
        OneChoice | None,
        PanelField(
            param="recipe",
            mode=Mode.CREATE_ONLY,
            shape=ValueType.CHOICE,
            options="recipe",
            free=True,
        ),
    ] = Field(default=None, description="software installed with the system (set once)")
    addons: Annotated[Addons, PanelField(param="addon_", mode=Mode.PAID)] = Field(
        default={}, description="add-ons by id or name, and their values"
    )
    pay_from: Annotated[
        PayFrom,
        PanelField(
            mode=Mode.LOCAL,
            meanings=(
                ("cart", "the order waits in the client's cart until somebody pays it"),
                ("balance", "the order is paid from the balance at once; needs --allow charge"),
            ),
        ),
    ] = Field(default="cart", description="leave orders in the cart, or charge the balance at once")
    max_price: Annotated[Prices | None, PanelField(mode=Mode.LOCAL)] = Field(
        default=None,
        description="highest price of one order, renewal or change of add-ons, by currency",
    )
    paid_through: Annotated[
        Day | None,
        PanelField(mode=Mode.RENEW, codec=DATE, columns=("real_expiredate", "expiredate")),
    ] = Field(default=None, description="renewed by whole periods until paid through this day")
    suspended: Annotated[
        Flag,
        PanelField(
            mode=Mode.SWITCH,
            suspend="{variant}.suspend",
            resume="{variant}.resume",
            elsewhere=(
                ("{variant}.suspend", "service.suspend"),
                ("{variant}.resume", "service.resume"),
            ),
        ),
    ] = Field(default=False, description="whether the service is switched off")
    generation: Annotated[Whole, PanelField(mode=Mode.LOCAL)] = Field(
        default=1, description="increase it to order again after the service was deleted", ge=1
    )
    ip: Annotated[Addresses, PanelField(param="ip", columns=("ip",))] = Field(
        default="", description="address"
    )
    username: Annotated[Login, PanelField(param="username")] = Field(
        default="", description="login in the hosting panel"
    )
    password: Annotated[
        SecretRef | None, PanelField(param="userpassword", mode=Mode.WRITE_ONLY)
    ] = Field(default=None, description="password in the hosting panel")
    rotate: Annotated[Line, PanelField(mode=Mode.LOCAL)] = Field(
        default="", description="a label of yours; changing it sends the password again"
    )
    server: Annotated[
        OneChoice | None,
        PanelField(param="serverid", shape=ValueType.CHOICE, options="serverid", free=True),
    ] = Field(default=None, description="server that runs the service")


def _state(code: str) -> State:
    base, _, rest = code.partition("_")
    match base:
        case "4":
            return "gone"
        case "5" if rest.startswith(("close", "delete")):
            return "closing"
        case "5":
            return "busy"
        case _:
            return "live"


def _suspended(code: str) -> bool | None:
    match code.partition("_")[0]:
        case "3":
            return True
        case "0" | "1" | "2":
            return False
        case _:
            return None


_EXAMPLE = """\
apiVersion: reconciler/v1
kind: Service
metadata: {name: acme-vm}
lifecycle: {onRemove: suspend}
spec:
  client: acme
  type: vds
  tariff: Cloud S
  domain: vm.acme.example
  periodMonths: 3
  autoRenewMonths: 3
  payFrom: cart
"""
KINDS = (
    ResourceKind(
        name="Service",
        doc="A service of a client: vhost, vds or dedic.",
        spec=ServiceSpec,
        list="{variant}",
        form="{variant}.edit",
        order="{variant}.order.param",
        orders=(
            OrderProtocol(
                "{variant}.order.param",
                ("{variant}.order", "{variant}.order.pricelist"),
                confirms=(("clicked_button", "finish"), ("licence_agreement", "on")),
            ),
            OrderProtocol(
                "v2.{variant}.order.param",
                ("v2.{variant}.order", "v2.{variant}.order.pricelist", "{variant}.order"),
                period=("order_period", "period"),
                renewal="autoprolong",
                confirms=(
                    ("order_count", "1"),
                    ("clicked_button", "order"),
                    ("licence_agreement", "on"),
                ),
            ),
        ),
        terms=OrderFields(
            product="tariff",
            place="datacenter",
            period="periodMonths",
            auto_renewal="autoRenewMonths",
            payment="payFrom",
            at_once="balance",
            max_price="maxPrice",
            generation="generation",
        ),
        rotation="rotate",
        update="{variant}.edit",
        delete="{variant}.delete",
        renew="service.prolong",
        parent="client",
        inline="services",
        scope="su",
        variant="type",
        variants=get_args(ServiceType),
        undeclared=("certificate", "domain", "soft"),
        identity=("domain",),
        marker=Marker("remoteid", "whole"),
        removals=frozenset({"delete", "keep", "suspend"}),
        terminates=True,
        status=("item_status", "item_status_orig", "status"),
        state=_state,
        switched_off=_suspended,
        price=("item_cost", "cost", "price", "amount"),
        expenses="subaccount.expense",
        tariffs="pricelist",
        paid_message="service-opened",
        moving=("real_expiredate", "expiredate", "item_status", "currency_str"),
        acting=("ostempl", "recipe"),
        example=_EXAMPLE,
    ),
)
