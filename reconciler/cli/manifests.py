"""Load the manifests of a project, with the cache of what its files declared before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reconciler.manifest.load.loader import load_manifests
from reconciler.store.manifest_cache import ManifestCache, cache_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.load.loader import LoadedManifests


def load_cached(
    root: Path,
    paths: Sequence[str],
    catalogue: Catalogue,
    overlays: Sequence[str] = (),
    *,
    with_digest: bool = True,
) -> LoadedManifests:
    """Load manifests as ``load_manifests`` does; ``with_digest`` keeps the digest, too."""
    folder = cache_folder(os.environ)
    if folder is None:
        return load_manifests(root, paths, catalogue, overlays)
    cache = ManifestCache(folder, root, catalogue)
    parsed = cache.read()
    loaded = load_manifests(root, paths, catalogue, overlays, parsed=parsed)
    known = parsed.digest()
    if not loaded.findings and (known is None or (with_digest and not known)):
        parsed.keep_digest(loaded.digest if with_digest else "")
    cache.save(parsed)
    return loaded
