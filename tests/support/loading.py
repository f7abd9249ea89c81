"""Loading in every way there is: by itself, for a cache, and from that cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.manifest.load.loader import LoadedManifests, load_manifests
from reconciler.manifest.load.parsed_files import ParsedFiles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.resource import Desired


def load_alike(
    root: Path, paths: Sequence[str], catalogue: Catalogue, overlays: Sequence[str] = ()
) -> LoadedManifests:
    """Load manifests; whether a cache has them or not makes no difference, to the order."""
    plain = load_manifests(root, paths, catalogue, overlays)
    files = ParsedFiles({})
    for kept in ({}, files.made):
        files = ParsedFiles(kept)
        loaded = load_manifests(root, paths, catalogue, overlays, parsed=files)
        assert loaded == plain
        assert [*map(_order, loaded.desired)] == [*map(_order, plain.desired)]
        assert loaded.digest == plain.digest
        if not loaded.findings:
            files.keep_digest(loaded.digest)
    return plain


def _order(desired: Desired) -> tuple[list[str], list[str]]:
    return list(desired.fields), list(desired.places)
