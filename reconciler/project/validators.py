"""Where things are, as a project file may name them: relative paths, a panel's URL, a pin.

Invariants: a path stays below the project's folder; a URL holds no credentials and no query, and is
https beyond this machine; no message repeats what was written.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from reconciler.model.state import FILE
from reconciler.model.target import is_loopback
from reconciler.wire.functions import may_list

SANDBOX = "sandbox:"
_PIN = re.compile(r"(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}", re.IGNORECASE)


def check_path(path: str) -> str:
    """Check that a path is relative and does not climb. Raises: ValueError."""
    climbs = ".." in path.split("/")
    if not path or path.startswith(("/", "~")) or climbs or not path.isprintable():
        raise ValueError("expected a path below the project's folder, relative to it")
    return path


def check_url(url: str) -> str:
    """Check where a target is. Raises: ValueError."""
    if url.startswith(SANDBOX):
        check_path(url.removeprefix(SANDBOX))
        return url
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("not a URL") from None
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or " " in url:
        raise ValueError("expected https://HOST/PATH or sandbox:PATH")
    if "@" in parts.netloc:
        raise ValueError("a URL must not hold credentials: write them under auth")
    if "?" in url or "#" in url or "\\" in url:
        raise ValueError("a panel's URL has no query and no fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("plain http is only for this machine: write https")
    return url


def check_inventory(url: str) -> str:
    """Check where the inventory is. Raises: ValueError."""
    if not url.startswith(FILE):
        raise ValueError("expected file:PATH; other inventories are not supported")
    check_path(url.removeprefix(FILE))
    return url


def check_list(name: str) -> str:
    """Check the name of a list of services. Raises: ValueError."""
    if not may_list(name):
        raise ValueError("expected the function of a list, such as vds or vds.vps")
    return name


def check_pin(text: str) -> str:
    """Check a certificate's fingerprint and bring it into one form. Raises: ValueError."""
    digits = text.removeprefix("sha256:")
    if digits == text or not _PIN.fullmatch(digits):
        raise ValueError("expected sha256: and 64 hexadecimal digits, with or without colons")
    return f"sha256:{digits.replace(':', '').lower()}"
