r"""Several methods together: the weighted mean of the shares they give.

Combined forecasts err less than most of the forecasts they are made of (Bates and Granger 1969,
https://doi.org/10.1057/jors.1969.103). Methods are put together by shares, :math:`\sum_m w_m\, x_{mt} / \sum_u x_{mu}`,
because some of them know nothing but shares; the total is the weighted mean of what the methods expect.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.quota.known import Estimate, Known
from planner.quota.methods.method import Method
from planner.quota.methods.sold import expected_total


def blend_of(methods: Mapping[str, Method], weights: Mapping[str, float], known: Known) -> Estimate:
    """Blend methods; see `planner.quota.methods.blended`."""
    unknown = sorted(name for name in weights if name not in methods)
    if unknown:
        raise ValueError(f"No method is called {', '.join(unknown)}; there are {', '.join(methods)}.")
    used: list[tuple[float, Estimate]] = []
    notes: list[str] = []
    for name, weight in weights.items():
        if not (np.isfinite(weight) and weight > 0):
            continue
        why_not = methods[name].needs(known)
        if why_not is not None:
            notes.append(f"Without {name}: {why_not}")
            continue
        used.append((float(weight), methods[name](known)))
    if not used:
        used = [(1.0, methods["even"](known))]
    whole = sum(weight for weight, _ in used)
    shares = np.zeros(known.n_territories)
    total = 0.0
    for weight, estimate in used:
        amount = estimate.expected_cents.sum()
        shares += weight / whole * estimate.expected_cents / amount
        total += weight / whole * amount
        notes.extend(estimate.notes)
    if len(used) == 1:
        return Estimate(used[0][1].method, used[0][1].expected_cents, tuple(notes))
    name = " + ".join(f"{weight / whole:.0%} {estimate.method}" for weight, estimate in used)
    return Estimate(
        name, shares * (total if known.target_cents is None else expected_total(known)), tuple(notes)
    )
