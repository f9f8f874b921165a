"""Run every method on every past year with what was known then.

Nothing of the quota year, or later, reaches a method: `known_of` cuts the history. Accounts open and close as they
did: one that was unknown then has no sales yet, but what it sells in the year counts for the territory that holds it.

Measures of territories (potential, capacity) are as of today. A method that needs them is tried with them and marked
as one with hindsight: it is shown, but cannot be picked, because nobody knew them then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.quota.backtest.choice import choose, tell
from planner.quota.backtest.measuring import Draws, Outcome
from planner.quota.backtest.result import BackTest, Skipped
from planner.quota.baseline import full_years
from planner.quota.history import History
from planner.quota.known import Known, asked_of, known_of
from planner.quota.methods import METHODS, Method
from planner.quota.periods import parse

MOST_YEARS = 6
"""Quota years tested where none are named: the latest ones."""
DRAWS = 1000
"""Bootstrap draws of the territories."""
GROWTH_YEARS = 3
"""Past years whose mean growth the common target follows, and whose mean sales are the size of a territory."""


@dataclass(frozen=True, eq=False)
class Today:
    """What is known of the territories only as it is today.

    Parameters
    ----------
    potential, capacity
        Shape ``(n_territories,)``; None where unknown.
    measures, index
        Measures by name, shape ``(n_territories,)`` each, and their weights in an index.
    growth_to_potential
        Share of growth that goes to untapped potential, in [0, 1].
    """

    potential: FloatArray | None = None
    capacity: FloatArray | None = None
    measures: Mapping[str, FloatArray] = field(default_factory=dict)
    index: Mapping[str, float] = field(default_factory=dict)
    growth_to_potential: float = 0.5


def back_test(
    history: History,
    territory: IntArray,
    n_territories: int,
    *,
    methods: Mapping[str, Method] | None = None,
    years: Sequence[int] | None = None,
    component: str | None = None,
    today: Today | None = None,
    asked: History | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> BackTest:
    """Set the quotas of past years with every method and compare them with what was sold.

    Parameters
    ----------
    history
        Sales of accounts (or basic units) by period.
    territory
        Territory of each of them, shape ``(n_entities,)``; negative where nobody's: those count for nothing.
    n_territories
        Number of territories, at least 1.
    methods
        Methods by name; None for all of `METHODS`.
    years
        Quota years; None for the latest `MOST_YEARS`. Those that are no full year of the history, or have no full year
        before them, are left out.
    component
        Component of the history; None for all together.
    today
        What is known of the territories only as of today.
    asked
        What account managers expected, as a history of the quota years; None where nobody was asked.
    draws, seed
        Number of bootstrap draws of the territories, and their seed.

    Returns
    -------
    What every method would have done; without a year that can be tested, nothing is best.
    """
    methods = METHODS if methods is None else methods
    sold = _by_year(history, territory, n_territories, component)
    tested = quota_years(history, years)
    before = {year: [y for y in sold if y < year] for year in tested}
    targets = [_target([float(sold[y].sum()) for y in before[year]], before[year]) for year in tested]
    trial = _Trial(history, territory, n_territories, component, today or Today(), asked)
    expected: dict[str, FloatArray] = {}
    skipped: list[Skipped] = []
    hindsight: set[str] = set()
    for j, year in enumerate(tested):
        bare, full = trial.known(year, targets[j])
        for name, method in methods.items():
            why, seen = method.needs(bare), bare
            if why is not None and method.needs(full) is None:
                why, seen = None, full
                hindsight.add(name)
            found = _usable(method(seen).expected_cents, n_territories) if why is None else None
            if found is None:
                skipped.append(Skipped(name, year, why or "It expects nothing of any territory."))
                continue
            blank = np.full((len(tested), n_territories), np.nan)
            expected.setdefault(name, blank)[j] = found
    names = tuple(name for name in methods if name in expected)
    sizes = [np.mean([sold[y] for y in before[year][-GROWTH_YEARS:]], axis=0) for year in tested]
    shape = (len(tested), n_territories)
    outcome = Outcome(
        tested,
        names,
        np.array([expected[name] for name in names]).reshape(len(names), *shape),
        np.array([sold[year] for year in tested], np.float64).reshape(shape),
        np.maximum(np.array(sizes, np.float64).reshape(shape), 0.0),
        np.array(targets, np.float64),
    )
    judged = Draws(outcome, draws, seed)
    choice = choose(judged, [name for name in names if name not in hindsight])
    return BackTest(
        years=tested,
        compared=tuple(tested[j] for j in judged.compared),
        methods=names,
        expected_cents=outcome.expected,
        quota_cents=outcome.quota,
        actual_cents=outcome.actual,
        size_cents=outcome.size,
        target_cents=outcome.target,
        rows=judged.rows(hindsight, choice.then),
        skipped=tuple(skipped),
        hindsight=frozenset(hindsight),
        best=choice.best,
        certainty=choice.certainty,
        reason=tell(judged, choice, hindsight),
    )


def quota_years(history: History, years: Sequence[int] | None = None) -> tuple[int, ...]:
    """Return the full years of the history that have a full year before them; of `years`, or the latest ones."""
    possible = full_years(history)[1:]
    return possible[-MOST_YEARS:] if years is None else tuple(y for y in possible if y in set(years))


@dataclass(frozen=True, eq=False)
class _Trial:
    """What past years are tried on."""

    history: History
    territory: IntArray
    n_territories: int
    component: str | None
    today: Today
    asked: History | None

    def known(self, year: int, target: float) -> tuple[Known, Known]:
        """Return what was known then, without and with what is known only today."""
        asked = None if self.asked is None else asked_of(self.asked, self.component, year)
        bare = known_of(
            self.history,
            self.component,
            year,
            self.territory,
            self.n_territories,
            asked_cents=asked,
            target_cents=round(target),
        )
        today = self.today
        full = replace(
            bare,
            potential=today.potential,
            capacity=today.capacity,
            measures=today.measures,
            index=today.index,
            growth_to_potential=today.growth_to_potential,
        )
        return bare, full


def _by_year(
    history: History, territory: IntArray, n_territories: int, component: str | None
) -> dict[int, FloatArray]:
    """Return the sales of each territory in each full year, in order."""
    amounts = history.by_territory(territory, n_territories)
    if component is not None and component in history.components:
        amounts = amounts[:, [history.components.index(component)]]
    sums = amounts.sum(1)
    out = {}
    for year in full_years(history):
        inside = [j for j, name in enumerate(history.periods) if (found := parse(name)) and found[0] == year]
        out[year] = sums[:, inside].sum(1).astype(np.float64)
    return out


def _target(sold: Sequence[float], years: Sequence[int]) -> float:
    """Return the last year's sales grown by the mean yearly growth of up to three past years."""
    growth = [
        (sold[j] / sold[j - 1]) ** (1 / (years[j] - years[j - 1])) - 1
        for j in range(max(1, len(sold) - GROWTH_YEARS), len(sold))
        if sold[j - 1] > 0 and sold[j] > 0
    ]
    return max(sold[-1], 0.0) * (1 + float(np.mean(growth)) if growth else 1.0)


def _usable(expected: FloatArray, n_territories: int) -> FloatArray | None:
    """Return expected sales with nothing below 0; None where there are none."""
    found = np.maximum(np.nan_to_num(np.asarray(expected, np.float64), posinf=0.0), 0.0)
    return found if found.shape == (n_territories,) and found.sum() > 0 else None
