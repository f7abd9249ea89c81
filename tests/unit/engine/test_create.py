"""Making what is not there, once, on panels whose lists and forms differ."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from reconciler.sandbox import Sandbox
from tests.support.round import Round

if TYPE_CHECKING:
    from pathlib import Path

RULE = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  taxRules: [{name: acme-vat, provider: Main provider, rate: 19}]
"""


class Abbreviating:
    """An ASGI panel whose list of tax rules names a provider otherwise than its forms do."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - any ASGI application
        """Stand in front of ``app``."""
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Answer, with other words of the same length in one list."""

        async def say(message: dict[str, Any]) -> None:
            body = message.get("body", b"")
            if b'func="account.taxrule"' in body:
                body = body.replace(b">Main provider<", b">MAIN SUPPLIER<")
            await send({**message, "body": body} if body else message)

        await self.app(scope, receive, say)


def test_what_a_list_words_differently_is_found_once_it_is_made(tmp_path: Path) -> None:
    """Else it would be called missing, and made again after a lost answer."""
    with Sandbox(lag=timedelta(0)) as sandbox:
        trip = Round(tmp_path, Abbreviating(sandbox))
        trip.write(RULE)

        assert set(trip.apply().values()) == {"verified"}
        assert trip.plan().empty
