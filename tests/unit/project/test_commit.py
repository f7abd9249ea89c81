"""Reading what a commit declares: real repositories, some of them hostile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import CommitError, UsageError
from reconciler.kinds.catalogue import discover
from reconciler.project.commit import read_declared
from reconciler.project.load import load_project
from tests.support.git import commit_all, git

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.planning.declared_difference import Declared

PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: billing}
spec:
  manifests: [manifests]
  targets:
    sandbox: {url: "sandbox:panel.sqlite3"}
"""
CLIENT = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: NAME}
spec: {email: pay@NAME.example, name: NAME}
"""


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file below a folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def client(name: str) -> str:
    """Return the manifest of a client."""
    return CLIENT.replace("NAME", name)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one client, committed to ``main``."""
    folder = tmp_path / "billing"
    write(folder, "reconciler.yaml", PROJECT)
    write(folder, "manifests/acme.yaml", client("acme"))
    commit_all(folder)
    return folder


def declared(root: Path, reference: str = "main", target: str = "sandbox") -> Declared:
    """Return what a commit declares for the project in a folder."""
    project = load_project(root / "reconciler.yaml", {})
    return read_declared(
        project, "reconciler.yaml", target, catalogue=discover(), reference=reference
    )[0]


def names(found: Declared) -> list[str]:
    """Return the names of the declared resources."""
    return [desired.address.name for desired in found.desired]


def test_commit_is_read_whatever_the_working_tree_holds(root: Path) -> None:
    """Neither a new file nor a deleted one counts; the project file is that of the commit."""
    (root / "manifests/acme.yaml").unlink()
    write(root, "manifests/globex.yaml", client("globex"))
    write(root, "reconciler.yaml", PROJECT.replace("name: billing", "name: other"))

    found = declared(root)

    assert names(found) == ["acme"]
    assert found.namespace == "billing"
    assert found.target == "sandbox:panel.sqlite3"


def test_target_that_the_commit_does_not_have_declares_nothing(root: Path) -> None:
    """A new target has no resource yet."""
    assert names(declared(root, target="prod")) == []


def test_manifests_that_the_commit_does_not_have_yet_declare_nothing(root: Path) -> None:
    """The branch that writes the first manifest can be compared."""
    git(root, "rm", "-q", "-r", "--cached", "manifests")
    git(root, "commit", "-q", "-m", "Declare nothing")

    assert names(declared(root)) == []


def test_commit_of_a_submodule_is_followed(root: Path, tmp_path: Path) -> None:
    """Manifests that live in a repository of their own are read as the commit has them."""
    shared = tmp_path / "shared"
    write(shared, "globex.yaml", client("globex"))
    commit_all(shared)
    git(root, "submodule", "--quiet", "add", str(shared), "manifests/shared")
    commit_all(root)
    write(root, "manifests/shared/globex.yaml", client("initech"))
    write(root, "manifests/shared/more.yaml", client("umbrella"))

    assert names(declared(root)) == ["acme", "globex"]


def test_submodule_that_is_not_here_is_an_error(root: Path, tmp_path: Path) -> None:
    """Its resources are unknown, and never new."""
    shared = tmp_path / "shared"
    write(shared, "globex.yaml", client("globex"))
    commit_all(shared)
    git(root, "submodule", "--quiet", "add", str(shared), "manifests/shared")
    commit_all(root)
    git(root, "submodule", "--quiet", "deinit", "--force", "manifests/shared")

    with pytest.raises(CommitError, match="git submodule update --init"):
        declared(root)


