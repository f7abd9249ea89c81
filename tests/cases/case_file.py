"""Reading a case: one YAML file that says both sides of a plan, and what is to come of them.

Shape: ``about`` (a sentence), ``declared`` (manifests; a client may hold its children inline),
``live`` (rows as a list shows them, and the forms that were opened), ``inventory`` (what was
applied), ``menus`` (options by kind and parameter), ``offers`` (side lists), ``options``,
``prices``, ``incomplete``, ``expected``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from reconciler.mapping.decode import read_form, read_members, read_row
from reconciler.model.address import Address, parse_address, parse_element_id
from reconciler.model.plan import Money
from reconciler.model.resource import Ignore, Lifecycle
from reconciler.planning.context import PlanOptions
from reconciler.planning.resolve import resolve_choices
from reconciler.wire.codec import read_money
from reconciler.wire.reply import Form, Row
from tests.support.planning import CATALOGUE, TODAY, PlanInputs, declare, kind_of, remember, scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.resource import Desired, Observed
    from reconciler.planning.resolve import Menus

_SECTIONS = {
    *("about", "today", "declared", "live", "inventory", "menus", "offers", "options"),
    *("prices", "incomplete", "expected"),
}


@dataclass(frozen=True)
class Case:
    """A world, and the plan that is expected of it."""

    about: str
    world: PlanInputs
    expected: Mapping[str, Any]


def read_case(path: Path) -> Case:
    """Read one file; a section that is misspelt is refused."""
    raw = _plain(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
    assert set(raw) <= _SECTIONS, set(raw) - _SECTIONS
    menus = {_scoped(name): found for name, found in raw.get("menus", {}).items()}
    options = raw.get("options", {})
    world = PlanInputs(
        declared=tuple(_declared(raw.get("declared", []))),
        objects=tuple(_observed(item) for item in raw.get("live", [])),
        inventory=dict(_remembered(item, menus) for item in raw.get("inventory", [])),
        menus=menus,
        offers=raw.get("offers", {}),
        incomplete={_listed(name): why for name, why in raw.get("incomplete", {}).items()},
        prices={parse_address(name): _price(text) for name, text in raw.get("prices", {}).items()},
        options=PlanOptions(
            adopt=options.get("adopt", True),
            only=tuple(parse_address(text) for text in options.get("only", [])),
            labels=options.get("labels", {}),
        ),
        today=date.fromisoformat(raw["today"]) if "today" in raw else TODAY,
    )
    return Case(raw["about"], world, raw["expected"])


def _declared(items: list[dict[str, Any]]) -> Iterator[Desired]:
    for item in items:
        spec = dict(item["spec"])
        inline = {key: spec.pop(key) for key in list(spec) if key in CATALOGUE.inlines}
        whole = [CATALOGUE.inlines[key].name for key in inline]
        life = _lifecycle(kind_of(item["kind"]), item)
        yield declare(
            item["kind"],
            item["name"],
            spec,
            lifecycle=life,
            labels=item.get("labels"),
            whole=whole,
        )
        for key, children in inline.items():
            kind = CATALOGUE.inlines[key]
            for child in children:
                fields = {k: v for k, v in child.items() if k not in {"name", "lifecycle"}}
                fields[kind.parent] = item["name"]
                life = _lifecycle(kind, child)
                yield declare(kind.name, child["name"], fields, lifecycle=life)


def _lifecycle(kind: ResourceKind, item: Mapping[str, Any]) -> Lifecycle:
    raw = item.get("lifecycle", {})
    ignores = tuple(
        Ignore(
            each["field"],
            each["reason"],
            date.fromisoformat(each["until"]) if "until" in each else None,
        )
        for each in raw.get("ignore", [])
    )
    moved = raw.get("movedFrom", [])
    named = raw.get("adopt")
    return Lifecycle(
        raw.get("onRemove", kind.on_remove),
        raw.get("protect", False),
        ignores,
        tuple(moved) if isinstance(moved, list) else (moved,),
        parse_element_id(str(named["id"])) if named else None,
    )


def _observed(item: dict[str, Any]) -> Observed:
    kind = kind_of(item["kind"])
    where = scope(kind.name, item.get("client"), item.get("type", ""))
    found = read_row(kind, where, Row(_texts(item["row"]), _texts(item.get("codes", {}))))
    if "form" in item:
        found = read_form(kind, found, Form(_texts(item["form"]), item.get("options", {})))
    for field, rows in item.get("members", {}).items():
        enabled, _ = read_members(tuple(Row(_texts(row)) for row in rows))
        found = _with(found, field, enabled)
    return found


def _with(found: Observed, field: str, value: Any) -> Observed:  # noqa: ANN401 - a field's value
    return type(found)(
        found.scope,
        found.row_id,
        {**found.fields, field: value},
        found.marker,
        found.from_form,
        found.state,
        found.notes,
    )


def _remembered(
    item: dict[str, Any], menus: Mapping[tuple[str, str], Menus]
) -> tuple[Address, InventoryEntry]:
    address = parse_address(item["address"])
    kind = kind_of(address.kind)
    spec = dict(item["spec"])
    if kind.parent:
        spec[kind.parent] = {"id": item["client"]}
    desired = declare(kind.name, address.name, spec, lifecycle=_lifecycle(kind, item))
    variant = str(desired.fields.get(kind.variant, "")) if kind.variant else ""
    desired, _ = resolve_choices(kind, desired, menus.get((kind.name, variant), {}))
    there = {"kind": kind.name, "row": {"id": item["id"]}, "type": variant}
    if kind.parent:
        there["client"] = item["client"]
    return remember(desired, _observed(there), rotations=item.get("rotations"))


def _price(text: str) -> Money:
    amount, currency = read_money(text)
    return Money(amount, currency)


def _scoped(name: str) -> tuple[str, str]:
    kind, _, variant = name.partition("/")
    return kind, variant


def _listed(name: str) -> Any:  # noqa: ANN401 - a scope, which only planning names
    kind, _, client = name.partition("/")
    return scope(kind, int(client) if client else None)


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: "" if value is None else str(value) for key, value in values.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - what YAML holds
    """Give scalars the types that the loader of manifests gives them."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return Decimal(repr(value))
    return value.isoformat() if isinstance(value, date) else value
