"""References to secrets become texts, at the last moment, from declared places alone.

Invariants: no error and no representation holds a secret's text; a file is a regular one below
the project's folder, reached through no link; a command is run without a shell.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from reconciler.errors import SecretError
from reconciler.manifest.load.files import inside, link_on_the_way, read_regular
from reconciler.manifest.quote import quote

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.model.value import Secret

MAX_SECRET = 1 << 16
_PATIENCE = 30.0


class SecretStore:
    """Resolves references, once each, and knows the texts that must be scrubbed from output."""

    __slots__ = ("_environ", "_known", "_learned", "_places", "_root")

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        """Resolve files and commands from the root, variables from the environment."""
        self._root = root
        self._environ = environ
        self._known: dict[Secret, str] = {}
        self._learned: set[str] = set()
        self._places: dict[Secret, str] = {}

    def __repr__(self) -> str:
        return f"SecretStore({len(self._known)} resolved)"

    def locate(self, secret: Secret, place: str) -> None:
        """Know where a reference is written, for the error that it may lead to."""
        self._places.setdefault(secret, place)

    def resolve(self, secret: Secret) -> str:
        """Return a secret's text.

        Raises: SecretError, which names the reference alone, and where it is written.
        """
        if secret not in self._known:
            try:
                self._known[secret] = self._read(secret)
            except SecretError as error:
                place = self._places.get(secret)
                raise SecretError(f"{place}: {error}" if place else str(error)) from None
        return self._known[secret]

    def remember(self, text: str) -> None:
        """Know a text as secret that nobody declared: a session that was opened."""
        self._learned.add(text)

    def known(self) -> frozenset[str]:
        """Return the texts resolved or learned so far."""
        return frozenset(self._known.values()) | self._learned

    def _read(self, secret: Secret) -> str:
        match secret.kind:
            case "env":
                return self._variable(secret.reference[0])
            case "file":
                return self._file(secret.reference[0])
            case "command":
                return self._output(secret.reference)

    def _variable(self, name: str) -> str:
        where = f"the environment variable {quote(name)}"
        if name not in self._environ:
            raise SecretError(f"{where} is not set")
        if not self._environ[name]:
            raise SecretError(f"{where} is empty")
        return self._environ[name]

    def _file(self, path: str) -> str:
        where = f"the file {quote(path)}"
        start = inside(self._root, path)
        if start is None or link_on_the_way(self._root, start) is not None:
            raise SecretError(f"{where} must be below the project's folder and must not be a link")
        try:
            raw = read_regular(self._root / start, MAX_SECRET)
        except OSError as error:
            reason = (error.strerror or "not a regular file").lower()
            raise SecretError(f"{where} cannot be read: {reason}") from None
        return _text(raw, where)

    def _output(self, argv: tuple[str, ...]) -> str:
        where = f"the output of {quote(argv[0])}"
        try:
            done = subprocess.run(  # noqa: S603 - no shell; the words are the author's own
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._root,
                env=dict(self._environ),
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SecretError(f"{where}: no answer within {_PATIENCE:.0f} seconds") from None
        except (OSError, ValueError):
            raise SecretError(f"{where}: the program cannot be run") from None
        if done.returncode:
            raise SecretError(f"{where}: the program failed with exit code {done.returncode}")
        return _text(done.stdout, where)


def _text(raw: bytes, where: str) -> str:
    if len(raw) > MAX_SECRET:
        raise SecretError(f"{where} is larger than 64 KiB")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise SecretError(f"{where} is not UTF-8") from None
    if "\0" in text:
        raise SecretError(f"{where} holds a zero byte")
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise SecretError(f"{where} is empty")
    return text
