"""Rules about how manifests are laid out and how their texts are written."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.kinds.kind import MARKED
from reconciler.lint.rule import LintView, Rule, Violation
from reconciler.manifest.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.model.resource import Desired

# A name, an email or a domain in which letters of two scripts look alike; notes may mix them.
_SHOWN = ("email", "name", "realName", "domain", "username")
_WORD = re.compile(r"[^\W\d_]{2,}")
_ALMOST_MARKED = re.compile(r"\bgit:[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*")
_OLDEST, _NEWEST = date(2000, 1, 1), date(2079, 12, 31)


def _is_spread(view: LintView) -> Iterator[Violation]:
    homes: dict[object, str] = {}
    for client in view.of("Client"):
        homes[client.address.name] = client.source.file
    for desired in view.desired:
        owner = view.owner(desired)
        home = homes.get(owner.key) if owner and owner.by == "name" else None
        if home is not None and home != desired.source.file:
            yield Violation(desired, f"its client is declared in {home}")


def _labels_vary(view: LintView) -> Iterator[Violation]:
    keys: dict[str, dict[str, list[Desired]]] = defaultdict(lambda: defaultdict(list))
    values: dict[tuple[str, str], dict[str, list[Desired]]] = defaultdict(lambda: defaultdict(list))
    for desired in _labelled(view):
        for key, value in desired.labels.items():
            keys[_plain(key)][key].append(desired)
            values[_plain(key), _plain(value)][value].append(desired)
    for spelled in keys.values():
        yield from _rarer(spelled, "label key")
    for (key, _), spelled in values.items():
        yield from _rarer(spelled, f"value of the label {quote(key)}")


def _labelled(view: LintView) -> Iterator[Desired]:
    """Yield one resource of each document: the labels of a client are those of its children too."""
    seen: set[int] = set()
    for desired in view.desired:
        if desired.labels and id(desired.labels) not in seen:
            seen.add(id(desired.labels))
            yield desired


def _rarer(spelled: Mapping[str, list[Desired]], what: str) -> Iterator[Violation]:
    if len(spelled) < 2:  # noqa: PLR2004 - one spelling is no other
        return
    usual = max(spelled, key=lambda word: (len(spelled[word]), word))
    for word in sorted(spelled):
        if word != usual:
            message = f"the {what} is written {quote(word)} here and {quote(usual)} elsewhere"
            yield Violation(spelled[word][0], message)


@lru_cache(maxsize=4096)
def _plain(word: str) -> str:
    return re.sub(r"[._/-]", "", word).lower()


def _has_blanks(view: LintView) -> Iterator[Violation]:
    for desired, name, value in view.holding(str):
        if value != value.strip() and "\n" not in value:
            message = f"{name} begins or ends with a blank"
            yield Violation(desired, message, name)


def _mixes_scripts(view: LintView) -> Iterator[Violation]:
    for desired, name, value in view.holding(str):
        if not value.isascii() and name in _SHOWN and _is_mixed(value):
            message = f"{name} mixes letters of two scripts in one word, which look alike"
            yield Violation(desired, message, name)


def _is_mixed(text: str) -> bool:
    return any(len({_script(letter) for letter in word}) > 1 for word in _WORD.findall(text))


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return name if name in {"CYRILLIC", "GREEK"} else "LATIN" if name == "LATIN" else "OTHER"


def _wants_none(view: LintView) -> Iterator[Violation]:
    for desired in view.desired:
        if not desired.whole:
            continue
        held = {
            each.address.kind
            for each in view.children(desired)
            if each.source.file == desired.source.file
        }
        for name in sorted(desired.whole - held):
            kind = view.catalogue.by_name[name]
            if kind.on_remove == "delete":
                message = f"`{kind.inline}: []` deletes each {name} that the panel has for it"
                yield Violation(desired, message)


def _is_almost_a_marker(view: LintView) -> Iterator[Violation]:
    for desired, name, value in view.holding(str):
        if "git:" in value and not MARKED.search(value) and _ALMOST_MARKED.search(value):
            message = f"{name} has what looks like the mark of an owned object"
            yield Violation(desired, message, name)


def _is_no_day_of_business(view: LintView) -> Iterator[Violation]:
    for desired, name, value in view.holding(date):
        if not _OLDEST <= value <= _NEWEST:
            facet = view.kind_of(desired).by_name.get(name)
            without = ": write null for no end" if facet and facet.wire.none else ""
            yield Violation(desired, f"{name} is {value}, which is no likely day{without}", name)


_ACME = """\
kind: Client
metadata:
  name: acme-inc
  labels: {team: emea}
