"""Lists: one description a list, one reader for all.

Invariants: every cell is a text; a page is never longer than the install allows; what the
caller's rights, a saved filter or a chosen client hide is missing from rows and total alike.
Doubt: the largest page a real server gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from reconciler.sandbox.reply import ColumnHead, ListReply
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sandbox.call import Call, Settings

_EXACT = {"id", "elid", "idname"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its expression, and that of its code where it is a coded one.

    ``{l}`` in an expression becomes the ending of the caller's language. ``color``: the expression
    of its colour; ``nolink``: whether it says that it leads nowhere; ``companion``: whether it only
    says in another way what another column says.
    """

    name: str
    sql: str
    orig: str = ""
    documented: bool = True
    level: int = 0
    color: str = ""
    nolink: bool = False
    companion: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A field that a list is filtered by, beside its columns, or in the place of one.

    ``sort``: the words that a text holds; the keys of options, several apart by commas; the least
    or the most that a number or a day may be; or a day, which a word or two other fields name.
    ``scope``: what its options hang on.
    """

    name: str
    sql: str
    sort: Literal["text", "keys", "least", "most", "day"] = "text"
    options: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A list of the panel.

    ``parent``: the column that ``elid`` is compared with, in the list of the children of a row of
    the table ``under``; a client who names none gets his own.
    ``account``: the column that says whose row it is; ``project``: a condition with one place for
    the provider that the caller is cut to; ``where``: what holds for every row.
    """

    func: str
    source: str
    columns: tuple[Column, ...]
    key: str = "id"
    keyname: str = "name"
    parent: str = ""
    under: str = "account"
    account: str = ""
    project: str = ""
    where: str = "1"
    order: str = "1"
    filters: tuple[Filter, ...] = ()


@dataclass(slots=True)
class _Scope:
    conditions: list[str]
    values: list[Any]
    filters: list[tuple[str, str]]
    plid: str | None = None

    def add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values += values


def read(call: Call, listing: Listing) -> ListReply:
    """Read one page of a list."""
    scope = _scope(call, listing)
    where = " AND ".join(scope.conditions)
    size, number = _page(call.given, call.settings)
    texts, cells = _texts(listing, call.lang, call.actor.level, call.settings.columns)
    sorted_by, descending, order = _order(call, listing)
    sql = f"{texts} {where} ORDER BY {order} LIMIT ? OFFSET ?"
    rows = call.db.execute(sql, (*scope.values, size, (number - 1) * size)).fetchall()
    total = len(rows)
    if total == size or number > 1:
        counting = f"SELECT count(*) FROM {listing.source} WHERE {where}"
        total = call.db.execute(counting, scope.values).fetchone()[0]
    return ListReply(
        key=listing.key,
        keyname=listing.keyname,
        cells=cells,
        rows=rows,
        number=number,
        size=size,
        total=total,
        filters=tuple(scope.filters),
        plid=scope.plid,
        sorted_by=sorted_by,
        descending=descending,
    )


def _order(call: Call, listing: Listing) -> tuple[str, bool, str]:
    """Return by which column rows are sorted, whether downwards, and the expression for that."""
    descending = call.settings.sort == "newest"
    own = f"{listing.order} {'DESC' if descending else 'ASC'}"
    wished = call.given.get("p_sort") or call.given.get("p_col", "").lstrip("+-")
    column = find_column(listing, wished)
    if column is None:
        return listing.key, descending, own
    downwards = call.given.get("p_order") == "desc" or call.given.get("p_col", "")[:1] == "-"
    way = "DESC" if downwards else "ASC"
    return column.name, downwards, f"{_speak(column.sql, call.lang)} {way}, {own}"


def find_column(listing: Listing, name: str) -> Column | None:
    """Find the column that a filter's field means; a field of no column filters nothing."""
    return next((column for column in listing.columns if column.name == name), None)


