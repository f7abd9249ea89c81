"""ISO codes and the English names they stand for.

Source: pycountry, which carries the ISO 3166 and ISO 4217 tables.
"""

from __future__ import annotations

import re
from functools import cache

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
_WORD = re.compile(r"[A-Za-z]+")


@cache
def names_of(table: str, code: str) -> frozenset[str]:
    """Return the English names behind a code, in lower case; empty where it is no code."""
    if not _CODE.match(code):
        return frozenset()
    import pycountry

    if table == "country":
        country = pycountry.countries.get(alpha_2=code) or pycountry.countries.get(alpha_3=code)
        spellings = ("name", "common_name", "official_name")
        found = [getattr(country, spelling, None) for spelling in spellings] if country else []
        found += [_ALSO.get(country.alpha_2)] if country else []
    else:
        currency = pycountry.currencies.get(alpha_3=code)
        found = [currency.name, _ALSO.get(code)] if currency else []
    return frozenset(fold_text(name) for name in found if name)


def mentions(label: str, code: str) -> bool:
    """Tell whether a label carries a code as a word of its own: ``Euro (EUR)``."""
    return bool(_CODE.match(code)) and code in _WORD.findall(label)
