from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from reconciler.model.address import Address
from reconciler.policies.evaluator import check_expressions
from reconciler.policies.load import LoadedPolicies, load_policies
from reconciler.project.init_files import init_files
from reconciler.project.schemas import json_schemas

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.policy import Policy

    Load = Callable[..., LoadedPolicies]

HEAD = "apiVersion: reconciler/v1\nkind: Policy\nmetadata: {name: deep}\n"
FULL = f"""{HEAD}spec:
  severity: deny
  match: {{kinds: [Discount], actions: [create, update]}}
  when: change.after.percentage > 30.0
  message: ask first
  exceptions:
    - {{address: Discount/spring, owner: alice@example, until: 2027-01-31, reason: launch}}
"""


@pytest.fixture
def load(tmp_path: Path, catalogue: Catalogue) -> Load:
    """Load policies given as texts by file name, from ``policies/`` or a folder that is named."""

    def loader(folder: str | None = None, **files: str) -> LoadedPolicies:
        for name, text in files.items():
            path = tmp_path / (folder or "policies") / f"{name}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return load_policies(tmp_path, folder, catalogue)

    return loader


def list_findings(loaded: LoadedPolicies) -> list[tuple[str, str]]:
    """Return the place and the message of every finding."""
    return [(str(each.source), each.message) for each in loaded.findings]


def only(loaded: LoadedPolicies) -> Policy:
    """Return the one policy of a folder without faults."""
    assert loaded.findings == ()
    (found,) = loaded.policies
    return found


def test_policy_is_read_as_it_was_written(load: Load) -> None:
    """Every key, with the places that findings will name."""
    found = only(load(a=FULL))

    assert (found.name, found.effect, found.subject) == ("deep", "deny", "change")
    assert sorted(found.kinds) == ["Discount"]
    assert sorted(found.actions) == ["create", "update"]
    assert found.when.text == "change.after.percentage > 30.0"
    assert str(found.source) == "policies/a.yaml:7:9"
    (exemption,) = found.exemptions
    assert exemption.address == Address("Discount", "spring")
    assert (exemption.owner, exemption.until) == ("alice@example", date(2027, 1, 31))
    assert str(exemption.source) == "policies/a.yaml:10:7"


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("when: 1 == 2", ["7:9"]),
        ('when: "1 == 2"', ["7:10"]),
        ("when: |\n    1 == 2\n      && true\n", ["8:5", "9:5"]),
        ("when:\n    1 == 2", ["8:5"]),
        ("when: >\n    1 == 2\n    && true", []),
        ('when: "1 == 2 \\u0026\\u0026 true"', []),
    ],
)
def test_lines_of_an_expression_are_found_where_the_file_writes_them(
    load: Load,
    written: str,
    lines: list[str],
) -> None:
    """Where the file writes them otherwise, no place is made up."""
    text = f"{HEAD}spec:\n  severity: warn\n  message: m\n  {written}\n"

    found = only(load(a=text)).when

    assert [f"{each.line}:{each.column}" for each in found.lines][: len(lines)] == lines
    assert bool(found.lines) == bool(lines)


@pytest.mark.parametrize(
    ("before", "after", "place", "words"),
    [
        ("severity: deny", "severity: block", "5:13", "severity: expected deny or warn"),
        ("  severity: deny\n", "", "5:3", "spec.severity is needed"),
        ("message: ask first", "message: ' '", "8:12", "message"),
        ("message: ask first", "colour: red", "8:3", "unknown key 'colour'"),
        ("[Discount]", "[Discont]", "6:19", "'Discont'; did you mean 'Discount'?"),
        ("[Discount]", "[Tariff]", "6:19", "there is no kind 'Tariff'"),
        ("[create, update]", "[create, blocked]", "6:48", "expected create, adopt"),
        ("[create, update]", "[]", "6:39", "it is empty"),
        ("when: change.after.percentage > 30.0", "when: ''", "7:9", "it is empty"),
        ("change.after.percentage > 30.0", "x" * 4097, "7:9", "at most 4096 are allowed"),
        ("change.after.percentage > 30.0", "true", "7:9", "expected a text"),
        ("until: 2027-01-31", "until: soon", "10:63", "expected a day as YYYY-MM-DD"),
        ("Discount/spring", "spring", "10:17", "expected an address"),
        ("address: Discount/spring, ", "", "10:7", "needs an address: Kind/name"),
        ("owner: alice@example, ", "", "10:7", "owner is needed"),
        ("severity: deny", "severity: deny\n  scope: plan", "11:7", "remove the address"),
        ("kind: Policy", "kind: Client", "2:7", "kind: expected Policy"),
        ("name: deep", "name: Deep", "3:18", "metadata.name"),
        ("reason: launch", "reason: null", "10:83", "expected a text"),
        ("message: ask first", "message: null", "8:12", "message cannot be null"),
    ],
)
def test_fault_is_placed(load: Load, before: str, after: str, place: str, words: str) -> None:
    """File, line and column of what is wrong, and what to write instead."""
    assert before in FULL

    found = load(a=FULL.replace(before, after))

    assert found.policies == ()
    assert any(
        f"policies/a.yaml:{place}" == at and words in text for at, text in list_findings(found)
    ), list_findings(found)


