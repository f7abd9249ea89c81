"""An intent as a line of the journal, and back.

Shape: plain values under the names of ``model.journal.Intent``; ``params`` as pairs, in order.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.model.address import ElementId
from reconciler.model.journal import Intent
from reconciler.model.resource import Lifecycle, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping


def encode_intent(intent: Intent) -> dict[str, Any]:
    """Return what is written down of an intent, apart from what every line has."""
    scope = intent.scope
    return {
        "address": intent.address,
        "action": intent.action,
        "func": intent.func,
        "effect": intent.effect,
        "params": [list(pair) for pair in intent.params],
        "scope": {"kind": scope.kind, "variant": scope.variant, "parent": scope.parent},
        "login": intent.login,
        "element": intent.element,
        "marker": intent.marker,
        "expects": dict(intent.expects or {}),
        "known": list(intent.known),
        "booked": None if intent.booked is None else list(intent.booked),
        **_ending(intent.lifecycle),
        **({"before": dict(intent.before)} if intent.before else {}),
        **_values(intent.values or {}),
    }


def _ending(lifecycle: Lifecycle | None) -> dict[str, Any]:
    if lifecycle is None:
        return {}
    return {"onRemove": lifecycle.on_remove, "protect": lifecycle.protect}


def _values(values: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {"values": {name: list(pair) for name, pair in values.items()}} if values else {}


def read_lifecycle(line: Mapping[str, Any]) -> Lifecycle | None:
    """Return how a line's object may end; None where nothing was said of it."""
    return Lifecycle(line["onRemove"], line["protect"]) if line.get("onRemove") else None


def read_intent(line: Mapping[str, Any]) -> Intent:
    """Return the intent of a line."""
    scope, booked = line["scope"], line.get("booked")
    parent = ElementId(scope["parent"]) if scope["parent"] else None
    return Intent(
        address=line["address"],
        action=line["action"],
        func=line["func"],
        effect=line["effect"],
        params=tuple((name, value) for name, value in line["params"]),
        scope=Scope(scope["kind"], scope["variant"], parent),
        login=line["login"],
        element=line["element"],
        marker=line["marker"],
        expects=line["expects"],
        known=tuple(line["known"]),
        booked=None if booked is None else tuple(booked),
        lifecycle=read_lifecycle(line),
        before=line.get("before"),
        values={name: (was, now) for name, (was, now) in line.get("values", {}).items()} or None,
    )


def same_deed(line: Mapping[str, Any]) -> str:
    """Return what the lines of one and the same deed have in common, each time it is sent.

    What bears a mark is the same whatever else its manifest says by now.
    """
    names = ("address", "action", "func", "element", "marker", "expects")
    terms = [] if line["marker"] else line["params"]
    return json.dumps([*(line[name] for name in names), terms], sort_keys=True)
