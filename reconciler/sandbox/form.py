"""Forms: one description a form, one opener and one submitter for all.

Invariants: opening changes nothing; a confirmed submit without ``elid`` makes a new object; a
parameter left out keeps its value; the answer to a submit holds the form as it stood before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.call import sees
from reconciler.sandbox.field_types import TYPED_BY_HAND, Field, accept, show
from reconciler.sandbox.number import plain
from reconciler.sandbox.options import choices, unset
from reconciler.sandbox.reply import ConfirmationReply, FormReply, Input, NotFoundError, PanelError
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.sandbox.call import Call
    from reconciler.sandbox.install import Install
    from reconciler.sandbox.reply import Pairs, Reply

Row = dict[str, Any]
_BIGGEST = 18
_NUMBERS = {"money", "amount", "rate", "percent"}
# A request that names one of these changes something; one without it does not.
_ACTIONS = {"ostempl", "recipe"}


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A form of the panel, kept in one table.

    ``key``: the column that ``elid`` names, which holds words as well where it is not the number of
    the row; ``child``: whether rows belong to the client in
    ``plid``; ``fill`` adds to a row what other tables keep of it; ``check`` may change or refuse
    what is about to be kept; ``after`` follows it.
    """

    func: str
    table: str
    fields: tuple[Field, ...]
    key: str = "id"
    child: bool = True
    fill: Callable[[Call, Row], None] | None = None
    check: Callable[[Call, Row, Row | None], None] | None = None
    after: Callable[[Call, Row, bool], None] | None = None

    def columns(self) -> tuple[str, ...]:
        """The columns that the fields are kept in."""
        return tuple(field.place for field in self.fields if field.kept)


def edit(call: Call, form: Form) -> Reply:
    """Open a form, or submit it when the request is confirmed."""
    present = locate(call, form) if call.elid else None
    parent = _parent(call, form, present)
    row = present if present is not None else _blank(call, form, parent)
    before = shown(call, form, row)
    if not call.confirmed:
        return before
    kept = dict(row)
    for field in form.fields:
        lay_over(call, field, kept, fresh=present is None)
    if form.check is not None:
        form.check(call, kept, present)
    number = write(call, form, kept, present)
    if form.after is not None:
        form.after(call, kept | {"id": number}, present is None)
    if present is not None:
        return ConfirmationReply(before)
    key = f"{key_prefix(call.settings, form.key)}{kept[form.key]}"
    return ConfirmationReply(before, ids=new_ids(call, form.table, key))


def new_ids(call: Call, table: str, key: object) -> Pairs:
    """Return the new id under the names that this install uses."""
    usual = "item.id" if table == "item" else "id"
    names = {
        "usual": (usual,),
        "id": ("id",),
        "table": (f"{table}.id",),
        "both": ("id", f"{table}.id"),
        "none": (),
    }[call.settings.new_id]
    return tuple((name, str(key)) for name in names)


def key_prefix(install: Install, key: str) -> str:
    """Return the prefix that this install puts before the number of a key."""
    return "personal_" if key == "idname" and install.discount_key == "text" else ""


def locate(call: Call, form: Form) -> Row:
    """Find the row that ``elid`` names.

    Raises: GoneError when it is not there, not the parent's, or hidden.
    """
    names = ", ".join(("id", *_places(form)))
    sql = f"SELECT {names} FROM {form.table} WHERE {form.key} = ?"
    found = None
    prefix = key_prefix(call.settings, form.key)
    number = call.elid.removeprefix(prefix)
    if number.isdecimal() and number.isascii() and len(number) <= _BIGGEST:
        there = call.elid.startswith(prefix)
        found = call.db.execute(sql, (int(number),)).fetchone() if there else None
    elif form.key != "id":
        found = call.db.execute(sql, (call.elid,)).fetchone()
    if found is None:
        raise NotFoundError(form.func.removesuffix(".edit"), call.elid)
    row: Row = dict(zip(("id", *_places(form)), found, strict=True))
    if not sees(call, row["account"] if form.child else row["id"]):
        raise NotFoundError(form.func.removesuffix(".edit"), call.elid)
    if form.fill is not None:
        form.fill(call, row)
    return row


def shown(call: Call, form: Form, row: Row) -> FormReply:
    """Return the form with a row's values and the option lists."""
    key = row.get(form.key)
    prefix = key_prefix(call.settings, form.key)
    values = [("elid", "" if key is None else f"{prefix}{key}")]
    if form.child:
        values.append(("plid", str(row["account"])))
    lists = []
    for field in form.fields:
        values.append((field.name, show(field, row.get(field.place, field.default))))
        if field.options:
            keys = choices(call, field.options, row.get(field.scope))
            optional = field.sort == "select" and not field.required
            lists.append((field.name, (*unset(call), *keys) if optional else keys))
    return FormReply(
        tuple(_input(call, form, field) for field in form.fields), tuple(values), tuple(lists)
    )


