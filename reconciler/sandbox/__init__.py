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
    from reconciler.sandbox.fault.faulty import Faulty, faulty
    from reconciler.sandbox.fault.file import FaultsError, load_faults
    from reconciler.sandbox.install import Install
    from reconciler.sandbox.installfile import InstallError, keep_install, load_install
    from reconciler.sandbox.mgrctl import write_mgrctl
    from reconciler.sandbox.oracle import Asked, Charge, Letter, audit, ledger, letters, reinstalls
    from reconciler.sandbox.seeding import reset, seed
    from reconciler.sandbox.seeding.clients import CLIENT_PASSPHRASE
    from reconciler.sandbox.seeding.install import ADMIN, PASSPHRASE
    from reconciler.sandbox.serving import serve

__all__ = [
    "ADMIN",
    "CLIENT_PASSPHRASE",
    "PASSPHRASE",
    "Asked",
    "Charge",
    "FaultsError",
    "Faulty",
    "Install",
    "InstallError",
    "Letter",
    "Sandbox",
    "audit",
    "faulty",
    "keep_install",
    "ledger",
    "letters",
    "load_faults",
    "load_install",
    "reinstalls",
    "reset",
    "seed",
    "serve",
    "write_mgrctl",
]

_HOMES = {
    "ADMIN": "seeding.install",
    "CLIENT_PASSPHRASE": "seeding.clients",
    "PASSPHRASE": "seeding.install",
    "Asked": "oracle",
    "Charge": "oracle",
    "Letter": "oracle",
    "Faulty": "fault.faulty",
    "FaultsError": "fault.file",
    "Install": "install",
    "InstallError": "installfile",
    "Sandbox": "app",
    "audit": "oracle",
    "faulty": "fault.faulty",
    "keep_install": "installfile",
    "ledger": "oracle",
    "letters": "oracle",
    "load_faults": "fault.file",
    "load_install": "installfile",
    "reinstalls": "oracle",
    "reset": "seeding",
    "seed": "seeding",
    "serve": "serving",
    "write_mgrctl": "mgrctl",
}


def __getattr__(name: str) -> object:
    """Import what is named for the first time."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
