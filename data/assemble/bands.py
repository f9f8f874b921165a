"""Hard limits of each measure and territory, from bands, shares and rules."""

from __future__ import annotations

import numpy as np

from data.assemble.findings import Findings, amount, examples
from data.assemble.roster import Roster
from data.assemble.rules import Rules
from data.assemble.values import Values
from planner.arrays import FloatArray
from planner.problem import Measure
from planner.scenario import Band


def banded_measures(
    values: Values, total: FloatArray, roster: Roster, rules: Rules, findings: Findings
) -> tuple[Measure, ...]:
    """Return every measure with its ideal and limits; one without a band or rule is only watched.

    Parameters
    ----------
    total
        Sum of each measure over all that is placed or held apart, shape ``(n_measures,)``.
    """
    measures = []
    for position, name in enumerate(values.names):
        ideal = total[position] * roster.share
        band = values.bands.get(name, Band())
        lower, upper = _limits(band, ideal)
        for limit in rules.limits:
            if limit.measure != position:
                continue
            where = slice(None) if limit.territory is None else limit.territory
            if limit.is_minimum:
                lower[where] = np.maximum(lower[where], limit.value)
            else:
                upper[where] = np.minimum(upper[where], limit.value)
        measure = Measure(name, ideal, lower, upper)
        _check(measure, total[position], roster, findings)
        measures.append(measure)
    return tuple(measures)


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