spec: {email: pay@acme-inc.example, name: Acme Inc, note: "main, 2024"}
"""
_GLOBEX = """\
---
kind: Client
metadata:
  name: globex
  labels: {team: emea}
spec: {email: pay@globex.example, name: Globex, provider: Main provider}
"""
_LISTS = """\
kind: Client
metadata: {name: acme-inc}
spec:
  email: pay@acme-inc.example
  provider: Main provider
  discounts:
    - {name: acme-spring, percentage: 15, type: Percentage discount}
"""
_SPRING = """\
kind: Discount
metadata: {name: acme-spring}
spec: {client: acme, percentage: 15, type: Percentage discount, to: 2027-05-31}
"""

RULES = (
    Rule(
        code="BM101",
        level="off",
        title="What a client has is declared in another file",
        why="A reader of the client's file does not see all that the client is billed for. "
        "Projects that lay out one file for each kind do so on purpose, hence the rule is off.",
        bad="# clients/acme.yaml declares the client, discounts.yaml has:\n" + _SPRING,
        good=_LISTS,
        fix="Move the resource to the file of its client, or into one of the client's lists.",
        check=_is_spread,
    ),
    Rule(
        code="BM102",
        level="warning",
        title="A label is spelled in two ways",
        why="`plan -l team=emea` chooses by the exact text. A resource whose label differs in a "
        "capital or a dash is left out, and nobody notices.",
        bad=_ACME + _GLOBEX.replace("emea", "EMEA"),
        good=_ACME + _GLOBEX,
        fix="Write the label in one way everywhere.",
        check=_labels_vary,
    ),
    Rule(
        code="BM103",
        level="warning",
        title="A text begins or ends with a blank",
        why="Nobody sees the blank, and searches in the panel, invoices and file names take it "
        "along.",
        bad=_ACME.replace("name: Acme Inc", 'name: "Acme Inc "'),
        good=_ACME,
        fix="Take the blank out.",
        check=_has_blanks,
    ),
    Rule(
        code="BM104",
        level="warning",
        title="A word mixes letters of two scripts",
        why="A Cyrillic or Greek letter among Latin ones looks the same and is another one: the "
        "client is not found by its name, and a domain is a stranger's.",
        bad=_ACME.replace("Acme Inc", "\N{CYRILLIC CAPITAL LETTER A}cme Inc"),
        good=_ACME,
        fix="Type the word anew in one script.",
        check=_mixes_scripts,
    ),
    Rule(
        code="BM105",
        level="off",
        title="An empty list deletes what the panel has",
        why="`[]` says that there shall be none, and the apply deletes what is there, with "
        "`--allow prune`. The plan says so too, hence the rule is off.",
        bad=_LISTS.replace(
            "\n    - {name: acme-spring, percentage: 15, type: Percentage discount}", " []"
        ),
        good=_LISTS,
        fix="Leave the key out to leave the panel's own alone.",
        check=_wants_none,
    ),
    Rule(
        code="BM108",
        level="warning",
        title="A text looks like the mark of an owned object",
        why="`[git:PROJECT/NAME]` marks what an apply owns. A text that is nearly one was mostly "
        "copied from the panel, and people take it for a mark.",
        bad=_ACME.replace("main, 2024", "main, git:shop/acme"),
        good=_ACME,
        fix="Take it out.",
        check=_is_almost_a_marker,
    ),
    Rule(
        code="BM109",
        level="warning",
        title="A day is before 2000 or after 2079",
        why="Such a day is mistyped, or stands for 'never'. Panels keep it as it is, and reports "
        "count with it.",
        bad=_SPRING.replace("2027-05-31", "2099-12-31"),
        good=_SPRING,
        fix="Correct the day; write `null` for no end, where the field takes it.",
        check=_is_no_day_of_business,
    ),
)
