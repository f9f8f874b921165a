"""Settles a number of territories that is free within a range: the fewest that keep every rule, as far as can be seen.

Whether a number can do is judged twice: by proofs that the rules cannot hold together, which cost little, and by a
short search for a plan that keeps them. The smallest number that passes both is taken; where none does, the smallest
without a proof against it; where there is none of these either, the one with the fewest proofs.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.rehearsing import rehearse_quotas
from data.assemble import assemble
from data.assembled import Assembled
from data.folder import PlanFolder
from planner.demands import Span
from planner.errors import InvalidInput
from planner.scenario import Scenario
from planner.scorecard import scorecard
from planner.solving import SILENT, Observer, Progress
from planner.stop import AnyOf, MaxIterations, MaxSeconds, Stop
from solvers import solve
from solvers.conflicts import find_conflicts

TRIAL_SHARE = 0.4
"""Share of the time or the iterations that all trials together may take."""
LEAST_SECONDS = 1.0
"""Seconds of one trial where little time is left."""


@dataclass(frozen=True)
class Sized:
    """A problem with its number of territories settled, and how that came about, for people."""

    assembled: Assembled
    notes: tuple[str, ...]


def sized(
    folder: PlanFolder,
    scenario: Scenario,
    stop: Stop,
    observer: Observer = SILENT,
    *,
    method: str = "auto",
) -> Sized:
    """Assemble the problem; where the number of territories is a range, settle it.

    Parameters
    ----------
    folder, scenario
        What was read, and what is asked.
    stop
        When to give up; a limit on iterations limits the trials instead of time, so that the same number comes out
        again.
    observer
        Told of each trial.
    method
        Name of the solver that tries.

    Raises
    ------
    InvalidInput
        Where no number of the range makes a problem that quotas can be set for, with every error of the last one tried.
    """
    asked = scenario.territories
    if not isinstance(asked, Span):
        return Sized(_usable(folder, scenario), ())
    n_seats = 0 if folder.seats is None else len(folder.seats)
    least = min(max(asked.minimum, n_seats), asked.maximum)
    notes = [f"{n_seats} seats are to be filled, so fewer territories were not tried"] * (
        least > asked.minimum
    )
    numbers = range(least, asked.maximum + 1)
    fallback: tuple[int, Assembled] | None = None
    refused: InvalidInput | None = None
    for tried, number in enumerate(numbers):
        observer(Progress(f"trying {number} territories", tried / len(numbers)))
        try:
            assembled = _usable(folder, scenario.replace(territories=number))
        except InvalidInput as error:
            refused = error
            continue
        proofs = len(find_conflicts(assembled.problem))
        if proofs == 0 and _keeps_rules(assembled, _trial(scenario, stop, len(numbers)), method):
            found = f"{number} territories: the fewest of {asked.minimum} to {asked.maximum} with a plan that keeps"
            return Sized(assembled, (*notes, f"{found} every rule"))
        if fallback is None or proofs < fallback[0]:
            fallback = proofs, assembled
        if stop.reason(0) is not None:
            break
    if fallback is None:
        assert refused is not None
        raise refused
    proofs, assembled = fallback
    number = assembled.problem.n_territories
    why = (
        "no plan that keeps every rule was found in the short trials, and nothing proves that there is none for it"
        if proofs == 0
        else f"the rules cannot all hold with any number tried, and {proofs} proofs against it are the fewest"
    )
    return Sized(assembled, (*notes, f"{number} territories of {asked.minimum} to {asked.maximum}: {why}"))


def _usable(folder: PlanFolder, scenario: Scenario) -> Assembled:
    """Assemble the problem; see also that no quotas are asked for that no territories can have."""
    assembled = assemble(folder, scenario)
    rehearse_quotas(assembled)
    return assembled


def _trial(scenario: Scenario, stop: Stop, trials: int) -> Stop:
    """Return when to stop one of the trials."""
    iterations = stop.iterations_left(0)
    if 0 < iterations < float("inf"):
        return AnyOf((stop, MaxIterations(max(1, int(iterations * TRIAL_SHARE / trials)))))
    seconds = max(LEAST_SECONDS, scenario.time_limit_s * TRIAL_SHARE / trials)
    return AnyOf((stop, MaxSeconds(seconds)))


def _keeps_rules(assembled: Assembled, stop: Stop, method: str) -> bool:
    found = solve(assembled.problem, method=method, stop=stop, seed=assembled.scenario.seed).alignment
    return found is not None and scorecard(assembled.problem, found.territory).feasible
