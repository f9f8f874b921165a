"""Why each account is where it is, in plain short words."""

from __future__ import annotations

import numpy as np

from data.assembled import Assembled
from planner.arrays import IntArray, MaskArray
from planner.explain.reasons import KEPT, LOCKED, LOCKED_ELSEWHERE, NEW, reasons
from planner.plan import Plan

__all__ = ["KEPT", "LOCKED", "LOCKED_ELSEWHERE", "NEW", "account_reason", "account_reasons", "unit_reasons"]

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
    told = reasons(problem, plan.after.centre_m, accounts.unit, accounts.current, territory)
    apart = np.flatnonzero(_pinned(assembled) | (accounts.fixed >= 0) | (territory < 0))
    for a in apart.tolist():
        told[a] = account_reason(assembled, a, int(territory[a]), told[a])
    return told


def account_reason(assembled: Assembled, account: int, territory: int, told: str) -> str:
    """Return the reason for the territory of one account.

    Parameters
    ----------
    account
        Its position.
    territory
        Its territory in the plan, −1 where it is unplaced.
    told
        What geography says of it (`planner.explain.reasons`); it stands where nothing else decides.
    """
    accounts = assembled.accounts
    assert accounts is not None
    frame, fixed = assembled.folder.accounts, int(accounts.fixed[account])
    has_place = bool(np.isfinite(assembled.account_place_deg[account]).all())
    if territory < 0:
        return OUTSIDE if has_place else NOWHERE
    seat = str(frame["seat_id"].iloc[account]) if frame is not None and "seat_id" in frame else ""
    if fixed >= 0 and seat and seat == assembled.problem.territories.seat_id[fixed]:
        return f"{NAMED} {seat}"
    if fixed >= 0 and not has_place:
        return STAYS
    if _pinned(assembled)[account]:
        return LOCKED if accounts.current[account] == territory else LOCKED_ELSEWHERE
    return told


def _pinned(assembled: Assembled) -> MaskArray:
    """Return which accounts their own row locks, shape ``(n_accounts,)``."""
    frame = assembled.folder.accounts
    if frame is None or "locked" not in frame:
        return np.zeros(0 if frame is None else len(frame), bool)
    return frame["locked"].to_numpy(dtype=bool)


def unit_reasons(assembled: Assembled, plan: Plan, territory: IntArray) -> list[str]:
    """Return the reason for the territory of each basic unit, shape ``(n_units,)``."""
    problem = assembled.problem
    units = np.arange(problem.n_units)
    return reasons(problem, plan.after.centre_m, units, problem.current, territory)
