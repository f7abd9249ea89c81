"""All policies of a project, with everything that is wrong with them but their expressions.

Invariants: the same files give the same policies in the same order; a folder that the project file
names is never taken for one without policies because it vanished.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.errors import ManifestsError
from reconciler.manifest.load.files import files_below, read_regular
from reconciler.manifest.load.loader import in_order
from reconciler.manifest.quote import did_you_mean, quote
from reconciler.manifest.validation import validate_model
from reconciler.manifest.yaml.documents import compose
from reconciler.manifest.yaml.positions import YamlDocument, locate
from reconciler.model.address import parse_address
from reconciler.model.finding import Finding, FindingCode, Source, has_errors
from reconciler.model.policy import Expression, Policy, PolicyException
from reconciler.policies.spec import PolicyFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.policies.spec import ExceptionSpec

DEFAULT_FOLDER = "policies"
_CODE: FindingCode = "policy"


@dataclass(frozen=True, slots=True)
class LoadedPolicies:
    """The policies that are sound, and what is wrong with the others."""

    policies: tuple[Policy, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_policies(root: Path, folder: str | None, catalogue: Catalogue) -> tuple[Policy, ...]:
    """Load the policies of a project. Raises: ManifestsError with all errors."""
    loaded = check_policies(root, folder, catalogue)
    if has_errors(loaded.findings):
        raise ManifestsError(loaded.findings)
    return loaded.policies


def check_policies(root: Path, folder: str | None, catalogue: Catalogue) -> LoadedPolicies:
    """Load policies and compile their expressions; offline."""
    loaded = load_policies(root, folder, catalogue)
    if not loaded.policies:
        return loaded
    from reconciler.policies.evaluator import check_expressions

    return replace(loaded, findings=(*loaded.findings, *check_expressions(loaded.policies)))


def load_policies(root: Path, folder: str | None, catalogue: Catalogue) -> LoadedPolicies:
    """Load the policies of a folder below the root; without one named, of ``policies/`` if any."""
    path = folder or DEFAULT_FOLDER
    if folder is None and not ((root / path).exists() or (root / path).is_symlink()):
        return LoadedPolicies()
    files, findings = files_below(root, path)
    if folder is not None and not files and not findings:
        message = f"no policies under {quote(path)}: restore them, or remove the key `policies`"
        findings.append(Finding("error", "no-policies", message, Source(path)))
    policies: dict[str, Policy] = {}
    for file in files:
        for document, lines in _documents(root, file, findings):
            policy = _policy(document, lines, catalogue, findings)
            if policy is None:
                continue
            first = policies.setdefault(policy.name, policy)
            if first is not policy:
                message = (
                    f"two policies have the name {policy.name}: the other is at {first.source}"
                )
                place = locate(document.file, document.place, ("metadata", "name"))
                findings.append(Finding("error", _CODE, message, place))
    return LoadedPolicies(tuple(policies.values()), tuple(in_order(findings)))


def _documents(
    root: Path, file: str, findings: list[Finding]
) -> Iterator[tuple[YamlDocument, list[str]]]:
    """Yield the documents of a file, each with the lines of the whole file."""
    try:
        raw = read_regular(root / file)
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
        findings.append(Finding("error", "unreadable", message, Source(file)))
        return
    documents, wrong = compose(raw, file)
    findings += wrong
    if wrong:
        return
    held = [each for each in documents if each.value is not None]
    if not held:
        message = "the file has no policy: delete it, or begin its name with '_'"
        findings.append(Finding("error", "empty-file", message, Source(file)))
    lines = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    yield from ((each, lines) for each in held)


def _policy(
    document: YamlDocument, lines: list[str], catalogue: Catalogue, findings: list[Finding]
) -> Policy | None:
    before = len(findings)
    read = validate_model(document, PolicyFile, findings, code=_CODE)
    if read is None:
        return None
    spec = read.spec
    for number, name in enumerate(spec.match.kinds):
        if name not in catalogue.by_name:
            hint = did_you_mean(name, catalogue.by_name)
            place = locate(document.file, document.place, ("spec", "match", "kinds", number))
            message = f"there is no kind {quote(name)}{hint}"
            findings.append(Finding("error", _CODE, message, place))
    exemptions = [
        _exemption(document, number, each, findings, of_plan=spec.scope == "plan")
        for number, each in enumerate(spec.exceptions)
    ]
    if len(findings) > before:
        return None
    return Policy(
        name=read.metadata.name,
        effect=spec.severity,
        subject=spec.scope,
        when=_expression(document, lines, spec.when),
        message=spec.message.strip(),
        kinds=frozenset(spec.match.kinds),
        actions=frozenset(spec.match.actions),
        exemptions=tuple(exemptions),
    )


def _exemption(
    document: YamlDocument,
    number: int,
    spec: ExceptionSpec,
    findings: list[Finding],
    *,
    of_plan: bool,
) -> PolicyException:
    source = locate(document.file, document.place, ("spec", "exceptions", number))
    if of_plan and spec.address:
        message = "a policy over the plan has no addresses: remove the address"
        findings.append(Finding("error", _CODE, message, source))
    if not of_plan and not spec.address:
        message = "an exception needs an address: Kind/name"
        findings.append(Finding("error", _CODE, message, source))
    address = parse_address(spec.address) if spec.address else None
    return PolicyException(address, spec.owner.strip(), spec.until, spec.reason.strip(), source)


def _expression(document: YamlDocument, lines: list[str], text: str) -> Expression:
    """Find where each line of an expression stands, as long as the file writes it literally."""
    source = locate(document.file, document.place, ("spec", "when"))
    opening = lines[source.line - 1][source.column - 1 :]
    first = source.line + 1 if opening.startswith(("|", ">")) else source.line
    found: list[Source] = []
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=first):
        written = lines[number - 1] if number <= len(lines) else ""
        start = source.column - 1 if number == source.line else 0
        column = written.find(line, start)
        if column < 0:
            return Expression(text, source)
        found.append(Source(source.file, number, column + 1))
    return Expression(text, source, tuple(found))
