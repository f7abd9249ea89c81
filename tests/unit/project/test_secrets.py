from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import SecretError
from reconciler.model.value import Secret
from reconciler.project.secrets import SecretStore

if TYPE_CHECKING:
    from pathlib import Path

SAY = "import sys; sys.stdout.write({!r})"


def python(code: str) -> Secret:
    """Refer to the output of a Python program."""
    return Secret("command", (sys.executable, "-c", code))


def test_references_become_their_text(tmp_path: Path) -> None:
    """Variables, files and commands are resolved; one line end at the end is dropped."""
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "file").write_text("from file\n", encoding="utf-8")
    store = SecretStore(tmp_path, {"NAME": "from env"})

    assert store.resolve(Secret("env", ("NAME",))) == "from env"
    assert store.resolve(Secret("file", ("s/file",))) == "from file"
    assert store.resolve(python(SAY.format("from command\n"))) == "from command"
    assert store.known() == {"from env", "from file", "from command"}


def test_command_is_run_once_in_the_project(tmp_path: Path) -> None:
    """The answer is kept, so that one run meets one text."""
    code = "import pathlib; p = pathlib.Path('n'); p.open('a').write('x'); print(p.read_text())"
    store = SecretStore(tmp_path, {})

    assert [store.resolve(python(code)) for _ in range(3)] == ["x"] * 3


@pytest.mark.parametrize(
    "secret",
    [
        Secret("env", ("UNSET",)),
        Secret("env", ("EMPTY",)),
        Secret("file", ("missing",)),
        Secret("file", ("../outside",)),
        Secret("file", ("/etc/hostname",)),
        Secret("file", ("link",)),
        Secret("file", ("folder",)),
        Secret("file", ("large",)),
        Secret("file", ("binary",)),
        Secret("command", ("no-such-program-anywhere",)),
        python("raise SystemExit('hunter2')"),
        python(""),
        python(SAY.format("hunter2\0")),
    ],
    ids=lambda secret: f"{secret.kind} {secret.reference[-1][:20]}",
)
def test_reference_that_leads_nowhere_is_an_error_without_content(
    tmp_path: Path, secret: Secret
) -> None:
    """The error names the reference; what was read is in no message."""
    (tmp_path / "link").symlink_to(tmp_path / "large")
    (tmp_path / "folder").mkdir()
    (tmp_path / "large").write_bytes(b"hunter2" * 10_000)
    (tmp_path / "binary").write_bytes(b"hunter2\xff")

    with pytest.raises(SecretError) as caught:
        SecretStore(tmp_path, {"EMPTY": ""}).resolve(secret)
    assert "hunter2" not in str(caught.value)


def test_error_names_the_place_of_a_reference(tmp_path: Path) -> None:
    """The first place that it was found in; without one, the reference alone."""
    store = SecretStore(tmp_path, {})
    secret = Secret("env", ("SHOP_PASSWORD",))
    with pytest.raises(SecretError, match=r"^the environment variable"):
        store.resolve(secret)
    store.locate(secret, "targets.shop.auth.password")
    store.locate(secret, "elsewhere")
    with pytest.raises(SecretError, match=r"^targets\.shop\.auth\.password: the environment"):
        store.resolve(secret)


def test_words_of_a_command_are_not_a_shells(tmp_path: Path) -> None:
    """Nothing expands, nothing is chained."""
    secret = Secret("command", ("echo", "$HOME;", "$(id)"))

    assert SecretStore(tmp_path, {"PATH": "/usr/bin:/bin"}).resolve(secret) == "$HOME; $(id)"


def test_store_shows_no_text(tmp_path: Path) -> None:
    """A traceback that shows the store shows no secret."""
    store = SecretStore(tmp_path, {"NAME": "hunter2"})
    store.resolve(Secret("env", ("NAME",)))

    assert "hunter2" not in repr(store)
