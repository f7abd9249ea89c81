"""Signatures of ``ssh-keygen -Y sign`` are verified, and nothing that resembles them is."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, strategies as st

from reconciler.errors import CodecError
from reconciler.model.approval import PublicKey
from reconciler.policies.ssh_key import parse_public_key, write_string
from reconciler.policies.ssh_signature import (
    MAX_BYTES,
    NAMESPACE,
    parse_signature,
    verify_signature,
)
from tests.support.ssh_keys import SshKey, accepted_by_openssh, make_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

UNFIT = "it approves another plan, or is damaged"
MESSAGE = b"sha256:%s\n" % (b"ab" * 32)
APPLICATION = b"ssh:"


def check(key: PublicKey, raw: bytes, message: bytes = MESSAGE) -> None:
    """Read and verify a signature. Raises: CodecError."""
    verify_signature(parse_signature(raw), key, message)


def refusal(key: PublicKey, raw: bytes, message: bytes = MESSAGE) -> str:
    """Return why a signature is refused."""
    with pytest.raises(CodecError) as caught:
        check(key, raw, message)
    return str(caught.value)


def armored(packed: bytes) -> bytes:
    """Return packed bytes as the text of a signature file."""
    text = base64.encodebytes(packed)
    return b"-----BEGIN SSH SIGNATURE-----\n" + text + b"-----END SSH SIGNATURE-----\n"


def packed_of(raw: bytes) -> bytes:
    """Return the bytes in the text of a signature file."""
    return base64.b64decode(b"".join(raw.splitlines()[1:-1]))


def covered(namespace: bytes = NAMESPACE.encode(), message: bytes = MESSAGE) -> bytes:
    """Return the bytes that a key signs."""
    hashed = hashlib.sha512(message).digest()
    return b"SSHSIG" + b"".join(map(write_string, (namespace, b"", b"sha512", hashed)))


def signature_file(key: PublicKey, body: bytes) -> bytes:
    """Return a signature file around the innermost signature."""
    parts = (key.blob, NAMESPACE.encode(), b"", b"sha512", body)
    return armored(b"SSHSIG" + (1).to_bytes(4, "big") + b"".join(map(write_string, parts)))


def hardware_ed25519(flags: int = 1) -> tuple[PublicKey, bytes]:
    """Return a key as a hardware key has it, and its signature."""
    kind = b"sk-ssh-ed25519@openssh.com"
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    blob = b"".join(map(write_string, (kind, public, APPLICATION)))
    key = PublicKey(kind.decode(), blob)
    proof = private.sign(touched_bytes(flags))
    return key, signature_file(key, write_string(kind) + write_string(proof) + counter(flags))


def hardware_ecdsa() -> tuple[PublicKey, bytes]:
    """Return a key on a curve as a hardware key has it, and its signature."""
    kind = b"sk-ecdsa-sha2-nistp256@openssh.com"
    private = generate_private_key(SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    blob = b"".join(map(write_string, (kind, b"nistp256", point, APPLICATION)))
    key = PublicKey(kind.decode(), blob)
    pair = decode_dss_signature(private.sign(touched_bytes(1), ECDSA(SHA256())))
    proof = b"".join(write_string(big(number)) for number in pair)
    return key, signature_file(key, write_string(kind) + write_string(proof) + counter(1))


def big(number: int) -> bytes:
    """Return a large number as SSH writes it: the first bit is the sign."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def counter(flags: int) -> bytes:
    """Return what a hardware key adds: its flags and how often it signed."""
    return bytes([flags]) + (7).to_bytes(4, "big")


def touched_bytes(flags: int) -> bytes:
    """Return the bytes that a hardware key signs."""
    inner = hashlib.sha256(covered()).digest()
    return hashlib.sha256(APPLICATION).digest() + counter(flags) + inner


@pytest.fixture
def anna(tmp_path: Path) -> SshKey:
    """A key of anna."""
    return make_key(tmp_path / "keys", "anna")


@pytest.mark.parametrize("hashed", ["sha256", "sha512"])
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_signature_of_openssh_is_taken(tmp_path: Path, kind: str, hashed: str) -> None:
    """Each type of key that a person has in a file, with each hash."""
    key = make_key(tmp_path, "anna", kind)
    public = parse_public_key(key.line)
    raw = key.sign(MESSAGE, hashed=hashed)

    check(public, raw)

    assert UNFIT in refusal(public, raw, MESSAGE.replace(b"a", b"c"))


@pytest.mark.parametrize("make", [hardware_ed25519, hardware_ecdsa])
def test_signature_of_a_hardware_key_is_taken_as_openssh_takes_it(
    tmp_path: Path, make: Callable[[], tuple[PublicKey, bytes]]
) -> None:
    """The form of such a signature is that of OpenSSH, which is asked, too."""
    key, raw = make()
    path = tmp_path / "plan.sig"
    path.write_bytes(raw)
    line = f"{key.type} {base64.b64encode(key.blob).decode()}"

    check(parse_public_key(line), raw)

    assert accepted_by_openssh(line, MESSAGE, path)
    assert UNFIT in refusal(key, raw, b"another message\n")


