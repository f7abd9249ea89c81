"""What holds for every test: bounded examples, and no network beyond loopback."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.assertions import describe_difference

if TYPE_CHECKING:
    from collections.abc import Iterator

# No deadline: a shared runner is slow at times, and slowness is no failure of a law. Hypothesis
# picks the profile `ci` by itself where the variable CI is set; elsewhere it is chosen here.
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=False,
    max_examples=100,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci")


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Name what differs between two documents, in place of both of them."""
    return describe_difference(op, left, right)


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """Undo what a command of this process did to our logger, which other tests listen to."""
    ours = logging.getLogger("reconciler")
    before = list(ours.handlers), ours.propagate, ours.level
    yield
    ours.handlers, ours.propagate, ours.level = before


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Let files be written, but not forced to the platter: no test cuts the power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let commands keep parsed manifests in a folder of this run, and take them from there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECONCILER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


class NetworkForbiddenError(RuntimeError):
    """A test tried to leave the machine; no OSError, lest our own code takes it for an outage."""


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Let sockets reach loopback and nothing else, for the whole run."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


def _guarded(original: Any) -> Any:  # noqa: ANN401 - three methods of different signatures
    def guarded(self: socket.socket, *args: Any) -> Any:  # noqa: ANN401 - likewise
        # `sendto` takes flags before the address: in all three the address is the last argument.
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _check_host(args[-1][0])
        return original(self, *args)

    return guarded


def _guarded_lookup(original: Any) -> Any:  # noqa: ANN401 - as typeshed has it, in four lines
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - likewise
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and name.endswith(".invalid"):
            # Reserved for names that never resolve (RFC 2606): what a resolver would say.
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if name is not None:
            _check_host(name)
        return original(host, *args, **kwargs)

    return guarded


def _check_host(host: str) -> None:
    if host in {"", "localhost"}:
        return
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        message = f"a test looked up {host!r}; use a server on loopback, or a name in .invalid"
        raise NetworkForbiddenError(message) from None
    if not (address.is_loopback or address.is_unspecified):
        message = f"a test tried to reach {host!r}; use a server on loopback"
        raise NetworkForbiddenError(message)