def test_pointer_of_lfs_is_an_error(root: Path) -> None:
    """The content is not in the commit, and no program is run to find it."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n"
    write(root, "manifests/acme.yaml", pointer)
    commit_all(root)

    with pytest.raises(CommitError, match="pointer of Git LFS"):
        declared(root)


def test_link_of_the_commit_is_an_error(root: Path, tmp_path: Path) -> None:
    """A link is refused as in the working tree, and leads nowhere in the copy."""
    secret = write(tmp_path, "secret.yaml", client("secret"))
    (root / "manifests/link.yaml").symlink_to(secret)
    commit_all(root)

    with pytest.raises(CommitError, match="a symbolic link"):
        declared(root)


def test_folder_that_was_a_link_is_an_error(root: Path) -> None:
    """Manifests behind a link are not followed out of the copy."""
    (root / "manifests").rename(root / "elsewhere")
    (root / "manifests").symlink_to("elsewhere")
    commit_all(root)

    with pytest.raises(CommitError, match="a symbolic link"):
        declared(root)


def test_folder_that_poses_as_a_repository_is_not_obeyed(root: Path) -> None:
    """Plain files can look like a bare repository whose settings run a program."""
    bare = root / "inner"
    git(root, "init", "-q", "--bare", "inner")
    write(bare, "reconciler.yaml", PROJECT)
    write(bare, "manifests/acme.yaml", client("acme"))

    with pytest.raises(CommitError, match="bare repository"):
        declared(bare, "HEAD")


def test_variables_of_a_hook_are_not_obeyed(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook that runs the command names the repository for another folder."""
    commit_all(tmp_path / "billing")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))

    assert names(declared(root)) == ["acme"]


def test_file_that_is_larger_than_a_manifest_is_not_read(root: Path) -> None:
    """A commit cannot fill the memory."""
    write(root, "manifests/large.yaml", "# " + "x" * (1 << 20) + "\n")
    commit_all(root)

    with pytest.raises(CommitError, match="larger than a manifest"):
        declared(root)


def test_files_beside_the_manifests_are_not_read(root: Path) -> None:
    """A large or broken file elsewhere in the repository does not count."""
    write(root, "charts/large.yaml", "# " + "x" * (1 << 20) + "\n")
    write(root, "charts/broken.yaml", "a: [\n")
    commit_all(root)

    assert names(declared(root)) == ["acme"]


def test_names_of_files_are_taken_as_they_are(root: Path) -> None:
    """Blanks, quotes and letters beyond ASCII are no obstacle."""
    write(root, "manifests/our clients/ä 'quoted'.yaml", client("globex"))
    commit_all(root)

    assert sorted(names(declared(root))) == ["acme", "globex"]


def test_unrelated_history_is_an_error(root: Path) -> None:
    """Without a common commit nothing says where the branch began."""
    git(root, "switch", "-q", "--orphan", "other")
    write(root, "reconciler.yaml", PROJECT)
    write(root, "manifests/acme.yaml", client("acme"))
    commit_all(root, "Begin anew")

    with pytest.raises(CommitError, match="no commit in common"):
        declared(root)


def test_branch_without_a_commit_is_an_error(root: Path) -> None:
    """There is no point at which it could have left."""
    git(root, "switch", "-q", "--orphan", "other")
    write(root, "reconciler.yaml", PROJECT)

    with pytest.raises(CommitError, match="no commit yet"):
        declared(root)


def test_shallow_clone_is_compared_where_the_commit_is_certain(root: Path, tmp_path: Path) -> None:
    """A reference that the branch contains is itself the point at which it left."""
    write(root, "manifests/globex.yaml", client("globex"))
    commit_all(root)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{root}", str(clone))

    assert names(declared(clone, "HEAD~1")) == ["acme"]
    with pytest.raises(CommitError, match="--unshallow"):
        declared(clone, "HEAD~2")


@pytest.mark.parametrize("reference", ["--all", "-h", "HEAD:manifests", "HEAD\n", "refs/heads/*"])
def test_reference_is_a_name_and_no_option(root: Path, reference: str) -> None:
    """What Git would read in another way is refused."""
    with pytest.raises(UsageError, match="--since"):
        declared(root, reference)


def test_tag_and_expression_name_a_commit(root: Path) -> None:
    """Whatever Git reads as one commit is a reference."""
    git(root, "tag", "-a", "v1", "-m", "One")
    write(root, "manifests/globex.yaml", client("globex"))
    commit_all(root)

    for reference in ("v1", "HEAD^", "main~1", "@~"):
        assert names(declared(root, reference)) == ["acme"]


def test_copy_is_removed(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stays behind, whether the manifests load or not."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", os.fspath(place))

    declared(root)
    write(root, "manifests/acme.yaml", "kind: Nothing\n")
    commit_all(root)
    with pytest.raises(CommitError, match="do not load"):
        declared(root)

    assert list(place.iterdir()) == []
