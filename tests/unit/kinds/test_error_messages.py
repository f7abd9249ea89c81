"""Whatever is wrong with a value is said in plain English, with its bound."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from reconciler.kinds.catalogue import discover
from reconciler.kinds.parse import parse_spec
from reconciler.manifest.validation import complaints
from reconciler.policies.spec import PolicyFile
from reconciler.project.spec import ProjectFile
from tests.support.planning import MINIMAL_SPECS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

CATALOGUE = discover()
# How the library begins its sentences, and what it calls things.
FOREIGN = re.compile(
    r"input should|(string|value|list|dictionary|number) should|valid (string|integer|decimal|date)"
    r"|instance of|match pattern|items? after|not valid here",
    re.IGNORECASE,
)
WRONG: list[Any] = [
    *("", " ", "x" * 70_000, "text", "a b,c@", "2026-13-45", "99"),
    *(0, -1, 10**12, Decimal("-0.5"), Decimal("100.5"), Decimal("1E+30")),
    *(True, [], ["a", "a"], [1], [{}], {}, {"id": []}, {"email": "no"}, {"x": 1}),
]
PROJECT: dict[str, Any] = {
    "apiVersion": "reconciler/v1",
    "kind": "Project",
    "metadata": {"name": "acme"},
    "spec": {
        "manifests": ["manifests"],
        "policies": "policies",
        "targets": {
            "prod": {
                "url": "https://billing.example.com/billmgr",
                "auth": {"username": {"env": "U"}, "password": {"env": "P"}},
                "concurrency": {"reads": 4, "writes": 2},
                "timeouts": {"connect": 5, "read": 60, "settle": 60},
                "format": "xml",
            }
        },
        "guards": {"maxDeletes": 5, "maxDeleteShare": Decimal("0.2"), "maxCharge": {"EUR": 5}},
    },
}
POLICY: dict[str, Any] = {
    "apiVersion": "reconciler/v1",
    "kind": "Policy",
    "metadata": {"name": "acme"},
    "spec": {
        "severity": "deny",
        "match": {"kinds": ["Discount"], "actions": ["create"]},
        "when": "true",
        "message": "no",
        "exceptions": [
            {"address": "Discount/a", "owner": "ann", "until": "2027-01-31", "reason": "why"}
        ],
    },
}


@pytest.mark.parametrize("kind", CATALOGUE.by_name)
def test_no_error_of_a_spec_uses_a_librarys_words(kind: str) -> None:
    """Every field of every kind, with values of every wrong sort."""
    described = CATALOGUE.by_name[kind]
    names = {facet.name.partition(".")[0] for facet in described.facets}
    faults = [
        fault
        for name in names
        for value in WRONG
        for fault in parse_spec(described, {**MINIMAL_SPECS[kind], name: value})[1]
    ]

    assert faults
    assert {fault.message for fault in faults if FOREIGN.search(fault.message)} == set()


@pytest.mark.parametrize("kind", CATALOGUE.by_name)
def test_every_bound_of_a_spec_is_named_with_the_value(kind: str) -> None:
    """Read off the schema that editors check by, so that no bound is forgotten."""
    described = CATALOGUE.by_name[kind]
    for name, schema in described.spec.model_json_schema(by_alias=True)["properties"].items():
        for bad, words in _beyond(schema):
            _, faults = parse_spec(described, {**MINIMAL_SPECS[kind], name: bad})

            assert [fault.message for fault in faults] == [f"{name}: {words}"]


def _beyond(schema: dict[str, Any]) -> Iterator[tuple[Any, str]]:
    for option in schema.get("anyOf", [schema]):
        if "minimum" in option:
            low = int(option["minimum"])
            yield low - 1, f"{low - 1} is below {low}"
        if "exclusiveMinimum" in option:
            low = int(option["exclusiveMinimum"])
            yield low, f"{low} is not above {low}"
        if "maximum" in option:
            high = int(option["maximum"])
            yield high + 1, f"{high + 1} is above {high}"
        if option.get("type") == "string" and "maxLength" in option and "pattern" not in option:
            most = option["maxLength"]
            yield "x" * (most + 1), f"it has {most + 1} characters, at most {most} are allowed"


@pytest.mark.parametrize(
    ("kind", "field", "value", "words"),
    [
        ("Discount", "percentage", 110, "percentage: 110 is above 100"),
        ("Client", "email", "nobody", "email: expected one email address, such as "),
        ("Service", "type", "vps", "type: expected vhost, vds or dedic"),
        ("Service", "payFrom", "cash", "payFrom: expected cart or balance"),
        ("Client", "note", 5, "note: expected a text; write it in quotes"),
        ("Service", "autoRenewMonths", 0, "autoRenewMonths: 0 is below 1"),
    ],
)
def test_fault_names_field_value_and_bound(
    kind: str, field: str, value: object, words: str
) -> None:
    """The sentence that an author reads."""
    _, (fault,) = parse_spec(CATALOGUE.by_name[kind], {**MINIMAL_SPECS[kind], field: value})

    assert fault.message.startswith(words)


@pytest.mark.parametrize(("model", "document"), [(ProjectFile, PROJECT), (PolicyFile, POLICY)])
def test_no_error_of_a_project_or_policy_uses_a_librarys_words(
    model: type[BaseModel], document: dict[str, Any]
) -> None:
    """Every place of the file, with values of every wrong sort; a text is never repeated."""
    model.model_validate(document)
    reported: list[str] = []
    for path in _paths(document):
        for value in [*WRONG, "hunter2 is secret"]:
            try:
                model.model_validate(_with(document, path, value))
            except ValidationError as error:
                reported += complaints(error)

    assert reported
    assert {words for words in reported if FOREIGN.search(words)} == set()
    assert [words for words in reported if "hunter2" in words] == []


def _paths(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items: list[tuple[Any, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, item in items:
        yield from _paths(item, (*path, key))


def _with(document: object, path: tuple[Any, ...], value: object) -> object:
    if not path:
        return value
    key, *rest = path
    if isinstance(document, dict):
        return {**document, key: _with(document[key], tuple(rest), value)}
    assert isinstance(document, list)
    return [_with(v, tuple(rest), value) if n == key else v for n, v in enumerate(document)]