def test_all_faults_are_shown_at_once(load: Load) -> None:
    """Over all files, in the order of their places; what is sound is there all the same."""
    found = load(
        a=FULL.replace("severity: deny", "severity: block").replace("name: deep", "name: Deep"),
        b=FULL.replace("[Discount]", "[Discont]"),
        c=FULL,
    )

    assert [place for place, _ in list_findings(found)] == [
        "policies/a.yaml:3:18",
        "policies/a.yaml:5:13",
        "policies/b.yaml:6:19",
    ]
    assert [each.name for each in found.policies] == ["deep"]


def test_name_is_taken_once(load: Load) -> None:
    """Reports name policies by their names."""
    found = load(a=FULL, b=f"{FULL}---\n{FULL.replace('name: deep', 'name: other')}")

    assert list_findings(found) == [
        (
            "policies/b.yaml:3:18",
            "two policies have the name deep: the other is at policies/a.yaml:7:9",
        )
    ]
    assert [each.name for each in found.policies] == ["deep", "other"]


def test_folder_that_is_not_named_may_be_absent_or_empty(load: Load, tmp_path: Path) -> None:
    """A project without policies has none; a draft begins with an underscore."""
    assert load() == LoadedPolicies()

    assert load(_draft="not: a policy") == LoadedPolicies()
    assert (tmp_path / "policies").is_dir()


@pytest.mark.parametrize("made", [True, False])
def test_folder_that_is_named_must_hold_policies(load: Load, tmp_path: Path, *, made: bool) -> None:
    """A rule that vanished must never read as a rule that was kept."""
    if made:
        (tmp_path / "rules").mkdir()

    ((place, message),) = list_findings(load("rules"))

    assert place == "rules"
    assert ("no policies under 'rules'" if made else "does not exist") in message


def test_policies_can_stand_in_another_folder(load: Load) -> None:
    """The one that the project file names."""
    assert str(only(load("rules", a=FULL)).source) == "rules/a.yaml:7:9"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file has no policy"),
        ("a: &b 1\n", "anchors are not supported"),
        ("- a\n", "the document: expected a map"),
        ("a: [\n", "not YAML"),
    ],
)
def test_file_that_is_not_a_policy_is_refused(load: Load, text: str, words: str) -> None:
    """By the rules that manifests are read by."""
    assert words in list_findings(load(a=text))[0][1]


def test_link_is_not_followed(load: Load, tmp_path: Path) -> None:
    """Not even to an empty place: a link could lead anywhere tomorrow."""
    (tmp_path / "policies").symlink_to(tmp_path / "elsewhere")

    assert "symbolic link" in list_findings(load())[0][1]


def test_policy_template_of_a_new_project_is_valid(load: Load, catalogue: Catalogue) -> None:
    """Taking the underscore off its name is all there is to do; editors find nothing wrong."""
    text = init_files(catalogue, "acme")["policies/_example.yaml"]
    validator = Draft202012Validator(json_schemas(catalogue)["policy.schema.json"])

    assert check_expressions([only(load(example=text))]) == []
    for written in (text, FULL):
        document = YAML(typ="safe", pure=True).load(written.replace("2027-01-31", "'2027-01-31'"))
        assert [each.message for each in validator.iter_errors(document)] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("severity: deny", "severity: block"), ("[Discount]", "[Discont]"), ("Policy", "Client")],
)
def test_schema_refuses_what_loading_refuses(catalogue: Catalogue, before: str, after: str) -> None:
    """An editor underlines the same words."""
    validator = Draft202012Validator(json_schemas(catalogue)["policy.schema.json"])

    assert not validator.is_valid(YAML(typ="safe", pure=True).load(FULL.replace(before, after)))