def _scope(call: Call, listing: Listing) -> _Scope:
    scope = _Scope([listing.where], [], [])
    actor = call.actor
    own = actor.account if listing.under == "account" and not call.elid else None
    if listing.parent and own is not None:
        scope.add(f"{listing.parent} = ?", own)
    elif listing.parent:
        scope.plid = str(call.parent("elid", listing.under))
        scope.add(f"{listing.parent} = ?", int(scope.plid))
    if listing.account and actor.account is not None:
        scope.add(f"{listing.account} = ?", actor.account)
    if listing.project and actor.project is not None:
        scope.add(listing.project, actor.project)
    if listing.account and not listing.parent and listing.func != "account":
        chosen = call.db.execute("SELECT account FROM onlyaccount WHERE user = ?", (actor.user,))
        for (account,) in chosen.fetchall():
            scope.add(f"{listing.account} = ?", account)
    saved = call.db.execute(
        "SELECT field, value FROM sticky WHERE user = ? AND func = ?", (actor.user, listing.func)
    ).fetchall()
    scope.filters += saved
    _narrow(scope, listing, call, dict(saved))
    if call.given.get("filter") == "on":
        _narrow(scope, listing, call, call.given)
    return scope


def find_filter(listing: Listing, name: str) -> Filter | None:
    """Find the field of its own that a list is filtered by; the ends of a day are part of it."""
    for each in listing.filters:
        if name == each.name or (each.sort == "day" and name in _ends(each.name)):
            return each
    return None


def _ends(name: str) -> tuple[str, str]:
    return f"{name}start", f"{name}end"


def _apply(scope: _Scope, call: Call, field: Filter, given: Mapping[str, str]) -> None:
    value = given[field.name]
    match field.sort:
        case "text":
            scope.add(f"instr(lower(ifnull({field.sql}, '')), lower(?))", value)
        case "keys":
            keys = ",".join(part.strip() for part in value.split(","))
            scope.add(f"instr(',' || ? || ',', ',' || ifnull({field.sql}, '') || ',')", keys)
        case "least":
            scope.add(f"{field.sql} >= ? + 0" if _is_number(value) else f"{field.sql} >= ?", value)
        case "most":
            scope.add(f"{field.sql} <= ? + 0" if _is_number(value) else f"{field.sql} <= ?", value)
        case "day":
            days = [given.get(name, "") for name in _ends(field.name)]
            if value == "today":
                days = [call.today, call.today]
            if value in {"today", "other"}:
                scope.add(f"substr({field.sql}, 1, 10) >= ?", days[0])
                scope.add(f"(? = '' OR substr({field.sql}, 1, 10) <= ?)", days[1], days[1])


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def _narrow(scope: _Scope, listing: Listing, call: Call, given: Mapping[str, str]) -> None:
    lang = call.lang
    for name, value in given.items():
        field = find_filter(listing, name)
        if field is not None:
            if name == field.name:
                _apply(scope, call, field, given)
            continue
        column = find_column(listing, name)
        if column is None or name in {"filter", "elid"}:
            continue
        text = f"ifnull({_speak(column.sql, lang)}, '')"
        if column.orig:
            scope.add(f"({column.orig} = ? OR {text} = ?)", value, value)
        elif name in _EXACT or name.endswith("_id"):
            scope.add(f"{text} || '' = ?", value)
        else:
            scope.add(f"instr(lower({text}), lower(?))", value)


def _page(given: Any, settings: Settings) -> tuple[int, int]:  # noqa: ANN401 - a mapping
    def number(name: str, otherwise: int) -> int:
        text = given.get(name, "")
        fits = text.isdecimal() and text.isascii() and 0 < len(text) < 10  # noqa: PLR2004
        return int(text) or otherwise if fits else otherwise

    return min(number("p_cnt", settings.page), settings.page), number("p_num", 1)


@lru_cache(maxsize=512)
def _texts(
    listing: Listing, lang: str, level: int, shape: str
) -> tuple[str, tuple[ColumnHead, ...]]:
    parts: list[str] = []
    cells: list[ColumnHead] = []
    for column in listing.columns:
        if level < column.level or (shape == "documented" and not column.documented):
            continue
        given = (("color", column.color), ("orig", column.orig), ("", column.sql))
        texts = [(name, _speak(sql, lang)) for name, sql in given if sql]
        parts += [f"ifnull({sql}, '') || ''" for _, sql in texts]
        cells.append(
            ColumnHead(
                column.name,
                label(listing.func, column.name, lang),
                attrs=tuple(name for name, _ in texts[:-1]),
                fixed=(("nolink", "yes"),) if column.nolink else (),
                companion=column.companion,
            )
        )
    head = " ".join(("SELECT", ", ".join(parts), "FROM", listing.source, "WHERE"))
    return head, tuple(cells)


def _speak(sql: str, lang: str) -> str:
    return sql.replace("{l}", "_ru" if lang == "ru" else "")
