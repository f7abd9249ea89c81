"""The faults that a history may meet, and what each of them excuses.

Invariant: nothing here doubles a charge by itself, for then no client could keep its promise:
requests that charge are never delivered twice, and none of them comes about after a person was
asked whether it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.faults import (
    Broken,
    Busy,
    Cart,
    Charset,
    Contradict,
    Cut,
    Drop,
    ErrorFault,
    Expire,
    FalseSuccess,
    Filter,
    Hang,
    Lag,
    Late,
    Long,
    OtherReply,
    Page,
    Redirect,
    Rights,
    SecondFactor,
    Shift,
    Slow,
    Stale,
    Status,
    Total,
    Twice,
)
from tests.support.connection import ConnectionFault

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from reconciler.sandbox.faults import Fault


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A sort of fault: how it is made, which requests it may hit, and what it excuses.

    ``misleads``: what is read need not be what is; ``doubles``: what is sent may come about twice.
    """

    make: Callable[..., Fault]
    on: tuple[str, ...] = ("any", "read", "write")
    func: str = "*"
    misleads: bool = False
    doubles: bool = False


def _sides(make: Callable[..., Fault], **more: Any) -> dict[str, FaultKind]:
    return {
        f" {when} it is worked off": FaultKind(partial(make, when=when), **more)
        for when in ("before", "after")
    }


def _both(name: str, make: Callable[..., Fault], **more: Any) -> dict[str, FaultKind]:
    return {name + side: kind_of_fault for side, kind_of_fault in _sides(make, **more).items()}


FAULT_KINDS: dict[str, FaultKind] = {
    "no connection": FaultKind(partial(ConnectionFault, how="unreachable")),
    "TLS failure": FaultKind(partial(ConnectionFault, how="tls")),
    **_both("broken line", partial(ConnectionFault, how="broken")),
    **_both("no answer", Hang),
    **_both("closed connection", Drop),
    **_both("502", Status),
    **_both("429", partial(Status, status=429, retry_after=20)),
    **_both("cut answer", Cut),
    **_both("answer cut unnoticed", partial(Cut, framing="matching")),
    **_both("malformed answer", Broken),
    **_both("empty answer", partial(Broken, how="empty")),
    **_both("login page", Page),
    **_both("ended session", Expire),
    **_both("database error", ErrorFault),
    **_both("refusal", partial(ErrorFault, type="value"), on=("write",)),
    **_both("access error", partial(ErrorFault, type="access")),
    **_both("wrong bytes", partial(Charset, charset="invalid")),
    **_both("redirect", Redirect),
    **_both("yes and no", Contradict),
    **_both("another answer", OtherReply),
    **_both("request in process", Busy),
    **_both("second factor", SecondFactor),
    **_both("too slow", partial(Slow, seconds=100.0)),
    "slow": FaultKind(partial(Slow, seconds=20.0)),
    "long task": FaultKind(partial(Long, polls=3)),
    "ok without effect": FaultKind(FalseSuccess, on=("write",)),
    "late": FaultKind(partial(Late, seconds=30.0), on=("write",), doubles=True),
    "very late": FaultKind(partial(Late, seconds=150.0), on=("write",), doubles=True),
    "twice": FaultKind(Twice, on=("write",), func="account*", doubles=True),
    "slow panel": FaultKind(partial(Lag, seconds=90.0), on=("write",)),
    "into the cart": FaultKind(Cart, on=("submit",), func="*.order.param"),
    "old list": FaultKind(Stale, on=("read",), misleads=True),
    "shifted page": FaultKind(Shift, on=("read",), misleads=True),
    "wrong total": FaultKind(Total, on=("read",), misleads=True),
    "filter": FaultKind(Filter, on=("read",), misleads=True),
    "too few rights": FaultKind(partial(Rights, level=16), on=("read",), misleads=True),
}


def draw_fault(name: str, dice: Random) -> Fault:
    """Make a fault of a sort, for requests that the dice choose."""
    kind_of_fault = FAULT_KINDS[name]
    request = dice.choice(kind_of_fault.on)
    return kind_of_fault.make(
        func=kind_of_fault.func,
        request=request,
        call=dice.randrange(1, 6 if request in {"write", "submit"} else 30),
        count=dice.choice((1, 1, 2, 5)),
    )
