"""Faults: what stands in front of a panel and spoils what passes, on purpose and repeatably.

Here may live what a web server, a proxy, a network or a person at the same panel can do to one
request: lose it, repeat it, delay it, answer in the panel's place, change what it is about. No
rules of the panel itself, and no knowledge of the client.

``FaultMiddleware`` is the ASGI application, ``load_faults`` reads a file of faults, and each sort
of fault is a class that tests may make by hand.
"""

from __future__ import annotations

from reconciler.sandbox.faults.config import FaultsError, load_faults, read_faults
from reconciler.sandbox.faults.encoding import Broken, Charset, Huge
from reconciler.sandbox.faults.fault import Fault
from reconciler.sandbox.faults.gateway import Long, Page, Redirect, Refresh, Status
from reconciler.sandbox.faults.lists import Filter, Rights, Shift, Stale, Total
from reconciler.sandbox.faults.middleware import FaultMiddleware
from reconciler.sandbox.faults.network import Cut, Drip, Drop, Hang, Slow
from reconciler.sandbox.faults.side_effects import (
    Cart,
    ConcurrentCall,
    Expire,
    Ignore,
    Lag,
    Late,
    Reuse,
    Twice,
)
from reconciler.sandbox.faults.wrong_replies import (
    Busy,
    Contradict,
    ErrorFault,
    FalseSuccess,
    OtherReply,
    SecondFactor,
)

__all__ = [
    "Broken",
    "Busy",
    "Cart",
    "Charset",
    "ConcurrentCall",
    "Contradict",
    "Cut",
    "Drip",
    "Drop",
    "ErrorFault",
    "Expire",
    "FalseSuccess",
    "Fault",
    "FaultMiddleware",
    "FaultsError",
    "Filter",
    "Hang",
    "Huge",
    "Ignore",
    "Lag",
    "Late",
    "Long",
    "OtherReply",
    "Page",
    "Redirect",
    "Refresh",
    "Reuse",
    "Rights",
    "SecondFactor",
    "Shift",
    "Slow",
    "Stale",
    "Status",
    "Total",
    "Twice",
    "load_faults",
    "read_faults",
]
