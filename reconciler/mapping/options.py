"""Options of a form: what an author wrote becomes the id that the panel takes.

Invariant: an option is found in the form's own list or not at all; two options of one label are
never guessed between.
"""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.mapping.iso_codes import country_code, mentions, names_of
from reconciler.model.text import fold_text
from reconciler.model.value import Choice
from reconciler.wire.period import months_of
from reconciler.wire.reply import CodedOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.fields import Field
    from reconciler.wire.reply import Options


# The key of a select for "no choice": a menu of nothing else offers nothing.
_NONE = frozenset({"", "null"})
# So many options are named where the panel offers none of that label.
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class OptionNotFound:
    """An option that the panel does not offer, and why."""

    message: str


def resolve_choice(
    facet: Field, wanted: Choice, options: Options | None
) -> Choice | OptionNotFound:
    """Find what an author wrote in a form's option list."""
    if not options or not set(options) - _NONE:
        return _without_options(facet, wanted)
    if wanted.id is not None:
        if wanted.id in options:
            return Choice(wanted.id, options[wanted.id])
        return OptionNotFound(
            f"the panel offers no option with the id {wanted.id!r}{_near('', options)}"
        )
    label = wanted.label or ""
    found = _by_label(label, options) or _by_meaning(facet, label, options)
    if not found and facet.wire.free and label in options and not facet.wire.months:
        found = [label]
    if len(found) == 1:
        return Choice(found[0], options[found[0]] or label)
    if found:
        ids = ", ".join(f"{{id: {key}}}" for key in found)
        return OptionNotFound(f"several options have the label {label!r}: write one of {ids}")
    return OptionNotFound(f"the panel offers no {label!r}{_near(label, options)}")


def same_option(wanted: Choice, live: Choice) -> bool | None:
    """Return whether a wanted option is the live one; None when that is unknown."""
    if wanted.id is not None and live.id is not None:
        return wanted.id == live.id
    if live.label is None or (wanted.label is None and wanted.id is None):
        return None
    if wanted.label == live.label:
        return True
    text = _plain(live.label)
    if (wanted.label is not None and _plain(wanted.label) == text) or wanted.id == live.label:
        return True
    return False if wanted.id is not None and wanted.label is not None else None


def same_options(wanted: Iterable[Choice], live: Iterable[Choice]) -> bool | None:
    """Return whether two sets of options are the same set; None when one pair is unknown."""
    # Sets come in any order: what shares an id is paired first, the rest in an order of its own.
    rest = sorted(live, key=_sorting)
    known = {choice.id for choice in rest} - {None}
    missing: list[Choice] = []
    for choice in sorted(wanted, key=lambda choice: (choice.id not in known, _sorting(choice))):
        verdicts = [same_option(choice, other) for other in rest]
        if True in verdicts:
            rest.pop(verdicts.index(True))
        else:
            missing.append(choice)
    if len(missing) != len(rest):
        return False
    if any(all(same_option(choice, other) is False for other in rest) for choice in missing):
        return False
    return None if missing else True


def shared_labels(choices: Iterable[Choice], options: Options) -> frozenset[str]:
    """Return the labels of some choices by which an author could not name one option alone."""
    labels = {choice.label for choice in choices if choice.label}
    return frozenset(label for label in labels if len(_by_label(label, options)) > 1)


def close_labels(label: str, labels: Iterable[str]) -> frozenset[str]:
    """Return those of some labels that are spelled nearly as one is, in whatever letter case."""
    listed = list(labels)
    close = difflib.get_close_matches(
        _plain(label), {_plain(t): t for t in listed}, n=4, cutoff=0.5
    )
    return frozenset(text for text in listed if _plain(text) in close)


def _without_options(facet: Field, wanted: Choice) -> Choice | OptionNotFound:
    if wanted.id is not None:
        return wanted
    months = months_of("", wanted.label or "") if facet.wire.months else None
    if months is not None:
        return Choice(str(months), wanted.label)  # so the vendor documents a form without options
    if facet.wire.free and not facet.wire.months:
        return Choice(wanted.label, wanted.label)
    return OptionNotFound(f"the panel's form lists no options for {facet.name}: write {{id: …}}")


def _by_label(label: str, options: Options) -> list[str]:
    exact = [key for key, text in options.items() if text == label]
    return exact or [key for key, text in options.items() if _plain(text) == _plain(label)]


def _by_meaning(facet: Field, code: str, options: Options) -> list[str]:
    if facet.wire.months:
        months = months_of("", code)
        offered = (key for key, text in options.items() if months_of(key, text) == months)
        return list(offered) if months is not None else []
    if not facet.wire.iso:
        return []
    if flagged := _by_flag(facet, code, options):
        return flagged
    names = names_of(facet.wire.iso, code)
    named = [key for key, text in options.items() if _plain(text) in names]
    return named or [key for key, text in options.items() if mentions(text, code)]


def _by_flag(facet: Field, code: str, options: Options) -> list[str]:
    """Find the options that show a country's flag, whatever their label."""
    if facet.wire.iso != "country" or not isinstance(options, CodedOptions):
        return []
    wanted = country_code(code)
    return [key for key, flag in options.codes.items() if wanted and country_code(flag) == wanted]


def _near(label: str, options: Options) -> str:
    """Return the offered options, similar labels first; by id where labels are equal."""
    shared = Counter(_plain(text) for text in options.values())
    close = close_labels(label, options.values())
    offered = [(key, text) for key, text in options.items() if key not in _NONE]
    near = [(key, text) for key, text in offered if text in close] or offered
    names = dict.fromkeys(_named(key, text, shared[_plain(text)]) for key, text in near)
    listed = ", ".join(list(names)[:_SHOWN])
    return f"; it offers {listed}" if listed else ""


def _named(key: str, label: str, count: int) -> str:
    if not label.strip():
        return f"{{id: {key}}} without a label"
    return repr(label) if count == 1 else f"{label!r} as {{id: {key}}}"


def _sorting(choice: Choice) -> tuple[str, str]:
    return choice.id or "", choice.label or ""


def _plain(text: str) -> str:
    return fold_text(" ".join(text.split()))
