"""How one change of a run is taken back: exactly, as well as can be, or not at all.

Invariant: nothing here holds a secret; what was written and never read cannot be put back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.plan import Action
    from reconciler.model.value import Value

How = Literal["exact", "compensating", "impossible"]


@dataclass(frozen=True, slots=True)
class InverseChange:
    """The way back from one change.

    ``action`` is what the run did, ``why`` what the way back leaves as it is. ``before`` holds the
    fields that are put back, ``after`` what the run made of them, by name, an add-on's with its
    number. ``entry`` is the object as it was, where the run deleted it. ``was`` is the address in
    that run of what is renamed since, ``lost`` the id of what is managed under no name any more.
    """

    address: Address
    action: Action
    how: How
    why: str = ""
    before: Mapping[str, Value] = field(default_factory=dict)
    after: Mapping[str, Value] = field(default_factory=dict)
    entry: InventoryEntry | None = None
    was: Address | None = None
    lost: str = ""
