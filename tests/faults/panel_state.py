"""What a person finds in the panel itself after a trial, and what that person does about it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.faults.initial_state import initial_state, plan_of
from tests.faults.operations import CART_DOMAIN, EMAIL, NEWCOMER, OPERATIONS

if TYPE_CHECKING:
    from reconciler.sandbox import Charge
    from tests.faults.trial import Trial

# What a faultless apply and a troubled one differ in: numbers, what is made of them, a moment.
_VARYING = frozenset({"id", "idname", "account", "subaccount", "item", "ip", "username", "balance",
                      "registration_date"})  # fmt: skip
_TABLES = ("subaccount", "discount", "taxrule", "currencyrate", "item", "basket", "member")
_LONG = 3600.0


def new_charges(trial: Trial) -> list[Charge]:
    """Return what was charged since the trial began."""
    return trial.charges()[initial_state().charges :]


def state(trial: Trial) -> list[str]:
    """Describe what our clients have once everything that takes time is done, in any numbering."""
    trial.clock.seconds += _LONG
    trial.panel.call("whoami")  # every request notices what is done by now
    found = []
    for owner in _owners(trial):
        found += [_described("account", row) for row in _rows(trial, "account", "id", owner)]
        for table in _TABLES:
            found += [_described(table, row) for row in _rows(trial, table, "account", owner)]
    addons = (
        "SELECT i.domain, a.addon, a.value FROM item_addon a JOIN item i ON i.id = a.item"
        " WHERE i.status <> '4'"
    )
    return sorted([*found, *(f"addon {row}" for row in query_panel(trial, addons))])


def _owners(trial: Trial) -> list[int]:
    query = "SELECT id FROM account WHERE email IN (?, ?, ?)"
    return [owner for (owner,) in query_panel(trial, query, EMAIL, NEWCOMER, trial.neighbour)]


def _rows(trial: Trial, table: str, column: str, owner: int) -> list[dict[str, Any]]:
    """Return the rows of one owner, oldest first, without the services that are closed."""
    with trial.panel.reading() as db:
        query = f"SELECT * FROM {table} WHERE {column} = ? ORDER BY 1"  # noqa: S608 - names of ours
        cursor = db.execute(query, (owner,))
        names = [each[0] for each in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [row for row in rows if row.get("status") != "4"]


def _described(table: str, row: dict[str, Any]) -> str:
    return f"{table} { {key: text for key, text in row.items() if key not in _VARYING} }"


@cache
def state_of(*operations: str) -> list[str]:
    """Describe what our clients have after some operations where nothing was in the way."""
    with TemporaryDirectory() as folder:
        trial = initial_state().begin(Path(folder), *operations)
        assert set(trial.apply(plan_of(*operations)).values()) == {"verified"}
        return state(trial)


def converges_in_two_runs(trial: Trial) -> bool:
    """Tell whether, of two more runs, one finds nothing left to do."""
    for _ in range(2):
        trial.apply(None)
        if trial.code == 0 and trial.planned is not None and trial.planned.empty:
            return True
    return False


def resolve_by_hand(trial: Trial) -> None:
    """Do what only a person can: clear away what is there twice or in the cart, and answer.

    Of a charge in doubt that person says what the panel's own ledger says.
    """
    _empty_cart(trial)
    _remove_duplicates(trial)
    charged = {charge.what for charge in new_charges(trial)}
    done = {operation.address for operation in OPERATIONS.values() if operation.charge in charged}
    for item in trial.journal.open_intents():
        if item.doubtful:
            word = "verified" if item.intent.address in done else "absent"
            trial.journal.conclude([item.number], word, "a person says so", "")


def confirm_by_hand(trial: Trial, word: str) -> None:
    """End every doubt by a person's word: ``verified`` as ``--link`` does, or ``absent``."""
    journal = trial.journal
    for item in journal.open_intents():
        if item.doubtful:
            journal.conclude([item.number], word, "a person says so", "")


def _empty_cart(trial: Trial) -> None:
    """Take out what was to be paid at once, and leave what was to be put there."""
    theirs = [row[0] for (table, row) in initial_state().by_hand if table == "basket"]
    query = "SELECT b.id, i.domain FROM basket b JOIN item i ON i.id = b.item"
    for number, domain in query_panel(trial, query):
        if number not in theirs and domain != CART_DOMAIN:
            trial.panel.call("basket.delete", su=EMAIL, elid=str(number))


def _remove_duplicates(trial: Trial) -> None:
    """Of what our clients have twice keep the older one."""
    for owner in _owners(trial):
        for table in ("item", "discount", "taxrule", "currencyrate"):
            seen: set[str] = set()
            for row in _rows(trial, table, "account", owner):
                words = _described(table, row)
                if words in seen and table == "item":
                    query_panel(trial, "DELETE FROM basket WHERE item = ?", row["id"])
                    query_panel(trial, "DELETE FROM item_addon WHERE item = ?", row["id"])
                if words in seen:
                    query_panel(trial, f"DELETE FROM {table} WHERE id = ?", row["id"])  # noqa: S608 - ours
                seen.add(words)


def has_cart_item(trial: Trial) -> bool:
    """Tell whether something waits in a cart that did not when the trial began."""
    return len(query_panel(trial, "SELECT id FROM basket")) > 1


def query_panel(trial: Trial, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the panel's own tables, or change them as the vendor's support would."""
    with trial.panel.reading() as db:
        return db.execute(query, values).fetchall()
