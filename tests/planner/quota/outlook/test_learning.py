"""What is learned from past errors agrees with worlds whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from planner.quota.methods import METHODS, blended
from planner.quota.outlook import outlook_of, why_none
from planner.quota.outlook.past import concentration, known_before, past_errors
from planner.quota.periods import names
from tests.planner.quota.walks import world

LAST = METHODS["last_year_plus"]


def covered(outlook, actual, level=0.8):
    low, high = outlook.interval(level)
    return (low <= actual) & (actual <= high)


@pytest.mark.parametrize("wild", [0.0, 0.03])
def test_stated_intervals_hold_what_they_state(wild):
    """80 % intervals hold 75 to 85 % of territories over worlds with many years, and as many of either half."""
    inside, own, wide, narrow = [], [], [], []
    for seed in range(40):
        known, actual = world(seed, wild=wild)
        outlook = outlook_of(known, LAST)
        inside.append(covered(outlook, actual).mean())
        given_year = replace(outlook, shock=0.0).scaled(actual.sum() / outlook.mean_cents.sum())
        hit = covered(given_year, actual)
        own.append(hit.mean())
        uncertain = outlook.spread > np.median(outlook.spread)
        wide.append(hit[uncertain].mean())
        narrow.append(hit[~uncertain].mean())
    assert 0.75 <= np.mean(inside) <= 0.85
    assert 0.75 <= np.mean(own) <= 0.85
    assert np.mean(wide) == pytest.approx(0.8, abs=0.06)
    assert np.mean(narrow) == pytest.approx(0.8, abs=0.06)


def test_spreads_follow_how_few_accounts_carry_a_territory():
    known, _ = world(1, n_territories=100)
    outlook = outlook_of(known, LAST)
    truth = 0.25 * np.sqrt(concentration(known))
    assert np.corrcoef(truth, outlook.spread)[0, 1] > 0.95
    assert np.median(outlook.spread / truth) == pytest.approx(1, abs=0.15)


def test_years_that_swing_together_are_the_shock_not_the_spread():
    calm = [outlook_of(world(seed, shock=0.01)[0], LAST) for seed in range(5)]
    wavy = [outlook_of(world(seed, shock=0.15)[0], LAST) for seed in range(5)]
    assert all(one.shock < 0.08 < 0.12 < two.shock for one, two in zip(calm, wavy, strict=True))
    assert np.median([o.spread.mean() for o in wavy]) == pytest.approx(
        np.median([o.spread.mean() for o in calm]), rel=0.2
    )


def test_single_wild_errors_widen_the_tails_not_everybody():
    known, _ = world(3)
    sold = known.sold_cents.copy()
    # Two territories gain an account as large as the rest of them together in one year, and keep it.
    for t, year in ((0, 4), (7, 5)):
        first = int(np.flatnonzero(known.territory == t)[0])
        sold[first, year:] += int(sold[known.territory == t, year].sum())
    before, after = outlook_of(known, LAST), outlook_of(replace(known, sold_cents=sold), LAST)
    assert after.wild > before.wild
    assert np.median(after.spread) < 1.25 * np.median(before.spread)


def test_only_what_was_known_before_a_year_is_looked_at():
    known, _ = world(0)
    seen = []

    def nosy(cut):
        seen.append((cut.year, max(cut.periods), cut.sold_cents.shape[1], cut.target_cents, cut.asked_cents))
        return LAST(cut)

    stated = replace(known, target_cents=10**12, asked_cents=np.ones(len(known.territory), np.int64))
    errors = past_errors(stated, nosy)
    assert errors.years == tuple(range(2016, 2022))
    assert seen == [(y, str(y - 1), y - 2015, None, None) for y in range(2016, 2022)]


def test_what_is_asked_for_is_not_what_is_expected():
    known, _ = world(0)
    plain = outlook_of(known, LAST)
    asked = outlook_of(replace(known, target_cents=int(3 * plain.mean_cents.sum())), LAST)
    assert asked.mean_cents == pytest.approx(plain.mean_cents)
    stated = outlook_of(known, LAST, replace(LAST(known), expected_cents=plain.mean_cents * 2))
    assert stated.mean_cents == pytest.approx(plain.mean_cents * 2)


def test_two_past_years_are_the_least():
    known, _ = world(0, n_years=3)
    assert why_none(known) is None
    outlook = outlook_of(known, LAST)
    assert outlook.learned_from == (2016,)
    one = known_before(known, 2016)
    assert "only 2015 is known" in why_none(one)
    assert outlook_of(one, LAST) is None
    none = known_before(known, 2015)
    assert "none is known" in why_none(none)
    assert outlook_of(none, LAST) is None


def test_few_years_lean_on_the_prior_of_the_shock():
    known, _ = world(0, n_years=3, shock=0.0)
    long, _ = world(0, n_years=12, shock=0.0)
    assert 0.03 < outlook_of(known, LAST).shock < 0.10
    assert outlook_of(long, LAST).shock < outlook_of(known, LAST).shock


def test_missing_years_widen_what_lies_ahead():
    known, _ = world(0)
    later = replace(known, year=known.year + 2)
    near, far = outlook_of(known, LAST), outlook_of(later, LAST)
    assert far.shock == pytest.approx(near.shock * 3**0.5)
    assert far.spread == pytest.approx(near.spread * 2**0.5)


def test_months_are_learned_from_as_full_years():
    known, _ = world(2)
    months = tuple(month for year in known.periods for month in names(int(year), "month"))
    spread_out = np.repeat(known.sold_cents, 12, axis=1)
    by_month = replace(known, periods=(*months[:-12], *months[-12:]), sold_cents=spread_out)
    assert outlook_of(by_month, LAST).spread == pytest.approx(outlook_of(known, LAST).spread, rel=1e-6)


def test_a_method_that_past_years_cannot_answer_borrows_errors_and_says_so():
    known, _ = world(0)
    asked = known.sold_cents[:, -1]
    stated = replace(known, asked_cents=asked)
    outlook = outlook_of(stated, METHODS["bottom_up"])
    assert "stand in" in outlook.notes[-1]
    assert outlook.spread == pytest.approx(outlook_of(known, LAST).spread)


def test_blends_learn_from_their_own_errors():
    known, _ = world(0)
    outlook = outlook_of(known, lambda cut: blended({"last_year_plus": 0.5, "even": 0.5}, cut))
    assert np.median(outlook.spread) > np.median(outlook_of(known, LAST).spread)


def test_territories_without_history_are_the_least_certain():
    known, _ = world(0)
    owner = known.territory.copy()
    owner[owner == 39] = -1
    known = replace(known, territory=owner, potential=np.ones(40))
    outlook = outlook_of(known, lambda cut: blended({"last_year_plus": 0.7, "potential_share": 0.3}, cut))
    assert outlook.mean_cents[39] > 0
    assert outlook.spread[39] == outlook.spread.max()
    assert np.isfinite(outlook.interval(0.8)).all()


def test_one_territory_has_the_companys_errors():
    known, _ = world(0, n_territories=1)
    outlook = outlook_of(known, LAST)
    assert outlook.shock > 0.02
    assert outlook.spread[0] <= 0.01


def test_returns_and_nothing_sold_do_not_break_it():
    known, _ = world(0)
    sold = known.sold_cents.copy()
    sold[known.territory == 3] = 0
    sold[known.territory == 5, 4] *= -1
    outlook = outlook_of(replace(known, sold_cents=sold), LAST)
    assert np.isfinite(outlook.spread).all()
    assert outlook.mean_cents[3] == 0
    nothing = replace(known, sold_cents=np.zeros_like(known.sold_cents))
    assert "no territory sold anything" in why_none(nothing)
    assert outlook_of(nothing, LAST) is None
