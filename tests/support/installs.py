"""Panels of other installations, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.sandbox import Install, Sandbox
from reconciler.sandbox.app import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path


def panel_of(
    path: str | Path = ":memory:",
    /,
    *,
    clock: Callable[[], datetime] = utc_now,
    **ways: Any,
) -> Sandbox:
    """Open a panel that has these ways: ``panel_of(deleted_form="value")``."""
    return Sandbox(path, clock=clock, install=Install(**ways))
