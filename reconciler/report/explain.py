"""Explain a kind or one of its fields, from the descriptor that reading and writing use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.kinds.fields import Field, Mode, ValueType
from reconciler.report.explain_topics import example_blocks, topic_rows
from reconciler.report.layout import joined, table
from reconciler.report.lint_help import LINT, OF_LINT
from reconciler.report.schema_words import type_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.kind import LookupKind, ResourceKind

POLICY = "Policy"
_OF_POLICIES = "the project's own rules over plans, and their variables"
_FURTHER = (
    (LINT, OF_LINT),
    ("BM301", "a rule of lint, by its code"),
    ("codes", "the words for programs in findings, reasons and errors"),
    ("exit-codes", "how a command ended, for scripts"),
    ("COMMAND", "the help of a command, such as plan or sandbox seed"),
)
_MODES = {
    Mode.EDIT: "set at any time",
    Mode.CREATE_ONLY: "set at creation only",
    Mode.SENT_ONCE: "sent at creation, never compared",
    Mode.WRITE_ONLY: "sent at creation and when `rotate` changes",
    Mode.MEMBERS: "exactly these are enabled",
    Mode.SWITCH: "changed by actions of its own",
    Mode.RENEW: "reached by renewing; charges money",
    Mode.PAID: "may charge money",
    Mode.LOCAL: "used by reconciler only, never sent",
}
# Added to the description of a field.
_BESIDES = {
    Mode.SENT_ONCE: "at creation only",
    Mode.PAID: "may charge money",
    Mode.RENEW: "charges money",
}


def catalogue_text(catalogue: Catalogue) -> str:
    """List the kinds that manifests may declare, and those that they may refer to."""
    declared = [(kind.name, kind.doc) for kind in catalogue.resources]
    referred = [(kind.name, kind.doc) for kind in catalogue.lookups.values()]
    return joined(
        [
            table(("KIND", "WHAT IT IS"), declared),
            table(("LOOKUP", "REFERRED TO, NOT DECLARED"), referred),
            table(("TOPIC", "WHAT IT IS"), [*topic_rows(), (POLICY, _OF_POLICIES), *_FURTHER]),
            ["`reconciler explain KIND.FIELD` explains a field; kinds and topics have examples."],
        ]
    )


def kind_text(kind: ResourceKind, children: Mapping[str, ResourceKind]) -> str:
    """Explain a kind: its purpose, its identity, its removal and its fields."""
    about = [f"{kind.name}: {kind.doc}", "", f"  known by    {identity_words(kind)}"]
    if kind.inline:
        about.append(f"  inline      `{kind.inline}`, without `{kind.parent}`, each with a `name`")
    if children:
        about.append(f"  may hold    {', '.join(children)} inline; a list is authoritative")
    about.append(f"  on removal  {removal_words(kind)}")
    rows = [(_starred(facet), field_type(kind, facet), _about(facet)) for facet in kind.facets]
    fields = table(("FIELD", "TYPE", "WHAT IT IS"), rows)
    return joined([about, fields, _legend(kind), *example_blocks(kind.example)])


def lookup_text(kind: LookupKind) -> str:
    """Explain a lookup: manifests refer to it and never declare it."""
    return joined(
        [
            [f"{kind.name}: {kind.doc}"],
            ["Manifests refer to it by name or {id: …}; it is not declared."],
            [f"List them: reconciler call {kind.list}"],
        ]
    )


def field_text(kind: ResourceKind, facet: Field) -> str:
    """Explain one field: type, when it is set, and the parameter that carries it."""
    wire = facet.wire
    lines = [
        f"{kind.name}.{facet.name}: {facet.doc}",
        "",
        f"  type       {field_type(kind, facet)}",
        f"  required   {_required_words(facet)}",
        f"  when       {_MODES[wire.mode]}",
    ]
    if names := parameters(facet):
        lines.append(f"  parameter  {', '.join(names)}")
    if wire.options or wire.mode is Mode.PAID:
        lines.append(f"  offered    {_offered(kind)}")
    if wire.none:
        lines.append("  null       means none")
    width = max((len(word) for word, _ in wire.meanings), default=0)
    for place, (word, meaning) in enumerate(wire.meanings):
        lines.append(f"  {'' if place else 'values':<9}  {word:<{width}}  {meaning}")
    if wire.classes:
        lines.append(
            f"  needs      {', '.join(f'--allow {name}' for name in sorted(wire.classes))}"
        )
    return joined([lines])


def mode_words(facet: Field) -> str:
    """Return when a field reaches the panel, and which consent it needs, in words."""
    needs = [f"needs --allow {name}" for name in sorted(facet.wire.classes)]
    return "; ".join([_MODES[facet.wire.mode], *needs])


def parameters(facet: Field) -> tuple[str, ...]:
    """Return the parameters that carry a field; none where actions of their own set it."""
    mode = facet.wire.mode
    if not (facet.on_form or mode in {Mode.SENT_ONCE, Mode.WRITE_ONLY, Mode.PAID}):
        return ()
    return (f"{facet.param}N" if mode is Mode.PAID else facet.param, *facet.wire.also)


def exit_codes_text(meanings: Mapping[str, str]) -> str:
    """List the exit codes of all commands."""
    about = "exit-codes: how a command ended, the same for text and for JSON"
    return joined([[about], table(("CODE", "MEANING"), list(meanings.items()))])


def exit_code_text(code: str, meaning: str) -> str:
    """Explain one exit code."""
    return joined(
        [[f"exit code {code}: {meaning}"], ["List them all: reconciler explain exit-codes"]]
    )


def _offered(kind: ResourceKind) -> str:
    """Return the commands that show the options of a form, or the titles of add-ons."""
    forms = [kind.func(kind.form, variant) for variant in kind.variants]
    plid = f" plid={kind.parent.upper()}_ID" if kind.scope == "elid" else ""
    calls = " or ".join(f"`reconciler call {form}{plid} elid=ID`" for form in forms)
    return f"{calls}; a plan suggests similar ones"


def _required_words(facet: Field) -> str:
    if facet.required:
        return "yes"
    left = "not managed if left out"
    return f"to create a new one; {left}" if facet.wire.needed else f"no; {left}"


def _starred(facet: Field) -> str:
    sign = "*" if facet.required else "+" if facet.wire.needed else ""
    return f"{facet.name}{sign}"


def _about(facet: Field) -> str:
    besides = _BESIDES.get(facet.wire.mode)
    return f"{facet.doc} ({besides})" if besides else facet.doc


def _legend(kind: ResourceKind) -> list[str]:
    needed = any(facet.wire.needed for facet in kind.facets)
    more = ["+ is required to create a new one; an existing object can be declared without it."]
    left = "A field that is left out is not managed."
    return ["* is required.", *more, left] if needed else [f"* is required. {left}"]


def identity_words(kind: ResourceKind) -> str:
    """Return what an object of a kind is known by, in words."""
    names = [kind.parent, *kind.identity] if kind.parent and kind.identity else [*kind.identity]
    marker = f"our marker in `{kind.marker.param}`" if kind.marker else ""
    plain = " + ".join(names)
    return ", else ".join(part for part in (marker, plain) if part)


def removal_words(kind: ResourceKind) -> str:
    """Return what becomes of an object whose manifest is removed, in words."""
    others = sorted(kind.removals - {kind.on_remove})
    choice = f" (lifecycle.onRemove: {' or '.join(others)})" if others else ""
    return f"{kind.on_remove}{choice}"


def field_type(kind: ResourceKind, facet: Field) -> str:
    """Name the type of a field as a person would."""
    wire = facet.wire
    if wire.mode is Mode.WRITE_ONLY:
        return "reference to a secret"
    match wire.shape:
        case ValueType.REF:
            return f"reference to a {wire.ref}"
        case ValueType.CHOICE:
            return "choice, or {id: …}"
        case ValueType.CHOICES:
            return "list of choices"
        case ValueType.PLAIN:
            return type_words(_schema_of(kind, facet))


def _schema_of(kind: ResourceKind, facet: Field) -> Mapping[str, Any]:
    whole = kind.spec.model_json_schema(by_alias=True)
    found: Mapping[str, Any] = whole
    for step in facet.name.split("."):
        found = found["properties"][step]
        while "$ref" in found:
            found = whole["$defs"][found["$ref"].rpartition("/")[2]]
    return found
