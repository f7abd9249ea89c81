"""ISO codes and the English names they stand for.

Source: pycountry, which carries the ISO 3166 and ISO 4217 tables.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from reconciler.model.text import fold_text

_CODE = re.compile(r"[A-Z]{2,3}\Z")
# What panels call some of them, where the tables have only another name.
_ALSO = {
    "BN": "brunei",
    "CD": "democratic republic of the congo",
    "CI": "ivory coast",
    "CV": "cape verde",
    "FM": "micronesia",
    "MK": "macedonia",
    "MO": "macau",
    "PS": "palestine",
    "RU": "russia",
    "SZ": "swaziland",
    "TR": "turkey",
    "VA": "vatican",
    "RUB": "russian rouble",
}
# Codes that people write, and flags are called by, in place of those of the table.
_EVERYDAY = {"UK": "GB", "EL": "GR"}
_WORD = re.compile(r"[A-Za-z]+")


@cache
def names_of(table: str, code: str) -> frozenset[str]:
    """Return the English names behind a code, in lower case; empty where it is no code."""
    if not _CODE.match(code):
        return frozenset()
    if table == "country":
        country = _country(code)
        spellings = ("name", "common_name", "official_name")
        found = [getattr(country, spelling, None) for spelling in spellings] if country else []
        found += [_ALSO.get(country.alpha_2)] if country else []
    else:
        import pycountry

        currency = pycountry.currencies.get(alpha_3=code)
        found = [currency.name, _ALSO.get(code)] if currency else []
    return frozenset(fold_text(name) for name in found if name)


@cache
def country_code(text: str) -> str:
    """Return the two letters of the country that a code or an English name stands for.

    A code of no country is its own; any other text stands for none.
    """
    country = _country(text)
    if country:
        return str(country.alpha_2)
    return text if _CODE.match(text) else ""


@cache
def region_countries(name: str) -> frozenset[str]:
    """Return the countries that have a region of this name; none where the name is not known."""
    return _regions().get(fold_text(name), frozenset())


@cache
def _regions() -> dict[str, frozenset[str]]:
    import pycountry

    found: dict[str, set[str]] = {}
    for region in pycountry.subdivisions:
        found.setdefault(fold_text(region.name), set()).add(region.country_code)
    return {name: frozenset(codes) for name, codes in found.items()}


def _country(text: str) -> Any:  # noqa: ANN401 - a record of the library
    import pycountry

    try:
        return pycountry.countries.lookup(_EVERYDAY.get(text, text))
    except LookupError:
        return None


def mentions(label: str, code: str) -> bool:
    """Return whether a label carries a code as a word of its own: ``Euro (EUR)``."""
    return bool(_CODE.match(code)) and code in _WORD.findall(label)
