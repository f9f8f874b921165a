"""Tiers of accounts by rule: thresholds or shares of a measure."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray, read_only


def by_thresholds(value: FloatArray, at_least: FloatArray) -> IntArray:
    """Return the tier of each account: the one with the highest threshold that it reaches.

    Parameters
    ----------
    value
        What tiers follow, shape ``(n_accounts,)``; NaN where unknown.
    at_least
        Threshold of each tier, shape ``(n_tiers,)``; NaN and −inf stand for the rest.

    Returns
    -------
    Positions of tiers, shape ``(n_accounts,)``; −1 where none is reached or the value is unknown.
    """
    least = np.where(np.isnan(at_least), -np.inf, at_least)
    order = np.argsort(-least, kind="stable")
    reached = value[:, None] >= least[order][None, :]
    first = reached.argmax(axis=1)
    return read_only(np.where(reached.any(axis=1), order[first], -1), np.int32)


def by_shares(value: FloatArray, share: FloatArray) -> IntArray:
    """Return the tier of each account: the first share of them, largest value first, are of the first tier.

    Accounts of equal value share a tier: the first that any of them falls into.

    Parameters
    ----------
    value
        What tiers follow, shape ``(n_accounts,)``; NaN where unknown.
    share
        Share of the accounts with a value that each tier takes, shape ``(n_tiers,)``; what is left of 1 is divided
        evenly among tiers with NaN. Where the shares miss 1, the last tier takes the rest.

    Returns
    -------
    Positions of tiers, shape ``(n_accounts,)``; −1 where the value is unknown.
    """
    tier = np.full(len(value), -1, np.int32)
    known = np.flatnonzero(np.isfinite(value))
    if not len(known) or not len(share):
        return tier
    silent = np.isnan(share)
    rest = max(0.0, 1.0 - float(share[~silent].sum()))
    part = np.where(silent, rest / max(int(silent.sum()), 1), share)
    # Rounding a product must not push an account over an edge that it stands on.
    edge = np.cumsum(part)[:-1] * len(known) - 1e-9 * len(known)
    smaller_first = np.sort(value[known])
    ahead = len(known) - np.searchsorted(smaller_first, value[known], side="right")
    tier[known] = np.searchsorted(edge, ahead, side="right")
    return tier
