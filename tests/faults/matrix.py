"""The faults of a write, and the promise for each fault at each sort of operation.

A cell says how an apply ends that meets a fault once, at one write. The sides of a commit look
alike from outside, so the rows before and after it promise the same wherever reading can tell.

The words of ``Effect`` say what becomes of the write, by what its sender knows of it:

========================== =================== =====================================
effect                     the sender gets     the panel
========================== =================== =====================================
harmless                   the answer          did it
not-sent                   proof of no sending did not do it
session-ended              a refusal           did not do it, for want of a session
refused                    a refusal           did not do it
refused-done               a refusal           did it
confirmed-not-done         a confirmation      did not do it
done-twice-first-answer    a confirmation      did it twice
done-twice-second-answer   the second answer   did it twice
lost-not-done              no usable answer    did not do it
lost-done                  no usable answer    did it
lost-done-late             no usable answer    does it before the result is read
lost-done-too-late         no usable answer    does it long after the result was read
in-cart                    a confirmation      put it into the cart, though it was to be paid
in-process                 a confirmation      has begun it, and takes minutes to end it
stop-not-sent              a security stop     did not do it; nothing more may be sent
stop-not-done              a security stop     did not do it; nothing more may be sent
stop-done                  a security stop     did it; nothing more may be sent
killed-not-done            nothing: it is dead did not do it
killed-done                nothing: it is dead did it
========================== =================== =====================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from reconciler.sandbox.faults import (
    Broken,
    Busy,
    Cart,
    Charset,
    Contradict,
    Cut,
    Drip,
    Drop,
    ErrorFault,
    Expire,
    FalseSuccess,
    Fault,
    Hang,
    Huge,
    Lag,
    Late,
    Long,
    OtherReply,
    Page,
    Redirect,
    Refresh,
    SecondFactor,
    Slow,
    Status,
    Twice,
)
from tests.support.connection import ConnectionFault

if TYPE_CHECKING:
    from tests.faults.operations import Operation

# See the table above.
Effect = Literal[
    "harmless",
    "not-sent",
    "lost-not-done",
    "lost-done",
    "lost-done-late",
    "lost-done-too-late",
    "session-ended",
    "refused",
    "refused-done",
    "confirmed-not-done",
    "done-twice-second-answer",
    "done-twice-first-answer",
    "stop-not-sent",
    "stop-not-done",
    "stop-done",
    "in-cart",
    "in-process",
    "killed-not-done",
    "killed-done",
]


@dataclass(frozen=True, slots=True)
class WriteFault:
    """One fault of a row of the table, as it strikes a write."""

    number: str
    word: str
    make: Callable[..., Fault]
    effect: Effect

    @property
    def name(self) -> str:
        """The row and the word, for the name of a test."""
        return f"{self.number}-{self.word}"

    def at(self, operation: Operation, **more: Any) -> Fault:
        """Make the fault for the request of an operation."""
        return self.make(func=operation.func, request="write", given=dict(operation.given), **more)


def _lost(number: str, word: str, make: Callable[..., Fault]) -> tuple[WriteFault, WriteFault]:
    """Give the two rows of a fault that may strike before the commit and after it."""
    return (
        WriteFault(number, f"{word}-before", partial(make, when="before"), "lost-not-done"),
        WriteFault(number, f"{word}-after", partial(make, when="after"), "lost-done"),
    )


def _stop(number: str, word: str, make: Callable[..., Fault]) -> tuple[WriteFault, WriteFault]:
    return (
        WriteFault(number, f"{word}-before", partial(make, when="before"), "stop-not-done"),
        WriteFault(number, f"{word}-after", partial(make, when="after"), "stop-done"),
    )


def _refused(sort: str) -> tuple[WriteFault, WriteFault]:
    return (
        WriteFault("F12", f"{sort or 'plain'}", partial(ErrorFault, type=sort), "refused"),
        WriteFault(
            "F12",
            f"{sort or 'plain'}-after",
            partial(ErrorFault, type=sort, when="after"),
            "refused-done",
        ),
    )


WRITE_FAULTS: tuple[WriteFault, ...] = (
    WriteFault("F01", "refused", partial(ConnectionFault, how="unreachable"), "not-sent"),
    WriteFault("F02", "tls", partial(ConnectionFault, how="tls"), "stop-not-sent"),
    *_lost("F03", "hang", Hang),
    *_lost("F04", "drop", Drop),
    WriteFault("F05", "late", partial(Late, seconds=30.0), "lost-done-late"),
    WriteFault("F05", "later", partial(Late, seconds=150.0), "lost-done-too-late"),
    *_lost("F06", "502", Status),
    *_lost("F07", "500", partial(Status, status=500)),
    *_lost("F08", "length", Cut),
    *_lost("F08", "chunked", partial(Cut, framing="chunked")),
    *_lost("F08", "matching", partial(Cut, framing="matching")),
    *_lost("F09", "malformed", Broken),
    *_lost("F09", "root", partial(Broken, how="root")),
    *_lost("F09", "empty", partial(Broken, how="empty")),
    *_lost("F09", "entities", partial(Broken, how="entities")),
    *_lost("F09", "external", partial(Broken, how="external")),
    *_lost("F09", "deep", partial(Broken, how="deep")),
    *_lost("F10", "login", Page),
    *_lost("F10", "maintenance", partial(Page, page="maintenance")),
    *_lost("F10", "robot", partial(Page, page="robot")),
    WriteFault("F11", "expired", Expire, "session-ended"),
    WriteFault("F11", "expires-after", partial(Expire, when="after"), "harmless"),
    *_refused("value"),
    *_refused("exists"),
    *_refused("missed"),
    *_refused("access"),
    *_refused("db"),
    *_refused(""),
    WriteFault("F13", "idle", FalseSuccess, "confirmed-not-done"),
    WriteFault("F15", "twice", Twice, "done-twice-second-answer"),
    WriteFault("F15", "twice-first", partial(Twice, answer_of="first"), "done-twice-first-answer"),
    WriteFault("F21", "slow", partial(Slow, seconds=20.0), "harmless"),
    WriteFault("F21", "drip", partial(Drip, seconds=0.001), "harmless"),
    WriteFault(
        "F21", "too-slow-before", partial(Slow, seconds=100.0, when="before"), "lost-not-done"
    ),
    WriteFault("F21", "too-slow-after", partial(Slow, seconds=100.0), "lost-done"),
    WriteFault("F21", "endless-drip", partial(Drip, seconds=1.0), "lost-done"),
    *_stop("F22", "huge", partial(Huge, size=65 << 20)),
    *_stop("F22", "bomb", partial(Huge, size=65 << 20, gzip=True)),
    *_lost("F23", "latin", Charset),
    *_lost("F23", "cyrillic", partial(Charset, charset="cp1251", declared=True)),
    *_lost("F23", "wide", partial(Charset, charset="utf-16", declared=True)),
    *_lost("F23", "seven", partial(Charset, charset="utf-7", declared=True)),
    *_lost("F23", "invalid", partial(Charset, charset="invalid")),
    WriteFault("F23", "mark", partial(Charset, charset="bom", when="after"), "harmless"),
    *_lost("F24", "429", partial(Status, status=429, retry_after=30)),
    *_lost("F24", "503-for-ever", partial(Status, status=503, retry_after=10**9)),
    *_stop("F25", "redirect", Redirect),
    *_stop("F25", "same-host", partial(Redirect, status=307, to="/billmgr")),
    *_stop("F25", "meta", Refresh),
    *_stop("F25", "header", partial(Refresh, by="header")),
    *_lost("F28", "yes-and-no", Contradict),
    *_lost("F28", "twice-over", partial(Contradict, how="twice")),
    *_lost("F28", "other", OtherReply),
    WriteFault("F29", "cart", Cart, "in-cart"),
    *_lost("F30", "broken", ConnectionFault),
    WriteFault("F31", "killed-before", partial(ConnectionFault, how="killed"), "killed-not-done"),
    WriteFault(
        "F31", "killed-after", partial(ConnectionFault, how="killed", when="after"), "killed-done"
    ),
    WriteFault("F33", "long", partial(Long, polls=3), "harmless"),
    WriteFault("F33", "long-page", partial(Long, polls=3, html=True), "harmless"),
    WriteFault("F33", "endless", partial(Long, polls=10**6), "lost-done"),
    *_lost("F34", "busy", Busy),
    *_lost("F35", "second-factor", SecondFactor),
    *_lost("F35", "new-password", partial(SecondFactor, form="usrparam")),
    WriteFault("F36", "lag", partial(Lag, seconds=600.0), "in-process"),
)
BY_NAME = {row.name: row for row in WRITE_FAULTS}


@dataclass(frozen=True, slots=True)
class Promise:
    """What a cell promises: how the change ends, what it sends at most, what is charged.

    ``result`` is an outcome's, or ``killed`` for a run that does not end; ``human`` says that
    afterwards a person may have to answer before things go on.
    """

    result: str
    sends: int = 1
    charges: int = 1
    human: bool = False


_DONE = Promise("verified")
_TWO = Promise("verified", sends=2)
_UNKNOWN = Promise("in-doubt", charges=0, human=True)
_NOT_DONE = Promise("failed", charges=0)
# What an effect comes to where nothing is charged, and where something is.
_PROMISES: dict[Effect, tuple[Promise, Promise]] = {
    "harmless": (_DONE, _DONE),
    "lost-done": (_DONE, _DONE),
    "lost-done-late": (_DONE, _DONE),
    "not-sent": (_TWO, _TWO),
    "session-ended": (_TWO, _TWO),
    "lost-not-done": (_TWO, _UNKNOWN),
    # Nobody can wait for ever: what was made again meanwhile is there twice in the end.
    "lost-done-too-late": (replace(_TWO, human=True), Promise("in-doubt")),
    "refused": (_NOT_DONE, _NOT_DONE),
    "refused-done": (_DONE, _DONE),
    "confirmed-not-done": (Promise("diverged"), _UNKNOWN),
    "done-twice-second-answer": (_DONE, Promise("in-doubt", charges=2, human=True)),
    "done-twice-first-answer": (_DONE, Promise("in-doubt", charges=2, human=True)),
    "stop-not-sent": (_NOT_DONE, _NOT_DONE),
    "stop-not-done": (_NOT_DONE, _UNKNOWN),
    "stop-done": (_NOT_DONE, Promise("in-doubt")),
    "in-process": (_DONE, _DONE),
    "killed-not-done": (Promise("killed"), Promise("killed", charges=0, human=True)),
    "killed-done": (Promise("killed"), Promise("killed")),
}
# Duplicates can be where the panel itself does not refuse the second.
_DUPLICABLE = frozenset({"discount", "cart", "tax", "rate"})
_DOUBLE: tuple[Effect, Effect] = ("done-twice-second-answer", "done-twice-first-answer")
_EXCEPTIONS: dict[tuple[Effect, str], Promise] = {
    **{(e, name): Promise("in-doubt", human=True) for e in _DOUBLE for name in _DUPLICABLE},
    # The second is refused, since the first is there; without a marker nobody can tell whose it is.
    **{("done-twice-second-answer", name): Promise("failed") for name in ("client", "account")},
    **{("refused-done", name): Promise("failed") for name in ("tax", "client", "account", "rate")},
    # What else was to be sent for it is not sent after a refusal.
    ("refused-done", "edit"): Promise("failed"),
    # The same add-on, ordered twice, is there once.
    **{(effect, "paid"): _DONE for effect in _DOUBLE},
    ("in-process", "close"): Promise("diverged"),
    # Nobody can see whether what was accepted waits in a cart.
    ("confirmed-not-done", "cart"): Promise("diverged", human=True),
    # Of an order the object is there to be seen; of the others nothing is but the cart.
    ("in-cart", "order"): Promise("diverged", charges=0, human=True),
    ("in-cart", "renewal"): _UNKNOWN,
    ("in-cart", "paid"): _UNKNOWN,
}


def promise(effect: Effect, operation: Operation) -> Promise | None:
    """Look a cell up; None where it cannot come to that."""
    if (effect, operation.name) in _EXCEPTIONS:
        return _EXCEPTIONS[effect, operation.name]
    both = _PROMISES.get(effect)
    return both[bool(operation.charge)] if both else None
