"""The codes of what an author wrote: what each means, an example, and how to mend it.

Invariant: an example is what an author wrote, or what the panel held; no code lacks a remedy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.model.finding import FindingCode

# What a file may not hold, whatever it declares.
_YAML: Mapping[FindingCode, tuple[str, str, str]] = {
    "alias": (
        "a YAML alias stands for a value that is written elsewhere",
        "spec: *terms",
        "write the value out, or declare it for many clients with a ResourceSet",
    ),
    "anchor": (
        "a YAML anchor gives a value a name for aliases",
        "spec: &terms {percentage: 15}",
        "remove the anchor, and write the value out where it is used",
    ),
    "character": (
        "the file holds a character that does not print, or that changes how a line reads",
        "a right-to-left mark inside a name",
        "delete the character: the message names its place and its number",
    ),
    "directive": (
        "a YAML directive changes how the file is read",
        "%YAML 1.1",
        "remove the line; manifests are YAML 1.2",
    ),
    "duplicate-key": (
        "a map has one key twice, so one of the values would be lost",
        "spec: {percentage: 15, percentage: 20}",
        "keep one of the two",
    ),
    "empty-file": (
        "the file holds no document",
        "a file with comments only",
        "declare something in it, or delete it",
    ),
    "encoding": (
        "the file is not UTF-8",
        "a file that was saved as Windows-1251",
        "save the file as UTF-8: iconv -f WINDOWS-1251 -t UTF-8 FILE",
    ),
    "key-type": (
        "a key of a map is not a text",
        "labels: {2027: yes}",
        "write the key in quotes",
    ),
    "merge-key": (
        "a YAML merge key copies fields from elsewhere",
        "<<: *terms",
        "write the fields out",
    ),
    "null": (
        "a value is null where nothing says what that would mean",
        "note:",
        "remove the key, or write a value; `explain KIND.FIELD` says where null means none",
    ),
    "number": (
        "a number is written in a form that people read in two ways",
        "percentage: 010",
        "write a plain decimal number, or put a text into quotes",
    ),
    "syntax": (
        "the file is not YAML",
        "spec: {percentage: 15",
        "mend the place that the message names; it is often the line before",
    ),
    "tag": (
        "a YAML tag forces a type",
        "name: !!str 15",
        "remove the tag; quotes make a text",
    ),
    "too-deep": (
        "maps and lists are nested deeper than any manifest needs",
        "[[[[[[[[…",
        "remove the nesting",
    ),
    "too-large": (
        "the file has more than 1 MiB",
        "10,000 clients in one file",
        "split the file; a folder may hold any number",
    ),
    "too-long": (
        "a text or a key is longer than the panel could hold",
        "a note of 70,000 characters",
        "shorten it",
    ),
}
# What a document declares.
_DECLARED: Mapping[FindingCode, tuple[str, str, str]] = {
    "api-version": (
        "the document is of another format version, or does not say which",
        "apiVersion: reconciler/v2",
        "write apiVersion: reconciler/v1",
    ),
    "duplicate-address": (
        "two documents declare one kind and name",
        "two manifests of Discount/acme-spring",
        "rename one of them, or delete it",
    ),
    "duplicate-adoption": (
        "two resources name one live object as theirs",
        'lifecycle: {adopt: {id: "7"}} in two manifests',
        "remove `adopt` from one of them",
    ),
    "duplicate-identity": (
        "two resources declare one object of the panel",
        "two tax rules for one client, provider and product types",
        "delete one, or change what tells them apart",
    ),
    "invalid-label": (
        "a label is no short plain text",
        "labels: {team: [emea]}",
        "write letters, digits, '.', '_', '-' and '/', at most 63",
    ),
    "invalid-lifecycle": (
        "a key of `lifecycle` holds what it cannot mean",
        "lifecycle: {onRemove: suspend} in a Discount",
        "reconciler explain lifecycle",
    ),
    "invalid-name": (
        "the name of a resource has other characters than names have",
        "metadata: {name: Acme_Spring}",
        "write a-z, 0-9, '.' and '-', at most 63, beginning with a letter or a digit",
    ),
    "invalid-value": (
        "a value is of the right type, and outside what is allowed",
        "percentage: 110",
        "write a value that the message allows: reconciler explain KIND.FIELD",
    ),
    "invalid-waiver": (
        "a waiver of a rule of lint is not of its shape, or is over",
        "lint: {waive: [{code: BM301}]} without reason and owner",
        "write code, reason, owner and until: reconciler explain lint",
    ),
    "kind": (
        "the document is of a kind that nobody knows, or of none",
        "kind: Discont",
        "write one of the kinds that `reconciler explain` lists",
    ),
    "marker": (
        "a text contains an ownership marker, which only an apply writes",
        "note: VIP [git:shop/acme-spring]",
        "remove the part in brackets",
    ),
    "missing-field": (
        "a field is missing without which the resource means nothing",
        "a Discount without client",
        "write the field: reconciler explain KIND",
    ),
    "missing-key": (
        "a document lacks one of apiVersion, kind, metadata and spec",
        "a document without spec",
        "write the key",
    ),
    "missing-name": (
        "a resource has no name",
        "discounts: [{percentage: 15}]",
        "write a name: metadata: {name: acme-spring}, or name: acme-spring in a list",
    ),
    "needed-at-creation": (
        "the resource can be found in the panel, but not be created as it stands",
        "a Discount without percentage",
        "declare the field, unless the object exists already",
    ),
    "not-a-manifest": (
        "a document is no map with apiVersion, kind, metadata and spec",
        "- a\n- b",
        "declare a resource, or move the file out of the manifests",
    ),
    "not-editable": (
        "a value cannot be edited in its file without a change to what stands around it",
        "a resource without a spec to write into",
        "read the reason in the message, and edit the file by hand",
    ),
    "parent-inline": (
        "an item of a client's list names its client, which it stands in already",
        "discounts: [{name: acme-spring, client: acme}]",
        "remove `client` from the item",
    ),
    "unknown-code": (
        "a value looks like an ISO code, and is none",
        "country: XX",
        "write the code of a country or currency, or its name as the panel shows it",
    ),
    "unknown-field": (
        "a kind has no field of this name",
        "percentge: 15",
        "correct the name: reconciler explain KIND",
    ),
    "unknown-key": (
        "a map has a key that means nothing there",
        "metadata: {name: acme, lables: {team: emea}}",
        "correct the key, or remove it",
    ),
    "unknown-reference": (
        "a reference names a manifest that does not exist, or an object that the panel lacks",
        "client: acmee",
        "correct the name, declare the client, or refer to it by {email: …} or {id: …}",
    ),
    "wrong-type": (
        "a value is of another type than the field",
        'percentage: "15"',
        "write it as the message says: reconciler explain KIND.FIELD",
    ),
}
# Where files lie, and what they are.
_FILES: Mapping[FindingCode, tuple[str, str, str]] = {
    "no-manifests": (
        "the paths of the project hold no manifest",
        "spec: {manifests: [manifest]} without such files",
        "correct `manifests` in reconciler.yaml, or write a manifest",
    ),
    "no-policies": (
        "the folder of policies that the project names holds none",
        "spec: {policies: rules} without such a folder",
        "correct `policies` in reconciler.yaml, or remove the key",
    ),
    "rules-changed": (
        "the branch changes a rule for its own plan, which is judged by the rules of now",
        "guards: {maxDeletes: 10} becomes {maxDeletes: 500} beside 400 deletes",
        "review the rule first; better, change rules in a pull request of their own",
    ),
    "path-missing": (
        "a path does not exist; a vanished folder would look like a deletion of all it declared",
        "spec: {manifests: [manifest]}",
        "correct the path",
    ),
    "path-name": (
        "a path is a file that is no YAML file by its name",
        "reconciler validate acme.txt",
        "name the file with .yaml or .yml",
    ),
    "path-outside": (
        "a path is outside the folder of the project",
        "spec: {manifests: [../shared]}",
        "move the files into the project",
    ),
    "skipped-file": (
        "a file declares something, and is skipped for its name",
        "manifests/_acme.yaml",
        "rename it to use it; move it out of the manifests to silence the warning",
    ),
    "special-file": (
        "a path is a device, a socket or a pipe",
        "a named pipe in manifests/",
        "delete it, or put a file in its place",
    ),
    "symlink": (
        "a path leads through a link, and links are not followed",
        "manifests/clients/acme.yaml is a link",
        "put the file itself there",
    ),
    "unreadable": (
        "a file or a folder cannot be read",
        "a file without the right to read it",
        "give the user who runs this the right: chmod u+r FILE",
    ),
}
# Sets and overlays.
_LAYERED: Mapping[FindingCode, tuple[str, str, str]] = {
    "overlay-empty": (
        "an overlay says nothing about the manifest that it is laid over",
        "an overlay of Client/acme without spec, lifecycle and labels",
        "declare what differs for the target, or delete the document",
    ),
    "overlay-folder": (
        "a folder of overlays holds no file, or lies inside the manifests",
        "overlays: [manifests/prod]",
        "move the overlays into a folder of their own: reconciler explain Project",
    ),
    "overlay-name": (
        "an overlay names its resource by what no name is",
        "metadata: {name: Acme} in an overlay",
        "write the name of the manifest that it is laid over",
    ),
    "overlay-unmatched": (
        "an overlay is laid over a manifest that does not exist",
        "an overlay of Discount/acme-sprin",
        "correct the name, or delete the overlay; an overlay adds no resource",
    ),
    "override-unmatched": (
        "a resource stands above a set that does not declare it",
        "lifecycle: {overrides: agency-term}",
        "correct the name of the set, or remove `overrides`",
    ),
    "set-clients": (
        "a ResourceSet chooses no client, or does not say by which labels",
        "clients: {labels: {segment: agencie}}",
        "correct the labels, or delete the set",
    ),
    "set-name": (
        "the name of a resource in a set is no pattern, or gives several clients one name",
        "name: yearly for ten clients",
        'write a pattern such as "{client}-yearly"',
    ),
    "set-resources": (
        "a ResourceSet lists no resources, or one that belongs to no client",
        "resources: [{kind: Client, name: acme}]",
        "list resources of clients, each with kind, name and spec",
    ),
}
FINDINGS: Mapping[FindingCode, tuple[str, str, str]] = {
    **_YAML,
    **_DECLARED,
    **_FILES,
    **_LAYERED,
}
