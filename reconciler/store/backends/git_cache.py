"""A private bare repository, and the ``git`` program that talks from it to a remote one.

Invariants: no file and no ref of the user's repository is touched; what its configuration says of
the way to the remote is passed on in the environment, where no other user sees it; a text that Git
printed reaches a message only without credentials; an interrupted process takes its children along.
Everything in the repository can be fetched again: it may be deleted at any time.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import StoreError, UncertainError
from reconciler.model.redaction import redact
from reconciler.store.atomic_file import make_folder
from reconciler.store.backends.file_store import UnsentError
from reconciler.store.backends.git_config import (
    TOKEN,
    missing_entries,
    read_entries,
    secret_texts,
    token_entries,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# How long a process of Git may be silent, in seconds: it reports its progress when it transfers.
_PATIENCE = 60.0
_GRACE = 2.0
# Since then configuration can be given in the environment.
_OLDEST = (2, 31)
# More objects than these, and fetching anew is cheaper than looking through them.
_MOST_OBJECTS = 2_000
_LOCK = "reconciler.lock"
REMOTE = "reconciler-state"
# What of the user's configuration the way to a remote repository needs.
_WAY = re.compile(r"(?:http|credential|url|ssh|protocol)\.|core\.(?:sshcommand|gitproxy|askpass)$")
_REMOTE_KEYS = ("url", "pushurl", "proxy", "proxyauthmethod", "uploadpack", "receivepack")
# Set for another repository, or to print what nobody should read.
_FOREIGN = re.compile(
    r"GIT_(?:DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|OBJECT_DIRECTORY|NAMESPACE|SHALLOW_FILE"
    r"|ALTERNATE_OBJECT_DIRECTORIES|GRAFT_FILE|QUARANTINE_PATH|DEFAULT_HASH|CONFIG|TRACE.*"
    r"|CURL_VERBOSE|(?:AUTHOR|COMMITTER)_.*)"
)
_SETTINGS = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GCM_INTERACTIVE": "never",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_HTTP_LOW_SPEED_LIMIT": "1",
    "GIT_HTTP_LOW_SPEED_TIME": f"{_PATIENCE:.0f}",
}
_OURS = {
    "core.hooksPath": os.devnull,
    "core.fsync": "none",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.prune": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    "push.followTags": "false",
    "push.gpgSign": "false",
    "push.pushOption": "",
    "push.recurseSubmodules": "no",
}
# What Git says, in the language that is set above, of a request that was refused; of one that did
# not arrive; and of a connection that broke at any time.
_REFUSED = re.compile(
    r"returned error: 4(?!29)\d\d|authentication failed|could not read (?:username|password)"
    r"|permission (?:to .* )?denied|denied to|access denied|host key verification failed"
    r"|not appear to be a git repository|repository .*not found|certificate|mismatched algorithms"
    r"|transport '.*' not allowed|unable to find remote helper"
)
_UNREACHED = re.compile(
    r"unable to access|could not resolve|failed to connect|couldn't connect|connection refused"
    r"|no route to host|network is unreachable|connection timed out"
)
_BROKEN = re.compile(
    r"returned error: (?:429|5\d\d)|operation too slow|operation timed out|ssl_error_syscall"
    r"|empty reply|connection reset|connection closed|recv failure|early eof|unexpected disconnect"
    r"|hung up unexpectedly|rpc failed"
)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


class GitCache:
    """Runs ``git`` in a private repository that is made, and made again, when it is needed."""

    def __init__(self, folder: Path, project: Path, remote: str) -> None:
        """Keep the repository at ``folder``; the remote is one of the repository at ``project``.

        ``remote`` is a name, or an address of its own.
        """
        self.remote = public_address(remote)
        self._folder = folder
        self._project = project
        self._wanted = remote
        self._path: Path | None = None
        self._lock: int | None = None
        self._environment: dict[str, str] = {}
        self._secrets: frozenset[str] = frozenset()
        self._complaint = ""
        self._cwd = project

    def open(self) -> bool:
        """Make the repository ready; return whether it had to be made. Raises: StoreError."""
        if self._path is not None and _is_held(self._path, self._lock):
            return False
        self.close()
        try:
            self._path, self._lock = _take_folder(self._folder)
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise StoreError(f"{self._folder} cannot be made: {reason}") from error
        if not self._environment:
            self._prepare()
        self._environment["GIT_DIR"] = str(self._path)
        if not (self._path / "HEAD").exists():
            form = self._outside("rev-parse", "--show-object-format").decode().strip() or "sha1"
            self.ask("init", "--bare", "--quiet", "--template=", f"--object-format={form}")
        return True

    def ask(self, *words: str, given: bytes = b"") -> bytes:
        """Run a command that stays on this machine, and return what it prints.

        Raises: StoreError.
        """
        done = self._run(words, given, self._environment, self._cwd)
        if done.returncode:
            where = f"the cache {self._path} cannot be used"
            raise StoreError(f"{where}: {self.said(done.stderr)}: rm -r '{self._path}'")
        return done.stdout

    def send(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command that talks to the remote, whatever becomes of it. Raises: StoreError."""
        return self._run(words, b"", self._environment, self._cwd)

    def failure(self, place: str, said: bytes, *, sends: bool = False) -> StoreError:
        """Return the error for a command that talked to the remote and printed something.

        ``sends``: the command changes the remote, so that a broken connection leaves a doubt.
        """
        words, reason = said.decode("utf-8", "replace").lower(), self.said(said)
        message = f"{place} cannot be {'written' if sends else 'read'}: {reason}"
        if _REFUSED.search(words):
            check = f"check the address and the credentials with `git ls-remote {self.remote}`"
            hint = "in GitHub Actions the job needs `permissions: contents: write`"
            return StoreError(f"{message}: {check}; {hint}")
        message = f"{message}: try `git ls-remote {self.remote}`"
        if _UNREACHED.search(words):
            return UnsentError(message)
        if sends:
            return UncertainError(message)
        return (UnsentError if _BROKEN.search(words) else StoreError)(message)

    def said(self, raw: bytes) -> str:
        """Return what Git gave as its reason, on one line and without credentials."""
        lines = raw.decode("utf-8", "replace").replace("\r", "\n").split("\n")
        fatal = [line for line in lines if line.startswith(("fatal: ", "error: ", "ERROR: "))]
        remote = [line for line in lines if line.startswith("remote: ") and line[8:].strip()]
        found = (fatal[:1] + remote[:1]) or [line for line in lines if line.strip()][-1:]
        text = "; ".join(each.partition(": ")[2].strip() or each for each in found)
        text = _CREDENTIALS.sub("", redact(text, self._secrets))[:300]
        return "".join(each if each.isprintable() else "?" for each in text) or "no reason given"

    def close(self) -> None:
        """Give the repository to others; one that was made for us alone is removed."""
        if self._lock is not None:
            os.close(self._lock)
        elif self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
        self._path = self._lock = None

    def _prepare(self) -> None:
        """Find Git, and the way to the remote. Raises: StoreError."""
        kept = {name: text for name, text in os.environ.items() if not _FOREIGN.fullmatch(name)}
        self._environment = kept | _SETTINGS
        _require_version(self._outside("version"))
        top = self._outside("rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape")
        if top:
            self._cwd = Path(top.removesuffix("\n"))
        theirs = read_entries(self._outside("config", "--null", "--list"))
        environment = self._environment | {"GIT_DIR": str(self._path)}
        ours = read_entries(
            self._run(("config", "--null", "--list"), b"", environment, self._cwd).stdout
        )
        passed = [each for each in missing_entries(theirs, ours) if _WAY.match(each[0])]
        remote = list(self._remote_entries(theirs))
        passed += remote
        passed += token_entries(dict(remote)[f"remote.{REMOTE}.url"], kept.get(TOKEN, ""))
        self._secrets = frozenset(secret_texts([*passed, ("remote.url", self._wanted)]))
        first = int(kept.get("GIT_CONFIG_COUNT") or 0)
        entries = [*passed, *_OURS.items()]
        for number, (key, value) in enumerate(entries, start=first):
            self._environment[f"GIT_CONFIG_KEY_{number}"] = key
            self._environment[f"GIT_CONFIG_VALUE_{number}"] = value
        self._environment["GIT_CONFIG_COUNT"] = str(first + len(entries))

    def _remote_entries(self, theirs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Return the configuration of the remote, under the one name that we use.

        What is read has to be what is written: an address for pushing stands for both.
        Raises: StoreError.
        """
        prefix = f"remote.{self._wanted}."
        found: dict[str, list[str]] = {}
        for key, value in theirs:
            if key.startswith(prefix) and key.removeprefix(prefix) in _REMOTE_KEYS:
                found.setdefault(key.removeprefix(prefix), []).append(value)
        urls = found.pop("pushurl", []) or found.get("url", [])
        if not urls and re.search(r"[/:]", self._wanted):
            urls = [self._wanted]
        if len(urls) != 1:
            number = "several addresses" if urls else "no address"
            reason = f" ({self._complaint})" if self._complaint else ""
            raise StoreError(
                f"the remote {self.remote!r} has {number} in the repository at {self._project}"
                f"{reason}: `git remote add {self.remote} URL`, or name another one as "
                "spec.state.remote in reconciler.yaml"
            )
        found["url"] = urls
        for key, values in found.items():
            yield from ((f"remote.{REMOTE}.{key}", value) for value in values)

    def _outside(self, *words: str) -> bytes:
        """Run a command in the user's repository that only reads; empty where it fails."""
        environment = {n: text for n, text in self._environment.items() if n != "GIT_DIR"}
        done = self._run(words, b"", environment, self._project)
        if done.returncode:
            self._complaint = self.said(done.stderr)
            return b""
        return done.stdout

    def _run(
        self, words: Sequence[str], given: bytes, environment: Mapping[str, str], folder: Path
    ) -> subprocess.CompletedProcess[bytes]:
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell; every word is ours
                ("git", *words),  # noqa: S607 - the user's own, from the PATH
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=dict(environment),
                start_new_session=True,
                # While a process lives that lost us, nobody else uses the repository.
                pass_fds=() if self._lock is None else (self._lock,),
            )
        except OSError as error:
            raise StoreError(
                "a state in a Git repository needs the program git, which is missing or cannot be "
                f"started here ({error.strerror}): apt-get install git"
            ) from error
        with process:
            try:
                return _communicate(process, words, given)
            except BaseException:
                _end(process)
                raise


