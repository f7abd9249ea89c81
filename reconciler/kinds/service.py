"""Services: shared hosting, virtual and dedicated servers. Orders and renewals are money.

Status codes count by what stands before the first underscore: 0 draft, 1 ordered, 2 active,
3 suspended, 4 deleted, 5 in work.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from reconciler.kinds._facet import Mode, Shape, Wire
from reconciler.kinds._kind import Marker, OrderFields, OrderWay, ResourceKind, State
from reconciler.kinds._spec import (
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

    client: Annotated[ClientRef, Wire(mode=Mode.LOCAL, shape=Shape.REF, ref="Client")] = Field(
        description="who uses and pays it"
    )
    type: Annotated[ServiceType, Wire(mode=Mode.LOCAL)] = Field(
        description="shared hosting, virtual or dedicated server (set once)"
    )
    tariff: Annotated[
        OneChoice,
        Wire(
            param="pricelist",
            mode=Mode.CREATE_ONLY,
            shape=Shape.CHOICE,
            options="pricelist",
            columns=("pricelist_id", "pricelist"),
        ),
    ] = Field(description="tariff (set once)")
    datacenter: Annotated[
        OneChoice | None,
        Wire(
            param="datacenter",
            mode=Mode.CREATE_ONLY,
            shape=Shape.CHOICE,
            options="datacenter",
            columns=("datacenter", "datacentername"),
        ),
    ] = Field(default=None, description="data centre (set once)")
    period_months: Annotated[
        Whole,
        Wire(
            param="period",
            mode=Mode.CREATE_ONLY,
            codec=MONTHS,
            columns=("period",),
            options="period",
            months=True,
        ),
    ] = Field(default=1, description="period that is ordered, in months (set once)", ge=1, le=120)
    domain: Annotated[Domain, Wire(param="domain", codec=LOWER, columns=("domain",))] = Field(
        description="domain or host name; the second witness of an order"
    )
    auto_renew_months: Annotated[
        Months | None,
        Wire(
            param="autoprolong",
            codec=MONTHS,
            none=True,
            columns=("autoprolong",),
            options="autoprolong",
            months=True,
        ),
    ] = Field(default=None, description="renew by so many months by itself; null for never")
    os_template: Annotated[
        OneChoice | None,
        Wire(
            param="ostempl",
            shape=Shape.CHOICE,
            options="ostempl",
            columns=("ostempl",),
            classes=frozenset({"reinstall"}),
            moves=("recipe",),
        ),
    ] = Field(default=None, description="operating system; changing it reinstalls the machine")
    recipe: Annotated[
        OneChoice | None,
        Wire(
            param="recipe", mode=Mode.CREATE_ONLY, shape=Shape.CHOICE, options="recipe", free=True
        ),
    ] = Field(default=None, description="software installed with the system (set once)")
    addons: Annotated[Addons, Wire(param="addon_", mode=Mode.PAID)] = Field(
        default={}, description="add-ons by id or name, and their values"
    )
    pay_from: Annotated[PayFrom, Wire(mode=Mode.LOCAL)] = Field(
        default="cart", description="leave orders in the cart, or charge the balance at once"
    )
    max_price: Annotated[Prices | None, Wire(mode=Mode.LOCAL)] = Field(
        default=None,
        description="most that one order, renewal or change of add-ons may cost, by currency",
    )
    paid_through: Annotated[
        Day | None,
        Wire(mode=Mode.RENEW, codec=DATE, columns=("real_expiredate", "expiredate")),
    ] = Field(default=None, description="renewed by whole periods until paid through this day")
    suspended: Annotated[
        Flag,
        Wire(
            mode=Mode.SWITCH,
            suspend="{variant}.suspend",
            resume="{variant}.resume",
            elsewhere=(
                ("{variant}.suspend", "service.suspend"),
                ("{variant}.resume", "service.resume"),
            ),
        ),
    ] = Field(default=False, description="whether the service is switched off")
    generation: Annotated[Whole, Wire(mode=Mode.LOCAL)] = Field(
        default=1, description="raise it to order anew after the service was deleted", ge=1
    )
    ip: Annotated[Addresses, Wire(param="ip", columns=("ip",))] = Field(
        default="", description="address"
    )
    username: Annotated[Login, Wire(param="username")] = Field(
        default="", description="login in the hosting panel"
    )
    password: Annotated[SecretRef | None, Wire(param="userpassword", mode=Mode.WRITE_ONLY)] = Field(
        default=None, description="password in the hosting panel"
    )
    rotate: Annotated[Line, Wire(mode=Mode.LOCAL)] = Field(
        default="", description="a label of yours; changing it sends the password again"
    )
    server: Annotated[
        OneChoice | None,
        Wire(param="serverid", shape=Shape.CHOICE, options="serverid", free=True),
    ] = Field(default=None, description="server that carries the service")


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
            OrderWay(
                "{variant}.order.param",
                ("{variant}.order", "{variant}.order.pricelist"),
                confirms=(("clicked_button", "finish"), ("licence_agreement", "on")),
            ),
            OrderWay(
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
        identity=("domain",),
        marker=Marker("remoteid", "whole"),
        removals=frozenset({"delete", "keep", "suspend"}),
        terminates=True,
        status=("item_status", "item_status_orig", "status"),
        state=_state,
        switched_off=_suspended,
        price=("item_cost", "cost", "price", "amount"),
        books="subaccount.expense",
        tariffs="pricelist",
        moving=("real_expiredate", "expiredate", "item_status", "currency_str"),
        acting=("ostempl", "recipe"),
        example=_EXAMPLE,
    ),
)
