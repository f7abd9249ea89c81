"""Random manifests of one client with all that may be declared inline.

Invariants: names tell identities, so that another identity is another resource; what the embedded
panel's default install offers is all that is chosen.
"""

from __future__ import annotations

import json
import zlib
from datetime import date
from typing import Any

from hypothesis import strategies as st

from tests.support.clock import TODAY

_TEXT = st.text("abc xyz-ÄЖ'\"<>&,;%+", max_size=12).map(str.strip)
_DAYS = st.dates(TODAY, date(2028, 12, 31)).map(date.isoformat)
_PROVIDERS = st.sampled_from(["Main provider", "Reseller provider"])
_CURRENCIES = ("EUR", "USD", "RUB", "GBP")
_PRODUCTS = st.sampled_from(["Shared hosting", "VPS", "Dedicated server", "Domain name"])
_TARIFFS = {
    "vhost": ["Web Start", "Web Pro"],
    "vds": ["Cloud S", "Cloud M"],
    "dedic": ["Server E3", "Server EPYC"],
}


def _some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def _number(low: str, high: str, places: int) -> st.SearchStrategy[float]:
    return st.decimals(low, high, places=places, allow_nan=False).map(float)


_CLIENT = _some(
    {
        "name": _TEXT,
        "realName": _TEXT,
        "country": st.sampled_from(["DE", "Germany", "FR", "United States"]),
        "phone": st.just("+49 30 5551234"),
        "note": _TEXT,
        "label": _TEXT,
        "language": st.sampled_from(["en", "ru", "Russian"]),
        "characteristics": st.sampled_from(["Regular", "Important"]),
        "staffMember": st.just("Nora Lindqvist"),
        "excludeFromStatistics": st.booleans(),
        "groups": st.sets(st.sampled_from(["Partners", "Agencies"])).map(sorted),
    }
)
_DISCOUNT = _some(
    {
        "type": st.just("Percentage discount"),
        "appliesTo": st.sampled_from(["Order", "Renewal", "Order and renewal"]),
        "periods": st.sets(st.sampled_from([1, 3, 6, 12])).map(sorted),
        "priority": st.integers(-5, 5),
        "from": _DAYS,
        "note": _TEXT,
    }
)
_RULE = st.fixed_dictionaries(
    {
        "provider": _PROVIDERS,
        "productTypes": st.one_of(st.just("all"), st.sets(_PRODUCTS, min_size=1).map(sorted)),
        "rate": _number("0", "30", 2),
    }
)
_RATE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"pair": st.permutations(_CURRENCIES), "date": _DAYS, "rate": _number("0.01", "200", 4)}
)
_ACCOUNT = st.fixed_dictionaries(
    {"provider": _PROVIDERS, "currency": st.sampled_from(_CURRENCIES)},
    optional={
        "creditLimit": _number("0", "500", 2),
        "allowPostpaid": st.booleans(),
        "suspended": st.booleans(),
    },
)


@st.composite
def _service(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(_TARIFFS)))
    spec: dict[str, Any] = {
        "type": kind,
        "tariff": draw(st.sampled_from(_TARIFFS[kind])),
        "periodMonths": draw(st.sampled_from([1, 3, 12])),
    }
    if draw(st.booleans()):
        spec["autoRenewMonths"] = draw(st.sampled_from([None, 1, 3]))
    if draw(st.booleans()):
        spec["datacenter"] = draw(st.sampled_from(["Frankfurt", "Helsinki"]))
    return spec


@st.composite
def client_manifest(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the manifest of a client with its children inline."""
    spec: dict[str, Any] = {
        "email": "billing@acme.example",
        "provider": "Main provider",
        **draw(_CLIENT),
    }
    children: dict[str, list[dict[str, Any]]] = {
        "discounts": [
            {"name": f"discount-{i}", "percentage": draw(st.integers(1, 99)), **item}
            for i, item in enumerate(draw(st.lists(_DISCOUNT, max_size=3)))
        ],
        "taxRules": _unique(
            draw(st.lists(_RULE, max_size=3)), "rule", ("provider", "productTypes")
        ),
        "currencyRates": _unique(
            [
                {"base": r["pair"][0], "relate": r["pair"][1], "date": r["date"], "rate": r["rate"]}
                for r in draw(st.lists(_RATE, max_size=3))
            ],
            "rate",
            ("base", "relate", "date"),
        ),
        "accounts": _unique(
            draw(st.lists(_ACCOUNT, max_size=2)), "account", ("provider", "currency")
        ),
        "services": [
            {
                "name": _name("service", json.dumps([i, item])),
                "domain": _name("s", f"{i}{item}"),
                **item,
            }
            for i, item in enumerate(draw(st.lists(_service(), max_size=2)))
        ],
    }
    empty_too = draw(st.booleans())
    spec |= {key: items for key, items in children.items() if items or empty_too}
    return {
        "apiVersion": "reconciler/v1",
        "kind": "Client",
        "metadata": {"name": "acme"},
        "spec": spec,
    }


def _unique(items: list[dict[str, Any]], stem: str, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    by_identity = {json.dumps([item[key] for key in keys]): item for item in items}
    return [{"name": _name(stem, key), **item} for key, item in by_identity.items()]


def _name(stem: str, identity: str) -> str:
    """Name a resource by what is set once, so that another identity is another resource."""
    return f"{stem}-{zlib.crc32(identity.encode()):08x}"
