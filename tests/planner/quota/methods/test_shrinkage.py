"""The shrinkage model beats last year in worlds of many kinds, and does not look at names, units or strangers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.quota.known import Known
from planner.quota.methods import METHODS
from planner.quota.methods.shrinkage import fit
from planner.quota.methods.shrinkage.windows import years_of
from planner.quota.periods import names
from tests.planner.quota.methods.worlds import World, draw, error

SHRINKAGE, LAST_YEAR = METHODS["shrinkage"], METHODS["last_year_plus"]
LIVELY = World(drift=0.03, opening=0.08, closing=0.06, season=0.4)


def gain(world, seeds=range(6)):
    """Return by what part the model's error is less than that of last year, over several worlds."""
    ours, theirs = 0.0, 0.0
    for seed in seeds:
        known, actual = draw(world, seed)
        ours += error(SHRINKAGE(known), actual)
        theirs += error(LAST_YEAR(known), actual)
    return 1 - ours / theirs


@pytest.mark.parametrize(
    ("world", "least"),
    [
        (World(), 0.05),
        (World(noise=0.8), 0.05),
        (World(season=0.5), 0.05),
        (World(drift=0.05), 0.0),
        (World(opening=0.1), 0.1),
        (World(closing=0.1), 0.1),
        (World(shock=0.4), 0.4),
        (LIVELY, 0.1),
    ],
    ids=["nothing", "noise", "season", "drift", "openings", "closings", "shock", "lively"],
)
def test_gain_in_worlds_with_a_known_cause(world, least):
    assert gain(world) > least


@given(st.integers(0, 50), st.integers(2, 1000))
@settings(max_examples=10, deadline=None)
def test_sales_in_another_unit_are_expected_in_that_unit(seed, factor):
    known, _ = draw(LIVELY, seed, 120, 8, 4)
    scaled = Known(known.year, known.periods, known.sold_cents * factor, known.territory, known.n_territories)
    assert SHRINKAGE(scaled).expected_cents == pytest.approx(factor * SHRINKAGE(known).expected_cents)


@given(st.integers(0, 50))
@settings(max_examples=10, deadline=None)
def test_the_order_of_accounts_and_territories_tells_nothing(seed):
    known, _ = draw(LIVELY, seed, 120, 8, 4)
    rng = np.random.default_rng(seed)
    account, territory = rng.permutation(120), rng.permutation(8)
    mixed = Known(
        known.year, known.periods, known.sold_cents[account], territory[known.territory[account]], 8
    )
    found = SHRINKAGE(mixed).expected_cents[territory]
    assert found == pytest.approx(SHRINKAGE(known).expected_cents, rel=1e-6)


def test_what_nobody_holds_tells_nothing():
    known, _ = draw(LIVELY, 1, 120, 8, 4)
    held = np.arange(120) % 3 > 0
    without = Known(known.year, known.periods, known.sold_cents[held], known.territory[held], 8)
    nobody = Known(known.year, known.periods, known.sold_cents, np.where(held, known.territory, -1), 8)
    assert SHRINKAGE(nobody).expected_cents == pytest.approx(SHRINKAGE(without).expected_cents)


def test_one_year_of_history_is_enough_to_start():
    known, _ = draw(World(), 3, 120, 8, 2)
    assert SHRINKAGE(known).expected_cents == pytest.approx(LAST_YEAR(known).expected_cents, rel=0.15)


def test_an_account_that_opened_late_counts_for_a_full_year():
    months = names(2023, "month") + names(2024, "month")
    old = np.full((20, 24), 1000)
    new = np.where(np.arange(24) >= 20, 1000, 0)[None]
    known = Known(2025, months, np.concatenate([old, new]), np.r_[np.arange(20) % 2, 2], 3)
    late = SHRINKAGE(known).expected_cents[2] / SHRINKAGE(known).expected_cents[0]
    assert late > 2 * LAST_YEAR(known).expected_cents[2] / LAST_YEAR(known).expected_cents[0]


def test_who_buys_in_summer_alone_is_not_taken_for_lost_in_winter():
    months = tuple(name for year in range(2021, 2025) for name in names(year, "month"))
    steady = np.full((20, 48), 1000)
    summer = np.where(np.isin(np.arange(48) % 12, (5, 6, 7)), 4000, 0)[None].repeat(20, 0)
    gone = np.where(np.arange(48) < 42, 1000, 0)[None].repeat(20, 0)
    known = Known(2025, months, np.concatenate([steady, summer, gone]), np.arange(60) // 20, 3)
    change = SHRINKAGE(known).expected_cents / LAST_YEAR(known).expected_cents
    assert change[1] > 0.95 * change[0]
    assert change[2] < 0.75 * change[0]


def test_returns_cancel_the_sales_they_belong_to():
    sold = np.full((2, 24), 1000)
    sold[1, 20] = 13_000
    sold[1, 21] = -11_000
    known = Known(2025, names(2023, "month") + names(2024, "month"), sold, np.array([0, 1]), 2)
    expected = SHRINKAGE(known).expected_cents
    assert expected[1] == pytest.approx(expected[0], rel=0.1)


def test_a_territory_without_history_is_expected_to_sell_what_opens_there():
    known, _ = draw(World(opening=0.1), 4, 300, 10, 5)
    extra = Known(
        known.year, known.periods, known.sold_cents, known.territory, 11, potential=np.full(11, 1.0)
    )
    rates = fit(years_of(extra)).opening_rates
    assert rates.sum() > 0.01
    assert (SHRINKAGE(extra).expected_cents[10] > 0) == (rates[2] > 0)


def test_an_unusual_year_is_told():
    known, _ = draw(World(shock=0.5), 5)
    assert any("more than usual" in note for note in SHRINKAGE(known).notes)
    known, _ = draw(World(), 5)
    assert not any("more than usual" in note for note in SHRINKAGE(known).notes)


@pytest.mark.parametrize("kind", ["year", "quarter", "month"])
def test_coarser_history_gives_much_the_same(kind):
    known, _ = draw(LIVELY, 6)
    per = {"year": 12, "quarter": 3, "month": 1}[kind]
    sold = known.sold_cents.reshape(len(known.sold_cents), -1, per).sum(2)
    years = sorted({period[:4] for period in known.periods})
    periods = tuple(name for year in years for name in names(int(year), kind))
    coarse = Known(known.year, periods, sold, known.territory, known.n_territories)
    assert SHRINKAGE(coarse).expected_cents == pytest.approx(SHRINKAGE(known).expected_cents, rel=0.5)
    assert np.corrcoef(SHRINKAGE(coarse).expected_cents, SHRINKAGE(known).expected_cents)[0, 1] > 0.95