def test_hardware_key_that_nobody_touched_counts_for_nothing() -> None:
    """A program could use a key that is left in the machine."""
    assert refusal(*hardware_ed25519(flags=0)) == "nobody touched the hardware key"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_of_a_signature_file_do_not_matter(anna: SshKey, end: bytes) -> None:
    """Git on Windows turns line ends, and the signature stays one."""
    raw = end.join([b"", *anna.sign(MESSAGE).splitlines(), b"", b""])

    check(parse_public_key(anna.line), raw)


def test_signature_in_another_namespace_is_refused(anna: SshKey) -> None:
    """Somebody may have signed the same bytes as a Git commit or a mail."""
    for namespace in ("git", "reconciler-plan2", "file"):
        raw = anna.sign(MESSAGE, namespace=namespace)
        assert "its namespace is not reconciler-plan" in refusal(parse_public_key(anna.line), raw)


def test_signature_with_another_hash_is_refused(anna: SshKey) -> None:
    """What OpenSSH does not make is not taken either."""
    packed = packed_of(anna.sign(MESSAGE)).replace(write_string(b"sha512"), write_string(b"sha1"))

    found = refusal(parse_public_key(anna.line), armored(packed))

    assert found == "its hash is neither sha256 nor sha512"


def test_rsa_signature_with_sha1_is_refused(tmp_path: Path) -> None:
    """The name of the old algorithm is refused before anything is verified."""
    key = make_key(tmp_path, "anna", "rsa")
    old, new = write_string(b"ssh-rsa"), write_string(b"rsa-sha2-512")
    packed = packed_of(key.sign(MESSAGE))
    at = packed.rindex(new)
    body = old + packed[at + len(new) :]
    raw = signature_file(parse_public_key(key.line), body)

    assert refusal(parse_public_key(key.line), raw) == "its algorithm is not rsa-sha2-512"


def test_signature_of_another_key_is_refused(tmp_path: Path, anna: SshKey) -> None:
    """Also where the key inside is replaced by the one that is asked for."""
    ben = parse_public_key(make_key(tmp_path, "ben").line)
    raw = anna.sign(MESSAGE)
    swapped = packed_of(raw).replace(parse_public_key(anna.line).blob, ben.blob)

    assert refusal(ben, raw) == "another key made it"
    assert refusal(ben, armored(swapped)) == UNFIT


def test_algorithm_of_another_type_is_refused(anna: SshKey) -> None:
    """The innermost signature names its own algorithm."""
    key = parse_public_key(anna.line)
    body = write_string(b"ecdsa-sha2-nistp256") + write_string(bytes(64))

    assert refusal(key, signature_file(key, body)) == "its algorithm does not fit its key"


DAMAGES: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda raw: raw[:-30],
    "another-head": lambda raw: raw.replace(b"BEGIN", b"BEGUN"),
    "text-behind": lambda raw: raw + b"and more",
    "text-before": lambda raw: b"before " + raw,
    "a-zero-byte": lambda raw: raw.replace(b"\n", b"\n\x00", 2),
    "doubled": lambda raw: raw + raw,
    "binary": lambda _: b"\xff\xfe" + bytes(4000),
    "huge": lambda raw: raw + b"\n" * MAX_BYTES,
    "one-byte-less": lambda raw: armored(packed_of(raw)[:-1]),
    "one-byte-more": lambda raw: armored(packed_of(raw) + b"x"),
    "another-magic": lambda raw: armored(b"SSHSIC" + packed_of(raw)[6:]),
    "another-version": lambda raw: armored(b"SSHSIG\0\0\0\2" + packed_of(raw)[10:]),
    "a-huge-length": lambda _: armored(b"SSHSIG\0\0\0\1\xff\xff\xff\xff"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_signature_is_refused(anna: SshKey, damage: str) -> None:
    """Cut, enlarged, doubled, binary, of another format: never taken, never a crash."""
    raw = DAMAGES[damage](anna.sign(MESSAGE))

    assert re.match("it (is|has|holds)", refusal(parse_public_key(anna.line), raw))


@given(st.binary(max_size=300))
def test_any_bytes_in_a_signature_file_end_in_a_reason(packed: bytes) -> None:
    """Nothing that a stranger writes there ends in anything but an error of ours."""
    raw = armored(b"SSHSIG\0\0\0\1" + packed)
    with pytest.raises(CodecError):
        check(hardware_ed25519()[0], raw)


@given(st.data())
def test_no_changed_byte_goes_unseen(data: st.DataObject) -> None:
    """Whichever byte of a signature is another one, it counts no more, or says the same."""
    key, raw = hardware_ed25519()
    packed = bytearray(packed_of(raw))
    at = data.draw(st.integers(0, len(packed) - 1))
    packed[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(CodecError):
        check(key, armored(bytes(packed)))