def public_address(remote: str) -> str:
    """Return the name or the address of a remote without credentials."""
    return _CREDENTIALS.sub("", remote)


def _communicate(
    process: subprocess.Popen[bytes], words: Sequence[str], given: bytes
) -> subprocess.CompletedProcess[bytes]:
    """Wait for a process as long as it prints something now and then."""
    seen, text = 0, given or None
    while True:
        try:
            printed, said = process.communicate(text, timeout=_PATIENCE)
        except subprocess.TimeoutExpired as late:
            size = len(late.output or b"") + len(late.stderr or b"")
            if size == seen:
                _end(process)
                message = f"fatal: git was silent for {_PATIENCE:.0f} seconds\n".encode()
                return subprocess.CompletedProcess(words, -1, b"", message)
            seen, text = size, None
        else:
            return subprocess.CompletedProcess(words, process.returncode, printed, said)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with its children: gently first, since Git then removes its own locks."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)


def _take_folder(folder: Path) -> tuple[Path, int | None]:
    """Take the folder of the cache; one for us alone where another run uses it, or we may not.

    Raises: OSError, StoreError for a folder that is something else.
    """
    lock = None
    try:
        make_folder(folder)
        if not (folder / _LOCK).exists() and any(folder.iterdir()):
            raise StoreError(f"{folder} is not what a state in Git is cached in: move it away")
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(folder / _LOCK, flags, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _clean(folder)
    except OSError:
        if lock is not None:
            os.close(lock)
        return Path(tempfile.mkdtemp(prefix="reconciler-state-")), None
    return folder, lock


def _clean(folder: Path) -> None:
    """Remove what a run left behind that died, and everything when it has become much."""
    count = sum(len(files) for _, _, files in os.walk(folder / "objects"))
    for path in list(folder.iterdir()):
        if path.name != _LOCK and count > _MOST_OBJECTS:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in folder.rglob("*.lock"):
        if path.name != _LOCK:
            path.unlink()


def _is_held(path: Path, lock: int | None) -> bool:
    """Return whether a repository is still there, and ours."""
    try:
        (path / "HEAD").lstat()
        return lock is None or os.path.samestat((path / _LOCK).lstat(), os.fstat(lock))
    except OSError:
        return False


def _require_version(printed: bytes) -> None:
    found = re.search(rb"(\d+)\.(\d+)", printed)
    if found is None or tuple(map(int, found.groups())) < _OLDEST:
        version = printed.decode("utf-8", "replace").strip() or "this git"
        oldest = ".".join(map(str, _OLDEST))
        raise StoreError(f"{version} is too old for a state in a Git repository: install {oldest}")
