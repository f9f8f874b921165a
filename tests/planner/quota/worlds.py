"""Worlds with known truth: firms whose accounts sell by rules that are written here, for quotas to be judged against.

An account's yearly level moves as a random walk (what lasts) and its sales of a year lie around that level (what does
not), the smaller the account the wider. Months follow a season that leans to summer or winter by account. Accounts open
and close. Everything is drawn from a seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.quota.backtest.measures import Year, size_bias
from planner.quota.history import History
from planner.quota.inputs import QuotaInputs
from planner.quota.setting import set_quotas
from planner.quota.settings import QuotaSettings

MONTHS = 12


@dataclass(frozen=True)
class Rules:
    """Rules of a world.

    Parameters
    ----------
    territories, accounts
        Number of territories, and of accounts of a territory on average.
    years
        Full years of history.
    growth
        Growth of the company a year.
    lasting, passing
        Standard deviation of the logarithm of what lasts, and of what does not, of an account of median size a year.
    opening, closing
        Share of accounts that open and close in a year.
    """

    territories: int = 200
    accounts: int = 40
    years: int = 5
    growth: float = 0.05
    lasting: float = 0.10
    passing: float = 0.3
    opening: float = 0.1
    closing: float = 0.08


@dataclass(frozen=True, eq=False)
class World:
    """A firm, and what it will sell.

    Parameters
    ----------
    history
        Sales by month up to the quota year.
    territory
        Territory of each account, shape ``(n_accounts,)``.
    n_territories, year
        Number of territories, and the quota year.
    expected_cents
        What each territory sells in the quota year in expectation, given all that has happened: the truth that no
        method sees, shape ``(n_territories,)``.
    outcomes_cents
        What they do sell, drawn many times, shape ``(n_draws, n_territories)``.
    """

    history: History
    territory: NDArray[np.int32]
    n_territories: int
    year: int
    expected_cents: NDArray[np.float64]
    outcomes_cents: NDArray[np.float64]


def world(seed: int, rules: Rules | None = None, draws: int = 50) -> World:
    """Draw a world."""
    rules = rules or Rules()
    random = np.random.default_rng(seed)
    counts = np.maximum(random.poisson(rules.accounts * random.lognormal(0, 0.15, rules.territories)), 8)
    territory = np.repeat(np.arange(rules.territories), counts)
    n = len(territory)
    size = random.lognormal(0, 0.9, n)
    opens, closes = _life(random, n, rules)
    wide = rules.passing * np.maximum(size, 0.1) ** -0.3
    lean = random.uniform(-0.5, 0.5, n)
    season = 1 + lean[:, None] * np.cos(2 * np.pi * (np.arange(MONTHS) - 6) / MONTHS)
    season /= season.sum(1, keepdims=True)
    # Newcomers are smaller than those who stayed.
    level = np.log(size) - np.where(opens > 0, 0.7, 0.0)
    sold = np.zeros((n, rules.years * MONTHS))
    for year in range(rules.years):
        level = level + np.log1p(rules.growth) + random.normal(0, rules.lasting, n)
        sold[:, year * MONTHS : (year + 1) * MONTHS] = _months(random, level, wide, season)
    month = np.arange(sold.shape[1])
    sold[(month[None, :] < opens[:, None]) | (month[None, :] >= closes[:, None])] = 0
    cents = np.round(sold * 1e7).astype(np.int64)
    entity, period = np.nonzero(cents)
    names = tuple(f"{2020 + m // MONTHS}-{m % MONTHS + 1:02d}" for m in month)
    history = History(names, ("total",), entity, period, np.zeros(len(entity)), cents[entity, period], n)
    ahead = _ahead(random, level, wide, season, opens, closes, rules, draws) * 1e7
    outcomes = np.zeros((draws, rules.territories))
    np.add.at(outcomes.T, territory, ahead.T)
    return World(
        history,
        territory.astype(np.int32),
        rules.territories,
        2020 + rules.years,
        outcomes.mean(0),
        outcomes,
    )


def _life(
    random: np.random.Generator, n: int, rules: Rules
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the months in which accounts open (from 0) and close; an account is as old as the history, or opens."""
    end = (rules.years + 1) * MONTHS
    new = random.random(n) < rules.opening * (rules.years + 1)
    opens = np.where(new, random.integers(0, end, n), 0).astype(np.float64)
    closes = opens + random.exponential(MONTHS / rules.closing, n)
    return opens, closes


