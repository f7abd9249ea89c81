"""What programs read about findings is what their schemas and parsers take, whatever it holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from reconciler.model.finding import IN_DOCUMENTS, Finding, FindingCode, LintCode, Source
from reconciler.report import code_quality, github, junit, sarif
from reconciler.report.escape import escape
from reconciler.report.reports import Layout, ValidationReport
from tests.support.npm import installed_packages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

HERE = Path(__file__).parent
SCHEMA = Path("@microsoft", "jest-sarif", "lib", "schemas", "sarif-2.1.0-rtm.5.json")
CODES: tuple[FindingCode, ...] = tuple(
    code for group in get_args(FindingCode) for code in (get_args(group) or (group,))
)
# Each sort of text that some reader obeys: a terminal, a runner, XML, a viewer of SARIF.
HOSTILE = (
    "::error file=x::gone",
    "a\n::set-output name=x::y\r\n##[group]x",
    "\x1b]0;title\x07\x1b[31m",
    "\x00\x0b\ufffe\ud800",
    "]]> <script>&amp;",
    "[press](https://evil.example) {0} {x}",
    "\u202eexe.yaml\u200b@everyone <!-- -->",
    "100%0A::warning::x, a:b",
)
ERROR = Finding("error", "unknown-field", "no field 'x'", Source("manifests/a.yaml", 3, 5))
texts = st.sampled_from(HOSTILE) | st.text(max_size=30)
findings = st.lists(
    st.builds(
        Finding,
        st.sampled_from(["error", "warning", "note"]),
        st.sampled_from(CODES),
        texts,
        st.none() | st.builds(Source, texts, st.integers(0, 9), st.integers(0, 9)),
    ),
    max_size=6,
)


def report(found: Sequence[Finding]) -> ValidationReport:
    """Return what `validate` would report."""
    return ValidationReport(1, found, {})


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """Return the schema of SARIF 2.1.0."""
    file = installed_packages(HERE, "the schema of SARIF") / SCHEMA
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
@given(found=findings)
@example(found=[])
@example(found=[Finding("note", "BM301", each, Source(each, 1)) for each in HOSTILE])
def test_sarif_is_valid_against_its_schema(schema: dict[str, Any], found: list[Finding]) -> None:
    """Code scanning takes the file, whatever a manifest says, with a rule for each result."""
    log = json.loads(sarif.render(report(found), Layout(folder="billing")))

    jsonschema.Draft7Validator(schema).validate(log)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(found)
    for result, finding in zip(run["results"], found, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.code
        place = result["locations"][0]["physicalLocation"]
        assert unquote(place["artifactLocation"]["uri"]).startswith("billing/")
        assert ":" not in place["artifactLocation"]["uri"]
        assert result["message"]["text"].isprintable()
        assert not re.search(r"(?<!\\)\]\(", result["message"]["text"])
    prints = [each["partialFingerprints"]["reconcilerFinding/v1"] for each in run["results"]]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_a_rule_with_its_explanation(code: FindingCode) -> None:
    """A reader of code scanning sees what `explain` says, how to mend it included."""
    log = json.loads(sarif.render(report([Finding("error", code, "x")]), Layout()))

    rule = log["runs"][0]["tool"]["driver"]["rules"][0]
    assert rule["shortDescription"]["text"]
    assert "How to fix: " in rule["help"]["text"]
    assert f"reconciler explain {code}" in rule["help"]["text"]
    assert ("defaultConfiguration" in rule) is (code in get_args(LintCode))


def test_fingerprint_stays_when_lines_move_and_differs_otherwise() -> None:
    """A finding that is known is not reported as new because a line was added above it."""

    def prints(*found: Finding) -> list[str]:
        issues = json.loads(code_quality.render(report(found), Layout()))
        return [each["fingerprint"] for each in issues]

    told = "declared at manifests/b.yaml:{}:3 already"
    one = Finding("error", "duplicate-address", told.format(7), Source("manifests/a.yaml", 3, 5))
    moved = Finding("error", "duplicate-address", told.format(9), Source("manifests/a.yaml", 8, 5))
    other = Finding("error", "duplicate-address", told.format(7), Source("manifests/c.yaml", 3, 5))

    assert prints(one) == prints(moved)
    assert prints(one) != prints(other)
    assert len(set(prints(one, one, other))) == 3


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(found=findings)
@example(found=[Finding("error", "syntax", each, Source(each, 1)) for each in HOSTILE])
def test_junit_is_xml_that_ci_servers_count(found: list[Finding]) -> None:
    """An XML parser takes every character, and the counts are those of the cases."""
    root = ET.fromstring(junit.render(report(found), Layout()))  # noqa: S314 - our own output

    suite = root[0]
    cases = suite.findall("testcase")
    failures = suite.findall("testcase/failure")
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    assert len(cases) == int(suite.attrib["tests"]) == int(root.attrib["tests"]) >= 1
    assert len(failures) == int(suite.attrib["failures"])
    assert len(failures) == sum(each.severity == "error" for each in found)
    assert {child.tag for case in cases for child in case} <= {"failure", "system-out"}
    for case in cases:
        assert case.attrib.keys() <= {"name", "classname", "file", "line", "time"}
        assert case.attrib["name"]
    for failure, finding in zip(
        failures, (each for each in found if each.severity == "error"), strict=True
    ):
        assert failure.attrib == {"type": finding.code, "message": escape(finding.message)}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(found=findings)
@example(found=[Finding("error", "syntax", each, Source(each, 1)) for each in HOSTILE])
def test_code_quality_has_what_gitlab_reads(found: list[Finding]) -> None:
    """Each issue has the keys that GitLab needs, a known severity and a relative path."""
    issues = json.loads(code_quality.render(report(found), Layout()))

    assert len(issues) == len(found)
    for issue in issues:
        assert issue["description"].isprintable()
        assert re.fullmatch(r"[0-9a-f]{64}", issue["fingerprint"])
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1
        assert issue["check_name"] in CODES
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(found=findings)
@example(found=[Finding("error", "syntax", each, Source(each, 1)) for each in HOSTILE])
def test_annotations_are_one_command_each_and_nothing_more(found: list[Finding]) -> None:
    """The runner reads back what the finding says, and no text begins a command of its own."""
    lines = github.render(report(found), Layout()).splitlines()

    commands = [line for line in lines if line.startswith("::")]
    assert len(commands) == len(found) == len(lines) - 1
    for line, finding in zip(commands, found, strict=True):
        parts = re.fullmatch(r"::(error|warning|notice) ((?:\w+=[^,:]*,?)+)::(.*)", line)
        assert parts
        assert "::" not in re.sub(r"^::\w+ [^:]*::", "", line) or "::" in finding.message
        told = parts[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
        assert told == escape(finding.message)
        properties = dict(each.partition("=")[::2] for each in parts[2].split(","))
        assert properties["title"] == finding.code
        assert ("file" in properties) is (finding.source is not None)


@pytest.mark.parametrize("renderer", [sarif, junit, code_quality])
def test_findings_are_bounded(renderer: ModuleType) -> None:
    """No project makes a report that a server refuses for its size; errors are kept first."""
    many = [Finding("warning", "BM301", "x", Source(f"m/{n}.yaml", 1)) for n in range(11_000)]

    text = renderer.render(report([*many, ERROR]), Layout())

    assert text.count("BM301") <= IN_DOCUMENTS.in_all * 3 + 10
    assert text.count("manifests/a.yaml") >= 1
    assert "m/10999.yaml" not in text


def test_paths_begin_at_the_root_of_the_repository() -> None:
    """A project in a folder of a repository gets its notes beside the right lines."""
    shown = github.render(report([ERROR]), Layout(folder="billing"))

    assert "file=billing/manifests/a.yaml,line=3,col=5" in shown
