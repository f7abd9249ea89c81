from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import ManifestsError, UsageError
from reconciler.model.number import NumberShape
from reconciler.model.value import Secret
from reconciler.project.load import load_project
from reconciler.project.targets import require_credentials, select_target

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.target import Project


HEAD = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: acme}\n"
SMALL = f"""{HEAD}spec:
  targets:
    sandbox: {{url: "sandbox:.reconciler/s.sqlite3"}}
    prod:
      url: https://billing.example.com/billmgr
      auth: {{username: {{env: USER_}}, password: {{file: secret}}}}
"""
FULL = f"""{HEAD}spec:
  manifests: [one, two/three]
  inventory: file:state/inventory.json
  targets:
    prod:
      url: https://billing.example.com/billmgr
      auth: {{method: authinfo, username: robot, password: {{env: P}}}}
      format: json
      tls: {{verify: true, fingerprint: "SHA_"}}
      concurrency: {{reads: 3, writes: 2}}
      timeouts: {{connect: 1, read: 2.5, settle: 9}}
      orders: {{resendAfterSettle: true}}
      numbers: {{decimal: ",", thousands: " "}}
  guards: {{maxDeletes: null, maxDeleteShare: 0.2, maxCharge: {{EUR: 500}}, maxRateMove: 0.1}}
""".replace("SHA_", "sha256:" + ":".join(["AB"] * 32))


def project(folder: Path, text: str) -> Project:
    """Load a project file with this text."""
    path = folder / "reconciler.yaml"
    path.write_text(text, encoding="utf-8")
    return load_project(path, {})


def refused(folder: Path, text: str) -> list[tuple[str, str]]:
    """Return the places and messages of what is wrong with a project file."""
    with pytest.raises(ManifestsError) as caught:
        project(folder, text)
    return [(str(each.source), each.message) for each in caught.value.findings]


def test_small_project_takes_the_defaults(tmp_path: Path) -> None:
    """What is left out is as the model says; the sandbox settles at once."""
    read = project(tmp_path, SMALL)

    assert (read.namespace, read.root) == ("acme", str(tmp_path))
    assert (read.manifests, read.inventory) == (("manifests",), ".reconciler/inventory.json")
    assert list(read.targets) == ["sandbox", "prod"]
    assert read.targets["sandbox"].limits.settle == 0
    assert read.targets["prod"].limits.settle == 60
    assert read.targets["prod"].auth.password == Secret("file", ("secret",))
    assert read.guards.max_deletes == 10
    assert read.guards.max_charge is None


def test_every_key_reaches_its_value(tmp_path: Path) -> None:
    """A project file that says everything is read whole."""
    read = project(tmp_path, FULL)
    prod = read.targets["prod"]

    assert (read.manifests, read.inventory) == (("one", "two/three"), "state/inventory.json")
    assert (prod.auth.method, prod.auth.username) == ("authinfo", "robot")
    assert (prod.format, prod.tls.fingerprint) == ("json", "sha256:" + "ab" * 32)
    limits = prod.limits
    assert (limits.reads, limits.writes, limits.connect, limits.read) == (3, 2, 1.0, 2.5)
    assert (limits.settle, prod.resend_after_settle) == (9.0, True)
    assert prod.numbers == NumberShape(",", " ")
    assert read.guards.max_deletes is None
    assert read.guards.max_delete_share == Decimal("0.2")
    assert read.guards.max_charge == {"EUR": Decimal(500)}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("https://billing.example.com/billmgr", "http://billing.example.com/billmgr", "9:12"),
        ("https://billing.example.com/billmgr", "https://u:p@billing.example.com/", "9:12"),
        ("https://billing.example.com/billmgr", "https://billing.example.com/?func=x", "9:12"),
        ("https://billing.example.com/billmgr", "ftp://billing.example.com", "9:12"),
        ("https://billing.example.com/billmgr", "sandbox:/etc/x", "9:12"),
        ("https://billing.example.com/billmgr", "sandbox:../x", "9:12"),
        ("robot", "''", "10:42"),
        ("{env: P}", "hunter2", "10:59"),
        ("authinfo", "magic", "10:22"),
        ("authinfo", "mgrctl", "10:13"),
        ("format: json", "format: yaml", "11:15"),
        ("verify: true", "verify: false", "12:21"),
        ("sha256:", "md5:", "12:40"),
        ("reads: 3", "reads: 0", "13:28"),
        ("reads: 3", "reads: null", "13:28"),
        ("writes: 2", "writers: 2", "13:31"),
        ("read: 2.5", "read: -1", "14:36"),
        ("resendAfterSettle: true", "resendAfterSettle: 1", "15:35"),
        ('decimal: ","', 'decimal: "x"', "16:26"),
        ('thousands: " "', 'thousands: ","', "16:16"),
        ('decimal: ",", ', "", "16:16"),
        ("format: json", "overlays: x", "11:17"),
        ("format: json", "overlays: [x, ../y]", "11:21"),
        ("format: json", "overlays: [one/prod]", "11:18"),
        ("format: json", "overlays: [one]", "11:18"),
        ("format: json", "overlays: [two]", "11:18"),
        ("  manifests: [one, two/three]", "  manifests: []", "5:14"),
        ("one, two/three", "/etc", "5:15"),
        ("one, two/three", "../x", "5:15"),
        ("file:state/inventory.json", "git:refs/heads/x", "6:14"),
        ("file:state/inventory.json", "file:../x", "6:14"),
        ("maxDeleteShare: 0.2", "maxDeleteShare: 2", "17:46"),
        ("EUR: 500", "eur: 500", "17:68"),
        ("name: acme", "name: Acme", "3:18"),
        ("kind: Project", "kind: Client", "2:7"),
        ("reconciler/v1", "reconciler/v2", "1:13"),
    ],
)
def test_error_in_a_project_is_reported_with_its_position(
    tmp_path: Path, old: str, new: str, place: str
) -> None:
    """Each mistake has its line and column, and no message repeats what was written."""
    found = refused(tmp_path, FULL.replace(old, new, 1))

    assert f"reconciler.yaml:{place}" in [where for where, _ in found]
    assert not any("hunter2" in message or "u:p@" in message for _, message in found)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("writes: 2", "writers: 2", "unknown key 'writers'; did you mean 'writes'?"),
        ("maxDeletes: null", "maxDelete: 1", "unknown key 'maxDelete'; did you mean 'maxDeletes'"),
        ("manifests: [one", "manifest: [one", "unknown key 'manifest'; did you mean 'manifests'?"),
        ("thousands", "every", "unknown key 'every'; there are decimal, thousands"),
        ("method: authinfo", "zzz: 1", "; there are method, username, password, key, program, su"),
        ("format: json", "zzz: 1", "timeouts, orders, numbers, wholeForms, serviceLists, overlays"),
    ],
)
def test_unknown_key_names_those_that_are_known_there(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    """At each depth, also below a name of the author's."""
    found = refused(tmp_path, FULL.replace(old, new, 1))

    assert any(words in message for _, message in found), found


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:8080/billmgr", "http://localhost/x", "http://[::1]:81/"),
        *("https://billing.example.com", "https://10.0.0.1:1500/billmgr", "sandbox:a/b.sqlite3"),
    ],
)
def test_url_of_a_target_is_https_or_this_machine(tmp_path: Path, url: str) -> None:
    """Plain http is for loopback alone."""
    text = f'{HEAD}spec: {{targets: {{a: {{url: "{url}"}}}}}}\n'

    assert project(tmp_path, text).targets["a"].url == url


