"""Whom we trust: one context for all connections, TLS 1.2 or newer, nothing from the environment.

Invariants: every certificate is verified, by authorities or against one fingerprint, before a
byte of a request is sent; there is no third way.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import certifi

from reconciler.errors import SecurityStopError

if TYPE_CHECKING:
    from reconciler.model.target import Tls

# Renegotiating with servers, and connecting to them, without the protection of RFC 5746; Python
# names the first of the two in no version, the second from 3.12 on.
_UNPROTECTED = 0x0004_0000 | 0x0000_0004
_LONG_FORM = 0x80
_VERSION = 0xA0
_UTC_TIME = 0x17
_FORMATS = {_UTC_TIME: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Make the context for a target.

    Raises: SecurityStopError when the authorities cannot be read or the pin is none.
    """
    context = _context()
    if tls.fingerprint:
        _pin(context, tls.fingerprint)
        return context
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    try:
        if tls.ca_file:
            context.load_verify_locations(cafile=tls.ca_file)
        else:
            _load_system(context)
    except (OSError, ValueError) as error:
        message = "the certificate authorities cannot be read: check tls.caFile"
        raise SecurityStopError(message) from error
    return context


def _context() -> ssl.SSLContext:
    """Make a context that OpenSSL's configuration file cannot have weakened.

    Python has its own say on ciphers, security level and verifying, after that file; not on these.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options = ssl.Options(context.options & ~_UNPROTECTED)
    return context


def _load_system(context: ssl.SSLContext) -> None:
    # The places that were compiled in: those that variables name are nobody's choice.
    paths = ssl.get_default_verify_paths()
    file, folder = Path(paths.openssl_cafile), Path(paths.openssl_capath)
    if folder.is_dir():
        context.load_verify_locations(capath=str(folder))
    if file.is_file():
        context.load_verify_locations(cafile=str(file))
    elif not (folder.is_dir() and any(folder.iterdir())):
        context.load_verify_locations(cafile=certifi.where())


def _pin(context: ssl.SSLContext, fingerprint: str) -> None:
    """Trust the one certificate of this SHA-256 fingerprint, while it is valid.

    The chain and the name say nothing about a self-signed certificate, so they are not asked;
    the handshake has proved by then that the other side holds the certificate's key.
    """
    try:
        wanted = bytes.fromhex(fingerprint.removeprefix("sha256:").replace(":", ""))
    except ValueError:
        wanted = b""
    if len(wanted) != hashlib.sha256().digest_size:
        raise SecurityStopError("tls.fingerprint is not a SHA-256 fingerprint")

    def complete_handshake(connection: ssl.SSLObject) -> None:
        ssl.SSLObject.do_handshake(connection)
        certificate = connection.getpeercert(binary_form=True) or b""
        if not hmac.compare_digest(hashlib.sha256(certificate).digest(), wanted):
            raise ssl.SSLCertVerificationError(1, "the certificate is not the pinned one")
        if not _is_current(certificate):
            raise ssl.SSLCertVerificationError(1, "the pinned certificate is out of date")

    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    pinned = type("PinnedConnection", (ssl.SSLObject,), {"do_handshake": complete_handshake})
    context.sslobject_class = pinned


def _is_current(certificate: bytes) -> bool:
    try:
        begin, end = _validity(certificate)
    except (ValueError, IndexError, KeyError):
        return False
    return begin <= datetime.now(tz=UTC) <= end


def _validity(certificate: bytes) -> tuple[datetime, datetime]:
    """Read between which moments a certificate in DER is valid (RFC 5280, section 4.1)."""
    _, at, _ = _element(certificate, 0)
    _, at, _ = _element(certificate, at)
    tag, _, behind = _element(certificate, at)
    if tag == _VERSION:
        at = behind
    for _ in ("serial number", "signature", "issuer"):
        _, _, at = _element(certificate, at)
    _, at, _ = _element(certificate, at)
    first, begin, at = _element(certificate, at)
    begin_text = certificate[begin:at]
    second, begin, at = _element(certificate, at)
    return _moment(first, begin_text), _moment(second, certificate[begin:at])


def _element(der: bytes, at: int) -> tuple[int, int, int]:
    tag, length, at = der[at], der[at + 1], at + 2
    if length & _LONG_FORM:
        width = length - _LONG_FORM
        length, at = int.from_bytes(der[at : at + width], "big"), at + width
    return tag, at, at + length


def _moment(tag: int, text: bytes) -> datetime:
    return datetime.strptime(text.decode("ascii"), _FORMATS[tag]).replace(tzinfo=UTC)
