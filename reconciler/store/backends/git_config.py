"""The configuration of Git that leads to a remote repository, and what of it is a secret."""

from __future__ import annotations

import base64
import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.errors import StoreError
from reconciler.model.target import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# The token that reads and writes the branch, where Git has no credentials of its own.
TOKEN = "RECONCILER_STATE_TOKEN"  # noqa: S105 - the name of a variable


def read_entries(printed: bytes) -> list[tuple[str, str]]:
    """Read what ``git config --null --list`` prints; a key without a value stands for true."""
    entries = []
    for item in printed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        key, line_feed, value = item.partition("\n")
        entries.append((key, value if line_feed else "true"))
    return entries


def missing_entries(
    theirs: Sequence[tuple[str, str]], ours: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Return what the one configuration has more than the other, in its order."""
    there = Counter(ours)
    for each in theirs:
        if there[each]:
            there[each] -= 1
        else:
            yield each


def secret_texts(entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Return what of a configuration no message may show."""
    for key, value in entries:
        if key.startswith("http.") and key.endswith(".extraheader"):
            word = value.rpartition(" ")[2]
            yield from (value, word)
            with suppress(ValueError):
                yield base64.b64decode(word).decode().rpartition(":")[2]
        for text in (key, value):
            for found in re.findall(r"://([^/@\s]+)@", text):
                yield from (found, found.rpartition(":")[2])


def token_entries(url: str, token: str) -> Iterator[tuple[str, str]]:
    """Return what sends a token to the server of a remote's address, and to no other.

    GitHub, GitLab and Gitea take it so. It replaces what the repository would send there.
    Raises: StoreError for an address without TLS beyond this machine.
    """
    parts = urlsplit(url)
    if not token or parts.scheme not in {"http", "https"}:
        return
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise StoreError(f"{TOKEN} is sent over https alone: change the address of the remote")
    login = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    key = f"http.{parts.scheme}://{parts.netloc.rpartition('@')[2]}/.extraheader"
    yield key, ""
    yield key, f"Authorization: Basic {login}"
