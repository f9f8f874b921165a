"""Hard limits of each measure and territory, from bands, shares, regions and rules."""

from __future__ import annotations

import numpy as np

from data.assemble.findings import Findings, amount, examples
from data.assemble.roster import Roster
from data.assemble.rules import Rules
from data.assemble.values import Values, known_measure
from planner.arrays import FloatArray
from planner.problem import Measure
from planner.scenario import Band, Scenario


def banded_measures(
    values: Values,
    scenario: Scenario,
    total: FloatArray,
    ideal: FloatArray,
    roster: Roster,
    rules: Rules,
    findings: Findings,
) -> tuple[Measure, ...]:
    """Return every measure with its ideal and limits; one without a band or rule is only watched.

    Parameters
    ----------
    total
        Sum of each measure over all that is placed or held apart, shape ``(n_measures,)``.
    ideal
        What each territory should hold, shape ``(n_territories, n_measures)``.
    """
    of_region = _regional_bands(values, scenario, findings)
    measures = []
    for position, name in enumerate(values.names):
        lower, upper = _limits(values.bands.get(name, Band()), ideal[:, position])
        for region, bands in of_region.items():
            if name in bands and region in roster.region_name:
                here = roster.region == roster.region_name.index(region)
                lower[here], upper[here] = _limits(bands[name], ideal[here, position])
        for limit in rules.limits:
            if limit.measure != position:
                continue
            where = limit.territories
            if limit.is_minimum:
                lower[where] = np.maximum(lower[where], limit.value)
            else:
                upper[where] = np.minimum(upper[where], limit.value)
        measure = Measure(name, ideal[:, position], lower, upper)
        _check(measure, total[position], roster, findings)
        measures.append(measure)
    return tuple(measures)


def _regional_bands(values: Values, scenario: Scenario, findings: Findings) -> dict[str, dict[str, Band]]:
    """Return the bands of single regions by the measures' own names."""
    found: dict[str, dict[str, Band]] = {}
    for region, rules in scenario.regions.items():
        found[region] = {}
        for wanted, band in rules.measures.items():
            name = known_measure(wanted, values.names, f"[regions.{region}.measures]", findings)
            if name is not None:
                found[region][name] = band
    return found


def _limits(band: Band, ideal: FloatArray) -> tuple[FloatArray, FloatArray]:
    nothing = np.full(len(ideal), np.inf)
    lower = -nothing if band.below is None else ideal * (1 - band.below)
    upper = nothing if band.above is None else ideal * (1 + band.above)
    if band.minimum is not None:
        lower = np.maximum(lower, band.minimum)
    if band.maximum is not None:
        upper = np.minimum(upper, band.maximum)
    return lower, upper


def _check(measure: Measure, total: float, roster: Roster, findings: Findings) -> None:
    if not measure.limited:
        return
    name = measure.name
    if total == 0:
        findings.warn(
            "measure_is_zero",
            f"{name} is to be balanced, but is 0 everywhere.",
            "Fill in the column, or balance another measure.",
            table="plan.toml",
            value=name,
        )
    crossed = np.flatnonzero(measure.lower > measure.upper)
    if len(crossed):
        told = [
            f"{roster.territory_id[j]} (at least {amount(measure.lower[j])}, at most {amount(measure.upper[j])})"
            for j in crossed
        ]
        findings.error(
            "limits_cross",
            f"The limits of {name} leave nothing between them for {examples(told)}.",
            "Lower the minimum, raise the maximum, or widen the band.",
            table="plan.toml",
            value=name,
            count=len(crossed),
        )
        return
    for bound, side, better in (
        (measure.lower, "at least", total - measure.lower.sum()),
        (measure.upper, "at most", measure.upper.sum() - total),
    ):
        if better < -1e-9 * abs(total):
            findings.warn(
                "limits_miss_total",
                f"The limits ask territories to hold {side} {amount(bound.sum())} {name} in all, but there is "
                f"{amount(total)}: they cannot all hold.",
                "Change the limits, or the number of territories.",
                table="plan.toml",
                value=name,
            )
