"""Approvals and approvers in a project file: read, and checked with their places."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from reconciler.errors import ManifestsError
from reconciler.manifest.yaml.documents import compose
from reconciler.model.approval import ApprovalRule
from reconciler.policies.ssh_key import write_string
from reconciler.project.load import load_project
from reconciler.project.schemas import json_schemas

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.target import Project


def key(number: int, comment: str = "") -> str:
    """Return the line of a public key."""
    blob = write_string(b"ssh-ed25519") + write_string(bytes([number]) * 32)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} {comment}".strip()


HEAD = """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: acme}
spec:
  targets: {sandbox: {url: "sandbox:s.sqlite3"}}
"""
APPROVERS = f"""\
  approvers:
    ops: {{keys: ["{key(1, "ben@example")}", "{key(2)}"]}}
    finance:
      keys:
        - |
          {key(3, "anna@example")}
"""
GOOD = f"""{HEAD}  approvals:
    - {{when: {{classes: [delete, reinstall]}}, from: [ops]}}
    - {{when: {{chargesNow: {{above: {{EUR: 500, USD: 0.5}}}}}}, from: [ops, finance]}}
    - {{when: {{recurring: {{decreaseAbove: {{EUR: 200}}}}}}, from: [finance]}}
    - {{when: {{classes: [charge], recurring: {{increaseAbove: {{EUR: 1}}}}}}, from: [finance]}}
{APPROVERS}"""


def project(folder: Path, text: str) -> Project:
    """Load a project file with this text."""
    path = folder / "reconciler.yaml"
    path.write_text(text, encoding="utf-8")
    return load_project(path, {})


def faults(folder: Path, text: str) -> list[tuple[str, str]]:
    """Return the places and messages of what is wrong with a project file."""
    with pytest.raises(ManifestsError) as caught:
        project(folder, text)
    return [(str(each.source), each.message) for each in caught.value.findings]


def rule(when: str, of: str = "[ops]") -> str:
    """Return a project file with one rule, at line 7."""
    return f"{HEAD}  approvals:\n    - {{when: {when}, from: {of}}}\n{APPROVERS}"


def test_rules_and_approvers_are_read(tmp_path: Path) -> None:
    """Each condition of the design, with amounts as exact numbers."""
    read = project(tmp_path, GOOD)

    assert read.approvals == (
        ApprovalRule(("ops",), classes=frozenset({"delete", "reinstall"})),
        ApprovalRule(
            ("ops", "finance"), charges_above={"EUR": Decimal(500), "USD": Decimal("0.5")}
        ),
        ApprovalRule(("finance",), decrease_above={"EUR": Decimal(200)}),
        ApprovalRule(
            ("finance",), classes=frozenset({"charge"}), increase_above={"EUR": Decimal(1)}
        ),
    )
    assert {name: [k.comment for k in each.keys] for name, each in read.approvers.items()} == {
        "ops": ["ben@example", ""],
        "finance": ["anna@example"],
    }


def test_project_without_rules_needs_no_approver(tmp_path: Path) -> None:
    """Both keys may be left out."""
    read = project(tmp_path, HEAD)

    assert (read.approvals, read.approvers) == ((), {})


@pytest.mark.parametrize(
    ("when", "of", "place", "words"),
    [
        ("{}", "[ops]", "7:14", "a rule needs a condition"),
        ("{classes: []}", "[ops]", "7:24", "it is empty"),
        ("{classes: [deletes]}", "[ops]", "7:25", "expected delete, charge"),
        ("{clases: [delete]}", "[ops]", "7:15", "did you mean 'classes'?"),
        ("{chargesNow: {above: {}}}", "[ops]", "7:35", "it is empty"),
        ("{chargesNow: {above: 500}}", "[ops]", "7:35", "expected a map"),
        ("{chargesNow: {above: {EUR: -1}}}", "[ops]", "7:41", "-1 is below 0"),
        ("{chargesNow: {above: {eur: 1}}}", "[ops]", "7:41", "the code of a currency"),
        ("{chargesNow: {over: {EUR: 1}}}", "[ops]", "7:28", "unknown key 'over'"),
        ("{recurring: {}}", "[ops]", "7:26", "write decreaseAbove or increaseAbove"),
        (
            "{recurring: {decreaseAbove: {EUR: 1}, increaseAbove: {EUR: 1}}}",
            "[ops]",
            "7:26",
            "for both, write two rules",
        ),
        ("{classes: [delete]}", "[]", "7:41", "it is empty"),
        ("{classes: [delete]}", "ops", "7:41", "expected a list"),
        ("{classes: [delete]}", "[opps]", "7:42", "there is no approver 'opps'; did you mean"),
        ("{classes: [delete]}", "[ops, ops]", "7:47", "'ops' is named twice"),
        ("{classes: [delete]}", '["../ops"]', "7:42", "expected lower-case letters"),
    ],
)
def test_wrong_rule_is_reported_at_its_place(
    tmp_path: Path, when: str, of: str, place: str, words: str
) -> None:
    """Each mistake is an error: a rule that means nothing would protect nothing."""
    found = faults(tmp_path, rule(when, of))

    assert (place, True) in [(at.partition(":")[2], words in text) for at, text in found], found


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("[]", "it is empty"),
        ('["ssh-ed25519 AAAA"]', "the key is damaged"),
        ('["-----BEGIN OPENSSH PRIVATE KEY-----"]', "this is a private key"),
        (f'["no-pty {key(4)}"]', "options before a key"),
        ("[5]", "expected a public key"),
        (f'["{key(1)}"]', "a key of 'ops' already"),
        (f'["{key(4)}", "{key(4, "other")}"]', "a key of this approver already"),
    ],
)
def test_wrong_key_is_reported_at_its_place(tmp_path: Path, keys: str, words: str) -> None:
    """One key is one approver's, so that nobody approves twice with it."""
    approvers = APPROVERS.partition("    finance:")[0]
    found = faults(tmp_path, f"{HEAD}{approvers}    finance: {{keys: {keys}}}\n")

    assert [(at.split(":")[1], words in message) for at, message in found] == [("8", True)]


def test_keys_from_windows_are_the_same_keys(tmp_path: Path) -> None:
    """Line ends of the file, and at the end of a key, are no part of it."""
    crlf = GOOD.replace("\n", "\r\n")
    (tmp_path / "reconciler.yaml").write_bytes(crlf.encode())

    assert load_project(tmp_path / "reconciler.yaml", {}).approvers == (
        project(tmp_path, GOOD).approvers
    )


def test_schema_agrees_with_loading(tmp_path: Path, catalogue: Catalogue) -> None:
    """An editor flags what loading refuses, and completes what it takes."""
    check = Draft202012Validator(json_schemas(catalogue)["project.schema.json"])

    def valid(text: str) -> bool:
        return check.is_valid(compose(text.encode(), "reconciler.yaml")[0][0].value)

    good = GOOD.replace("        - |\n          ", "        - ")
    assert project(tmp_path, good).approvals
    assert valid(good)
    for when, of in (
        ("{}", "[ops]"),
        ("{classes: []}", "[ops]"),
        ("{classes: [deletes]}", "[ops]"),
        ("{classes: null}", "[ops]"),
        ("{recurring: {}}", "[ops]"),
        ("{recurring: {decreaseAbove: {EUR: 1}, increaseAbove: {EUR: 1}}}", "[ops]"),
        ("{classes: [delete]}", "[]"),
    ):
        assert not valid(rule(when, of)), when
    assert not valid(good.replace("ssh-ed25519 ", "no-pty ssh-ed25519 "))
