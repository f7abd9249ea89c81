"""The waivers of a document: which rules of lint are not held against its resources, and why.

Invariants: a waiver has a reason and an owner; what is wrong with it is an error, for a waiver that
is not understood would waive nothing, or too much.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from reconciler.manifest.load.section import Section, inner_map, read_day, refuse_unknown
from reconciler.manifest.quote import quote, which_rule
from reconciler.manifest.yaml.positions import locate
from reconciler.model.finding import LintCode
from reconciler.model.waiver import Waiver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.manifest.load.diagnostics import LoadState
    from reconciler.model.resource import Desired

LINT_CODES: tuple[LintCode, ...] = get_args(LintCode)
_KEYS = ("code", "reason", "owner", "until", "resource")
_SHAPE = "expected {code: …, reason: …, owner: …}, and perhaps until and resource"


def read_waivers(state: LoadState, document: Section, resources: Sequence[Desired]) -> None:
    """Add the waivers of a document to the state; they cover the resources given, or one of them.

    Shape: ``lint: {waive: [{code, reason, owner, until, resource}]}``.
    """
    part = inner_map(state, document, "lint") if "lint" in document.value else None
    if part is None:
        return
    refuse_unknown(state, part, ("waive",), "lint")
    if "waive" not in part.value:
        return
    items = part.value["waive"]
    places = part.place.inner["waive"].inner if isinstance(part.place.inner, dict) else None
    if not isinstance(items, list) or not isinstance(places, list):
        message = "waive: expected a list of {code, reason, owner}"
        state.refuse("invalid-waiver", message, part.at("waive"))
        return
    for item, place in zip(items, places, strict=True):
        if not isinstance(item, dict):
            state.refuse("invalid-waiver", _SHAPE, locate(part.file, place))
            continue
        waiver = _waiver(state, Section(part.file, item, place), resources)
        if waiver:
            state.waivers.append(waiver)


def _waiver(state: LoadState, part: Section, resources: Sequence[Desired]) -> Waiver | None:
    before = len(state.findings)
    refuse_unknown(state, part, _KEYS, "a waiver")
    raw = part.value.get("code")
    code = next((each for each in LINT_CODES if each == raw), None)
    if code is None:
        word = raw if isinstance(raw, str) else ""
        message = f"there is no rule {quote(word)} to waive{which_rule(word, LINT_CODES)}"
        state.refuse("invalid-waiver", message, part.at("code"))
    words = {"reason": "why the rule is waived", "owner": "who answers for the waiver"}
    for key, meaning in words.items():
        text = part.value.get(key)
        if not isinstance(text, str) or not text.strip():
            state.refuse("invalid-waiver", f"{key}: say {meaning}", part.at(key))
    until = read_day(part.value.get("until"))
    if "until" in part.value and until is None:
        state.refuse("invalid-waiver", "until: a day as YYYY-MM-DD", part.at("until"))
    covered = _covered(state, part, resources)
    if code is None or len(state.findings) > before:
        return None
    reason, owner = (str(part.value[key]).strip() for key in words)
    waiver = Waiver(code, reason, owner, until, part.at())
    return replace(waiver, covers=frozenset(each.address for each in covered))


def _covered(state: LoadState, part: Section, resources: Sequence[Desired]) -> Sequence[Desired]:
    # Of a document that declares nothing, other findings say why.
    if "resource" not in part.value or not resources:
        return resources
    name = part.value["resource"]
    found = [each for each in resources if each.address.name == name]
    if not found:
        word = name if isinstance(name, str) else ""
        names = {each.address.name for each in resources}
        hint = state.hint(word, names) or ": leave `resource` out to cover all of them"
        message = f"resource: this document declares no {quote(word)}{hint}"
        state.refuse("invalid-waiver", message, part.at("resource"))
    return found
