"""Why each account is where it is, in plain short words."""

from __future__ import annotations

import numpy as np

from data.assembled import Assembled
from planner.arrays import IntArray
from planner.explain.reasons import KEPT, LOCKED, LOCKED_ELSEWHERE, NEW, reasons
from planner.plan import Plan

__all__ = ["KEPT", "LOCKED", "LOCKED_ELSEWHERE", "NEW", "account_reasons", "unit_reasons"]

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
    told = reasons(problem, plan.after.centre_m, accounts.unit, accounts.current, territory)
    pinned = np.zeros(len(accounts), bool)
    if frame is not None and "locked" in frame:
        pinned |= frame["locked"].to_numpy(dtype=bool)
    seat_of_territory = problem.territories.seat_id
    seat = (
        frame["seat_id"].to_numpy()
        if frame is not None and "seat_id" in frame
        else np.full(len(accounts), "")
    )
    has_place = np.isfinite(assembled.account_place_deg).all(axis=1)
    for a in np.flatnonzero(pinned & (territory >= 0)):
        told[a] = LOCKED if accounts.current[a] == territory[a] else LOCKED_ELSEWHERE
    for a in np.flatnonzero(accounts.fixed >= 0):
        if seat[a] and seat[a] == seat_of_territory[accounts.fixed[a]]:
            told[a] = f"{NAMED} {seat[a]}"
        elif not has_place[a]:
            told[a] = STAYS
    for a in np.flatnonzero(territory < 0):
        told[a] = OUTSIDE if has_place[a] else NOWHERE
    return told


def unit_reasons(assembled: Assembled, plan: Plan, territory: IntArray) -> list[str]:
    """Return the reason for the territory of each basic unit, shape ``(n_units,)``."""
    problem = assembled.problem
    units = np.arange(problem.n_units)
    return reasons(problem, plan.after.centre_m, units, problem.current, territory)
