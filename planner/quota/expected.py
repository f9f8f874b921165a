"""What territories are expected to sell, by the method asked for or the one that past years pick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from planner.arrays import FloatArray
from planner.errors import InvalidInput, Problem
from planner.quota.backtest import Findings, back_test
from planner.quota.backtest.running import Today, quota_years
from planner.quota.inputs import QuotaInputs
from planner.quota.known import UNKNOWN_YEAR, Estimate, Known, asked_of, known_of
from planner.quota.methods import FALLBACK, METHODS, blended
from planner.quota.outlook import Outlook, outlook_of, why_none
from planner.quota.settings import QuotaSettings


@dataclass(frozen=True, eq=False)
class Expected:
    """Expected sales.

    Parameters
    ----------
    cents
        What the method expects by itself, minor units, not negative, shape ``(n_territories, n_components)``.
    towards
        What it expects where the total is the target: only proportions count, same shape.
    method
        Name of the method, or of the blend.
    notes
        How it was chosen and what it did, for people.
    outlook
        How certain sales of all components together are; None where the history does not tell.
    weights
        Weight of each method, by its name.
    back_test
        What picked the method; None where it was asked for, or no past year can be tested.
    """

    cents: FloatArray
    towards: FloatArray
    method: str
    notes: tuple[str, ...]
    outlook: Outlook | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    back_test: Findings | None = None


def expected_of(
    settings: QuotaSettings,
    inputs: QuotaInputs,
    components: Sequence[str],
    target_cents: Sequence[int],
    year: int | None,
) -> Expected:
    """Return what each territory is expected to sell in a year of each component.

    Parameters
    ----------
    target_cents
        Target of each component, minor units.
    year
        Year that quotas are for; None where unknown.

    Raises
    ------
    InvalidInput
        Where the settings name a method that does not exist.
    """
    weights, why, tested = _weights(settings, inputs, year)
    together = known_for(settings, inputs, None, year)
    whole = blended(weights, together)
    known = () if inputs.history is None else inputs.history.components
    each = [
        known_for(settings, inputs, name, year) if name in known and len(known) > 1 else together
        for name in components
    ]
    own = [whole if one is together else blended(weights, one) for one in each]
    towards = [
        blended(weights, replace(one, target_cents=cents)) if cents > 0 else estimate
        for one, cents, estimate in zip(each, target_cents, own, strict=True)
    ]
    notes = [*why, f"Quotas rest on {whole.method}.", *(note for one in own for note in one.notes)]
    reason = why_none(together)
    outlook = None if reason is not None else outlook_of(together, Blend(weights), whole)
    if settings.equal_difficulty and reason is not None:
        notes.append(f"Quotas follow proportions, not equal difficulty: {reason}")
    if outlook is not None:
        notes += outlook.notes
    # What the history does not tell apart is sold in the proportions of the targets.
    every = sum(target_cents)
    parts = [
        cents / every if one is together and len(components) > 1 and every > 0 else 1.0
        for one, cents in zip(each, target_cents, strict=True)
    ]
    cents = np.stack([part * one.expected_cents for part, one in zip(parts, own, strict=True)], axis=1)
    shares = np.stack([one.expected_cents for one in towards], axis=1)
    return Expected(cents, shares, whole.method, tuple(dict.fromkeys(notes)), outlook, weights, tested)


@dataclass(frozen=True)
class Blend:
    """Methods with their weights as one method."""

    weights: Mapping[str, float]

    @property
    def name(self) -> str:
        """Names of the methods."""
        return " + ".join(self.weights)

    @property
    def source(self) -> str:
        """Where the methods come from."""
        return "; ".join(METHODS[name].source for name in self.weights)

    def needs(self, known: Known) -> str | None:
        """Return why none of the methods can be used; None where any can."""
        reasons = [METHODS[name].needs(known) for name in self.weights]
        return None if any(reason is None for reason in reasons) else reasons[0]

    def __call__(self, known: Known) -> Estimate:
        """Return the blend."""
        return blended(self.weights, known)


def _weights(
    settings: QuotaSettings, inputs: QuotaInputs, year: int | None
) -> tuple[Mapping[str, float], list[str], Findings | None]:
    """Return the weight of each method, why it was chosen where nobody asked for it, and the back-test that did."""
    if settings.methods:
        unknown = [name for name in settings.methods if name not in METHODS]
        if unknown:
            raise InvalidInput(
                Problem(
                    f"no method is called {name!r}.",
                    f"Take from {', '.join(METHODS)}.",
                    file="scenario",
                    column="quota.methods",
                    value=name,
                    code="unknown_method",
                )
                for name in unknown
            )
        return settings.methods, [], None
    if settings.history_weight is not None:
        weight = float(np.clip(settings.history_weight, 0.0, 1.0))
        both = {"last_year_plus": weight, "potential_share": 1 - weight}
        return {name: part for name, part in both.items() if part}, [], None
    history = inputs.history
    years = () if history is None else quota_years(history)
    years = tuple(y for y in years if year is None or y < year)
    if history is None or not years:
        few = "there is no back-test without two full years of history"
        names = ", ".join(f"{weight:.0%} {name}" for name, weight in FALLBACK.items())
        return FALLBACK, [f"Nobody asked for a method, and {few}: {names}."], None
    today = Today(
        inputs.potential, inputs.capacity, inputs.measures, settings.index, settings.growth_to_potential
    )
    tested = back_test(
        history,
        inputs.territory_of_entity,
        inputs.n_territories,
        years=years,
        today=today,
        asked=inputs.asked,
    )
    if tested.best is None:
        return FALLBACK, [tested.reason], tested.findings
    return {tested.best: 1.0}, [tested.reason], tested.findings


def known_for(settings: QuotaSettings, inputs: QuotaInputs, component: str | None, year: int | None) -> Known:
    """Return all that methods may look at."""
    at = UNKNOWN_YEAR if year is None else year
    today = {
        "potential": inputs.potential,
        "measures": inputs.measures,
        "index": settings.index,
        "growth_to_potential": settings.growth_to_potential,
        "capacity": inputs.capacity,
    }
    n = inputs.n_territories
    if inputs.history is None:
        nothing = np.zeros((len(inputs.territory_of_entity), 0), np.int64)
        known = Known(at, (), nothing, inputs.territory_of_entity, n, **today)  # type: ignore[arg-type]
    else:
        known = known_of(inputs.history, component, at, inputs.territory_of_entity, n, **today)
    return (
        known if inputs.asked is None else replace(known, asked_cents=asked_of(inputs.asked, component, at))
    )
