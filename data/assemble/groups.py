"""Who shares a territory with whom: families and competitors, from rules to pairs of accounts and areas.

Accounts and areas are counted through: areas come behind the accounts.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.assemble.findings import examples
from data.assemble.rule_rows import RuleRow
from data.assemble.rule_terms import RuleTerms
from data.assemble.rules import Positions
from data.assemble.values import ACCOUNTS, UNITS
from data.schema import key

PARENT = "parentaccountid"
"""Key of the column that makes families: it links an account to another one, which may have a parent itself."""


def read_grouping(terms: RuleTerms, row: RuleRow) -> None:
    """Take up a rule ``together`` or ``apart``: a pair, a member of a named group, or groups by condition or column."""
    if row["by"]:
        for group in _by_column(terms, row):
            _put(terms, row, group)
    elif row["where"].strip():
        found = terms.subjects(row)
        if found is not None:
            _put(terms, row, _counted(terms, *found))
    else:
        one = _ids(terms, row, "account_id", "unit_id")
        other = _ids(terms, row, "with_account_id", "with_unit_id")
        if row["group"]:
            members = terms.group(row["kind"], row["group"])
            before = list(members)
            members += [member for member in (*one, *other) if member not in members]
            for member in members[len(before) :]:
                _put_with(terms, row, member, before)
                before.append(member)
        else:
            _put(terms, row, np.array([*one, *other], dtype=np.intp))


def _put(terms: RuleTerms, row: RuleRow, members: Positions) -> None:
    """Take up that all `members` share a territory, or no two of them."""
    origin = terms.origin(row, "account_id", "unit_id", "where", "by")
    if row["kind"] == "together":
        terms.rules.together += [(int(a), int(b), origin) for a, b in itertools.pairwise(members)]
    elif len(members) > len(terms.roster):
        names = examples([name_of(terms, member) for member in members])
        why = f"{len(members)} may not share a territory, but there are {len(terms.roster)} territories: {names}."
        terms.tell(row, "by" if row["by"] else "where", "apart_crowd", why)
    else:
        pairs = itertools.combinations(members, 2)
        terms.rules.apart += [(int(a), int(b), origin) for a, b in pairs]


def _put_with(terms: RuleTerms, row: RuleRow, member: int, others: list[int]) -> None:
    """Take up that a further member shares a territory with the `others` of a named group, or with none of them."""
    if row["kind"] == "together":
        _put(terms, row, np.array([*others[-1:], member], dtype=np.intp))
    elif len(others) >= len(terms.roster):
        why = f"{len(others) + 1} may not share a territory, but there are {len(terms.roster)} territories."
        terms.tell(row, "group", "apart_crowd", why)
    else:
        origin = terms.origin(row, "account_id", "unit_id")
        terms.rules.apart += [(other, member, origin) for other in others]


def _ids(terms: RuleTerms, row: RuleRow, account: str, unit: str) -> list[int]:
    found = []
    for column, positions in ((account, "account_id"), (unit, "unit_id")):
        at = terms.known(row, column, terms.position[positions]) if row[column] else None
        if at is not None:
            found.append(at + (len(terms.current[ACCOUNTS]) if positions == "unit_id" else 0))
    return found


def _counted(terms: RuleTerms, table: str, rows: Positions) -> Positions:
    return rows + (len(terms.current[ACCOUNTS]) if table == UNITS else 0)


def _by_column(terms: RuleTerms, row: RuleRow) -> list[Positions]:
    """Return the groups that a column makes, of two and more, among what a condition picks."""
    table, column = terms.column(row)
    if column is None:
        return []
    rows = np.arange(len(column))
    if row["where"].strip():
        other, rows = terms.fulfilling(row)
        if other != table:
            return []
    text = column.astype(str).str.strip()
    if pd.api.types.is_numeric_dtype(column):
        text = text.where(column.notna(), "")
    if key(str(column.name)) == PARENT and table == ACCOUNTS:
        text = pd.Series(families(list(terms.position["account_id"]), list(text)), dtype=object)
    picked = text.iloc[rows]
    several = ((picked != "") & picked.duplicated(keep=False)).to_numpy(bool)
    positions = _counted(terms, table, rows[several])
    groups = pd.Series(positions).groupby(picked[several].to_numpy()).agg(list)
    return [np.array(group, dtype=np.intp) for group in groups]


def families(account_id: Sequence[str], parent_id: Sequence[str]) -> list[str]:
    """Return the topmost ancestor of each account, the account itself where it has none.

    Where parents run in a circle, the smallest id of the circle stands for all of it.
    """
    parent = {child: above for child, above in zip(account_id, parent_id, strict=True) if above}
    top: dict[str, str] = {}
    for child in account_id:
        path: dict[str, None] = {}
        at = child
        while at in parent and at not in top and at not in path:
            path[at] = None
            at = parent[at]
        end = top.get(at) or (min(list(path)[list(path).index(at) :]) if at in path else at)
        top |= dict.fromkeys(path, end)
        top.setdefault(child, end)
    return [top[child] for child in account_id]


def name_of(terms: RuleTerms, member: int) -> str:
    """Return the id of an account or area that is counted through."""
    n = len(terms.current[ACCOUNTS])
    table, at = (ACCOUNTS, member) if member < n else (UNITS, member - n)
    return terms.ids(table, np.array([at]))[0]
