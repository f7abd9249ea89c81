"""The faults, by their rows, and what each row promises for each sort of request.

A cell says what an apply has to make of one occurrence of a fault at one write. Before and after
the commit look alike from outside, so those rows promise the same wherever looking can tell.
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

# What one occurrence at a write comes to.
Effect = Literal[
    "fine",  # nothing that matters
    "unsent",  # it provably did not leave
    "lost",  # nobody knows; it was not done
    "done",  # nobody knows; it was done
    "late",  # nobody knows; it is done before we look
    "later",  # nobody knows; it is done long after
    "again",  # refused for want of a session
    "refused",  # refused
    "denied",  # refused, and done
    "idle",  # confirmed and not done
    "double",  # done twice, and the answer is the second one's
    "doubled",  # done twice, and the answer is the first one's
    "barred",  # nothing further may be sent, and this was not
    "stop",  # nothing further may be sent; it was not done
    "stopped",  # nothing further may be sent; it was done
    "cart",  # what was to be paid at once waits in the cart
    "slow",  # begun, and not at its end for minutes
    "killed",  # we died before it was done
    "died",  # we died after it was done
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
        WriteFault(number, f"{word}-before", partial(make, when="before"), "lost"),
        WriteFault(number, f"{word}-after", partial(make, when="after"), "done"),
    )


def _stop(number: str, word: str, make: Callable[..., Fault]) -> tuple[WriteFault, WriteFault]:
    return (
        WriteFault(number, f"{word}-before", partial(make, when="before"), "stop"),
        WriteFault(number, f"{word}-after", partial(make, when="after"), "stopped"),
    )


def _refused(sort: str) -> tuple[WriteFault, WriteFault]:
    return (
        WriteFault("F12", f"{sort or 'plain'}", partial(ErrorFault, type=sort), "refused"),
        WriteFault(
            "F12",
            f"{sort or 'plain'}-after",
            partial(ErrorFault, type=sort, when="after"),
            "denied",
        ),
    )


WRITE_FAULTS: tuple[WriteFault, ...] = (
    WriteFault("F01", "refused", partial(ConnectionFault, how="unreachable"), "unsent"),
    WriteFault("F02", "tls", partial(ConnectionFault, how="tls"), "barred"),
    *_lost("F03", "hang", Hang),
    *_lost("F04", "drop", Drop),
    WriteFault("F05", "late", partial(Late, seconds=30.0), "late"),
    WriteFault("F05", "later", partial(Late, seconds=150.0), "later"),
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
    WriteFault("F11", "expired", Expire, "again"),
    WriteFault("F11", "expires-after", partial(Expire, when="after"), "fine"),
    *_refused("value"),
    *_refused("exists"),
    *_refused("missed"),
    *_refused("access"),
    *_refused("db"),
    *_refused(""),
    WriteFault("F13", "idle", FalseSuccess, "idle"),
    WriteFault("F15", "twice", Twice, "double"),
    WriteFault("F15", "twice-first", partial(Twice, answer_of="first"), "doubled"),
    WriteFault("F21", "slow", partial(Slow, seconds=20.0), "fine"),
    WriteFault("F21", "drip", partial(Drip, seconds=0.001), "fine"),
    WriteFault("F21", "too-slow-before", partial(Slow, seconds=100.0, when="before"), "lost"),
    WriteFault("F21", "too-slow-after", partial(Slow, seconds=100.0), "done"),
    WriteFault("F21", "endless-drip", partial(Drip, seconds=1.0), "done"),
    *_stop("F22", "huge", partial(Huge, size=65 << 20)),
    *_stop("F22", "bomb", partial(Huge, size=65 << 20, gzip=True)),
    *_lost("F23", "latin", Charset),
    *_lost("F23", "cyrillic", partial(Charset, charset="cp1251", declared=True)),
    *_lost("F23", "wide", partial(Charset, charset="utf-16", declared=True)),
    *_lost("F23", "seven", partial(Charset, charset="utf-7", declared=True)),
    *_lost("F23", "invalid", partial(Charset, charset="invalid")),
    WriteFault("F23", "mark", partial(Charset, charset="bom", when="after"), "fine"),
    *_lost("F24", "429", partial(Status, status=429, retry_after=30)),
    *_lost("F24", "503-for-ever", partial(Status, status=503, retry_after=10**9)),
    *_stop("F25", "redirect", Redirect),
    *_stop("F25", "same-host", partial(Redirect, status=307, to="/billmgr")),
    *_stop("F25", "meta", Refresh),
    *_stop("F25", "header", partial(Refresh, by="header")),
    *_lost("F28", "yes-and-no", Contradict),
    *_lost("F28", "twice-over", partial(Contradict, how="twice")),
    *_lost("F28", "other", OtherReply),
    WriteFault("F29", "cart", Cart, "cart"),
    *_lost("F30", "broken", ConnectionFault),
    WriteFault("F31", "killed-before", partial(ConnectionFault, how="killed"), "killed"),
    WriteFault("F31", "killed-after", partial(ConnectionFault, how="killed", when="after"), "died"),
    WriteFault("F33", "long", partial(Long, polls=3), "fine"),
    WriteFault("F33", "long-page", partial(Long, polls=3, html=True), "fine"),
    WriteFault("F33", "endless", partial(Long, polls=10**6), "done"),
    *_lost("F34", "busy", Busy),
    *_lost("F35", "second-factor", SecondFactor),
    *_lost("F35", "new-password", partial(SecondFactor, form="usrparam")),
    WriteFault("F36", "lag", partial(Lag, seconds=600.0), "slow"),
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
    "fine": (_DONE, _DONE),
    "done": (_DONE, _DONE),
    "late": (_DONE, _DONE),
    "unsent": (_TWO, _TWO),
    "again": (_TWO, _TWO),
    "lost": (_TWO, _UNKNOWN),
    # Nobody can wait for ever: what was made again meanwhile is there twice in the end.
    "later": (replace(_TWO, human=True), Promise("in-doubt")),
    "refused": (_NOT_DONE, _NOT_DONE),
    "denied": (_DONE, _DONE),
    "idle": (Promise("diverged"), _UNKNOWN),
    "double": (_DONE, Promise("in-doubt", charges=2, human=True)),
    "doubled": (_DONE, Promise("in-doubt", charges=2, human=True)),
    "barred": (_NOT_DONE, _NOT_DONE),
    "stop": (_NOT_DONE, _UNKNOWN),
    "stopped": (_NOT_DONE, Promise("in-doubt")),
    "slow": (_DONE, _DONE),
    "killed": (Promise("killed"), Promise("killed", charges=0, human=True)),
    "died": (Promise("killed"), Promise("killed")),
}
# Twins can be where the panel itself does not refuse the second.
_DUPLICABLE = frozenset({"discount", "cart", "tax", "rate"})
_DOUBLE: tuple[Effect, Effect] = ("double", "doubled")
_EXCEPTIONS: dict[tuple[Effect, str], Promise] = {
    **{(e, name): Promise("in-doubt", human=True) for e in _DOUBLE for name in _DUPLICABLE},
    # The second is refused, since the first is there; without a marker nobody can tell whose it is.
    **{("double", name): Promise("failed") for name in ("client", "account")},
    **{("denied", name): Promise("failed") for name in ("tax", "client", "account", "rate")},
    # What else was to be sent for it is not sent after a refusal.
    ("denied", "edit"): Promise("failed"),
    # The same add-on, ordered twice, is there once.
    **{(effect, "paid"): _DONE for effect in _DOUBLE},
    ("slow", "close"): Promise("diverged"),
    # Nobody can see whether what was accepted waits in a cart.
    ("idle", "cart"): Promise("diverged", human=True),
    # Of an order the object is there to be seen; of the others nothing is but the cart.
    ("cart", "order"): Promise("diverged", charges=0, human=True),
    ("cart", "renewal"): _UNKNOWN,
    ("cart", "paid"): _UNKNOWN,
}


def promise(effect: Effect, operation: Operation) -> Promise | None:
    """Look a cell up; None where it cannot come to that."""
    if (effect, operation.name) in _EXCEPTIONS:
        return _EXCEPTIONS[effect, operation.name]
    both = _PROMISES.get(effect)
    return both[bool(operation.charge)] if both else None