def test_several_documents_are_no_project(tmp_path: Path) -> None:
    """A project file is one document."""
    assert refused(tmp_path, f"{SMALL}---\n{SMALL}") == [
        ("reconciler.yaml:11:1", "a project file must hold one document")
    ]
    assert refused(tmp_path, "") == [("reconciler.yaml", "a project file must hold one document")]


def test_project_is_found_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command works from any folder of a project."""
    project(tmp_path, SMALL)
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")

    read = load_project(None, {}, manifests=["m"])
    assert (read.root, read.manifests) == (str(tmp_path), ("m",))


def test_environment_stands_in_for_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A URL in the environment is enough for a run; without it there is no project."""
    monkeypatch.chdir(tmp_path)
    environ = {
        "RECONCILER_URL": "https://billing.example.com/billmgr",
        "RECONCILER_USERNAME": "robot",
        "RECONCILER_PASSWORD": "hunter2",
    }

    read = load_project(None, environ)
    target = select_target(read, None, environ)

    assert (read.namespace, target.name) == ("default", "env")
    assert target.auth.password == Secret("env", ("RECONCILER_PASSWORD",))
    with pytest.raises(UsageError, match="reconciler init"):
        load_project(None, {})
    with pytest.raises(ManifestsError):
        load_project(None, {"RECONCILER_URL": "http://billing.example.com"})


def test_target_is_chosen_by_name_or_is_the_embedded_one(tmp_path: Path) -> None:
    """Without a name a mistake must cost nothing."""
    read = project(tmp_path, SMALL)
    environ = {"RECONCILER_USERNAME": "x"}

    assert select_target(read, None, {}).name == "sandbox"
    prod = select_target(read, "prod", environ)
    assert prod.auth.username == Secret("env", ("RECONCILER_USERNAME",))
    with pytest.raises(UsageError, match="'prod'"):
        select_target(read, "prd", {})


def test_several_real_targets_must_be_named(tmp_path: Path) -> None:
    """No real panel is taken by guessing."""
    text = SMALL.replace("sandbox:.reconciler/s.sqlite3", "https://two.example.com")

    with pytest.raises(UsageError, match="--target"):
        select_target(project(tmp_path, text), None, {})


def test_target_without_credentials_is_refused(tmp_path: Path) -> None:
    """What is missing to sign in is reported before anything is sent."""
    text = SMALL.replace("auth: {username: {env: USER_}, password: {file: secret}}", "format: xml")

    target = select_target(project(tmp_path, text), "prod", {})

    with pytest.raises(ManifestsError) as caught:
        require_credentials(target)
    assert [each.code for each in caught.value.findings] == ["credentials", "credentials"]


def test_url_of_the_environment_keeps_a_real_panels_patience(tmp_path: Path) -> None:
    """A sandbox target that is pointed at a real panel settles as one."""
    read = project(tmp_path, SMALL)
    environ = {
        "RECONCILER_URL": "https://billing.example.com",
        "RECONCILER_USERNAME": "a",
        "RECONCILER_PASSWORD": "b",
    }

    assert select_target(read, "sandbox", environ).limits.settle == 60
    with pytest.raises(ManifestsError):
        select_target(read, "sandbox", {"RECONCILER_URL": "http://billing.example.com"})
