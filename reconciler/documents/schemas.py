"""The shape of the JSON documents that commands print, as JSON Schemas.

Invariants: maps are closed, so a key that is added without being described here fails the tests;
money, decimals and ids are texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, get_args

from reconciler.model.address import ELEMENT_ID_PATTERN
from reconciler.model.plan import Action, ChangeClass

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
# A finding about a whole file has neither line nor column.
_PLACE: Schema = {"type": ["integer", "null"], "minimum": 1}
_DIGEST: Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_RUN: Schema = {"type": "string", "pattern": "^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}$"}
_OMITTED: Schema = {"omitted": _COUNT}
_SIGNED: Schema = _OMITTED | {
    "undo": _RUN,
    "signature": {"type": "string", "pattern": "^hmac-sha256:[0-9a-f]{64}$"},
}
_ADDRESS: Schema = {"type": "string", "pattern": "^[A-Za-z]+/[a-z0-9][a-z0-9.-]{0,62}$"}
_ID: Schema = {"type": ["string", "null"], "pattern": ELEMENT_ID_PATTERN}
_ACTIONS = get_args(Action)
_CLASSES = get_args(ChangeClass)
_RESULTS = ("verified", "diverged", "failed", "in-doubt", "skipped")
# What every plan counts that was ever saved; later versions count every action.
_COUNTED = ("create", "update", "delete", "adopt", "blocked", "keep")
_STATUSES = ("ok", "warning", "problem", "unknown")
_DRIFTS = ("drift", "pending", "conflict", "missing", "added")


def report_schemas() -> Mapping[str, Schema]:
    """Return the schemas of the documents that commands print, by the name of their file."""
    return {
        "plan.schema.json": _document("A plan, printed or saved.", _plan(), _SIGNED),
        "apply.schema.json": _document("What an apply did.", _apply(), _further()),
        "rehearse.schema.json": _document("What an apply would come to.", _rehearse()),
        "drift.schema.json": _document("What moved since the last apply.", _drift()),
        "validate.schema.json": _document(
            "What is wrong with the manifests.", _validate(), _OMITTED
        ),
        "doctor.schema.json": _document("How well a panel can be worked with.", _doctor()),
        "call.schema.json": _call(),
    }


def _document(title: str, properties: Schema, optional: Schema | None = None) -> Schema:
    version: Schema = {"const": "1"}
    document = _map({"formatVersion": version} | properties)
    document["properties"] |= optional or {}
    return {"$schema": DIALECT, "title": title} | document


def _plan() -> Schema:
    return {
        "target": _target(),
        "digest": _DIGEST,
        "createdAt": {"type": "string", "format": "date-time"},
        "manifestDigest": _DIGEST,
        "summary": _counts(_COUNTED, (*_ACTIONS, "keep")),
        "changes": _list(_change()),
        "findings": _list(_finding()),
        "impact": _map({"charges": _list(_charge())}),
    }


def _change() -> Schema:
    change = _map(
        {
            "address": _ADDRESS,
            "action": {"enum": list(_ACTIONS)},
            "id": _ID,
            "parent": {"type": ["string", "null"]},
            "edits": _list(_map({"field": _TEXT, "before": True, "after": True})),
            "reason": _TEXT,
            "classes": {"type": "array", "items": {"enum": list(_CLASSES)}, "uniqueItems": True},
            "dependsOn": _list(_ADDRESS),
            "source": _source({}),
            "precondition": _TEXT,
        }
    )
    # Whose it is, where that is known, and what a delete loses.
    change["properties"]["client"] = _map(dict.fromkeys(("name", "email", "id"), _TEXT))
    change["properties"]["lost"] = {"type": "object"}
    return change


def _apply() -> Schema:
    outcome = _map(
        {
            "address": _ADDRESS,
            "action": {"enum": list(_ACTIONS)},
            "result": {"enum": list(_RESULTS)},
            "id": _ID,
            "message": _TEXT,
            "requests": _COUNT,
        }
    )
    # What a write moved beside what it carried; what is settled later is not told so much.
    moved = _map(dict.fromkeys(("param", "before", "after"), _TEXT))
    outcome["properties"]["moved"] = _list(moved)
    return {
        "planDigest": _DIGEST,
        "outcomes": _list(outcome),
        "summary": _map(dict.fromkeys(_RESULTS, _COUNT)),
        "charges": _list(_charge({"certain": {"type": "boolean"}})),
    }


def _further() -> Schema:
    what = "why what was done could not be written down; only where that is so"
    error = _map({"code": _TEXT, "message": _TEXT}) | {"description": what}
    counted: Schema = {"description": "how many changes there were of each action"}
    return {"error": error, "actions": _counts((), _ACTIONS) | counted}


def _counts(always: Iterable[str], names: Iterable[str]) -> Schema:
    return _map(dict.fromkeys(names, _COUNT)) | {"required": sorted(always)}


def _rehearse() -> Schema:
    books: Schema = {"type": "object", "additionalProperties": _TEXT}
    return {**_apply(), "books": books, "left": _list(_change())}


def _drift() -> Schema:
    edit = _map({"field": _TEXT, "applied": True, "live": True, "wanted": True})
    drifted = _map(
        {
            "address": _ADDRESS,
            "id": _ID,
            "edits": _list(edit),
            "class": {"enum": list(_DRIFTS)},
            "by": {"type": "object", "description": "who changed it, where the panel tells"},
        }
    )
    return {
        "target": _target(),
        "drifted": _list(drifted),
        "summary": _map(dict.fromkeys((*_DRIFTS, "checked"), _COUNT)),
    }


def _validate() -> Schema:
    return {"resources": _COUNT, "findings": _list(_finding())}


def _doctor() -> Schema:
    status: Schema = {"enum": list(_STATUSES)}
    check = {"name": _TEXT, "status": status, "message": _TEXT}
    kind = _map(
        {
            "kind": _TEXT,
            "status": status,
            "functions": _list(_map({**check, "purpose": _TEXT})),
            "missingFields": _list(_TEXT),
            "missingColumns": _list(_TEXT),
            "consequences": _list(_TEXT),
        }
    )
    return {
        "target": _target(),
        "checks": _list(_map({**check, "remedy": _TEXT})),
        "kinds": _list(kind),
        "summary": _map(dict.fromkeys(_STATUSES, _COUNT)),
    }


def _call() -> Schema:
    texts: Schema = {"type": "object", "additionalProperties": _TEXT}
    part = {"name": _TEXT, "text": _TEXT, "attributes": texts}
    base = {"formatVersion": {"const": "1"}, "func": _TEXT}
    parts = _list({"$ref": "#/$defs/part"})
    rows = _list({"$ref": "#/$defs/row"})
    answers: dict[str, Schema] = {
        "rows": {"rows": rows, "filters": _list(_TEXT)},
        "form": {
            "fields": texts,
            "titles": texts,
            "options": {"type": "object", "additionalProperties": texts},
            "lists": {"type": "object", "additionalProperties": rows},
            "parts": parts,
        },
        "done": {
            "confirmed": {"type": "boolean"},
            "id": _ID,
            "text": _TEXT,
            "fields": texts,
            "parts": parts,
        },
        "parts": {"parts": parts},
        "file": {"bytes": _COUNT},
    }
    return {
        "$schema": DIALECT,
        "title": "What the panel answered to a call.",
        "oneOf": [
            _map({**base, "answer": {"const": name}, **fields}) for name, fields in answers.items()
        ],
        "$defs": {
            "part": _map({**part, "parts": parts}),
            "row": _map({"values": texts, "codes": texts, "parts": parts}),
        },
    }


def _target() -> Schema:
    return _map({"name": _TEXT, "url": _TEXT})


def _finding() -> Schema:
    return _map(
        {
            "severity": {"enum": ["error", "warning", "note"]},
            "code": _TEXT,
            "message": _TEXT,
            "source": _source({"column": _PLACE}),
        }
    )


def _source(further: Schema) -> Schema:
    return {"anyOf": [{"type": "null"}, _map({"file": _TEXT, "line": _PLACE} | further)]}


def _charge(further: Schema | None = None) -> Schema:
    amount: Schema = {"type": ["string", "null"], "description": "null where it is not known"}
    fields: Schema = {"address": _ADDRESS, "amount": amount, "currency": _TEXT}
    charge = _map(fields | (further or {}))
    # How the amount is known, where it is, and what its manifest lets it come to.
    charge["properties"]["source"] = {"enum": ["quoted", "computed"]}
    charge["properties"]["atMost"] = {"type": "object", "additionalProperties": _TEXT}
    return charge


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _map(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }
