"""Rules on who has an account or an area, and who may not: locks, named accounts, exclusions, skills."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.assemble.findings import examples
from data.assemble.rule_rows import RuleRow
from data.assemble.rule_terms import RuleTerms
from data.assemble.rules import Positions
from data.assemble.skills import exclude_without_skill
from data.assemble.values import ACCOUNTS, UNITS


def read_lock(terms: RuleTerms, row: RuleRow) -> None:
    """Take up a lock: to the territory that is named, else to the one of today.

    A lock within a region holds what its territories have today; a lock of a territory by itself, all it has today.
    """
    named, found = terms.territories(row), terms.subjects(row)
    if found is None:
        if named is not None and len(named):
            _lock_everything(terms, row, named)
        return
    table, rows = found
    territory = terms.current[table][rows].astype(np.intp)
    if named is not None and row["region"] and not (row["territory_id"] or row["seat_id"]):
        inside = np.isin(territory, named)
        rows, territory = rows[inside], territory[inside]
    elif named is not None:
        if not len(named):
            return
        territory = np.full(len(rows), named[0])
    free = territory < 0
    if free.any():
        _tell_nothing_to_lock(terms, row, table, rows, rows[free])
    _put_locks(terms, row, table, rows[~free], territory[~free])


def _tell_nothing_to_lock(
    terms: RuleTerms, row: RuleRow, table: str, rows: Positions, free: Positions
) -> None:
    ids = terms.ids(table, free)
    if row["account_id"] or row["unit_id"]:
        why = f"{ids[0]} has no current territory that is to be filled, so there is nothing to lock it to."
        terms.tell(row, "account_id" if row["account_id"] else "unit_id", "lock_without_territory", why)
        return
    terms.warn(
        row,
        "where",
        "lock_without_territory",
        f"{len(ids)} of {len(rows)} {table} that fulfil the condition have no current territory that is to be filled, "
        f"so they stay free: {examples(ids)}.",
        "Name the territory to lock them to, or leave them free.",
    )


def _lock_everything(terms: RuleTerms, row: RuleRow, territories: Positions) -> None:
    """Lock all that territories hold today: areas that are theirs alone, and accounts elsewhere."""
    accounts, of_area = terms.current[ACCOUNTS], terms.current[UNITS].astype(np.int64)
    here = np.flatnonzero(terms.account_area >= 0)
    if len(of_area) and len(here):
        # An area belongs to a territory as a whole where all of its accounts do.
        holder = pd.Series(accounts[here]).groupby(terms.account_area[here]).agg(["min", "max"])
        shared = np.where(holder["min"] == holder["max"], holder["min"], -1)
        of_area[holder.index.to_numpy()] = shared
    areas = np.flatnonzero(np.isin(of_area, territories))
    inside = np.zeros(len(accounts), bool)
    inside[here] = np.isin(terms.account_area[here], areas)
    alone = np.flatnonzero(np.isin(accounts, territories) & ~inside)
    _put_locks(terms, row, UNITS, areas, of_area[areas].astype(np.intp))
    _put_locks(terms, row, ACCOUNTS, alone, accounts[alone].astype(np.intp))
    if not len(areas) and not len(alone):
        column = next(name for name in ("territory_id", "seat_id", "region") if row[name])
        names = examples(terms.roster.territory_id[territories])
        why = f"{names} holds nothing today, so there is nothing to lock."
        terms.warn(row, column, "lock_of_nothing", why, "Nothing to do if that is right.")


def _put_locks(terms: RuleTerms, row: RuleRow, table: str, rows: Positions, territory: Positions) -> None:
    said = ("account_id", "unit_id", "where", "territory_id", "seat_id", "region")
    locked, names = terms.demands[table].locked, terms.roster.territory_id
    clash = np.flatnonzero((locked[rows] >= 0) & (locked[rows] != territory))
    if not len(clash):
        terms.demands[table].lock(rows, territory, terms.origin(row, *said))
        return
    first, told = rows[clash[0]], terms.ids(table, rows[clash])
    why = f"{told[0]} is locked to {names[locked[first]]} and to {names[territory[clash[0]]]}."
    more = f" So are {len(told) - 1:,} others." if len(told) > 1 else ""
    terms.tell(row, next(name for name in said if row[name]), "contradicting_rules", why + more)


def read_named(terms: RuleTerms, row: RuleRow) -> None:
    """Take up named accounts: a seat holds them apart from geography."""
    found, named = terms.subjects(row), terms.territories(row)
    if found is None or named is None or not len(named):
        return
    table, rows = found
    if table != ACCOUNTS:
        terms.tell(row, "where", "rule_of", "Only accounts can be named for a seat.")
        return
    held, names = terms.rules.accounts.named, terms.roster.territory_id
    clash = rows[(held[rows] >= 0) & (held[rows] != named[0])]
    if len(clash):
        account = terms.ids(table, clash[:1])[0]
        why = f"{account} is named for {names[held[clash[0]]]} and for {names[named[0]]}."
        terms.tell(row, "account_id" if row["account_id"] else "where", "contradicting_rules", why)
        return
    held[rows] = named[0]


def read_exclusion(terms: RuleTerms, row: RuleRow) -> None:
    """Take up who may not have what."""
    found, named = terms.subjects(row), terms.territories(row)
    if found is not None and named is not None and len(found[1]) and len(named):
        origin = terms.origin(row, "account_id", "unit_id", "where")
        terms.demands[found[0]].excluded.append((found[1], named, origin))


def read_skill(terms: RuleTerms, row: RuleRow) -> None:
    """Take up a skill that a seat needs, one for all that the rule speaks of or each by its cell in a column."""
    found = terms.subjects(row)
    if row["by"]:
        table, column = terms.column(row)
        if column is None:
            return
        rows = np.arange(len(column)) if found is None else found[1]
        required = column.astype(str).iloc[rows]
    elif found is not None:
        table, rows = found
        required = pd.Series([row["skill"]] * len(rows), dtype=object)
    else:
        return
    origin = terms.origin(row, "skill", "by")
    exclude_without_skill(terms.demands[table], rows, required, terms.roster, origin, terms.findings)
