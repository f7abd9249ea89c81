"""The JSON Schemas of the documents, made of the types that their builders return.

Invariant: every map is closed, but for those whose keys are free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from reconciler.documents.approval import ApprovedDocument
from reconciler.documents.call import CallDocument
from reconciler.documents.comment import CommentDocument
from reconciler.documents.diagnostics import DiagnosticsDocument
from reconciler.documents.drift import DriftDocument
from reconciler.documents.export import ExportDocument
from reconciler.documents.findings import ErrorDocument, ValidationDocument
from reconciler.documents.formatted import FormattedDocument
from reconciler.documents.graph import GraphDocument
from reconciler.documents.inventory import ImportDocument, InventoryDocument
from reconciler.documents.journal import JournalDocument, UndoDocument
from reconciler.documents.outcome import ApplyDocument
from reconciler.documents.plan import PlanDocument
from reconciler.documents.price import PriceDocument
from reconciler.documents.receipts import ChargingRunsDocument, ReceiptsDocument
from reconciler.documents.refresh import RefreshDocument
from reconciler.documents.rehearsal import RehearsalDocument
from reconciler.documents.snapshot import SnapshotDocument
from reconciler.documents.state import StateDocument
from reconciler.documents.targets import TargetsDocument
from reconciler.model.reason import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import core_schema

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DOCUMENTS: Mapping[str, Any] = {
    "plan": PlanDocument,
    "apply": ApplyDocument,
    "approve": ApprovedDocument,
    "rehearse": RehearsalDocument,
    "drift": DriftDocument,
    "comment": CommentDocument,
    "refresh": RefreshDocument,
    "export": ExportDocument,
    "validate": ValidationDocument,
    "fmt": FormattedDocument,
    "doctor": DiagnosticsDocument,
    "call": CallDocument,
    "graph": GraphDocument,
    "inventory": InventoryDocument,
    "import": ImportDocument,
    "journal": JournalDocument,
    "undo": UndoDocument,
    "price": PriceDocument,
    "receipts": ReceiptsDocument,
    "state": StateDocument,
    "charging-runs": ChargingRunsDocument,
    "snapshot": SnapshotDocument,
    "targets": TargetsDocument,
    "error": ErrorDocument,
}


def report_schemas() -> Mapping[str, Schema]:
    """Return the schemas of the documents that commands print, by the name of their file."""
    return {f"{name}.schema.json": _schema(shape) for name, shape in _DOCUMENTS.items()}


def _schema(shape: Any) -> Schema:  # noqa: ANN401 - a TypedDict, or several
    schema = TypeAdapter(shape).json_schema(schema_generator=_Closed)
    title = schema.pop("description", "What the panel answered to a call.")
    return {"$schema": DIALECT, "title": title, **schema}


class _Closed(GenerateJsonSchema):
    """Closes the maps whose keys are known, and leaves generated titles out."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - as there
        """Return False: the title would be the key again."""
        return False

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> Schema:
        """Return the schema of a map that has these keys alone."""
        found = super().typed_dict_schema(schema)
        found.pop("title", None)
        if "description" in found:
            found["description"] = found["description"].replace("``", "`")
        return {**found, "additionalProperties": False}

    def enum_schema(self, schema: core_schema.EnumSchema) -> Schema:
        """Return the schema of a closed set; that of the codes says what each means."""
        if schema["cls"] is not ReasonCode:
            return super().enum_schema(schema)
        codes = [{"const": str(code), "description": code.meaning} for code in ReasonCode]
        return {"oneOf": codes}

    def dict_schema(self, schema: core_schema.DictSchema) -> Schema:
        """Return the schema of a map; one by the words of a closed set holds every word."""
        found = super().dict_schema(schema)
        words = found.get("propertyNames", {}).get("enum")
        if words is None:
            return found
        return {
            "type": "object",
            "properties": dict.fromkeys(words, found["additionalProperties"]),
            "required": sorted(words),
            "additionalProperties": False,
        }
