"""The signature of a saved plan: who holds the key has made or approved exactly this plan.

Invariant: it covers the digest, and so the whole plan, and the time of its making.
Shape: ``hmac-sha256:`` and the lower-case hexadecimal HMAC-SHA256 over the digest, a line end and
``createdAt``, as UTF-8.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from reconciler.errors import RefusedError, SecretError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.documents.plan import PlanDocument

_SCHEME = "hmac-sha256:"
_MIN_KEY = 16


def signed(document: PlanDocument, key: str) -> PlanDocument:
    """Return a plan document with its signature. Raises: SecretError for a key too short."""
    return {**document, "signature": _signature(document, key)}


def check_signature(saved: Mapping[str, object], key: str) -> None:
    """Make sure that a saved plan was signed with a key.

    Raises: RefusedError when it was not, SecretError for a key too short.
    """
    found = saved.get("signature")
    if not isinstance(found, str):
        raise RefusedError(["the plan is not signed: make it with --sign-key-env"])
    if not hmac.compare_digest(found.encode(), _signature(saved, key).encode()):
        raise RefusedError(["the plan was signed with another key, or altered since"])


def _signature(document: Mapping[str, object], key: str) -> str:
    if len(key) < _MIN_KEY:
        raise SecretError(f"the key that signs plans is shorter than {_MIN_KEY} characters")
    text = f"{document.get('digest')}\n{document.get('createdAt')}"
    return _SCHEME + hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
