"""The faults as they strike a question, and what becomes of a run that meets one of them.

A fault that passes is asked again and leaves no trace; one that stays ends a plan with an error,
and a change that was sent with what cannot be proved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from reconciler.sandbox.faults import (
    Broken,
    Busy,
    Charset,
    Contradict,
    Cut,
    Drip,
    Drop,
    ErrorFault,
    Expire,
    FalseSuccess,
    Fault,
    Filter,
    Hang,
    Huge,
    Long,
    OtherReply,
    Page,
    Redirect,
    Refresh,
    Rights,
    SecondFactor,
    Shift,
    Slow,
    Stale,
    Status,
    Total,
)
from tests.faults.snap import Snap

Passing = Literal[
    "never",  # not even noticed
    "again",  # gone when asked again
    "session",  # gone with a new session; a sign-in has no such way out
    "said",  # believed when it is said
    "human",  # somebody has to do something first
    "stop",  # nothing further may be sent
]


@dataclass(frozen=True, slots=True)
class Read:
    """One fault of a row of the table, as it strikes a question."""

    name: str
    make: Callable[..., Fault]
    passing: Passing = "again"


READS = (
    Read("F01-refused", partial(Snap, how="unreachable")),
    Read("F02-tls", partial(Snap, how="tls"), "stop"),
    Read("F03-hang", Hang),
    Read("F04-drop", Drop),
    Read("F06-502", Status),
    Read("F07-500", partial(Status, status=500)),
    Read("F08-length", partial(Cut, when="after")),
    Read("F08-chunked", partial(Cut, when="after", framing="chunked")),
    Read("F08-matching", partial(Cut, when="after", framing="matching")),
    Read("F09-malformed", partial(Broken, when="after")),
    Read("F09-root", partial(Broken, when="after", how="root")),
    Read("F09-empty", partial(Broken, when="after", how="empty")),
    Read("F09-entities", partial(Broken, when="after", how="entities")),
    Read("F09-external", partial(Broken, when="after", how="external")),
    Read("F09-deep", partial(Broken, when="after", how="deep")),
    Read("F10-login", Page, "session"),
    Read("F10-maintenance", partial(Page, page="maintenance"), "session"),
    Read("F10-robot", partial(Page, page="robot"), "session"),
    Read("F11-expired", Expire, "session"),
    Read("F12-access", partial(ErrorFault, type="access"), "said"),
    Read("F12-value", partial(ErrorFault, type="value"), "said"),
    Read("F12-db", partial(ErrorFault, type="db")),
    Read("F21-slow", partial(Slow, seconds=5.0), "never"),
    Read("F21-drip", partial(Drip, seconds=0.001), "never"),
    Read("F21-too-slow", partial(Slow, seconds=100.0)),
    Read("F21-endless-drip", Drip),
    Read("F22-huge", partial(Huge, when="after", size=65 << 20), "stop"),
    Read("F22-bomb", partial(Huge, when="after", size=65 << 20, gzip=True), "stop"),
    Read("F23-latin", partial(Charset, when="after")),
    Read("F23-wide", partial(Charset, when="after", charset="utf-16", declared=True)),
    Read("F23-seven", partial(Charset, when="after", charset="utf-7", declared=True)),
    Read("F23-invalid", partial(Charset, when="after", charset="invalid")),
    Read("F23-mark", partial(Charset, when="after", charset="bom"), "never"),
    Read("F24-429", partial(Status, status=429, retry_after=30)),
    Read("F24-503-for-ever", partial(Status, status=503, retry_after=10**9)),
    Read("F24-503-negative", partial(Status, status=503, retry_after=-5)),
    Read("F25-redirect", Redirect, "stop"),
    Read("F25-same-host", partial(Redirect, status=307, to="/billmgr"), "stop"),
    Read("F25-meta", Refresh, "stop"),
    Read("F25-header", partial(Refresh, by="header"), "stop"),
    Read("F28-yes-and-no", partial(Contradict, when="after")),
    Read("F28-twice-over", partial(Contradict, when="after", how="twice")),
    Read("F28-other", OtherReply),
    Read("F28-confirmed", FalseSuccess),
    Read("F33-long", partial(Long, polls=3), "never"),
    Read("F33-endless", partial(Long, polls=10**6)),
    Read("F34-busy", Busy),
    Read("F35-second-factor", SecondFactor, "human"),
    Read("F35-new-password", partial(SecondFactor, form="usrparam"), "human"),
)

TELLING = ["note", "remoteid", "domain", "email", "percentage", "taxrate"]
# What becomes of a list: those of it that lack something and cannot be missed, and the others.
SHORT: dict[str, Callable[..., Fault]] = {
    "F17-total": Total,
    "F17-filter": partial(Filter, field="id", value="none"),
    "F17-silent-filter": partial(Filter, field="id", value="none", silent=True),
    "F27-rows": partial(Rights, rows={"id": "*"}),
}
ODD: dict[str, Callable[..., Fault]] = {
    "F16-stale": Stale,
    "F17-fewer": Shift,
    "F17-more": partial(Shift, rows=1),
    "F17-total-less": partial(Total, by=-1),
    "F27-columns": partial(Rights, columns=TELLING),
    "F27-masked": partial(Rights, mask=TELLING),
}
TABLES = SHORT | ODD
