"""Pick the method whose quotas would have been the fairest.

The smallest spread of attainment over all compared years wins, whatever the lead. A rule that keeps a simpler method
until another one leads by more than chance would guard against a loss that is not there: where two methods cannot be
told apart, taking the wrong one costs next to nothing. What guards against luck is told beside: in how many bootstrap
draws of the territories the method leads, and how quotas would have fared that were, year by year, set with whatever
the years before had picked (the rows ``picked``), to which the later years cannot have contributed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from planner.quota.backtest.measuring import Draws

UNTESTED = ("shrinkage", "last_year_plus")
"""Methods to start with, in this order, in a year that has no tested year before it."""
PLAIN = "last_year_plus"
"""Method that others are compared with: what most firms do."""


@dataclass(frozen=True)
class Choice:
    """What was picked.

    Parameters
    ----------
    best
        Name of the method; None where nothing can be compared.
    certainty
        Share of bootstrap draws in which it leads; NaN where there is none.
    then
        Position of the method that the years before would have picked, for each year in which one could be used;
        shorter than the years where there is none.
    """

    best: str | None
    certainty: float
    then: tuple[int, ...]


def choose(draws: Draws, eligible: Sequence[str]) -> Choice:
    """Pick among the eligible methods; earlier ones win ties."""
    names = draws.outcome.methods
    able = [m for m in draws.candidates if names[m] in set(eligible)]
    if not able or not draws.compared:
        return Choice(None, np.nan, ())
    spread = np.array([draws.measures([(m, y) for y in draws.compared]).spread for m in able])
    known = np.where(np.isfinite(spread), spread, np.inf)
    if not np.isfinite(known[:, 0]).any():
        return Choice(None, np.nan, ())
    leader = int(np.argmin(known[:, 0]))
    certainty = float((np.argmin(known[:, 1:], axis=0) == leader).mean()) if known.shape[1] > 1 else np.nan
    return Choice(names[able[leader]], certainty, _rolling(draws, eligible))


def _rolling(draws: Draws, eligible: Collection[str]) -> tuple[int, ...]:
    """Return the position of the method that the years before would have picked, for each year."""
    names, usable = draws.outcome.methods, draws.outcome.usable()
    then = []
    for year in range(len(draws.outcome.years)):
        able = [m for m in np.flatnonzero(usable[:, year]).tolist() if names[m] in eligible]
        if not able:
            return ()
        before = [y for y in range(year) if usable[able, y].all()]
        if before:
            spread = [draws.measures([(m, y) for y in before]).spread[0] for m in able]
            then.append(able[int(np.argmin(np.where(np.isfinite(spread), spread, np.inf)))])
        else:
            by_name = {names[m]: m for m in able}
            then.append(next((by_name[name] for name in UNTESTED if name in by_name), able[0]))
    return tuple(then)


def tell(draws: Draws, choice: Choice, hindsight: Collection[str]) -> str:
    """Return why the best method is the best, in words with numbers."""
    outcome = draws.outcome
    if choice.best is None:
        if not outcome.years:
            return "No past year can be tested: that takes two full years of history."
        return "No method could be compared over past years."
    at = [outcome.years[j] for j in draws.compared]
    when = f"{at[0]}" if len(at) == 1 else f"{at[0]}–{at[-1]}, {len(at)} years"

    def spread(name: str) -> float:
        m = outcome.methods.index(name)
        return float(draws.measures([(m, y) for y in draws.compared]).spread[0])

    told = f"{choice.best}: quotas of past years ({when}) would have spread attainment by {spread(choice.best):.1%}"
    able = [outcome.methods[m] for m in draws.candidates if outcome.methods[m] not in hindsight]
    if choice.best != PLAIN and PLAIN in able:
        told += f", against {spread(PLAIN):.1%} with {PLAIN}"
    told += f"; that is the least of {len(able)} methods"
    if np.isfinite(choice.certainty) and len(able) > 1:
        told += f", and so in {choice.certainty:.0%} of bootstrap draws of the territories"
    return f"{told}."
