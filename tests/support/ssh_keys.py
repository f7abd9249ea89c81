"""SSH keys and signatures of the real ``ssh-keygen``, which our own must agree with.

A machine without it skips these tests, and says so; where ``RECONCILER_REQUIRE_SSH`` is set, as
``.ci/run`` does, they fail there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE = "reconciler-plan"


@dataclass(frozen=True, slots=True)
class SshKey:
    """A key in a file, and the line of its ``.pub`` file."""

    path: Path
    line: str

    def sign(self, message: bytes, *, namespace: str = NAMESPACE, hashed: str = "sha512") -> bytes:
        """Return the signature that ssh-keygen makes."""
        words: list[str | Path] = [
            "-q",
            "-Y",
            "sign",
            "-n",
            namespace,
            "-O",
            f"hashalg={hashed}",
            "-f",
            self.path,
        ]
        return _run(*words, given=message)


def make_key(folder: Path, name: str, kind: str = "ed25519", *, passphrase: str = "") -> SshKey:
    """Make a key of a person, with the name before the first ``-`` in its comment."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    comment = f"{name.partition('-')[0]}@example"
    _run("-q", "-t", kind, "-N", passphrase, "-C", comment, "-f", path)
    return SshKey(path, path.with_name(f"{name}.pub").read_text(encoding="utf-8").strip())


def accepted_by_openssh(line: str, message: bytes, signature: Path) -> bool:
    """Return whether ssh-keygen takes a signature for one of this key over these bytes."""
    signers = signature.with_name("allowed_signers")
    signers.write_text(f"somebody {line}\n", encoding="utf-8")
    words: list[str | Path] = [
        "-Y",
        "verify",
        "-n",
        NAMESPACE,
        "-I",
        "somebody",
        "-f",
        signers,
        "-s",
        signature,
    ]
    try:
        _run(*words, given=message)
    except subprocess.CalledProcessError:
        return False
    return True


def _run(*words: str | Path, given: bytes = b"") -> bytes:
    program = shutil.which("ssh-keygen")
    if program is None:
        if os.environ.get("RECONCILER_REQUIRE_SSH"):
            pytest.fail("signatures were not tested: ssh-keygen is not installed")
        pytest.skip("SIGNATURES WERE NOT TESTED: ssh-keygen is not installed")
    return subprocess.run([program, *words], input=given, capture_output=True, check=True).stdout
