"""Why each account is where it is, in plain short words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.assembled import Assembled
from planner.alignment import GONE, NOBODY
from planner.arrays import IntArray
from planner.plan import Plan

KEPT = "kept with its current owner"
NEW = "new: had no owner"
LOCKED = "locked"
LOCKED_ELSEWHERE = "locked to this territory by a rule"
STAYS = "no place: stays with its current owner"
NOWHERE = "no place that could be found, and no current territory"
OUTSIDE = "its place lies outside every area, and it has no current territory"
NAMED = "named account of seat"
MOVED_WITH = "moved: with the accounts in it"
AROUND = "moved: with its surroundings; no account in it decides"
SPLIT = "split between"
"""How the reason of an area begins whose accounts have several territories."""
EMPTY_AREA = "holds no account: nobody's"
APART = (NAMED, LOCKED, STAYS)
"""How reasons begin of accounts that geography does not decide."""


def account_reasons(assembled: Assembled, plan: Plan, territory: IntArray) -> list[str]:
    """Return the reason for the territory of each account, shape ``(n_accounts,)``.

    `territory` is the territory of each account in the plan, −1 where it is unplaced.
    """
    accounts, problem = assembled.accounts, assembled.problem
    if accounts is None:
        return []
    frame = assembled.folder.accounts
    reasons = _moves(assembled, plan, accounts.unit, accounts.current, territory)
    in_unit = accounts.unit >= 0
    pinned = np.zeros(len(accounts), bool)
    if frame is not None and "locked" in frame:
        pinned |= frame["locked"].to_numpy(dtype=bool)
    pinned[in_unit] |= problem.locked[accounts.unit[in_unit]] >= 0
    seat_of_territory = problem.territories.seat_id
    seat = (
        frame["seat_id"].to_numpy()
        if frame is not None and "seat_id" in frame
        else np.full(len(accounts), "")
    )
    has_place = np.isfinite(assembled.account_place_deg).all(axis=1)
    for a in np.flatnonzero(pinned & (territory >= 0)):
        reasons[a] = LOCKED if accounts.current[a] == territory[a] else LOCKED_ELSEWHERE
    for a in np.flatnonzero(accounts.fixed >= 0):
        if seat[a] and seat[a] == seat_of_territory[accounts.fixed[a]]:
            reasons[a] = f"{NAMED} {seat[a]}"
        elif not has_place[a]:
            reasons[a] = STAYS
    for a in np.flatnonzero(territory < 0):
        reasons[a] = OUTSIDE if has_place[a] else NOWHERE
    return reasons


def unit_reasons(assembled: Assembled, plan: Plan, territory: IntArray) -> list[str]:
    """Return the reason for the territory of each basic unit, shape ``(n_units,)``."""
    problem = assembled.problem
    reasons = _moves(assembled, plan, np.arange(problem.n_units), problem.current, territory)
    for u in np.flatnonzero(problem.locked >= 0):
        reasons[u] = LOCKED if problem.current[u] == territory[u] else LOCKED_ELSEWHERE
    return reasons


def _moves(
    assembled: Assembled, plan: Plan, unit: NDArray[np.integer], current: IntArray, territory: IntArray
) -> list[str]:
    """Return kept, new or moved for each entity; moved says why it had to, or how much nearer it is now."""
    problem = assembled.problem
    home, centre = problem.territories.home_xy_m, plan.after.centre_m
    start = np.where(problem.territories.have_home[:, None], home, centre)
    point = "home of its seat" if problem.territories.have_home.all() else "centre of its territory"
    reasons = np.where(current == NOBODY, NEW, KEPT).astype(object)
    moved = (current != NOBODY) & (territory >= 0) & (territory != current)
    reasons[moved] = "moved: its former territory is not among the territories to fill"
    known = np.flatnonzero(moved & (current != GONE) & (unit >= 0))
    xy = problem.units.xy_m[unit[known]]
    nearer_m = np.hypot(*(xy - start[current[known]]).T) - np.hypot(*(xy - start[territory[known]]).T)
    banned = np.zeros(len(known), bool)
    if problem.excluded is not None and len(known):
        banned = np.asarray(problem.excluded[unit[known], current[known]], dtype=bool).ravel()
    for entity, metres, out in zip(known, nearer_m, banned, strict=True):
        if out:
            reasons[entity] = "moved: a rule keeps it out of its former territory"
        elif not np.isfinite(metres):
            reasons[entity] = "moved: so that the limits of all territories hold"
        elif metres > 0:
            reasons[entity] = f"moved: {metres / 1000:.1f} km nearer to the {point}"
        else:
            reasons[entity] = (
                f"moved: for the plan as a whole, {-metres / 1000:.1f} km farther from the {point}"
            )
    return [str(reason) for reason in reasons]
