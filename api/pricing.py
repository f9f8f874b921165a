"""Prices the rules of a finished plan: opens its output again, and tells what is found as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.reopen import reopen
from planner.alignment import Alignment
from planner.proposals import TRAVEL
from planner.scorecard import scorecard
from planner.solving import SILENT, Observer
from planner.stop import Stop
from solvers.prices import Price, PriceEffort, price_rules


@dataclass(frozen=True)
class PriceRow:
    """One price. Changes are without the rule less with it; None where unknown.

    Parameters
    ----------
    name, kind, text, rules
        Of the rule, or of several: how many it stands for.
    method, certainty
        How it was found: ``re-solve``, ``one move`` or ``not priced``; and what that means, in words.
    objective, share
        By how much the objective falls at least, in its unit and as a share of it.
    breach
        How much of what the plan breaks would end.
    balance, travel, disruption
        Change of the largest deviation (a fraction), of travel, and of what changes hands (a fraction).
    """

    name: str
    kind: str
    text: str
    rules: int
    method: str
    certainty: str
    objective: float | None
    share: float | None
    breach: float
    balance: float | None
    travel: float | None
    disruption: float | None


@dataclass(frozen=True)
class PriceList:
    """The prices of one plan, dearest first.

    Parameters
    ----------
    prices
        The prices.
    feasible
        Whether the plan keeps every rule.
    improved_share
        By how much the plan was improved first, with every rule in place, as a share of the objective.
    unit_of_objective, travel_name
        What costs and travel are told in.
    inputs_changed
        What has changed in the inputs since the plan was made.
    """

    prices: tuple[PriceRow, ...]
    feasible: bool
    improved_share: float
    unit_of_objective: str
    travel_name: str
    inputs_changed: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def price_plan(
    out: Path,
    inputs: Path | None = None,
    *,
    stop: Stop,
    observer: Observer = SILENT,
    iterations: int | None = None,
    seed: int = 0,
) -> PriceList:
    """Price the rules of the plan in an output folder.

    Parameters
    ----------
    out
        Output folder of a solve.
    inputs
        Plan folder that it was made from; None for the one that ``run.json`` points to.
    stop, observer, seed
        As for a solver.
    iterations
        Rounds per price; None for the default.

    Raises
    ------
    InvalidInput
        Where `out` is no whole output, or its inputs are gone or no longer fit.
    """
    opened = reopen(out, inputs)
    problem, accounts = opened.assembled.problem, opened.assembled.accounts
    before = scorecard(problem, opened.territory).objective
    effort = PriceEffort() if iterations is None else PriceEffort(iterations=iterations)
    found = price_rules(
        problem,
        Alignment(opened.territory),
        accounts=accounts,
        effort=effort,
        stop=stop,
        observer=observer,
        seed=seed,
    )
    name, unit = TRAVEL[problem.objective.compactness]
    return PriceList(
        tuple(_row(price) for price in found.prices),
        found.feasible,
        found.improved / before if before > 0 else 0.0,
        problem.objective.unit_of_cost,
        f"{name}, {unit}",
        opened.changed,
    )


def _row(price: Price) -> PriceRow:
    change = price.change
    return PriceRow(
        name=price.name,
        kind=price.kind.value,
        text=price.text,
        rules=price.rules,
        method=price.method.value,
        certainty=price.sentence,
        objective=price.objective,
        share=price.share,
        breach=price.breach,
        balance=None if change is None else change.balance,
        travel=None if change is None else change.travel,
        disruption=None if change is None else change.disruption,
    )
