"""Signatures of files in the format of ``ssh-keygen -Y sign``, read and verified.

Invariants: what is verified is exactly the given bytes, in our namespace, with the key that the
signature carries; the caller decides whether that key counts. Any doubt is an error.
Shape:  armored text around ``SSHSIG``, the version, the key, the namespace, a reserved text, the
        hash, and the signature over ``SSHSIG``, the namespace, the reserved text, the hash and the
        hashed bytes.
Source: OpenSSH's PROTOCOL.sshsig and PROTOCOL.u2f.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import CodecError
from reconciler.policies.ssh_key import SK_ECDSA, SK_ED25519, SshReader, write_string

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography.hazmat.primitives.hashes import HashAlgorithm

    from reconciler.model.approval import PublicKey

NAMESPACE = "reconciler-plan"
# The longest key of RSA makes a file of 6 KiB.
MAX_BYTES = 32_768
_MAGIC = b"SSHSIG"
_VERSION = 1
_HASHES: Mapping[str, Callable[[bytes], bytes]] = {
    "sha256": lambda raw: hashlib.sha256(raw).digest(),
    "sha512": lambda raw: hashlib.sha512(raw).digest(),
}
_ARMOR = re.compile(
    rb"\s*-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\s*"
)
_TOUCHED = 0x01


@dataclass(frozen=True, slots=True)
class SshSignature:
    """A signature, taken apart: the key as bytes, and everything that it covers."""

    key: bytes
    namespace: str
    reserved: bytes
    hash: str
    body: bytes


def parse_signature(raw: bytes) -> SshSignature:
    """Read a signature file. Raises: CodecError."""
    found = _ARMOR.fullmatch(raw) if len(raw) <= MAX_BYTES else None
    if found is None:
        raise CodecError("it is no signature of ssh-keygen")
    try:
        packed = base64.b64decode(re.sub(rb"[\r\n]", b"", found[1]), validate=True)
    except (binascii.Error, ValueError):
        raise CodecError("it is no signature of ssh-keygen") from None
    reader = SshReader(packed)
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise CodecError("it is no signature of ssh-keygen")
    if reader.number() != _VERSION:
        raise CodecError("it has a newer format than this version reads")
    parsed = SshSignature(
        reader.string(), reader.text(), reader.string(), reader.text(), reader.string()
    )
    reader.end()
    return parsed


def verify_signature(signature: SshSignature, key: PublicKey, message: bytes) -> None:
    """Check that a key made a signature over a message in our namespace. Raises: CodecError."""
    if signature.key != key.blob:
        raise CodecError("another key made it")
    if signature.namespace != NAMESPACE:
        raise CodecError(f"its namespace is not {NAMESPACE}: sign with -n {NAMESPACE}")
    hashed = _HASHES.get(signature.hash)
    if hashed is None:
        raise CodecError("its hash is neither sha256 nor sha512")
    covered = _MAGIC + b"".join(
        map(
            write_string,
            (
                signature.namespace.encode(),
                signature.reserved,
                signature.hash.encode(),
                hashed(message),
            ),
        )
    )
    from cryptography.exceptions import InvalidSignature

    try:
        _verify(key, signature.body, covered)
    except (InvalidSignature, ValueError):
        raise CodecError("it approves another plan, or is damaged") from None


def _verify(key: PublicKey, body: bytes, covered: bytes) -> None:
    """Check the innermost signature. Raises: InvalidSignature, ValueError, CodecError."""
    parts, public = SshReader(body), SshReader(key.blob)
    kind, made = public.text(), parts.text()
    proof = parts.string()
    if kind in {SK_ED25519, SK_ECDSA}:
        rest = parts.take(5)
        if not rest[0] & _TOUCHED:
            raise CodecError("nobody touched the hardware key")
        application = _application(key.blob)
        hashed = hashlib.sha256(covered).digest()
        covered = hashlib.sha256(application).digest() + rest + hashed
    parts.end()
    if kind == "ssh-rsa":
        _verify_rsa(public, made, proof, covered)
    elif made != kind:
        raise CodecError("its algorithm does not fit its key")
    elif kind in {"ssh-ed25519", SK_ED25519}:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        Ed25519PublicKey.from_public_bytes(public.string()).verify(proof, covered)
    else:
        _verify_ecdsa(public, proof, covered)


def _application(blob: bytes) -> bytes:
    reader = SshReader(blob)
    kind = reader.text()
    if kind == SK_ECDSA:
        reader.string()
    reader.string()
    return reader.string()


def _verify_rsa(public: SshReader, made: str, proof: bytes, covered: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.hashes import SHA256, SHA512

    # The old algorithm, ssh-rsa, hashes with SHA-1.
    known: dict[str, HashAlgorithm] = {"rsa-sha2-256": SHA256(), "rsa-sha2-512": SHA512()}
    if made not in known:
        raise CodecError("its algorithm is not rsa-sha2-512")
    exponent, modulus = public.integer(), public.integer()
    length = (modulus.bit_length() + 7) // 8
    rsa = RSAPublicNumbers(exponent, modulus).public_key()
    rsa.verify(proof.rjust(length, b"\0"), covered, PKCS1v15(), known[made])


def _verify_ecdsa(public: SshReader, proof: bytes, covered: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

    curves: dict[str, tuple[ec.EllipticCurve, HashAlgorithm]] = {
        "nistp256": (ec.SECP256R1(), SHA256()),
        "nistp384": (ec.SECP384R1(), SHA384()),
        "nistp521": (ec.SECP521R1(), SHA512()),
    }
    curve, hashing = curves[public.text()]
    pair = SshReader(proof)
    encoded = encode_dss_signature(pair.integer(), pair.integer())
    pair.end()
    point = ec.EllipticCurvePublicKey.from_encoded_point(curve, public.string())
    point.verify(encoded, covered, ec.ECDSA(hashing))
