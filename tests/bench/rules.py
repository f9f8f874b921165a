"""What a process of its own runs to see whether contradictions are explained: every kind, from several seeds."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from planner.problem import AlignmentProblem, Measure
from planner.scorecard import scorecard
from planner.stop import MaxIterations, MaxSeconds
from solvers.consistency import can_hold
from tests.contract.contradictions import CONTRADICTIONS
from tests.contract.problems import points


def capped() -> AlignmentProblem:
    """Return 1,020 records and three territories that may hold ten of them each."""
    problem = points(1020, 3)
    cap = Measure("accounts", np.full(3, 340.0), np.full(3, -np.inf), np.full(3, 10.0))
    return problem.replace(measures=(problem.measures[0], cap))


def explain_contradictions(
    *, seeds: list[int], time_limit_s: float | None, iterations: int | None
) -> dict[str, list[dict[str, Any]]]:
    """Ask of every contradiction whether its rules can hold together, and re-judge every change that is offered."""
    rows = [
        _row(kind, seed, draw(seed), time_limit_s, iterations)
        for kind, (draw, _) in CONTRADICTIONS.items()
        for seed in seeds
    ]
    rows.append(_row("1,020 records, three territories of ten", 0, capped(), time_limit_s, iterations))
    return {"rows": rows}


def _row(
    kind: str, seed: int, problem: AlignmentProblem, time_limit_s: float | None, iterations: int | None
) -> dict[str, Any]:
    began, used = time.monotonic(), time.process_time()
    stop = MaxIterations(iterations or 10) if time_limit_s is None else MaxSeconds(time_limit_s)
    found = can_hold(problem, stop=stop, seed=seed)
    cards = [scorecard(one.problem, one.alignment.territory) for one in found.relaxations]
    return {
        "kind": kind,
        "seed": seed,
        "seconds": time.monotonic() - began,
        "cpu_s": time.process_time() - used,
        "proved": found.holds is False,
        "rules": None if found.conflict is None else len(found.conflict.rules),
        "relaxations": len(cards),
        "feasible": sum(card.feasible for card in cards),
        "conflict": "" if found.conflict is None else found.conflict.text,
        "cheapest": found.relaxations[0].text if found.relaxations else "",
    }
