"""The reference of kinds and fields as a page of Markdown, from what ``explain`` goes by.

Invariants: every kind, field and key that a file may hold is on the page; the same catalogue gives
the same text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.kinds.fields import Mode
from reconciler.report.explain import (
    field_type,
    identity_words,
    mode_words,
    parameters,
    removal_words,
)
from reconciler.report.explain_topics import TOPICS, topic_keys
from reconciler.report.schema_words import key_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.fields import Field
    from reconciler.kinds.kind import ResourceKind

    Schemas = Mapping[str, dict[str, Any]]

_HEAD = """\
# Reference: kinds, fields and schemas

This page is generated: `reconciler schema --write schemas` writes it beside the schemas.
`reconciler explain KIND` prints the same with an example, and `reconciler explain KIND.FIELD` says
where the options of a field come from.

*Left out* says what it means that a manifest does not have the field, *when* says when the field
reaches the panel, and *parameter* under which name. A field that may cost money says so."""
_OTHERS = """\
## Files and reports

Each file has a schema for editors, and each JSON document of a command has one for programs."""


def reference_page(catalogue: Catalogue, schemas: Schemas) -> str:
    """Return the page: the kinds, what is only referred to, the other files, all schemas."""
    files = {str(schema.get("title", "")): name for name, schema in schemas.items()}
    blocks = [_HEAD, "\n".join(_contents(catalogue))]
    blocks += [_kind(kind, catalogue, files[kind.name]) for kind in catalogue.resources]
    lookups = [(kind.name, kind.doc) for kind in catalogue.lookups.values()]
    blocks.append(
        "\n\n".join(
            [
                "## Lookups",
                "Manifests refer to these by name or `{id: …}`; they are not declared.",
                _table(("lookup", "meaning"), lookups),
            ]
        )
    )
    blocks += [_topic(name, schemas) for name, topic in TOPICS.items() if topic.keys]
    policy = schemas[files["A policy"]]["properties"]["spec"]
    blocks.append("## Policy\n\n" + _table(_KEYS, key_rows(policy)))
    rows = [(f"[`{name}`]({name})", _title(schema)) for name, schema in sorted(schemas.items())]
    blocks.append(f"{_OTHERS}\n\n{_table(('schema', 'what it describes'), rows)}")
    return "\n\n".join(blocks) + "\n"


_KEYS = ("key", "type", "meaning")
_COLUMNS = ("field", "type", "left out", "when", "parameter", "meaning")


def _contents(catalogue: Catalogue) -> Iterator[str]:
    for kind in catalogue.resources:
        yield f"- [{kind.name}](#{kind.name.lower()}): {kind.doc}"


def _kind(kind: ResourceKind, catalogue: Catalogue, file: str) -> str:
    children = catalogue.children[kind.name]
    about = [
        f"- schema: [`{file}`]({file})",
        f"- known by: {identity_words(kind)}",
        f"- when its manifest is removed: {removal_words(kind)}",
    ]
    if kind.inline:
        about.append(f"- inline: in `{kind.inline}` of a {kind.parent.capitalize()}")
    if children:
        about.append(f"- may hold inline: {', '.join(f'`{key}`' for key in children)}")
    rows = [_row(kind, facet) for facet in kind.facets]
    parts = [f"## {kind.name}", kind.doc, "\n".join(about), _table(_COLUMNS, rows)]
    if values := list(_values(kind)):
        parts.append("\n".join(values))
    return "\n\n".join(parts)


def _row(kind: ResourceKind, facet: Field) -> tuple[str, ...]:
    return (
        f"`{facet.name}`",
        field_type(kind, facet),
        _left_out(kind, facet),
        mode_words(facet),
        " ".join(f"`{name}`" for name in parameters(facet)),
        facet.doc,
    )


def _left_out(kind: ResourceKind, facet: Field) -> str:
    if facet.required:
        return "required"
    if facet.wire.needed:
        return "needed to create"
    field = kind.spec.model_fields.get(facet.attribute)
    if field is not None and field.default and facet.wire.mode is Mode.LOCAL:
        return f"`{field.default}`"
    return "not managed"


def _values(kind: ResourceKind) -> Iterator[str]:
    for facet in kind.facets:
        for word, meaning in facet.wire.meanings:
            yield f"- `{facet.name}: {word}`: {meaning}"


def _topic(name: str, schemas: Schemas) -> str:
    tables = [
        _table((heading.lower(), "type", "meaning"), rows)
        for heading, rows in topic_keys(name, schemas)
    ]
    return "\n\n".join([f"## {name}", f"{TOPICS[name].title}.".capitalize(), *tables])


def _title(schema: Mapping[str, Any]) -> str:
    return str(schema.get("title") or schema.get("description", "")).rstrip(".")


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text.rstrip("*").replace("|", "\\|") if text != "---" else text
