"""Public keys: the lines of ``.pub`` files, and all that is none."""

from __future__ import annotations

import base64
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from reconciler.errors import CodecError
from reconciler.policies.ssh_key import KEY_PATTERN, KEY_TYPES, parse_public_key, write_string
from tests.support.ssh_keys import make_key

if TYPE_CHECKING:
    from pathlib import Path

POINT = b"\x04" + bytes(64)
PLAIN = base64.b64encode(write_string(b"ssh-ed25519") + write_string(bytes(32))).decode()
LINE = f"ssh-ed25519 {PLAIN}"


def line_of(kind: str, *parts: bytes) -> str:
    """Return a line with a key of these parts."""
    blob = write_string(kind.encode()) + b"".join(map(write_string, parts))
    return f"{kind} {base64.b64encode(blob).decode()}"


def rsa(bits: int) -> str:
    """Return a line with an RSA key of this length."""
    modulus = ((1 << (bits - 1)) + 1).to_bytes(bits // 8, "big")
    return line_of("ssh-rsa", b"\x01\x00\x01", b"\x00" + modulus)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_key_of_openssh_is_read_with_its_fingerprint(tmp_path: Path, kind: str) -> None:
    """The type, the owner and the fingerprint are those that ssh-keygen shows."""
    key = make_key(tmp_path, "anna", kind)

    read = parse_public_key(key.line)

    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", key.path], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split()[1:3] == [read.fingerprint, "anna@example"]
    assert (read.type, read.comment) == (key.line.split()[0], "anna@example")
    assert re.fullmatch(KEY_PATTERN, key.line)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "  "])
@pytest.mark.parametrize("comment", ["", " anna@example", " Anna of finance (2026)"])
def test_end_of_a_line_is_no_part_of_the_key(comment: str, end: str) -> None:
    """A line that was copied from Windows is the same key."""
    read = parse_public_key(f"{LINE}{comment}{end}")

    assert read == parse_public_key(f"{LINE}{comment}")
    assert read.comment == comment.strip()


def test_keys_with_one_comment_are_one_persons() -> None:
    """Whoever has two keys is still one person; a key without a comment is its own."""
    one = parse_public_key(f"{LINE} Anna@Example")
    other = parse_public_key(f"{rsa(2048)} anna@example")
    nobody = parse_public_key(LINE)

    assert one.person == other.person
    assert nobody.person == nobody.fingerprint
    assert nobody.owner.startswith("SHA256:")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "expected a line of a .pub file"),
        ("ssh-ed25519", "damaged"),
        ("ssh-ed25519 !!!", "damaged"),
        (f"ssh-dss {PLAIN}", "the types are"),
        (f"ssh-rsa {PLAIN}", "its type is another one"),
        (f"{LINE[:-8]} anna", "damaged"),
        (f"{LINE}\nssh-ed25519 {PLAIN}", "on one line"),
        (f"{LINE}\rx", "on one line"),
        (f'from="10.0.0.1" {LINE}', "options before a key"),
        (f"cert-authority {LINE}", "options before a key"),
        (f"ssh-ed25519-cert-v01@openssh.com {PLAIN}", "this is a certificate"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", "this is a private key"),
        (line_of("ssh-ed25519", bytes(31)), "its length is wrong"),
        (line_of("ssh-ed25519", bytes(32), b""), "more than it should"),
        (line_of("ecdsa-sha2-nistp256", b"nistp384", POINT), "its curve is another one"),
        (line_of("ecdsa-sha2-nistp256", b"nistp256", POINT[:-1]), "its length is wrong"),
        (line_of("sk-ssh-ed25519@openssh.com", bytes(32)), "incomplete"),
        (rsa(1024), "an RSA key has 2048 to 16384 bits"),
        (line_of("ssh-rsa", b"\x01", b"\x80"), "not positive"),
        (line_of("ssh-ed25519", bytes(32)) + "A" * 20_000, "on one line"),
    ],
)
def test_what_is_no_public_key_is_refused(line: str, words: str) -> None:
    """Each with its reason, and nothing of the line is repeated."""
    with pytest.raises(CodecError, match=re.escape(words)) as caught:
        parse_public_key(line)

    assert PLAIN not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        line_of("ecdsa-sha2-nistp256", b"nistp256", POINT),
        line_of("ecdsa-sha2-nistp384", b"nistp384", bytes(97)),
        line_of("ecdsa-sha2-nistp521", b"nistp521", bytes(133)),
        line_of("sk-ssh-ed25519@openssh.com", bytes(32), b"ssh:"),
        line_of("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", POINT, b"ssh:"),
        rsa(2048),
    ],
)
def test_each_type_of_key_is_known_to_the_schema(line: str) -> None:
    """What loading takes, an editor takes."""
    assert parse_public_key(line).type in KEY_TYPES
    assert re.fullmatch(KEY_PATTERN, line)


@given(st.binary(max_size=80), st.sampled_from(KEY_TYPES))
def test_any_bytes_are_a_key_or_a_reason(raw: bytes, kind: str) -> None:
    """No bytes of a project file end in anything but a key or an error of ours."""
    blob = write_string(kind.encode()) + raw
    try:
        read = parse_public_key(f"{kind} {base64.b64encode(blob).decode()}")
    except CodecError as error:
        assert "damaged" in str(error)  # noqa: PT017 - any reason will do
    else:
        assert read.blob == blob
