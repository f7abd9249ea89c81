"""The law of the round: what was applied is as declared, and nothing else has moved."""

from __future__ import annotations

import json
import shutil
import zlib
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, given, settings, strategies as st

from reconciler.sandbox import Sandbox, ledger, seed
from tests.support.round import TODAY, Round

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model.plan import Change

STRANGERS = 4
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
def _manifest(draw: st.DrawFn) -> dict[str, Any]:
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


@pytest.fixture(scope="module")
def install() -> Iterator[Path]:
    """Build one install with clients of other people, to be copied for every example."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "install.sqlite3"
        seed(path, clients=STRANGERS, seed=7)
        yield path


@settings(max_examples=6, phases=[Phase.generate])
@given(first=_manifest(), second=_manifest())
def test_applied_is_as_declared_and_nothing_else_moves(
    install: Path, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """After each apply the next plan is empty, no stranger's object moved, nothing was charged."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "panel.sqlite3"
        shutil.copy(install, copy)
        with Sandbox(copy, lag=timedelta(0)) as sandbox:
            trip = Round(Path(folder), sandbox)
            before = _strangers(sandbox)
            # The panel deletes no account: those of the first manifest stay declared.
            second["spec"]["accounts"] = first["spec"].get("accounts", [])
            for manifest in (first, second):
                trip.write(json.dumps(manifest, ensure_ascii=False))
                trip.apply()
                assert not [o.message for o in trip.outcomes if o.result != "verified"]
                again = trip.plan()
                assert again.empty, _brief(again.changes)
                assert not trip.drift().found
            assert _strangers(sandbox) == before
            assert not [charge for charge in ledger(sandbox) if charge.what != "expense"]


def _brief(changes: tuple[Change, ...]) -> list[str]:
    return [f"{c.action} {c.address} {c.reason} {c.edits}" for c in changes]


def _strangers(sandbox: Sandbox) -> list[bytes]:
    """Return everything that the panel shows of the clients that are not ours."""
    first = _ids(sandbox.call("account", out="JSONdata"))[:STRANGERS]
    answers = []
    for client in first:
        answers.append(sandbox.call("account.edit", elid=client, out="JSONdata"))
        for func in ("account.discount", "account.taxrule", "account.currencyrate", "subaccount"):
            answers.append(sandbox.call(func, elid=client, out="JSONdata"))
            key = "idname" if func == "account.discount" else "id"
            rows = json.loads(answers[-1])
            answers += [
                sandbox.call(f"{func}.edit", plid=client, elid=row[key], out="JSONdata")
                for row in rows
            ]
    return answers


def _ids(body: bytes) -> list[str]:
    return [row["id"] for row in json.loads(body)]
