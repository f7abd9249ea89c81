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
from tests.support.connection import ConnectionFault

Passing = Literal[
    "never",  # not even noticed
    "again",  # gone when asked again
    "session",  # gone with a new session; a sign-in has no such way out
    "said",  # believed when it is said
    "human",  # somebody has to do something first
    "stop",  # nothing further may be sent
]


@dataclass(frozen=True, slots=True)
class ReadFault:
    """One fault of a row of the table, as it strikes a question."""

    name: str
    make: Callable[..., Fault]
    passing: Passing = "again"


READ_FAULTS = (
    ReadFault("F01-refused", partial(ConnectionFault, how="unreachable")),
    ReadFault("F02-tls", partial(ConnectionFault, how="tls"), "stop"),
    ReadFault("F03-hang", Hang),
    ReadFault("F04-drop", Drop),
    ReadFault("F06-502", Status),
    ReadFault("F07-500", partial(Status, status=500)),
    ReadFault("F08-length", partial(Cut, when="after")),
    ReadFault("F08-chunked", partial(Cut, when="after", framing="chunked")),
    ReadFault("F08-matching", partial(Cut, when="after", framing="matching")),
    ReadFault("F09-malformed", partial(Broken, when="after")),
    ReadFault("F09-root", partial(Broken, when="after", how="root")),
    ReadFault("F09-empty", partial(Broken, when="after", how="empty")),
    ReadFault("F09-entities", partial(Broken, when="after", how="entities")),
    ReadFault("F09-external", partial(Broken, when="after", how="external")),
    ReadFault("F09-deep", partial(Broken, when="after", how="deep")),
    ReadFault("F10-login", Page, "session"),
    ReadFault("F10-maintenance", partial(Page, page="maintenance"), "session"),
    ReadFault("F10-robot", partial(Page, page="robot"), "session"),
    ReadFault("F11-expired", Expire, "session"),
    ReadFault("F12-access", partial(ErrorFault, type="access"), "said"),
    ReadFault("F12-value", partial(ErrorFault, type="value"), "said"),
    ReadFault("F12-db", partial(ErrorFault, type="db")),
    ReadFault("F21-slow", partial(Slow, seconds=5.0), "never"),
    ReadFault("F21-drip", partial(Drip, seconds=0.001), "never"),
    ReadFault("F21-too-slow", partial(Slow, seconds=100.0)),
    ReadFault("F21-endless-drip", Drip),
    ReadFault("F22-huge", partial(Huge, when="after", size=65 << 20), "stop"),
    ReadFault("F22-bomb", partial(Huge, when="after", size=65 << 20, gzip=True), "stop"),
    ReadFault("F23-latin", partial(Charset, when="after")),
    ReadFault("F23-wide", partial(Charset, when="after", charset="utf-16", declared=True)),
    ReadFault("F23-seven", partial(Charset, when="after", charset="utf-7", declared=True)),
    ReadFault("F23-invalid", partial(Charset, when="after", charset="invalid")),
    ReadFault("F23-mark", partial(Charset, when="after", charset="bom"), "never"),
    ReadFault("F24-429", partial(Status, status=429, retry_after=30)),
    ReadFault("F24-503-for-ever", partial(Status, status=503, retry_after=10**9)),
    ReadFault("F24-503-negative", partial(Status, status=503, retry_after=-5)),
    ReadFault("F25-redirect", Redirect, "stop"),
    ReadFault("F25-same-host", partial(Redirect, status=307, to="/billmgr"), "stop"),
    ReadFault("F25-meta", Refresh, "stop"),
    ReadFault("F25-header", partial(Refresh, by="header"), "stop"),
    ReadFault("F28-yes-and-no", partial(Contradict, when="after")),
    ReadFault("F28-twice-over", partial(Contradict, when="after", how="twice")),
    ReadFault("F28-other", OtherReply),
    ReadFault("F28-confirmed", FalseSuccess),
    ReadFault("F33-long", partial(Long, polls=3), "never"),
    ReadFault("F33-endless", partial(Long, polls=10**6)),
    ReadFault("F34-busy", Busy),
    ReadFault("F35-second-factor", SecondFactor, "human"),
    ReadFault("F35-new-password", partial(SecondFactor, form="usrparam"), "human"),
)

TELLING = ["note", "remoteid", "domain", "email", "percentage", "taxrate"]
# What becomes of a list: those of it that lack something and cannot be missed, and the others.
INCOMPLETE_LISTS: dict[str, Callable[..., Fault]] = {
    "F17-total": Total,
    "F17-filter": partial(Filter, field="id", value="none"),
    "F17-silent-filter": partial(Filter, field="id", value="none", silent=True),
    "F27-rows": partial(Rights, rows={"id": "*"}),
}
WRONG_LISTS: dict[str, Callable[..., Fault]] = {
    "F16-stale": Stale,
    "F17-fewer": Shift,
    "F17-more": partial(Shift, rows=1),
    "F17-total-less": partial(Total, by=-1),
    "F27-columns": partial(Rights, columns=TELLING),
    "F27-masked": partial(Rights, mask=TELLING),
}
LIST_FAULTS = INCOMPLETE_LISTS | WRONG_LISTS
