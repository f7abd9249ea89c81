"""The token of the state goes to the server of the remote, and nowhere else."""

from __future__ import annotations

import base64

import pytest

from reconciler.errors import StoreError
from reconciler.store.backends.git_config import secret_texts, token_entries

TOKEN = "T0ken-of-the-state"


def test_token_is_sent_to_the_server_of_the_remote_alone() -> None:
    """The key names the server; what the repository would send there is taken back first."""
    first, (key, value) = token_entries("https://ann@git.example:8443/acme/billing.git", TOKEN)

    assert first == ("http.https://git.example:8443/.extraheader", "")
    assert key == "http.https://git.example:8443/.extraheader"
    assert base64.b64decode(value.rpartition(" ")[2]) == f"x-access-token:{TOKEN}".encode()
    assert TOKEN in set(secret_texts([(key, value)]))


@pytest.mark.parametrize(
    "url", ["git@git.example:acme/billing.git", "/srv/billing.git", "file:///x"]
)
def test_other_ways_take_no_token(url: str) -> None:
    """SSH has keys, and a folder needs nothing."""
    assert list(token_entries(url, TOKEN)) == []
    assert list(token_entries("https://git.example/x.git", "")) == []


def test_token_is_not_sent_in_the_clear() -> None:
    """Plain HTTP is for this machine alone."""
    assert list(token_entries("http://127.0.0.1:8000/x.git", TOKEN))
    with pytest.raises(StoreError, match="https alone"):
        list(token_entries("http://git.example/x.git", TOKEN))
