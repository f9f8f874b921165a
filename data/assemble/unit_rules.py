"""What rules mean for the basic units: which are locked, and which pairs of unit and territory are not allowed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from data.assemble.basic_units import BasicUnits
from data.assemble.findings import Findings, examples
from data.assemble.regional import Regional
from data.assemble.roster import Roster
from data.assemble.rules import Origin, Positions, Rules
from planner.arrays import IntArray


def unit_locks(
    rules: Rules, basic: BasicUnits, by_place: NDArray[np.bool_], contiguous: bool
) -> tuple[IntArray, NDArray[np.bool_]]:
    """Turn locks of areas and accounts into locks of basic units.

    A locked account that has its unit to itself, or shares it only with accounts locked alike, locks the unit.
    Any other is held apart from geography, as a named account; so are all of them where territories must hang
    together, since one locked account far away would otherwise draw a corridor to it.

    Returns
    -------
    locked, apart
        Territory each unit must belong to, −1 where free, shape ``(n_units,)``; the accounts to hold apart, shape
        ``(n_accounts,)``.
    """
    of_area = np.append(rules.areas.locked, -1)[basic.area_of_unit]
    locked = of_area.astype(np.int32)
    want = rules.accounts.locked
    asked = (want >= 0) & by_place & (basic.unit_of_account >= 0)
    if contiguous or not asked.any():
        return locked, asked
    here = by_place & (basic.unit_of_account >= 0)
    unit = basic.unit_of_account[here]
    n = len(basic.units)
    least, most = np.full(n, np.iinfo(np.int32).max), np.full(n, -1, dtype=np.int64)
    np.minimum.at(least, unit, want[here])
    np.maximum.at(most, unit, want[here])
    alike = (least == most) & (most >= 0) & ((locked < 0) | (locked == most))
    locked[alike] = most[alike]
    apart = asked.copy()
    apart[asked] = ~alike[basic.unit_of_account[asked]]
    return locked, apart


def exclusions(
    rules: Rules,
    reach: csr_array | None,
    roster: Roster,
    basic: BasicUnits,
    fixed: IntArray,
    account_id: NDArray[np.object_],
    findings: Findings,
) -> csr_array | None:
    """Return the unit–territory pairs that are not allowed, None where all are.

    An account excluded from a territory takes its whole unit with it.

    Parameters
    ----------
    reach
        Pairs that are out of reach, sparse of shape ``(n_units, n_territories)``; None where none is.
    fixed
        Territory that holds each account apart from geography, −1 where none.
    """
    shape = (len(basic.units), len(roster))
    banned = np.zeros(shape, dtype=bool) if reach is None else reach.toarray()
    in_unit = np.bincount(basic.unit_of_account[basic.unit_of_account >= 0], minlength=len(basic.units))
    shared = np.zeros(len(fixed), bool)
    for accounts, territories, origin in rules.accounts.excluded:
        _check_fixed_allowed(accounts, territories, origin, roster, fixed, account_id, findings)
        here = accounts[(fixed[accounts] < 0) & (basic.unit_of_account[accounts] >= 0)]
        unit = basic.unit_of_account[here]
        banned[np.ix_(unit, territories)] = True
        shared[here[in_unit[unit] > 1]] = True
    if shared.any():
        findings.warn(
            "exclusion_widened",
            f"Excluded accounts share a unit with others, so the whole unit is excluded: "
            f"{examples(account_id[shared])}.",
            "Set basic_unit = 'account' to exclude single accounts.",
            table="rules",
            count=int(shared.sum()),
        )
    for areas, territories, _ in rules.areas.excluded:
        banned[np.ix_(np.flatnonzero(np.isin(basic.area_of_unit, areas)), territories)] = True
    if not banned.any():
        return None
    nobody = banned.all(axis=1)
    if nobody.any():
        ids = basic.units.unit_id[nobody]
        findings.error(
            "nobody_may_have_it",
            f"Excluded from every territory, by exclusions, skills or reach: {examples(ids)}.",
            "Allow one territory to hold each, or widen the reach.",
            table="rules",
            value=ids[0],
            count=len(ids),
        )
    return csr_array(banned)


def _check_fixed_allowed(
    accounts: Positions,
    territories: Positions,
    origin: Origin,
    roster: Roster,
    fixed: IntArray,
    account_id: NDArray[np.object_],
    findings: Findings,
) -> None:
    """Report accounts that are held apart from geography by a territory that may not have them."""
    clash = accounts[np.isin(fixed[accounts], territories)]
    if len(clash):
        told = [f"{account_id[a]} is held by {roster.territory_id[fixed[a]]}" for a in clash]
        findings.error(
            "contradicting_rules",
            f"{examples(told)} and excluded from it.",
            "Remove one of the two.",
            table=origin.table,
            row=origin.row,
            column=origin.column,
            value=account_id[clash[0]],
            count=len(clash),
        )


def check_locks_allowed(
    rules: Rules,
    locked: IntArray,
    excluded: csr_array | None,
    within: Regional,
    basic: BasicUnits,
    roster: Roster,
    findings: Findings,
) -> None:
    """Report units that are locked to a territory they are excluded from, or that is not of their region."""
    units = np.flatnonzero(locked >= 0)
    barred = np.zeros(len(units), bool)
    if excluded is not None and len(units):
        barred = np.asarray(excluded[units, locked[units]], dtype=bool).ravel()
    region = within.region_of_unit[units]
    abroad = (region >= 0) & (within.region_of_territory[locked[units]] != region)
    for clash, what, what_to_do in (
        (barred, "that may not have it", "Remove the lock or the exclusion, or widen the reach."),
        (
            abroad & ~barred,
            "outside its region",
            "Remove the lock, correct the region, or set keep_regions = false.",
        ),
    ):
        told = [f"{basic.units.unit_id[u]} ({roster.territory_id[locked[u]]})" for u in units[clash]]
        if told:
            origin = _lock_origin(int(units[clash][0]), rules, basic)
            findings.error(
                "contradicting_rules",
                f"Locked to a territory {what}: {examples(told)}.",
                what_to_do,
                table="rules" if origin is None else origin.table,
                row=None if origin is None else origin.row,
                column="locked" if origin is None else origin.column,
                value=basic.units.unit_id[units[clash][0]],
                count=len(told),
            )


def check_groups_allowed(
    together: IntArray,
    excluded: csr_array | None,
    within: Regional,
    basic: BasicUnits,
    findings: Findings,
) -> None:
    """Report groups that must be together, but of which no territory may have all."""
    grouped = np.flatnonzero(together >= 0)
    if excluded is None or not len(grouped):
        return
    order = grouped[np.argsort(together[grouped], kind="stable")]
    first = np.r_[0, np.flatnonzero(np.diff(together[order])) + 1]
    region = within.region_of_unit[order]
    abroad = (region[:, None] >= 0) & (within.region_of_territory[None, :] != region[:, None])
    nobody = np.logical_or.reduceat(excluded[order].toarray() | abroad, first).all(axis=1)
    if nobody.any():
        groups = np.split(order, first[1:])
        told = [f"({examples(basic.units.unit_id[groups[g]])})" for g in np.flatnonzero(nobody)]
        findings.error(
            "nobody_may_have_group",
            f"These must be together, but no territory may have all of them, by exclusions, skills or reach: "
            f"{examples(told)}.",
            "Take one of them out of the group, or allow one territory to hold all.",
            table="rules",
            value=basic.units.unit_id[groups[int(nobody.argmax())][0]],
            count=int(nobody.sum()),
        )


def _lock_origin(unit: int, rules: Rules, basic: BasicUnits) -> Origin | None:
    """Return the rule that locks a unit; None where a column of the tables does."""
    accounts = np.flatnonzero(basic.unit_of_account == unit)
    found = [rules.accounts.lock_origin[a] for a in accounts.tolist() if a in rules.accounts.lock_origin]
    return found[0] if found else rules.areas.lock_origin.get(int(basic.area_of_unit[unit]))