def _months(
    random: np.random.Generator,
    level: NDArray[np.float64],
    wide: NDArray[np.float64],
    season: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the sales of a year by month, shape ``(n_accounts, 12)``."""
    year = np.exp(level + random.normal(0, 1, len(level)) * wide - wide**2 / 2)
    return np.asarray(year[:, None] * season * random.gamma(20, 1 / 20, season.shape))


def _ahead(
    random: np.random.Generator,
    level: NDArray[np.float64],
    wide: NDArray[np.float64],
    season: NDArray[np.float64],
    opens: NDArray[np.float64],
    closes: NDArray[np.float64],
    rules: Rules,
    draws: int,
) -> NDArray[np.float64]:
    """Return what accounts sell in the quota year, drawn many times, shape ``(n_draws, n_accounts)``."""
    first = rules.years * MONTHS
    month = first + np.arange(MONTHS)
    # Whoever is still there may close; who opens in the year does so whatever is drawn.
    out = np.zeros((draws, len(level)))
    for draw in range(draws):
        ends = np.where(closes > first, first + random.exponential(MONTHS / rules.closing, len(level)), 0)
        ends = np.where(opens >= first, np.inf, ends)
        there = (month[None, :] >= opens[:, None]) & (month[None, :] < ends[:, None])
        now = level + np.log1p(rules.growth) + random.normal(0, rules.lasting, len(level))
        out[draw] = (_months(random, now, wide, season) * there).sum(1)
    return out


def in_band(drawn: World) -> int:
    """Return the company target under which quotas that know the truth put 65 % of sellers at quota, whole units."""
    attainment = drawn.outcomes_cents / drawn.expected_cents
    return int(np.quantile(attainment, 0.35) * drawn.expected_cents.sum() / 100) * 100


def quotas_in(drawn: World, target_cents: int, **asked: Any) -> NDArray[np.int64]:
    """Return the quotas that a plan sets in a world, shape ``(n_territories,)``; `asked` are its settings."""
    settings = QuotaSettings(
        **{
            "target_cents": target_cents,
            "year": drawn.year,
            "periods": "year",
            "history_weight": None,
            **asked,
        }
    )
    inputs = QuotaInputs(drawn.territory, drawn.n_territories, history=drawn.history)
    plan = set_quotas(settings, inputs)
    assert plan is not None
    quota: NDArray[np.int64] = plan.amount_cents.reshape(drawn.n_territories, -1).sum(1)
    assert quota.sum() == target_cents
    return quota


@dataclass(frozen=True)
class Judged:
    """How quotas fare over all outcomes of a world.

    Parameters
    ----------
    spread
        Mean over the outcomes of standard deviation over mean of attainment.
    at_or_above, in_goal
        Mean share of sellers at quota, and share of outcomes in which 60 to 70 % of them are.
    slope, correlation
        Mean change of attainment, as a part of its mean, where size doubles, and mean correlation with it.
    """

    spread: float
    at_or_above: float
    in_goal: float
    slope: float
    correlation: float

    @classmethod
    def of(cls, drawn: World, quota_cents: NDArray[Any]) -> Judged:
        """Judge quotas of a world, shape ``(n_territories,)``."""
        quota = np.asarray(quota_cents, np.float64)
        attainment = drawn.outcomes_cents / quota
        at = (attainment >= 1).mean(1)
        known = drawn.history.by_territory(drawn.territory, drawn.n_territories)[:, 0]
        size = known[:, -3 * MONTHS :].sum(1) / 3
        biases = [size_bias([Year(quota, quota, outcome, size)]) for outcome in drawn.outcomes_cents]
        return cls(
            float((attainment.std(1, ddof=1) / attainment.mean(1)).mean()),
            float(at.mean()),
            float(((at >= 0.6) & (at <= 0.7)).mean()),
            float(np.mean([one.slope for one in biases])),
            float(np.mean([one.correlation for one in biases])),
        )
