r"""The shrinkage model: what each territory will sell, from how its accounts stand.

For the end of each year y that is known, from that year and earlier ones only:

1. how accounts stand (`levels`): what they sold, brought to a full year by season where they opened within it; silence;
   momentum; growth;
2. an unusual year goes back in part (`unusual`): :math:`B_i = L_i\, e^{-\varphi z_i}` for mature accounts;
3. accounts that opened lately, and silent ones, follow what became of their like (`classes`):
   :math:`E_i = \rho_{c(i)} A_i`;
4. accounts that will open (`openings`): :math:`N_t = (\theta_1 a_t + \theta_2 b_t + \theta_3 p_t) \sum L`;
5. :math:`E_t = \sum_{i \in t} E_i + N_t`, corrected by how much of the accounts' word came true at territories in past
   years (`reach`).

Every parameter is fitted inside the model on years before the quota year, and is pulled to what is thought before
looking by as much as the data are few. What common growth is to come, the model does not say: it takes that of
`planner.quota.methods.sold`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray
from planner.quota.known import Estimate, Known
from planner.quota.methods.shrinkage.classes import class_of, ratios, settling
from planner.quota.methods.shrinkage.levels import Standing, standing
from planner.quota.methods.shrinkage.openings import opening_rates, openings
from planner.quota.methods.shrinkage.reach import Reading, corrected, learn
from planner.quota.methods.shrinkage.steady import carried_on, coefficients
from planner.quota.methods.shrinkage.unusual import filtered, given_back
from planner.quota.methods.shrinkage.windows import Years, years_of
from planner.quota.methods.sold import expected_total, latest_year
from planner.quota.periods import PER_YEAR, kind_of


@dataclass(frozen=True, eq=False)
class Fit:
    """What the model learned.

    Parameters
    ----------
    ratios
        What becomes of levels, by class (`classes`).
    gamma
        What momentum and growth tell of steady accounts (`steady`).
    opening_rates
        Rates of openings (`openings`).
    part_back
        Part of last year's growth of each account against the others that goes back (`unusual`).
    beta
        Corrections of the signs (`reach`).
    expected
        Expected sales before common growth, minor units, shape ``(n_territories,)``.
    """

    ratios: FloatArray
    gamma: FloatArray
    opening_rates: FloatArray
    part_back: float
    beta: FloatArray
    expected: FloatArray


def fit(years: Years) -> Fit:
    """Fit the model to all years but the last and look forward from the last."""
    last = years.n_years - 1
    level = filtered([standing(years, year) for year in range(years.n_years)], years.apart)
    standings, parts = level.standings, level.parts
    following = [years.total(year + 1) for year in range(last)]
    past = list(zip(standings[:-1], following, strict=True))
    shares = ratios(past)
    gamma = coefficients(past)
    rates = opening_rates(years, [(year, *each) for year, each in enumerate(past)])
    readings = [
        _reading(years, year, each, shares, gamma, rates, parts[year]) for year, each in enumerate(standings)
    ]
    beta = learn(
        [
            (reading, years.by_territory(after))
            for reading, after in zip(readings[:-1], following, strict=True)
        ]
    )
    return Fit(shares, gamma, rates, parts[-1], beta, corrected(readings[-1], beta))


def shrunk(known: Known) -> Estimate:
    """Return what the model expects of each territory."""
    found = fit(years_of(known))
    expected = found.expected * (expected_total(known) / found.expected.sum())
    window = latest_year(known)
    return Estimate("shrinkage", expected, _notes(found, window.name))


def lacks_year(known: Known) -> str | None:
    """Return why the model cannot be fitted; None where it can."""
    if not known.periods:
        return f"No sales are known {known.so_far}."
    if len(latest_year(known).columns) < PER_YEAR[kind_of(known.periods) or "year"]:
        return f"Less than a year of sales is known {known.so_far}."
    years = years_of(known)
    if not years.total(years.n_years - 1).any():
        return f"No territory sold anything in {latest_year(known).name}."
    return None


def _reading(
    years: Years,
    year: int,
    accounts: Standing,
    shares: FloatArray,
    gamma: FloatArray,
    rates: FloatArray,
    part: float,
) -> Reading:
    """Return how territories stand at the end of a year."""
    label = class_of(accounts)
    kept = accounts.level * shares[label]
    change = kept - accounts.sold
    trend = carried_on(accounts, gamma)
    expected = kept + trend + given_back(accounts, part)
    sold = years.by_territory(accounts.sold)
    new = openings(years, year, accounts, rates)
    signs = (
        np.stack(
            [
                years.by_territory(np.where(settling(accounts) & (accounts.silent_months == 0), change, 0.0)),
                years.by_territory(np.where(accounts.silent_months > 0, change, 0.0)),
                new,
                years.by_territory(trend),
            ],
            axis=1,
        )
        / np.where(sold > 0, sold, 1.0)[:, None]
    )
    return Reading(sold, years.by_territory(expected) + new, signs)


def _notes(found: Fit, window: str) -> tuple[str, ...]:
    """Return what was learned, for people."""
    notes = [f"Sales of {window} on the new boundaries, account by account."]
    if found.part_back > 0:
        notes.append(
            f"Accounts drifted apart more than usual in {window}: {found.part_back:.0%} of the growth of each against "
            "the others is taken to go back."
        )
    comes_true = float(np.clip(1 + found.beta[0], 0, 1))
    notes.append(
        f"Of what accounts that opened lately add, {comes_true:.0%} is not taken from their neighbours."
    )
    opened = float(found.opening_rates.sum())
    if opened > 0:
        notes.append(f"Accounts that open are expected to add {opened:.1%} of sales a year.")
    return tuple(notes)
