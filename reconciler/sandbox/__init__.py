"""The second witness: an embedded panel, an ASGI application over SQLite.

Here may live what the panel itself would do: its functions, forms, formats, sessions, and its
misbehaviour, written from the wire contract. Nothing here imports another room of the reconciler,
and nothing here is written to please its client.

``Sandbox`` is the application, ``seed`` and ``reset`` fill a database, ``keep_install`` makes one
another installation (``Install``, ``load_install``), ``serve`` puts it on loopback, ``ledger``,
``letters``, ``audit`` and ``reinstalls`` are what tests may believe. ``faulty`` puts the faults of
a file in front of a panel, ``write_mgrctl`` writes a local command that asks one. They are imported
when first named, so that naming this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.sandbox.app import Sandbox
    from reconciler.sandbox.faults.config import FaultsError, load_faults
    from reconciler.sandbox.faults.middleware import FaultMiddleware, with_faults
    from reconciler.sandbox.install import Install
    from reconciler.sandbox.install_file import InstallError, keep_install, load_install
    from reconciler.sandbox.mgrctl import write_mgrctl
    from reconciler.sandbox.oracle import (
        AuditedRequest,
        Charge,
        SentMessage,
        audit,
        ledger,
        reinstalls,
        sent_messages,
    )
    from reconciler.sandbox.seeding import reset, seed
    from reconciler.sandbox.seeding.clients import CLIENT_PASSPHRASE
    from reconciler.sandbox.seeding.install import ADMIN, PASSPHRASE
    from reconciler.sandbox.server import serve

__all__ = [
    "ADMIN",
    "CLIENT_PASSPHRASE",
    "PASSPHRASE",
    "AuditedRequest",
    "Charge",
    "FaultMiddleware",
    "FaultsError",
    "Install",
    "InstallError",
    "Sandbox",
    "SentMessage",
    "audit",
    "keep_install",
    "ledger",
    "load_faults",
    "load_install",
    "reinstalls",
    "reset",
    "seed",
    "sent_messages",
    "serve",
    "with_faults",
    "write_mgrctl",
]

_HOMES = {
    "ADMIN": "seeding.install",
    "CLIENT_PASSPHRASE": "seeding.clients",
    "PASSPHRASE": "seeding.install",
    "AuditedRequest": "oracle",
    "Charge": "oracle",
    "SentMessage": "oracle",
    "FaultMiddleware": "faults.middleware",
    "FaultsError": "faults.config",
    "Install": "install",
    "InstallError": "install_file",
    "Sandbox": "app",
    "audit": "oracle",
    "with_faults": "faults.middleware",
    "keep_install": "install_file",
    "ledger": "oracle",
    "sent_messages": "oracle",
    "load_faults": "faults.config",
    "load_install": "install_file",
    "reinstalls": "oracle",
    "reset": "seeding",
    "seed": "seeding",
    "serve": "server",
    "write_mgrctl": "mgrctl",
}


def __getattr__(name: str) -> object:
    """Import what is named for the first time."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
