"""JSON Schemas of manifests, policies and the project file, for editors and for other programs.

Invariants: they follow from the catalogue alone; what the schema of a kind refuses, loading
refuses too, and the same text comes out on every machine.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from reconciler.documents.schemas import DIALECT, Schema, report_schemas
from reconciler.manifest.load.document import SET_KIND
from reconciler.manifest.load.waivers import LINT_CODES
from reconciler.model.address import NAME_PATTERN
from reconciler.model.resource import REMOVALS
from reconciler.policies.spec import PolicyFile
from reconciler.project.spec import ProjectFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import ResourceKind
    from reconciler.kinds.spec import Spec

_LABELLED: Schema = {"description": "labels to select it by: plan -l KEY=TEXT"}
# The keys of a document, before its kind says more of them.
_KEYS = {
    "apiVersion": "the version of the manifest format",
    "kind": "what the document declares",
    "metadata": "the name of the resource, and labels to select it by",
    "lifecycle": "how the resource may end, which fields are not compared, and its former name",
    "lint": "rules of lint that are waived for what this document declares",
    "spec": "the fields; one that is left out is not managed",
}
_SAME_FOR_ALL = ("apiVersion", "kind", "metadata", "lint")
_NAMED: Schema = {"description": "unique within the kind; a-z, 0-9, '.' and '-', at most 63"}
_NAME: Schema = {"type": "string", "pattern": NAME_PATTERN}
# What the names of a set's resources are made of.
_NAMES = r"^([a-z0-9.-]|\{client\}|\{label:[^{}]+\})+$"
_LABEL = "^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$"
_LABELS: Schema = {
    "type": "object",
    "propertyNames": {"pattern": _LABEL},
    "additionalProperties": {"type": "string", "pattern": _LABEL},
}
_SAID: Schema = {"type": "string", "pattern": r"\S"}
_WAIVER: Schema = {
    "type": "object",
    "properties": {
        "code": {"enum": list(LINT_CODES), "description": "the rule: reconciler explain CODE"},
        "reason": _SAID | {"description": "why the rule is waived"},
        "owner": _SAID | {"description": "who answers for the waiver"},
        "until": {"type": "string", "format": "date", "description": "the last day of it"},
        "resource": _NAME | {"description": "one of the names in this document, not all"},
    },
    "required": ["code", "reason", "owner"],
    "additionalProperties": False,
}
_LINT: Schema = {
    "type": "object",
    "properties": {"waive": {"type": "array", "items": _WAIVER}},
    "additionalProperties": False,
}


def json_schemas(catalogue: Catalogue) -> Mapping[str, Schema]:
    """Return every schema by the name of its file."""
    kinds = {f"{_slug(kind.name)}.schema.json": kind for kind in catalogue.resources}
    policy: Schema = {"$schema": DIALECT, "title": "A policy"} | _without_nulls(_plain(PolicyFile))
    matched = policy["properties"]["spec"]["properties"]["match"]["properties"]
    matched["kinds"]["items"] = {"enum": [kind.name for kind in kinds.values()]}
    project = {"$schema": DIALECT, "title": "A project file"} | _without_nulls(_plain(ProjectFile))
    documents = {kind.name: _manifest(catalogue, kind) for kind in kinds.values()}
    documents[SET_KIND] = _resource_set(catalogue)
    overlays = {name: _overlay(document) for name, document in documents.items()}
    return {
        **{
            f"{_slug(name)}.schema.json": {"$schema": DIALECT} | document
            for name, document in documents.items()
        },
        "manifest.schema.json": _any_document("A manifest", documents),
        "overlay.schema.json": _any_document("A document of a folder of overlays", overlays),
        "policy.schema.json": policy,
        "project.schema.json": project,
        **report_schemas(),
    }


def schema_texts(catalogue: Catalogue) -> Mapping[str, str]:
    """Return every schema as the text of its file."""
    return {
        name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in json_schemas(catalogue).items()
    }


def _any_document(title: str, documents: Mapping[str, Schema]) -> Schema:
    """Join the schemas of several kinds into one, in which the kind chooses the rest.

    The keys stand at the top, so that an editor completes them before there is a kind, and reports
    a mistake once. A kind is chosen by a pattern and not by a constant: a language server that
    completes takes a constant for met when its word only begins like it, and would offer the
    values of a ClientAccount in a Client.
    """
    keys = dict.fromkeys(key for document in documents.values() for key in document["properties"])
    needed = [key for key in keys if all(key in d["required"] for d in documents.values())]
    first = next(iter(documents.values()))
    return {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "required": needed,
        "additionalProperties": False,
        "properties": {
            **{key: _described(key, {"type": "object"}) for key in keys},
            **{key: first["properties"][key] for key in _SAME_FOR_ALL},
            "kind": _described("kind", {"enum": list(documents)}),
        },
        "allOf": [
            {
                "if": {"properties": {"kind": {"pattern": f"^{kind}$"}}, "required": ["kind"]},
                "then": {
                    "properties": {
                        key: document["properties"].get(key, False)
                        for key in keys
                        if key not in _SAME_FOR_ALL
                    }
                },
            }
            for kind, document in documents.items()
        ],
    }


def _described(key: str, schema: Schema) -> Schema:
    return {"description": _KEYS[key]} | schema


def _overlay(document: Schema) -> Schema:
    """Return the schema of what is laid over a document: nothing of its body is required."""
    spec = {
        key: value for key, value in document["properties"]["spec"].items() if key != "required"
    }
    if "clients" in spec["properties"]:
        clients = {k: v for k, v in spec["properties"]["clients"].items() if k != "required"}
        spec["properties"] = spec["properties"] | {"clients": clients}
    needed = [key for key in document["required"] if key != "spec"]
    return document | {
        "required": needed,
        "properties": document["properties"] | {"spec": spec},
    }


def _resource_set(catalogue: Catalogue) -> Schema:
    labels = _LABELS | {"minProperties": 1, "description": "clients that have all these labels"}
    excepted = {"description": "names of Client manifests that are left out", "type": "array"}
    clients = _closed({"labels": labels, "except": excepted | {"items": _NAME}}, ["labels"])
    entries = [_set_entry(kind) for kind in catalogue.resources if kind.parent]
    return {
        "title": SET_KIND,
        "description": "The same resources for many clients.",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": _described("apiVersion", {"const": "reconciler/v1"}),
            "kind": _described("kind", {"const": SET_KIND}),
            "metadata": _described("metadata", _closed({"name": _NAME | _NAMED}, ["name"])),
            "lint": _described("lint", _LINT),
            "spec": _closed(
                {
                    "clients": clients | {"description": "the clients, by labels of manifests"},
                    "resources": {
                        "type": "array",
                        "minItems": 1,
                        "description": "what each of the clients gets",
                        "items": {"oneOf": entries},
                    },
                },
                ["clients", "resources"],
            )
            | {"description": "which clients, and what each of them gets"},
        },
    }


def _set_entry(kind: ResourceKind) -> Schema:
    spec = _spec(kind)
    spec["properties"].pop(kind.parent)
    spec["required"] = [name for name in spec.get("required", []) if name != kind.parent]
    name = {"type": "string", "pattern": _NAMES}
    lifecycle = _lifecycle(kind)
    known = {k: v for k, v in lifecycle["properties"].items() if k not in {"adopt", "overrides"}}
    former = {"anyOf": [name, {"type": "array", "items": name, "uniqueItems": True}]}
    known["movedFrom"] = known["movedFrom"] | former
    return _closed(
        {
            "kind": {"const": kind.name},
            "name": name | {"description": "the names, such as {client}-yearly"},
            "lifecycle": lifecycle | {"properties": known},
            "spec": spec,
        },
        ["kind", "name", "spec"],
    )


def _manifest(catalogue: Catalogue, kind: ResourceKind) -> Schema:
    spec = _spec(kind)
    for key, child in catalogue.children[kind.name].items():
        spec["properties"][key] = {
            "type": "array",
            "description": f"every {child.name} of this {kind.name}: the list is complete",
            "items": _inline(child),
        }
    return {
        "title": kind.name,
        "description": kind.doc,
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": _described("apiVersion", {"const": "reconciler/v1"}),
            "kind": _described("kind", {"const": kind.name}),
            "metadata": _described(
                "metadata",
                _closed({"name": _NAME | _NAMED, "labels": _LABELS | _LABELLED}, ["name"]),
            ),
            "lifecycle": _described("lifecycle", _lifecycle(kind)),
            "lint": _described("lint", _LINT),
            "spec": _described("spec", spec),
        },
    }


def _inline(kind: ResourceKind) -> Schema:
    spec = _spec(kind)
    spec["properties"].pop(kind.parent)
    spec["properties"] = {"name": _NAME, "lifecycle": _lifecycle(kind)} | spec["properties"]
    required = [name for name in spec.get("required", []) if name != kind.parent]
    return spec | {"required": ["name", *required]}


def _lifecycle(kind: ResourceKind) -> Schema:
    overrides = _NAME | {"description": "the ResourceSet that this resource stands above"}
    fields = sorted(kind.by_name)
    ignored = _closed(
        {
            "field": {"enum": fields},
            "reason": {"type": "string", "pattern": r"\S"},
            "until": {"type": "string", "format": "date"},
        },
        ["field", "reason"],
    )
    on_remove = {
        "enum": sorted(kind.removals),
        "enumDescriptions": [REMOVALS[removal] for removal in sorted(kind.removals)],
        "description": f"when the manifest is removed; {kind.on_remove} by default",
    }
    return _closed(
        {
            "onRemove": on_remove,
            "protect": {"type": "boolean", "description": "never deleted, never replaced"},
            "ignore": {
                "type": "array",
                "items": ignored,
                "description": "fields that are not changed, each with field, reason and until",
            },
            "movedFrom": {
                "description": "the former name of this resource: its object is kept",
                "anyOf": [_NAME, {"type": "array", "items": _NAME, "uniqueItems": True}],
            },
            "adopt": _closed({"id": {"type": "string", "minLength": 1}}, ["id"])
            | {"description": "the live object of this resource, where several match"},
            **({"overrides": overrides} if kind.parent else {}),
        },
        [],
    )


def _spec(kind: ResourceKind) -> Schema:
    schema = _plain(kind.spec)
    for name, field in schema["properties"].items():
        facet = kind.by_name.get(name)
        if facet is None or not facet.wire.none:
            schema["properties"][name] = _not_null(field)
        if facet is not None and facet.wire.meanings:
            # No keyword of the dialect: editors show it beside each value that they complete.
            schema["properties"][name]["enumDescriptions"] = [
                meaning for _, meaning in facet.wire.meanings
            ]
    return schema


def _plain(spec: type[Spec]) -> Schema:
    raw = spec.model_json_schema(by_alias=True)
    cleaned: Schema = _clean(raw, raw.get("$defs", {}))
    return cleaned


def _clean(node: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Put definitions in their place; drop generated titles, and defaults, which mislead here."""
    if isinstance(node, list):
        return [_clean(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].removeprefix("#/$defs/")]
        further = {key: value for key, value in node.items() if key != "$ref"}
        return _clean(target | further, definitions)
    return {
        key: _properties(value, definitions) if key == "properties" else _clean(value, definitions)
        for key, value in node.items()
        if key not in {"title", "default", "$defs"}
    }


def _properties(fields: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    # A key that is refused whatever it holds is not offered: it is as unknown as any other.
    known = {name: field for name, field in fields.items() if field.get("not") != {}}
    return {name: _clean(field, definitions) for name, field in known.items()}


def _not_null(field: Schema) -> Schema:
    arms = [arm for arm in field.get("anyOf", ()) if arm != {"type": "null"}]
    if len(arms) == len(field.get("anyOf", ())):
        return field
    rest = {key: value for key, value in field.items() if key != "anyOf"}
    return (arms[0] | rest) if len(arms) == 1 else rest | {"anyOf": arms}


def _without_nulls(node: Schema) -> Schema:
    """Refuse null everywhere but in the guards, where it leaves a bound off."""
    fields = node.get("properties", {})
    for name, field in fields.items():
        if name != "guards":
            fields[name] = _without_nulls(_not_null(field))
    for pattern, inner in node.get("patternProperties", {}).items():
        node["patternProperties"][pattern] = _without_nulls(inner)
    if "items" in node:
        node["items"] = _without_nulls(node["items"])
    further = node.get("additionalProperties")
    return node | {"additionalProperties": _without_nulls(further)} if further else node


def _closed(properties: Schema, required: list[str]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _slug(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
