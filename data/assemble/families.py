"""What groups mean for single accounts and areas, and then for basic units.

A group with a locked or named member goes where that member is: all its accounts and areas are locked there. A member
without a place takes the place of one that has one. Two that must be apart, one of them held apart from geography:
the other may not have its territory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data.assemble.basic_units import BasicUnits
from data.assemble.findings import Findings, examples
from data.assemble.places import Places
from data.assemble.roster import Roster
from data.assemble.rules import Origin, Positions, Rules
from planner.arrays import FloatArray, IdArray, IntArray


@dataclass(frozen=True, eq=False)
class Companions:
    """Who shares a territory with whom, as the problem takes it.

    Parameters
    ----------
    together
        Group of each unit, shape ``(n_units,)``; −1 for none.
    apart
        Pairs of units that must not share a territory, shape ``(n_pairs, 2)``.
    """

    together: IntArray
    apart: IntArray


def settle_groups(
    rules: Rules,
    roster: Roster,
    places: Places,
    current: IntArray,
    weight: FloatArray,
    member_id: IdArray,
    findings: Findings,
) -> None:
    """Lock groups where one of them is held, and place members without a place beside the others.

    Parameters
    ----------
    current, weight
        Current territory and activity of each account.
    member_id
        Ids of all accounts, then of all areas.
    """
    if not rules.together:
        return
    n_accounts, n = len(current), len(member_id)
    label = _labels(n, np.array([pair[:2] for pair in rules.together], dtype=np.intp))
    origin = {int(label[a]): origin for a, _, origin in reversed(rules.together)}
    held = np.r_[
        np.where(rules.accounts.named >= 0, rules.accounts.named, rules.accounts.locked), rules.areas.locked
    ]
    known = places.known
    for group, members in _members(label):
        holders = members[held[members] >= 0]
        territories = np.unique(held[holders])
        if len(territories) > 1:
            told = [f"{member_id[m]} ({roster.territory_id[held[m]]})" for m in holders]
            _contradiction(
                f"These must be together, but are held in different territories: {examples(told)}.",
                origin[group],
                findings,
            )
            continue
        accounts = members[members < n_accounts]
        placed, lost = accounts[known[accounts]], accounts[~known[accounts]]
        if not len(territories) and len(lost):
            if len(placed):
                _place_beside(places, lost, placed[0], member_id, findings)
            elif len(members) == len(accounts):
                territories = _owner_of_most(lost, current, weight)
        if len(territories):
            free = accounts[rules.accounts.named[accounts] < 0]
            rules.accounts.lock(free, int(territories[0]), origin[group])
            areas = members[members >= n_accounts] - n_accounts
            rules.areas.lock(areas, int(territories[0]), origin[group])


def _place_beside(
    places: Places, lost: Positions, beside: int, member_id: IdArray, findings: Findings
) -> None:
    places.put(lost, places.degrees[beside], places.xy_m[beside], "together")
    places.area[lost] = places.area[beside]
    findings.warn(
        "placed_together",
        f"Accounts without a place were put beside {member_id[beside]}, which they must be together with: "
        f"{examples(member_id[lost])}.",
        "Add coordinates or a postal code where the exact place matters.",
        table="accounts",
        column="latitude",
        value=member_id[lost[0]],
        count=len(lost),
    )


def _owner_of_most(accounts: Positions, current: IntArray, weight: FloatArray) -> Positions:
    """Return the one territory that holds most of the accounts today; none where nobody does."""
    owned = accounts[current[accounts] >= 0]
    if not len(owned):
        return np.zeros(0, np.intp)
    size = np.bincount(current[owned], weight[owned] + 1e-12)
    return np.array([size.argmax()])


def companions(
    rules: Rules,
    roster: Roster,
    basic: BasicUnits,
    fixed: IntArray,
    locked: IntArray,
    member_id: IdArray,
    findings: Findings,
) -> Companions:
    """Return groups and pairs of basic units; what contradicts another rule is an error.

    Parameters
    ----------
    fixed
        Territory that holds each account apart from geography, −1 where none.
    locked
        Territory each unit must belong to, −1 where free.
    """
    together = _unit_groups(rules, basic, fixed)
    label = _labels(
        len(member_id), np.array([pair[:2] for pair in rules.together], dtype=np.intp).reshape(-1, 2)
    )
    pairs: set[tuple[int, int]] = set()
    for one, other, origin in rules.apart:
        names = f"{member_id[one]} and {member_id[other]}"
        if one == other:
            _contradiction(f"{member_id[one]} cannot be apart from itself.", origin, findings)
            continue
        if label[one] == label[other]:
            _contradiction(f"{names} must be together and apart.", origin, findings)
            continue
        (units, held), (others, other_held) = (_where(member, basic, fixed) for member in (one, other))
        if held >= 0 and other_held >= 0:
            if held == other_held:
                told = f"{names} must be apart, but {roster.territory_id[held]} holds both."
                _contradiction(told, origin, findings)
        elif held >= 0 or other_held >= 0:
            free, territory = (other, held) if held >= 0 else (one, other_held)
            _keep_off(rules, free, territory, len(basic.unit_of_account), origin)
        else:
            pairs |= _unit_pairs(units, others, names, together, locked, basic, roster, origin, findings)
    return Companions(together, np.array(sorted(pairs), dtype=np.int32).reshape(-1, 2))


def _unit_groups(rules: Rules, basic: BasicUnits, fixed: IntArray) -> IntArray:
    """Return the group of each unit: units hang together where accounts or areas of one group lie in them."""
    n = len(basic.units)
    links: list[tuple[int, int]] = []
    first: dict[int, int] = {}
    member_group = _labels(
        len(basic.unit_of_account) + _n_areas(basic),
        np.array([pair[:2] for pair in rules.together], dtype=np.intp).reshape(-1, 2),
    )
    for member in {member for pair in rules.together for member in pair[:2]}:
        units, held = _where(member, basic, fixed)
        if held >= 0:
            continue
        links += [(first.setdefault(int(member_group[member]), unit), unit) for unit in units.tolist()]
    if not links:
        return np.full(n, -1, np.int32)
    label = _labels(n, np.array(links, dtype=np.intp))
    large = np.bincount(label)[label] > 1
    found = np.full(n, -1, np.int32)
    found[large] = np.unique(label[large], return_inverse=True)[1]
    return found


def _n_areas(basic: BasicUnits) -> int:
    return int(basic.share_of_area.shape[1])


def _where(member: int, basic: BasicUnits, fixed: IntArray) -> tuple[Positions, int]:
    """Return the units of an account or area, and the territory that holds it apart from geography, −1 where none."""
    n_accounts = len(basic.unit_of_account)
    if member >= n_accounts:
        return np.flatnonzero(basic.area_of_unit == member - n_accounts), -1
    if fixed[member] >= 0:
        return np.zeros(0, np.intp), int(fixed[member])
    unit = basic.unit_of_account[member]
    return np.array([unit] if unit >= 0 else [], dtype=np.intp), -1


def _keep_off(rules: Rules, member: int, territory: int, n_accounts: int, origin: Origin) -> None:
    demands, at = (rules.accounts, member) if member < n_accounts else (rules.areas, member - n_accounts)
    demands.excluded.append((np.array([at]), np.array([territory]), origin))


def _unit_pairs(
    units: Positions,
    others: Positions,
    names: str,
    together: IntArray,
    locked: IntArray,
    basic: BasicUnits,
    roster: Roster,
    origin: Origin,
    findings: Findings,
) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for unit in units.tolist():
        for other in others.tolist():
            if unit == other:
                _contradiction(
                    f"{names} must be apart, but lie in one basic unit, {basic.units.unit_id[unit]}.",
                    origin,
                    findings,
                    "Remove the rule, or let accounts be split: basic_unit = 'account'.",
                )
            elif together[unit] >= 0 and together[unit] == together[other]:
                told = f"{names} must be apart, but lie in units that must be together."
                _contradiction(told, origin, findings)
            elif locked[unit] >= 0 and locked[unit] == locked[other]:
                told = f"{names} must be apart, but are both locked to {roster.territory_id[locked[unit]]}."
                _contradiction(told, origin, findings)
            else:
                found.add((min(unit, other), max(unit, other)))
    return found


def _contradiction(
    why: str, origin: Origin, findings: Findings, what_to_do: str = "Remove one of the rules."
) -> None:
    findings.error(
        "contradicting_rules",
        why,
        what_to_do,
        table=origin.table,
        row=origin.row,
        column=origin.column,
        value=origin.value,
    )


def _labels(n: int, pairs: Positions) -> IntArray:
    """Return which connected part each of `n` members belongs to."""
    links = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return connected_components(links, directed=False)[1]


def _members(label: IntArray) -> list[tuple[int, Positions]]:
    """Return the members of every part that has more than one."""
    order = np.argsort(label, kind="stable")
    count = np.bincount(label)
    parts = np.split(order, np.cumsum(count)[:-1])
    return [(group, part) for group, part in enumerate(parts) if len(part) > 1]
