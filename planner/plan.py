"""A plan: an alignment, its quotas, how it measures up, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.errors import Problem
from planner.pay.report import CompensationReport
from planner.quota.quota_plan import QuotaPlan
from planner.scorecard import Scorecard
from planner.solving import SolveResult


@dataclass(frozen=True)
class Provenance:
    """What it takes to make the same plan again.

    Parameters
    ----------
    inputs
        SHA-256 of every input file, by file name.
    versions
        Versions of this product and of the libraries that shape the result, by name.
    parameters
        The scenario and the solver's parameters as plain values.
    started
        When solving began, ISO 8601 with time zone.
    """

    inputs: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, object] = field(default_factory=dict)
    started: str = ""


@dataclass(frozen=True, eq=False)
class Plan:
    """The outcome of one scenario.

    Parameters
    ----------
    result
        Alignment, status, termination and report of the solver.
    before
        Scorecard of the current alignment; None where there is none.
    after
        Scorecard of the plan.
    quotas
        Quotas per territory, component and period; None where no target is set.
    provenance
        Inputs, versions, parameters.
    compensation
        What the quotas cost in pay; None where no seat is paid by a plan.
    quota_problems
        Why quotas, or what they cost in pay, could not be set on these territories; empty where nothing stood against
        them.
    """

    result: SolveResult
    before: Scorecard | None
    after: Scorecard
    quotas: QuotaPlan | None
    provenance: Provenance
    compensation: CompensationReport | None = None
    quota_problems: tuple[Problem, ...] = ()
