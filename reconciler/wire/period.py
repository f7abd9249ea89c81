"""Periods: how many months an option stands for, by what its label says and never by its code.

Invariant: what is not understood is unknown; a code counts as months only where nothing that the
panel prints speaks against it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.errors import CodecError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The options of one form are much the same in all others, and what is kept of them is small.
_LONGEST_KEPT = 100
_NOTHING = frozenset({"", "null", "off"})
_WHOLE = re.compile(r"-?[0-9]{1,6}", re.ASCII)
_ZEROS = re.compile(r"(?<=[0-9])\.0+\Z", re.ASCII)
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?", re.ASCII)
# A panel may answer in its user's language whatever is asked for: English and Russian words.
_UNITS = (
    (6, r"half[\s-]*(?:a[\s-]*)?years?|semi-?annual(?:ly)?|полугод\w*|полгода"),
    (3, r"quarter(?:s|ly)?|(?:еже)?квартал\w*"),
    (12, r"years?|yearly|yrs?|annual(?:ly)?|год(?:а|ов)?|лет|ежегодно|годов\w+"),  # noqa: RUF001 - Russian
    (1, r"months?|monthly|mos?|mths?|(?:еже)?месяц\w*|ежемесячно|мес"),
)
_WORD = "|".join(f"(?P<u{months}>{words})" for months, words in _UNITS)
_COUNTED = re.compile(rf"(?<![\w.,])(?P<count>[0-9]{{1,3}})[\s-]*(?:{_WORD})\b", re.IGNORECASE)
_NAMED = re.compile(rf"\b(?:{_WORD})\b", re.IGNORECASE)
_TRIAL = re.compile(r"\b(?:trial|tests?|проб\w*|тест\w*)\b", re.IGNORECASE)
_SHORTER = re.compile(
    r"\b(?:days?|daily|weeks?|weekly|hours?|hourly|minutes?|дн(?:я|ей|и|ь)|день|сут\w+"
    r"|ежедневно|недел\w+|час\w*|tage?n?|wochen?|stunden?|jours?|semaines?)\b",
    re.IGNORECASE,
)


def months_of(code: str, label: str) -> int | None:
    """Return for how many months an option stands; None where it stands for none, or is unknown.

    Shape:  ``3 months``, ``1 year``, ``Quarter``, ``3 месяца``; codes below one are a trial, a day
            or a single payment.
    Doubt:  a label in a third language is believed where it names the code's own number.
    """
    is_short = len(code) + len(label) <= _LONGEST_KEPT
    return _kept_months(code, label) if is_short else _months_of(code, label)


@lru_cache(maxsize=4096)
def _kept_months(code: str, label: str) -> int | None:
    return _months_of(code, label)


def _months_of(code: str, label: str) -> int | None:
    code, text = code.strip(), label.strip()
    whole = _WHOLE.fullmatch(code) is not None
    if (whole and int(code) < 1) or _TRIAL.search(text):
        return None
    if whole and text in {"", code}:
        return int(code)
    for pattern in (_COUNTED, _NAMED):
        found = {_months(match) for match in pattern.finditer(text)}
        if found:
            return found.pop() if len(found) == 1 else None
    if _WHOLE.fullmatch(text):
        return int(text) if int(text) > 0 else None
    alike = whole and set(_NUMBER.findall(text)) == {code} and not _SHORTER.search(text)
    return int(code) if alike else None


def months_offered(options: Mapping[str, str]) -> dict[int, str]:
    """Return the codes of an option list by the months that they stand for, where that is clear."""
    found: dict[int, list[str]] = {}
    for code, label in options.items():
        months = months_of(code, label) if code.strip() not in _NOTHING else None
        if months is not None:
            found.setdefault(months, []).append(code)
    return {months: codes[0] for months, codes in found.items() if len(codes) == 1}


def read_months(text: str, options: Mapping[str, str] | None = None) -> int | None:
    """Read what a field of a form says in months; a trial, a day and a single payment by code.

    Raises: CodecError when the months are unknown.
    """
    code = text.strip()
    if options is None or (code not in options and _speaks_months(options)):
        return read_shown_months(code, code)
    return read_shown_months(options.get(code, "?"), code)


def read_shown_months(text: str, code: str | None = None) -> int | None:
    """Read a list's column in months: its words outrank the code behind them.

    Raises: CodecError when the months are unknown.
    """
    text = _ZEROS.sub("", text.strip())
    known = (text if code is None else code).strip()
    if known in _NOTHING:
        return None
    if _WHOLE.fullmatch(known) and int(known) < 1:
        return int(known)
    months = months_of(known, text)
    if months is None:
        message = f"{text!r} is not a known number of months"
        raise CodecError(message)
    return months


def count_months(months: int) -> str:
    """Return a number of months in words."""
    return "1 month" if months == 1 else f"{months} months"


def _speaks_months(options: Mapping[str, str]) -> bool:
    """Return whether all codes of a list that are understood are months themselves."""
    offered = months_offered(options)
    return bool(offered) and all(code == str(months) for months, code in offered.items())


def _months(match: re.Match[str]) -> int:
    unit = next(months for months, _ in _UNITS if match[f"u{months}"])
    return unit * int(match.groupdict().get("count") or 1)
