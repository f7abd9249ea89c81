"""Faults: what stands in front of a panel and spoils what passes, on purpose and repeatably.

Here may live what a web server, a proxy, a network or a person at the same panel can do to one
request: lose it, repeat it, delay it, answer in the panel's place, change what it is about. No
rules of the panel itself, and no knowledge of whoever asks.

``Faulty`` is the ASGI application, ``load_faults`` reads a file of faults, and each sort of fault
is a class that tests may make by hand.
"""

from __future__ import annotations

from reconciler.sandbox.fault.deed import Also, Cart, Expire, Ignore, Lag, Late, Reuse, Twice
from reconciler.sandbox.fault.fault import Fault
from reconciler.sandbox.fault.faulty import Faulty
from reconciler.sandbox.fault.file import FaultsError, load_faults, read_faults
from reconciler.sandbox.fault.front import Long, Page, Redirect, Refresh, Status
from reconciler.sandbox.fault.loss import Cut, Drip, Drop, Hang, Slow
from reconciler.sandbox.fault.said import Busy, Contradict, Error, Ok, Other, SecondFactor
from reconciler.sandbox.fault.table import Filter, Rights, Shift, Stale, Total
from reconciler.sandbox.fault.text import Broken, Charset, Huge

__all__ = [
    "Also",
    "Broken",
    "Busy",
    "Cart",
    "Charset",
    "Contradict",
    "Cut",
    "Drip",
    "Drop",
    "Error",
    "Expire",
    "Fault",
    "FaultsError",
    "Faulty",
    "Filter",
    "Hang",
    "Huge",
    "Ignore",
    "Lag",
    "Late",
    "Long",
    "Ok",
    "Other",
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
