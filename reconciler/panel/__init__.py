"""The way out: everything that speaks with a panel over a wire, one concern a module.

May live here: the transports, signing in, retrying, throttling, paging, the read-only guard.
May not: what any function or field means; what ought to be read or written.

The functions that open a panel are imported when first named: naming this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.panel.connect import open_inspector, open_operator, open_panel, open_reader

__all__ = ["open_inspector", "open_operator", "open_panel", "open_reader"]


def __getattr__(name: str) -> object:
    """Import what is named for the first time."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from reconciler.panel import connect

    return getattr(connect, name)
