"""From a plan folder to plans to choose from: proposals found, each made into a whole plan with quotas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from api.planning import plan_assembled
from api.seating import seating_facts
from api.sizing import sized
from data.assembled import Assembled
from data.export.proposals import ProposedPlan
from data.read import read_folder
from planner.errors import InvalidInput, Problem
from planner.plan import Plan
from planner.proposals import MOST, Proposal
from planner.solving import SILENT, Observer, Progress, SolveResult
from planner.stop import AnyOf, MaxSeconds, Stop
from solvers.proposing import propose


@dataclass(frozen=True, eq=False)
class Proposed:
    """Plans to choose from.

    Parameters
    ----------
    assembled
        What they were made from.
    plans
        The plans, the most even compromise first.
    first
        What is known of the problem as it was asked.
    found
        Plans that were found and keep every rule.
    """

    assembled: Assembled
    plans: tuple[ProposedPlan, ...]
    first: SolveResult
    found: int


def make_proposals(
    folder: Path,
    overrides: Mapping[str, Any],
    stop: Stop,
    observer: Observer = SILENT,
    announce: Callable[[Proposal], None] | None = None,
    most: int = MOST,
) -> Proposed:
    """Read a plan folder and find plans that trade balance, travel and disruption against each other.

    Parameters
    ----------
    folder
        Plan folder.
    overrides
        Changes to its scenario, as `Scenario.overridden` takes them.
    stop
        When to stop besides the scenario's time limit; a number of iterations replaces the time limit.
    observer
        Told of progress.
    announce
        Told of every plan that none found before dominates, as soon as it is found.
    most
        Plans to choose at most.

    Raises
    ------
    InvalidInput
        With every problem found, or why there is no plan at all.
    """
    observer(Progress("reading"))
    read = read_folder(folder)
    observer(Progress("assembling"))
    scenario = read.scenario.overridden(overrides)
    assembled = sized(read, scenario, stop, observer, method="auto").assembled
    problem = assembled.problem
    if np.isinf(stop.iterations_left(0)) or stop.iterations_left(0) == 0:
        stop = AnyOf((stop, MaxSeconds(assembled.scenario.time_limit_s)))
    found = propose(
        problem,
        accounts=assembled.accounts,
        facts=seating_facts(assembled),
        most=most,
        stop=stop,
        observer=observer,
        announce=announce,
        seed=assembled.scenario.seed,
    )
    if not found.chosen:
        raise InvalidInput(
            Problem(reason, "Change the rules or the number of territories it speaks of.", code="no_plan")
            for reason in found.first.report.reasons
        )
    plans = tuple(ProposedPlan(proposal, _plan(assembled, proposal, stop)) for proposal in found.chosen)
    return Proposed(assembled, plans, found.first, found.found)


def _plan(assembled: Assembled, proposal: Proposal, stop: Stop) -> Plan:
    """Return the whole plan of a proposal: measured, with quotas and provenance."""

    def solved(*_: object, **__: object) -> SolveResult:
        note = f"One of several proposals, {proposal.name}: {proposal.how}."
        report = proposal.result.report
        return proposal.result.replace(report=report.replace(notes=(note, *report.notes)))

    return plan_assembled(assembled, stop, solving=solved)
