"""A certificate for loopback that no authority of the system vouches for."""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path


def private_certificate(folder: Path) -> tuple[Path, Path, str]:
    """Write a private authority and a server's chain and key; return the pin of the server."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(folder / "panel-ca.pem"))
    chain = folder / "chain.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(str(chain))
    der = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
    return folder / "panel-ca.pem", chain, hashlib.sha256(der).hexdigest()
