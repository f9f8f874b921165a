"""Simulates the year of a finished plan from its output folder, and writes what is found beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.export.simulation import simulation_record
from data.export.simulation_page import simulation_page
from data.export.text import write_json
from data.quota_model import QuotaModel, read_quota_model
from data.reopen import read_run
from planner.errors import InvalidInput, Problem
from planner.quota.simulate import Risk, simulate

RECORD, PAGE = "simulation.json", "simulation.html"


@dataclass(frozen=True, eq=False)
class Simulated:
    """A simulation and what it is of.

    Parameters
    ----------
    model
        What the quotas rest on.
    risk
        What was found.
    probability
        Probability that was asked for, in (0, 1].
    """

    model: QuotaModel
    risk: Risk
    probability: float

    def record(self) -> dict[str, Any]:
        """Return what was found as plain values."""
        return simulation_record(self.model, self.risk, self.probability)


def simulate_plan(out: Path, *, draws: int = 10_000, seed: int = 0, probability: float = 0.8) -> Simulated:
    """Simulate the year of the quotas in an output folder.

    Parameters
    ----------
    out
        Output folder of a solve.
    draws, seed
        How many years, and the seed of the random numbers: the same seed gives the same answer.
    probability
        Probability that target and over-assignment are sought for, in (0, 1].

    Raises
    ------
    InvalidInput
        Where `out` has no quotas, or the history does not tell how certain sales are.
    """
    model = read_quota_model(out)
    if model.outlook is None:
        why = "The history does not tell how certain sales are: it takes two full past years."
        what = "Add sales of earlier years to the history, and solve again."
        raise InvalidInput([Problem(why, what, value=str(out), code="no_outlook")])
    risk = simulate(
        model.outlook,
        model.quota_cents,
        model.target_cents,
        draws=draws,
        seed=seed,
        calibration=model.calibration,
    )
    return Simulated(model, risk, probability)


def write_simulation(out: Path, simulated: Simulated) -> None:
    """Write ``simulation.json`` and ``simulation.html`` into the output folder, each whole or not at all."""
    name = str(read_run(out)["scenario"].get("name", ""))
    fresh = {file: out / f".{file}.new" for file in (RECORD, PAGE)}
    try:
        write_json(fresh[RECORD], simulated.record())
        text = simulation_page(name, simulated.model, simulated.risk, simulated.probability)
        fresh[PAGE].write_text(text, "utf-8")
        for file, path in fresh.items():
            path.replace(out / file)
    finally:
        for path in fresh.values():
            path.unlink(missing_ok=True)
