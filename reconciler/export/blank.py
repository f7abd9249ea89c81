"""The forms of new objects: what the panel offers there, and what it fills in by itself.

Invariant: each form is opened once; where the panel opens none, what the kind says counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.engine.observe.reads import read_create_form
from reconciler.mapping.decode import read_blank

if TYPE_CHECKING:
    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.address import ElementId
    from reconciler.model.value import Value
    from reconciler.ports import Reader
    from reconciler.wire.reply import Options


@dataclass(frozen=True, slots=True)
class BlankForm:
    """What a kind's form of a new object offers and fills in; nothing where none opens."""

    menus: Mapping[str, Options] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)

    def default(self, kind: ResourceKind, name: str) -> Value:
        """Return what a new object has in a field that nobody fills in."""
        if name in self.values:
            return self.values[name]
        attribute = kind.by_name[name].attribute
        info = kind.spec.model_fields.get(attribute)
        value: Value = None if info is None or info.is_required() else info.default
        return value


async def read_blank_form(
    reader: Reader, kind: ResourceKind, parent: ElementId | None
) -> BlankForm:
    """Open the form that creates objects of a kind; an order's form is one of many steps."""
    if kind.order:
        return BlankForm()
    form = await read_create_form(reader, kind, "", parent=parent)
    return BlankForm(form.options, read_blank(kind, form)) if form else BlankForm()
