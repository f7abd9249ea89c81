"""Plan files and reports: JSON documents, written whole or not at all.

Shape: canonical JSON: sorted keys, UTF-8, decimals and ids as texts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.errors import StoreError
from reconciler.store.atomic_file import read_file, write_output
from reconciler.store.strict_json import JsonError, parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAX_BYTES = 64 << 20


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON document to a path that a user named, for us alone. Raises: StoreError."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, indent=2, allow_nan=False)
    raw = f"{text}\n".encode()
    if len(raw) > MAX_BYTES:
        raise StoreError(f"{path}: the document is larger than 64 MiB; plan in shards with --only")
    write_output(path, raw)


def read_document(path: Path) -> dict[str, Any]:
    """Read a JSON document. Raises: StoreError when it is missing, too large, or no JSON map."""
    raw = read_file(path, MAX_BYTES)
    if raw is None:
        raise StoreError(f"{path} does not exist: make it with `reconciler plan --out {path.name}`")
    try:
        document = parse_json(raw)
    except JsonError as error:
        message = f"{path} is not a JSON document ({error}): save the plan again"
        raise StoreError(message) from error
    if not isinstance(document, dict):
        raise StoreError(f"{path} is not a plan: save one with `reconciler plan --out FILE`")
    return document
