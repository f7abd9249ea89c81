"""What has been seen of a panel's edits: whether they keep what a request does not name.

Invariant: nothing is known of a function and a sort of value until an edit has shown it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

# How a value is edited; panels that keep texts may still clear check boxes. ``whole`` is a form
# that is sent with every field that it holds.
Sort = Literal["flag", "list", "choice", "text", "whole"]
Effect = Literal["keeps", "clears"]
EditEffects = Mapping[str, Mapping[Sort, Effect]]
