"""What rules mean for the basic units: which are locked, and which pairs of unit and territory are not allowed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from data.assemble.basic_units import BasicUnits
from data.assemble.findings import Findings, examples
from data.assemble.roster import Roster
from data.assemble.rules import Rules
from planner.arrays import FloatArray, IntArray


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
    roster: Roster,
    basic: BasicUnits,
    fixed: IntArray,
    home_m: FloatArray,
    account_id: NDArray[np.object_],
    findings: Findings,
) -> csr_array | None:
    """Return the unit–territory pairs that are not allowed, None where all are.

    An account excluded from a territory takes its whole unit with it. Units out of a seat's reach are excluded
    from its territory.

    Parameters
    ----------
    fixed
        Territory that holds each account apart from geography, −1 where none.
    home_m
        Home of each seat on the projection, shape ``(n_territories, 2)``.
    """
    pairs: list[NDArray[np.intp]] = []
    in_unit = np.bincount(basic.unit_of_account[basic.unit_of_account >= 0], minlength=len(basic.units))
    shared = []
    for account, territory in rules.accounts.excluded:
        if fixed[account] == territory:
            findings.error(
                "contradicting_rules",
                f"{account_id[account]} is held by {roster.territory_id[territory]} and excluded from it.",
                "Remove one of the two.",
                table="rules",
                value=account_id[account],
            )
        unit = basic.unit_of_account[account]
        if unit >= 0 and fixed[account] < 0:
            pairs.append(np.array([[unit, territory]]))
            if in_unit[unit] > 1:
                shared.append(account_id[account])
    if shared:
        findings.warn(
            "exclusion_widened",
            f"Excluded accounts share a unit with others, so the whole unit is excluded: {examples(shared)}.",
            "Set basic_unit = 'account' to exclude single accounts.",
            table="rules",
            count=len(shared),
        )
    for area, territory in rules.areas.excluded:
        units = np.flatnonzero(basic.area_of_unit == area)
        pairs.append(np.c_[units, np.full(len(units), territory)])
    for reach in rules.reach:
        for territory in range(len(roster)) if reach.territory is None else [reach.territory]:
            far = np.hypot(*(basic.units.xy_m - home_m[territory]).T) > reach.km * 1000
            units = np.flatnonzero(far)
            pairs.append(np.c_[units, np.full(len(units), territory)])
    if not pairs:
        return None
    unit, territory = np.unique(np.concatenate(pairs), axis=0).T
    if not len(unit):
        return None
    banned = np.bincount(unit, minlength=len(basic.units)) == len(roster)
    if banned.any():
        ids = basic.units.unit_id[banned]
        findings.error(
            "nobody_may_have_it",
            f"Excluded from every territory, by exclusions or reach: {examples(ids)}.",
            "Allow one territory to hold each, or widen the reach.",
            table="rules",
            value=ids[0],
            count=len(ids),
        )
    ones = np.ones(len(unit), dtype=bool)
    return csr_array((ones, (unit, territory)), shape=(len(basic.units), len(roster)))


def check_locks_allowed(
    locked: IntArray, excluded: csr_array | None, basic: BasicUnits, roster: Roster, findings: Findings
) -> None:
    """Report units that are locked to a territory they are excluded from."""
    if excluded is None:
        return
    units = np.flatnonzero(locked >= 0)
    if not len(units):
        return
    clash = units[np.asarray(excluded[units, locked[units]], dtype=bool).ravel()]
    if len(clash):
        told = [f"{basic.units.unit_id[u]} ({roster.territory_id[locked[u]]})" for u in clash]
        findings.error(
            "contradicting_rules",
            f"Locked to a territory that may not have it: {examples(told)}.",
            "Remove the lock or the exclusion, or widen the reach.",
            table="rules",
            value=basic.units.unit_id[clash[0]],
            count=len(clash),
        )
