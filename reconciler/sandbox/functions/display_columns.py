"""Columns that say again, for a browser, what another column of the row says.

Invariants: they follow the row's other columns and are described nowhere.
Source: captured rows of payments.
Doubt: how dates are spelled in English.
"""

from __future__ import annotations

from reconciler.sandbox.listing import Column

_WORD = "(SELECT name{l} FROM choice WHERE list = '%s' AND key = %s)"


def dated(name: str, day: str) -> tuple[Column, ...]:
    """Spell the day of a column in full and in short, with its time."""
    number = f"CAST(substr({day}, 9, 2) AS INT)"
    year = f"substr({day}, 1, 4) || {_WORD % ('date', chr(39) + 'year' + chr(39))}"
    spelled = {
        ending: f"CASE WHEN ifnull({day}, '') = '' THEN '' ELSE {number} || ' ' ||"
        f" {_WORD % (months, f'substr({day}, 6, 2)')} || ' ' || {year} END"
        for ending, months in (("l", "month"), ("s", "month_short"))
    }
    time = f"CASE WHEN ifnull({day}, '') = '' THEN '' ELSE '00:00' END"
    return (
        _companion(f"{name}_l", spelled["l"]),
        _companion(f"{name}_s", spelled["s"]),
        _companion(f"{name}_locale_time", time),
    )


def flags(**columns: str) -> tuple[Column, ...]:
    """Give further columns that a browser alone looks at."""
    return tuple(_companion(name, sql) for name, sql in columns.items())


def _companion(name: str, sql: str) -> Column:
    return Column(name, sql, documented=False, companion=True)
