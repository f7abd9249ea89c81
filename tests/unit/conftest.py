from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.kinds.catalogue import Catalogue, discover
from tests.support.loading import load_alike

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.manifest.load.loader import LoadedManifests

Load = "Callable[..., LoadedManifests]"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """All kinds."""
    return discover()


@pytest.fixture
def load(tmp_path: Path, catalogue: Catalogue) -> Callable[..., LoadedManifests]:
    """Load manifests given as texts by file name."""

    def loader(**files: str) -> LoadedManifests:
        for name, text in files.items():
            path = tmp_path / "manifests" / f"{name}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return load_alike(tmp_path, ["manifests"], catalogue)

    return loader
