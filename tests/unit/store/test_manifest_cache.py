"""The cache of parsed manifests is read only where it is ours, whole and of this program."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from reconciler.manifest.load.loader import load_manifests
from reconciler.store.manifest_cache import ManifestCache, cache_folder

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.manifest.load.parsed_files import ParsedFiles

CLIENTS = 300
TEXT = """apiVersion: reconciler/v1
kind: Client
metadata: {{name: c{i}, labels: {{segment: agency}}}}
spec:
  email: c{i}@x.example
  name: Client {i}
  provider: Main provider
  country: DE
  note: the contract ends in the year after the next one, {i}
  discounts: [{{name: c{i}-spring, percentage: 15.50, periods: [12], from: 2026-01-01}}]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with some hundred resources in three files."""
    folder = tmp_path / "project" / "manifests"
    folder.mkdir(parents=True)
    for part in range(3):
        texts = [TEXT.format(i=i) for i in range(part, CLIENTS, 3)]
        (folder / f"{part}.yaml").write_text("---\n".join(texts), encoding="utf-8")
    return folder.parent


@pytest.fixture
def cache(tmp_path: Path, root: Path, catalogue: Catalogue) -> ManifestCache:
    """A cache that has all of them."""
    made = ManifestCache(tmp_path / "cache" / "ours", root, catalogue)
    learn(made, root, catalogue)
    return made


def learn(cache: ManifestCache, root: Path, catalogue: Catalogue) -> ParsedFiles:
    """Load with a cache, and let it keep what was read anew."""
    files = cache.read()
    loaded = load_manifests(root, ["manifests"], catalogue, parsed=files)
    assert loaded == load_manifests(root, ["manifests"], catalogue)
    if not loaded.findings and files.digest() is None:
        files.keep_digest(loaded.digest)
    cache.save(files)
    return files


def test_nothing_is_read_twice(cache: ManifestCache, root: Path, catalogue: Catalogue) -> None:
    """The second load reads no manifest, and computes no digest."""
    assert learn(cache, root, catalogue).made == {}


def test_changed_file_alone_is_read_anew(
    cache: ManifestCache, root: Path, catalogue: Catalogue
) -> None:
    """One byte makes another file; the others are taken."""
    path = root / "manifests" / "1.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("15.50", "15.60", 1), encoding="utf-8")

    assert len(learn(cache, root, catalogue).made) == 2  # the file, and all files together
    assert learn(cache, root, catalogue).made == {}


def test_content_under_another_name_is_read_anew(
    cache: ManifestCache, root: Path, catalogue: Catalogue
) -> None:
    """Places name the file, so its name is a part of what is kept."""
    (root / "manifests" / "1.yaml").rename(root / "manifests" / "other.yaml")

    assert len(learn(cache, root, catalogue).made) == 2


def test_resource_declared_in_two_files_is_refused(
    cache: ManifestCache, root: Path, catalogue: Catalogue
) -> None:
    """What is wrong between files is found whether they are taken or read."""
    copied = (root / "manifests" / "1.yaml").read_bytes()
    (root / "manifests" / "copy.yaml").write_bytes(copied)
    learn(cache, root, catalogue)  # compares the findings

    found = load_manifests(root, ["manifests"], catalogue, parsed=cache.read()).findings

    assert {each.code for each in found} == {"duplicate-address"}


def test_cache_is_private(cache: ManifestCache) -> None:
    """Nobody else can read what clients pay, or write what is believed."""
    assert cache.path.stat().st_mode & 0o777 == 0o600
    assert cache.path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o644, 0o620, 0o604])
def test_file_that_is_open_to_others_is_not_believed(
    cache: ManifestCache, root: Path, catalogue: Catalogue, mode: int
) -> None:
    """A cache that somebody else could write counts as none, and is replaced by a private one."""
    cache.path.chmod(mode)

    assert cache.read().kept == {}
    learn(cache, root, catalogue)
    assert cache.path.stat().st_mode & 0o777 == 0o600
    assert cache.read().kept


def test_folder_that_is_open_to_others_is_not_used(
    cache: ManifestCache, root: Path, catalogue: Catalogue
) -> None:
    """In such a folder anybody could put a file in the place of ours."""
    before = cache.path.read_bytes()
    cache.path.parent.chmod(0o770)

    assert len(learn(cache, root, catalogue).made) == 4
    assert cache.path.read_bytes() == before


def test_link_is_not_followed(cache: ManifestCache) -> None:
    """A link may lead to a file that another user wrote."""
    cache.path.rename(cache.path.with_suffix(".moved"))
    cache.path.symlink_to(cache.path.with_suffix(".moved"))

    assert cache.read().kept == {}


@pytest.mark.parametrize("at", [0, 30, 50, 100, 115, 140, 5_000, -1])
def test_damaged_cache_counts_as_none(
    cache: ManifestCache, root: Path, catalogue: Catalogue, at: int
) -> None:
    """One bit of the head, the index or the content is enough; the next run writes it anew."""
    raw = bytearray(cache.path.read_bytes())
    raw[at] ^= 1
    cache.path.write_bytes(bytes(raw))

    assert cache.read().kept == {}
    learn(cache, root, catalogue)
    assert cache.read().kept


@pytest.mark.parametrize("length", [0, 10, 109, 117, 4_000])
def test_cut_cache_counts_as_none(cache: ManifestCache, length: int) -> None:
    """A disk that was full left a part."""
    cache.path.write_bytes(cache.path.read_bytes()[:length])

    assert cache.read().kept == {}


def test_body_with_a_sound_hash_and_nonsense_counts_as_none(cache: ManifestCache) -> None:
    """Even a hash that fits is no reason to fail."""
    head = cache.path.read_bytes()[:77]
    body = (9).to_bytes(8, "big") + b"\xff" * 9
    cache.path.write_bytes(head + hashlib.sha256(body).digest() + body)

    assert cache.read().kept == {}


def test_cache_of_another_program_counts_as_none(
    cache: ManifestCache, root: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    """Other kinds read a manifest in another way, and so may another version of this program."""
    fewer = type(catalogue)(tuple(each for each in catalogue if each.name != "Service"))
    other = ManifestCache(tmp_path / "cache" / "ours", root, fewer)

    assert other.path == cache.path
    assert other.read().kept == {}


def test_small_project_leaves_no_cache(tmp_path: Path, root: Path, catalogue: Catalogue) -> None:
    """What loads in a blink leaves nothing in the user's folders."""
    for path in sorted((root / "manifests").iterdir()):
        path.write_text("---\n".join(path.read_text().split("---\n")[:10]), encoding="utf-8")
    cache = ManifestCache(tmp_path / "cache" / "ours", root, catalogue)
    learn(cache, root, catalogue)

    assert not cache.path.exists()


def test_file_in_the_place_of_the_folder_stops_nothing(
    tmp_path: Path, root: Path, catalogue: Catalogue
) -> None:
    """Likewise where the folder is none."""
    (tmp_path / "taken").write_text("")
    learn(ManifestCache(tmp_path / "taken", root, catalogue), root, catalogue)
    learn(ManifestCache(tmp_path / "taken" / "below", root, catalogue), root, catalogue)

    assert (tmp_path / "taken").read_text() == ""


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HOME": "/srv/ann"}, "/srv/ann/.cache/reconciler"),
        ({"HOME": "/srv/ann", "XDG_CACHE_HOME": "/var/x"}, "/var/x/reconciler"),
        ({"HOME": "/srv/ann", "XDG_CACHE_HOME": "relative"}, "/srv/ann/.cache/reconciler"),
        ({"HOME": "/srv/ann", "RECONCILER_CACHE": "/srv/cache"}, "/srv/cache"),
        ({"HOME": "/srv/ann", "RECONCILER_CACHE": "off"}, "None"),
        ({}, "None"),
    ],
)
def test_folder_is_the_users(environ: dict[str, str], folder: str) -> None:
    """By the rules of the desktop, or as the user says."""
    assert str(cache_folder(environ)) == folder
