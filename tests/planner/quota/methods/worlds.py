"""Made-up sales with a known cause: what drives them is switched on one by one."""

from dataclasses import dataclass

import numpy as np

from planner.quota.known import Known
from planner.quota.periods import names


@dataclass(frozen=True)
class World:
    """What drives the sales of accounts.

    Parameters
    ----------
    noise, drift
        Standard deviation of a month about its level, and of the change of a level in a month, logarithms.
    opening, closing
        Part of accounts that open, and that close, in a year.
    season
        Height of a common season, a fraction.
    shock
        Standard deviation of what the last year alone adds to each account, a logarithm.
    """

    noise: float = 0.3
    drift: float = 0.0
    opening: float = 0.0
    closing: float = 0.0
    season: float = 0.0
    shock: float = 0.0


def draw(world, seed, n_accounts=900, n_territories=40, n_years=6):
    """Return what is known before the last year, and what territories sell in it."""
    rng = np.random.default_rng(seed)
    months = np.arange(12 * n_years)
    level = rng.normal(0, 0.7, (n_accounts, 1)) + np.cumsum(
        rng.normal(0, 1, (n_accounts, len(months))) * world.drift, axis=1
    )
    level[:, -24:-12] += rng.normal(0, 1, (n_accounts, 1)) * world.shock
    level += np.log1p(world.season * np.sin(months * np.pi / 6))
    sales = 10_000 * np.exp(level + rng.normal(0, 1, level.shape) * world.noise)
    born = rng.random(n_accounts) < world.opening * n_years
    opened = np.where(born, rng.integers(0, len(months), n_accounts), -1)
    closes = rng.random(n_accounts) < world.closing * n_years
    closed = np.where(closes, rng.integers(0, len(months), n_accounts), len(months))
    sales[(months < opened[:, None]) | (months >= closed[:, None])] = 0
    territory = rng.integers(0, n_territories, n_accounts)
    cents = np.rint(sales).astype(np.int64)
    last = 2015 + n_years - 1
    periods = tuple(name for year in range(2015, last) for name in names(year, "month"))
    known = Known(last, periods, cents[:, :-12], territory, n_territories)
    return known, np.bincount(territory, cents[:, -12:].sum(1), n_territories)


def error(estimate, actual):
    """Return the weighted absolute percentage error of quotas in proportion to an estimate."""
    quota = estimate.expected_cents * actual.sum() / estimate.expected_cents.sum()
    return np.abs(actual - quota).sum() / actual.sum()
