r"""Methods of one line each: a share for every territory.

With :math:`n` territories, sales :math:`s_t` of the last year on the new boundaries, the common growth :math:`g` of the
company (factor to the quota year), potential :math:`p_t`, and the total :math:`S = g \sum_t s_t`:

- even: :math:`S / n`;
- last year plus: :math:`g\, s_t`;
- potential share: :math:`S\, p_t / \sum p`;
- weighted index: :math:`S \sum_m w_m\, x_{mt} / \sum_u x_{mu}` over measures :math:`m`, weights summing to 1;
- history and untapped potential: :math:`s_t + (1 - \varphi)\, G\, s_t / \sum s + \varphi\, G\, u_t / \sum u` with the
  growth in money :math:`G = S - \sum s` and untapped potential :math:`u_t = \max(0, p_t \sum s / \sum p - s_t)`. Where
  sales fall, or nothing is untapped, all change alike;
- capacity: :math:`S\, c_t / \sum c`.

Sales below 0 (more returned than sold) count as 0 at the territory.
"""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray
from planner.quota.known import Estimate, Known
from planner.quota.methods.sold import (
    Window,
    by_territory,
    common_growth,
    expected_total,
    latest_year,
    sold_in,
)


def even(known: Known) -> Estimate:
    """Return the same for every territory."""
    n = known.n_territories
    return Estimate("even", np.full(n, expected_total(known) / n), ("Every territory carries the same.",))


def last_year_plus(known: Known) -> Estimate:
    """Return last year on the new boundaries with the same growth for all."""
    sold, window = _sold(known)
    growth = common_growth(known, window)
    note = f"Sales of {window.name} on the new boundaries, each × {growth:.3f}."
    return Estimate("last_year_plus", growth * sold, (note,))


def potential_share(known: Known) -> Estimate:
    """Return the expected total by potential."""
    shares = _shares(known.potential, known.n_territories)
    return Estimate("potential_share", expected_total(known) * shares, ("The expected total by potential.",))


def weighted_index(known: Known) -> Estimate:
    """Return the expected total by the weighted mean of the shares in several measures."""
    weights = _index(known)
    whole = sum(weights.values())
    shares = np.zeros(known.n_territories)
    for name, weight in weights.items():
        shares += weight / whole * _shares(known.measures[name], known.n_territories)
    parts = ", ".join(f"{weight / whole:.0%} {name}" for name, weight in weights.items())
    return Estimate("weighted_index", expected_total(known) * shares, (f"The expected total by {parts}.",))


def history_and_untapped(known: Known) -> Estimate:
    """Return last year's sales, with growth shared by sales and by potential that is not tapped yet."""
    sold, window = _sold(known)
    growth = sold.sum() * (common_growth(known, window) - 1)
    fair = sold.sum() * _shares(known.potential, known.n_territories)
    untapped = np.maximum(fair - sold, 0)
    part = known.growth_to_potential if growth > 0 and untapped.sum() > 0 else 0.0
    gap = untapped / untapped.sum() if untapped.sum() > 0 else untapped
    expected = sold + growth * ((1 - part) * sold / sold.sum() + part * gap)
    note = f"Sales of {window.name} on the new boundaries; {part:.0%} of growth goes to untapped potential."
    return Estimate("history_and_untapped", expected, (note,))


def capacity(known: Known) -> Estimate:
    """Return the expected total by what each seat can sell."""
    shares = _shares(known.capacity, known.n_territories)
    return Estimate("capacity", expected_total(known) * shares, ("The expected total by capacity.",))


def lacks_nothing(_: Known) -> str | None:
    """Return None: the method needs nothing."""
    return None


def lacks_history(known: Known) -> str | None:
    """Return why there is no last year to start from; None where there is."""
    if not known.periods:
        return f"No sales are known {known.so_far}."
    sold, window = _sold(known)
    return None if sold.sum() > 0 else f"No territory sold anything in {window.name}."


def lacks_potential(known: Known) -> str | None:
    """Return why potential gives no shares; None where it does."""
    return _lacks_amounts(known.potential, "potential")


def lacks_history_or_potential(known: Known) -> str | None:
    """Return why history and potential cannot be put together; None where they can."""
    return lacks_history(known) or lacks_potential(known)


def lacks_capacity(known: Known) -> str | None:
    """Return why capacity gives no shares; None where it does."""
    return _lacks_amounts(known.capacity, "capacity")


def lacks_index(known: Known) -> str | None:
    """Return why an index cannot be made; None where it can."""
    if not _index(known):
        return "No index is stated: name measures and their weights."
    missing = [name for name in _index(known) if name not in known.measures]
    if missing:
        return f"The index names measures that the territories do not have: {', '.join(missing)}."
    empty = (_lacks_amounts(known.measures[name], name) for name in _index(known))
    return next((why for why in empty if why is not None), None)


def _sold(known: Known) -> tuple[FloatArray, Window]:
    """Return what each territory sold in the latest year, not negative, and which year that is."""
    window = latest_year(known)
    return np.maximum(by_territory(known, sold_in(known, window)), 0.0), window


def _index(known: Known) -> dict[str, float]:
    """Return the weights of the index above 0."""
    return {name: weight for name, weight in known.index.items() if np.isfinite(weight) and weight > 0}


def _lacks_amounts(values: FloatArray | None, what: str) -> str | None:
    """Return why amounts give no shares; None where they do."""
    if values is None:
        return f"The {what} of the territories is not known."
    return None if _amounts(values).any() else f"No territory has any {what}."


def _shares(values: FloatArray | None, n: int) -> FloatArray:
    """Return the part of the whole of each territory; below 0, or not a number, counts as 0."""
    amounts = _amounts(values) if values is not None else np.ones(n)
    return np.asarray(amounts / amounts.sum())


def _amounts(values: FloatArray) -> FloatArray:
    """Return values scaled to at most 1, so that their sum is finite."""
    amounts = np.where(np.isfinite(values), np.maximum(values, 0), 0.0)
    largest = amounts.max(initial=0.0)
    return amounts / largest if largest > 0 else amounts
