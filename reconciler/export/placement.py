"""Where what is declared anew goes: a file of its own, its client's document, or a list there.

Invariants: a list is the whole truth, so all that the panel has of it stands there, or nothing
does; what an author began (documents of their own, a list) is gone on with; no new file is larger
than a manifest may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from reconciler.export.documents import client_text, inline_item, own_text
from reconciler.export.files import folder_of
from reconciler.manifest.edit.edit import ManifestEdit
from reconciler.manifest.yaml.text import MAX_BYTES

if TYPE_CHECKING:
    from reconciler.export.client import ClientDeclarations
    from reconciler.export.declared import DeclaredClient
    from reconciler.export.documents import Declaration
    from reconciler.kinds.kind import ResourceKind
    from reconciler.manifest.yaml.scalars import Plain
    from reconciler.model.finding import Source
    from reconciler.model.resource import Desired

Layout = Literal["client", "kind"]
_SEPARATOR = "---\n"


@dataclass(slots=True)
class Placement:
    """New files by their name, and what is appended to the lists of a declared client.

    ``apart`` are the kinds whose resources stand in files of their own, because their client's
    would be larger than a manifest may be.
    """

    files: dict[str, str] = field(default_factory=dict)
    appended: list[ManifestEdit] = field(default_factory=list)
    inline: dict[str, list[Declaration]] = field(default_factory=dict)
    apart: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Placer:
    """Places what was declared; ``kinds`` are all of them, by name."""

    kinds: Mapping[str, ResourceKind]
    kind: ResourceKind
    layout: Layout

    def place(
        self, made: ClientDeclarations, declared: DeclaredClient, client: Desired | None
    ) -> Placement:
        """Place the new declarations of one client; ``client`` is its manifest where it has one."""
        inline: dict[str, list[Declaration]] = {}
        beside: list[Declaration] = []
        for name, children in made.children.items():
            if children and self._is_inline(name, made, declared, client):
                inline[name] = children
            else:
                beside += children
        placed = Placement(inline=inline)
        named = client.address.name if client else made.client.name if made.client else None
        owner: Plain = named or {self.kind.login: made.login}
        if made.client is not None:
            self._write_client(placed, made.client, beside, owner)
        else:
            placed.files = {_own_file(each): own_text(each, owner) for each in beside}
        if client is not None and inline:
            placed.appended = self._appended(client, inline)
        return placed

    def _appended(
        self, client: Desired, inline: Mapping[str, Sequence[Declaration]]
    ) -> list[ManifestEdit]:
        """Return what each file of a client gets: a list may stand in an overlay alone."""
        found: dict[str, tuple[Source, dict[str, list[dict[str, Plain]]]]] = {}
        for name, children in inline.items():
            key = self.kinds[name].inline
            place = client.places.get(key, client.source)
            source = client.source if place.file == client.source.file else place
            lists = found.setdefault(source.file, (source, {}))[1]
            lists[key] = [inline_item(each) for each in children]
        return [
            ManifestEdit(client.address, source, children=lists) for source, lists in found.values()
        ]

    def _write_client(
        self, placed: Placement, client: Declaration, beside: list[Declaration], owner: Plain
    ) -> None:
        if self.layout == "kind":
            placed.files = {_own_file(each): own_text(each, owner) for each in beside}
            placed.files[_own_file(client)] = client_text(client, {})
            return
        rest = {**placed.inline}
        for each in beside:
            rest.setdefault(each.kind.name, []).append(each)
        own = {name: [own_text(each, owner) for each in rest[name]] for name in rest}
        largest_first = sorted(own, key=lambda name: sum(map(_size, own[name])), reverse=True)
        while _size(text := self._client_file(client, placed.inline, own)) > MAX_BYTES:
            if not largest_first:
                break  # no client without a list is as large, and the file is refused
            name = largest_first.pop(0)
            placed.inline.pop(name, None)
            placed.apart.append(name)
            placed.files |= _shared_files(self.kinds[name], client.name, own.pop(name))
        placed.files[_own_file(client)] = text

    def _client_file(
        self,
        client: Declaration,
        inline: Mapping[str, Sequence[Declaration]],
        own: Mapping[str, Sequence[str]],
    ) -> str:
        """Return a client's document with its lists, and after it the documents of other kinds."""
        lists = {self.kinds[name]: children for name, children in inline.items()}
        beside = [text for name, texts in own.items() if name not in inline for text in texts]
        return _SEPARATOR.join([client_text(client, lists), *beside])

    def _is_inline(
        self,
        name: str,
        made: ClientDeclarations,
        declared: DeclaredClient,
        client: Desired | None,
    ) -> bool:
        if client is not None and name in client.whole:
            return True
        if self.layout == "kind" or (client is None and made.client is None):
            return False
        # Beside documents of their own a list would lack what these declare.
        if declared.managed.get(name) or any(a.kind == name for a in declared.missing):
            return False
        # What is left out of a list is deleted, where the kind says so.
        return not (name in made.partial and self.kinds[name].on_remove == "delete")


def _shared_files(kind: ResourceKind, stem: str, texts: Iterable[str]) -> dict[str, str]:
    """Return files of one kind that hold as many documents each as a manifest may."""
    parts: list[list[str]] = [[]]
    size = 0
    for text in texts:
        size += _size(_SEPARATOR) + _size(text)
        if size > MAX_BYTES and parts[-1]:
            parts.append([])
            size = _size(text)
        parts[-1].append(text)
    return {
        f"{folder_of(kind)}/{stem}{f'-{number}' if number > 1 else ''}.yaml": _SEPARATOR.join(part)
        for number, part in enumerate(parts, 1)
    }


def _size(text: str) -> int:
    return len(text.encode())


def _own_file(declared: Declaration) -> str:
    return f"{folder_of(declared.kind)}/{declared.name}.yaml"
