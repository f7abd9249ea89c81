"""A client without any of our code, for benchmarks: it sends the very same requests.

``SERVER`` is a program that serves a sandbox by its database, a port and its latency.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from reconciler.sandbox import ADMIN, PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONNECTIONS = 16
LATENCY_MS = 5
SERVER = """
import sys, uvicorn
from datetime import timedelta
from reconciler.sandbox import Sandbox
app = Sandbox(sys.argv[1], latency=timedelta(milliseconds=int(sys.argv[3])))
uvicorn.run(app, port=int(sys.argv[2]), log_level="critical", ws="none", lifespan="off")
"""


def request_body(func: str, params: Mapping[str, str]) -> str:
    """Return the body of a request that was made, without its credentials."""
    kept = {key: value for key, value in params.items() if key != "auth"}
    return urlencode({"func": func, **kept})


async def replay(url: str, bodies: list[str]) -> None:
    """Send bodies side by side, and read every answer."""
    await replay_in_turn(url, [[body] for body in bodies], side_by_side=CONNECTIONS)


async def replay_in_turn(url: str, groups: list[list[str]], *, side_by_side: int) -> None:
    """Send groups of bodies side by side, those of a group one after another."""
    connector = aiohttp.TCPConnector(limit=side_by_side)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    login = urlencode({"authinfo": f"{ADMIN}:{PASSPHRASE}"})
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post(body: str) -> None:
            async with session.post(url, data=f"{body}&{login}", headers=headers) as answer:
                await answer.read()

        async def work(waiting: Iterator[list[str]]) -> None:
            for group in waiting:
                for body in group:
                    await post(body)

        waiting = iter(groups)
        await asyncio.gather(*(work(waiting) for _ in range(side_by_side)))