def _places(form: Form) -> list[str]:
    names = [field.place for field in form.fields if field.kept]
    names += [name for name in (form.key, "account" if form.child else "id") if name not in names]
    return [name for name in names if name != "id"]


def _input(call: Call, form: Form, field: Field) -> Input:
    readonly = field.sort == "shown" or (field.fixed and bool(call.elid))
    text = label(form.func, field.name, call.lang)
    return Input(field.name, text, field.sort, field.required, readonly)


def _parent(call: Call, form: Form, present: Row | None) -> int | None:
    if not form.child:
        return None
    if present is None:
        return call.parent()
    if "plid" in call.given and call.parent() != present["account"]:
        raise NotFoundError(form.func.removesuffix(".edit"), call.elid)
    return int(present["account"])


def _blank(call: Call, form: Form, parent: int | None) -> Row:
    row: Row = {"account": parent} if form.child else {}
    for field in form.fields:
        value: Any = field.default
        if field.sort in {"date", "stamp"} and value == "now":
            value = call.today if field.sort == "date" else call.moment
        elif field.sort == "flag":
            value = value or "off"
        elif field.sort == "money":
            value = int(value or 0)
        elif field.sort == "select":
            keys = choices(call, field.options, row.get(field.scope)) if field.required else ()
            value = value or (keys[0][0] if keys else None)
        row[field.place] = value
    return row


def lay_over(call: Call, field: Field, row: Row, *, fresh: bool) -> None:
    """Lay what the request says of one field over the row."""
    if field.sort == "shown" or (field.fixed and not fresh):
        return
    text = call.given.get(field.name)
    if text is None and field.name in call.blank:
        if field.required and field.options:
            raise PanelError("value", field.name)
        text = "" if field.sort in TYPED_BY_HAND else None
    if text is None and not fresh and _is_cleared(call, field):
        row[field.place] = accept(field, "", ())
        return
    if text is None:
        if fresh and field.required and row[field.place] in {None, ""}:
            raise PanelError("value", field.name)
        return
    keys = choices(call, field.options, row.get(field.scope)) if field.options else ()
    row[field.place] = accept(field, _typed(call, field, text), keys)


def _is_cleared(call: Call, field: Field) -> bool:
    """Return whether an edit that does not name a field clears it."""
    clears = call.settings.edits == "clearing" and not field.required
    return clears and field.sort != "secret" and field.name not in _ACTIONS


def _typed(call: Call, field: Field, text: str) -> str:
    """Read a text as this install's forms write it."""
    if field.sort in _NUMBERS and call.settings.money.forms:
        return plain(text, call.settings.money)
    if field.sort == "area" and call.settings.texts == "normalised":
        return "\r\n".join(line.rstrip() for line in text.splitlines())
    return text


def write(call: Call, form: Form, row: Row, present: Row | None) -> int:
    """Store a row, new or changed, and return its id."""
    kept = {field.place: row[field.place] for field in form.fields if field.kept}
    kept |= {"account": row["account"]} if form.child else {}
    if present is not None:
        names = ", ".join(f"{name} = ?" for name in kept)
        sql = f"UPDATE {form.table} SET {names} WHERE id = ?"
        call.db.execute(sql, (*kept.values(), present["id"]))
        return int(present["id"])
    free = next_id(call, form.table, form.key)
    if free is not None:
        row[form.key] = kept[form.key] = free
    elif form.key != "id":
        row[form.key] = kept[form.key] = _next(call, form)
    marks = ", ".join("?" * len(kept))
    sql = " ".join(("INSERT INTO", form.table, "(", ", ".join(kept), ") VALUES (", marks, ")"))
    number = int(call.db.execute(sql, tuple(kept.values())).lastrowid or 0)
    row.setdefault(form.key, number)
    return number


def next_id(call: Call, table: str, key: str = "id") -> int | None:
    """Return the id that was set aside for the next object, unless it is taken."""
    wanted = call.settings.next_id
    if wanted is None:
        return None
    taken = call.db.execute(f"SELECT 1 FROM {table} WHERE {key} = ?", (wanted,)).fetchone()
    return wanted if taken is None else None


def _next(call: Call, form: Form) -> int:
    # One ahead of the row's id, so that taking the one for the other hits a neighbour.
    numbers = f"CASE WHEN typeof({form.key}) = 'integer' THEN {form.key} END"
    sql = f"SELECT ifnull(max(id), 0) + 2, ifnull(max( {numbers} ), 1) + 1 FROM"
    return int(max(call.db.execute(f"{sql} {form.table}").fetchone()))
