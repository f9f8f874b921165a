"""From a folder with history to a back-test: territories found or made, every method tried on every past year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data.assemble import assemble
from data.assemble.quota_inputs import potential_measure
from data.assembled import Assembled
from data.export.backtest import BackTested
from data.export.folder import says_output
from data.read import read_folder
from data.reopen import reopen
from planner.arrays import FloatArray, IntArray, sum_by
from planner.errors import InvalidInput, Problem
from planner.objective import Objective
from planner.problem import AlignmentProblem, Measure
from planner.quota.backtest.calibration import Calibration, calibration
from planner.quota.backtest.result import BackTest
from planner.quota.backtest.running import Today, back_test, quota_years
from planner.quota.baseline import full_years
from planner.quota.history import History
from planner.quota.known import known_of
from planner.quota.methods import METHODS
from planner.quota.periods import parse
from planner.scenario import BasicUnit, Scenario
from planner.seats import Territories
from planner.solving import SILENT, Observer, Progress
from planner.stop import AnyOf, MaxIterations, Stop
from planner.units import Units
from solvers import solve

BAND = 0.1
"""Balance band of territories that are made for a back-test, a fraction of the ideal."""
ROUNDS = 1
"""Iterations of the solver for these: they need to be sound, not the best."""
LARGEST = 1.0
"""Ideals that one account counts for at most while territories are balanced: bands can hold whatever it sells."""


def run_back_test(
    folder: Path,
    *,
    territories: int | None = None,
    years: Sequence[int] | None = None,
    seed: int = 0,
    stop: Stop,
    observer: Observer = SILENT,
    inputs: Path | None = None,
) -> BackTested:
    """Back-test all methods on the history of a folder.

    Parameters
    ----------
    folder
        Plan folder, or the output folder of a solve.
    territories
        How many territories to make of the accounts (or units) by place; None for those of the solve, or in force
        today.
    years
        Quota years; None for the latest that can be tested.
    seed
        Of the territories and of the bootstrap.
    stop
        When to stop making territories.
    inputs
        Plan folder of a solve, if that has moved.

    Raises
    ------
    InvalidInput
        Where there is no history, no year that can be tested, or no territories.
    """
    observer(Progress("reading"))
    found = _opened(folder, inputs, territories)
    history = _history(found.assembled)
    tested = quota_years(history, years)
    if not tested:
        raise _no_year(history, years)
    observer(Progress("making territories", 0.2))
    held = found if territories is None else _made(found.assembled, territories, tested[0], seed, stop)
    if not (held.territory >= 0).any():
        raise _nobody()
    observer(Progress("testing past years", 0.6))
    n = held.n_territories
    test = back_test(
        history, held.territory, n, years=tested, today=_today(found.assembled, held.territory, n), seed=seed
    )
    observer(Progress("checking stated intervals", 0.9))
    return BackTested(
        name=found.assembled.scenario.name,
        folder=found.assembled.folder.path,
        fingerprints=found.assembled.folder.fingerprints,
        currency=found.assembled.scenario.quota.currency,
        territories=n,
        made=held.made,
        left_out_share=_left_out(history, held.territory, test),
        seed=seed,
        test=test,
        calibration=_calibration(history, held.territory, n, test),
    )


@dataclass(frozen=True, eq=False)
class _Held:
    """Who holds what: territory of each entity of the history, −1 where nobody does."""

    assembled: Assembled
    territory: IntArray
    n_territories: int
    made: str


def _opened(folder: Path, inputs: Path | None, territories: int | None) -> _Held:
    """Read a folder, with the territories of a solve or those in force."""
    if says_output(folder):
        plan = reopen(folder, inputs)
        assembled, accounts = plan.assembled, plan.assembled.accounts
        owner = plan.territory if accounts is None else accounts.territory(plan.territory)
        count = assembled.problem.n_territories
        return _Held(assembled, owner, count, f"{count} territories of the plan in {folder.name}.")
    read = read_folder(folder)
    scenario = read.scenario
    if territories is not None:
        # Seats and rules speak of other territories; seats stay where the history is told by them.
        by_seat = read.history is not None and (read.history["seat_id"] != "").any()
        read = replace(read, rules=None, seats=read.seats if by_seat else None)
        kind = BasicUnit.UNIT if read.accounts is None else BasicUnit.ACCOUNT
        scenario = Scenario(
            name=scenario.name,
            quota=scenario.quota,
            measures=scenario.measures,
            basic_unit=kind,
            contiguous=False,
            territories=None if by_seat else territories,
        )
    assembled = assemble(read, scenario)
    accounts = assembled.accounts
    owner = assembled.problem.current if accounts is None else accounts.current
    count = assembled.problem.n_territories
    return _Held(assembled, np.maximum(owner, -1), count, f"{count} territories in force today.")


def _made(assembled: Assembled, territories: int, first_year: int, seed: int, stop: Stop) -> _Held:
    """Make territories by place, balanced by what was sold in the last full year before the first quota year."""
    history = _history(assembled)
    xy_m = _places(assembled)
    placed = np.flatnonzero(np.isfinite(xy_m).all(1))
    if territories > len(placed):
        raise InvalidInput(
            [
                Problem(
                    f"{territories} territories cannot be made of {len(placed)} accounts or units with a place.",
                    "Ask for fewer territories.",
                    value=str(territories),
                    code="more_territories_than_units",
                )
            ]
        )
    year = max(y for y in full_years(history) if y < first_year)
    sold = _sold_in(history, year)
    problem = _balanced(xy_m[placed], sold[placed], territories)
    result = solve(problem, stop=AnyOf((stop, MaxIterations(ROUNDS))), seed=seed)
    if result.alignment is None:
        raise InvalidInput(
            Problem(reason, "Ask for fewer territories.", code="no_plan") for reason in result.report.reasons
        )
    owner = np.full(history.n_entities, -1, np.int32)
    owner[placed] = result.alignment.territory
    owner = _with_those_beside(owner, assembled.previous_territory, sold, territories)
    made = f"{territories} territories made by place and balanced by the sales of {year} (±{BAND:.0%})."
    return _Held(assembled, owner, territories, made)


def _balanced(xy_m: FloatArray, sold: FloatArray, territories: int) -> AlignmentProblem:
    weight = sold if sold.any() else np.ones(len(sold))
    for _ in range(territories):
        largest = LARGEST * weight.sum() / territories
        if weight.max() <= largest * (1 + 1e-9):
            break
        weight = np.minimum(weight, largest)
    share = np.full(territories, 1 / territories)
    measure = Measure.banded("sales", float(weight.sum()), share, BAND, BAND)
    # Accounts that sold nothing yet are drawn to the nearest territory too.
    pull = weight + 1e-3 * weight.mean()
    return AlignmentProblem(
        units=Units.points(np.arange(len(sold)), xy_m),
        territories=Territories.unnamed(territories, 1),
        measures=(measure,),
        activity=weight[:, None],
        objective=Objective(pull, np.zeros(len(sold))),
        graph=None,
        contiguous=False,
    )


def _with_those_beside(owner: IntArray, previous: np.ndarray, sold: FloatArray, territories: int) -> IntArray:
    """Give accounts without a place to the territory that holds most of what is theirs today."""
    names, code = np.unique(previous.astype(str), return_inverse=True)
    held = owner >= 0
    together = np.zeros((len(names), territories))
    np.add.at(together, (code[held], owner[held]), sold[held] + 1e-9)
    known = np.array([bool(name) for name in names]) & (together.sum(1) > 0)
    follows = ~held & known[code]
    return np.where(follows, together.argmax(1)[code], owner).astype(np.int32)


def _places(assembled: Assembled) -> FloatArray:
    """Return the place of each entity of the history in metres; NaN where unknown."""
    if assembled.accounts is None:
        return assembled.problem.units.xy_m
    return np.asarray(assembled.projection.to_m(*assembled.account_place_deg.T))


def _history(assembled: Assembled) -> History:
    if assembled.history is None:
        raise InvalidInput(
            [
                Problem(
                    "The folder has no sales history, so that there are no past years to test.",
                    "Add a file history (account_id, period, amount).",
                    file="history",
                    code="no_history",
                )
            ]
        )
    return assembled.history


def _no_year(history: History, asked: Sequence[int] | None) -> InvalidInput:
    possible = quota_years(history)
    full = ", ".join(map(str, full_years(history))) or "none"
    why = f"Full years of the history: {full}. A quota year needs one before it."
    if asked is not None and possible:
        why = f"None of the years asked for can be tested; {possible[0]} to {possible[-1]} can."
    what = "Give at least two full years of history, or name years that can be tested with --years."
    return InvalidInput([Problem(why, what, file="history", column="period", code="no_quota_year")])


def _nobody() -> InvalidInput:
    why = "No account or unit belongs to a territory today, so that there is nobody to set quotas for."
    return InvalidInput([Problem(why, "Ask for territories with --territories.", code="no_territories")])


def _sold_in(history: History, year: int) -> FloatArray:
    """Return what each entity sold in a year, not negative."""
    inside = np.array([(parse(name) or (None,))[0] == year for name in history.periods])[history.period]
    sold = np.bincount(history.entity[inside], history.amount_cents[inside], history.n_entities)
    return np.asarray(np.maximum(sold, 0.0))


def _left_out(history: History, territory: IntArray, test: BackTest) -> float:
    """Return the share of sales in the tested years that no territory holds."""
    sold = np.sum([_sold_in(history, year) for year in test.years], axis=0)
    return float(sold[territory < 0].sum() / sold.sum()) if sold.sum() > 0 else 0.0


def _today(assembled: Assembled, territory: IntArray, n: int) -> Today:
    """Return what territories hold of every measure as of today."""
    problem, accounts = assembled.problem, assembled.accounts
    activity = problem.activity if accounts is None else accounts.activity
    names = tuple(measure.name for measure in problem.measures)
    held = territory >= 0
    measures = {name: sum_by(territory[held], activity[held, j], n) for j, name in enumerate(names)}
    potential = potential_measure(assembled.scenario, names)
    quota = assembled.scenario.quota
    return Today(
        potential=None if potential is None else measures[potential],
        measures=measures,
        index=quota.index,
        growth_to_potential=quota.growth_to_potential,
    )


def _calibration(history: History, territory: IntArray, n: int, test: BackTest) -> Calibration | None:
    """Return how often stated intervals of the best method held."""
    if test.best is None:
        return None
    known = known_of(history, None, test.years[-1] + 1, territory, n)
    return calibration(known, METHODS[test.best], test.best, test.years)
