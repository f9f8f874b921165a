"""Each part of the shrinkage model finds what is there, and falls back to what is thought before looking."""

import numpy as np
import pytest

from planner.quota.known import Known
from planner.quota.methods.shrinkage import classes, fit, levels, openings, reach, steady, unusual
from planner.quota.methods.shrinkage.windows import OLD, years_of
from planner.quota.periods import names


def months(first, last):
    return tuple(name for year in range(first, last + 1) for name in names(year, "month"))


def years(sold, periods, territory=None, year=None, **extras):
    """Cut history into years; all accounts in one territory unless said otherwise."""
    sold = np.asarray(sold)
    territory = np.zeros(len(sold), int) if territory is None else np.asarray(territory)
    year = year or int(periods[-1][:4]) + 1
    return years_of(Known(year, periods, sold, territory, int(territory.max()) + 1, **extras))


def test_years_end_where_the_history_ends():
    found = years([np.arange(30)], months(2022, 2024)[:30], year=2025)
    assert found.sold[0, :, 0].tolist() == [6, 18]
    assert found.apart.tolist() == [1, 1.5]


def test_a_missing_year_is_a_hole():
    found = years([[1, 2, 3]], ("2018", "2021", "2022"), year=2023)
    assert found.apart.tolist() == [3, 1, 1]


def test_ages_count_from_the_first_sale():
    sold = np.zeros((3, 24), int)
    sold[0, 0] = sold[1, 5] = sold[2, 20] = 1
    assert years(sold, months(2023, 2024)).age.tolist() == [[OLD, OLD], [7, 19], [0, 4]]


def test_levels_of_young_accounts_follow_the_season():
    season = np.tile([1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3], 2) * 100
    new = np.where(np.arange(24) >= 20, season, 0)
    found = levels.standing(years([season] * 9 + [new], months(2023, 2024)), 1)
    assert found.young.tolist() == [False] * 9 + [True]
    assert found.age_months[-1] == 4
    assert found.level[-1] == pytest.approx(found.level[0], rel=0.05)


def test_a_level_in_the_opening_month_counts_half_a_month():
    new = np.where(np.arange(24) >= 23, 50, 0)
    found = levels.standing(years([[100] * 24] * 50 + [new], months(2023, 2024)), 1)
    assert found.level[-1] == pytest.approx(1200, rel=0.02)


def test_momentum_is_the_last_half_year_over_the_year():
    rising = np.r_[np.full(18, 100), np.full(6, 300)]
    found = levels.standing(years([[1000] * 24] * 50 + [rising], months(2023, 2024)), 1)
    assert found.momentum[-1] == pytest.approx(np.log(1.5), abs=0.02)
    assert found.momentum[0] == pytest.approx(0, abs=0.02)


def test_ratios_of_classes_are_learned_from_many_and_thought_of_few():
    gone = np.where(np.arange(36) < 20, 100, 0)
    for n, least, most in ((400, 0.0, 0.1), (2, 0.3, 0.5)):
        cut = years([[100] * 36] * 50 + [gone] * n, months(2022, 2024))
        past = [(levels.standing(cut, y), cut.total(y + 1)) for y in range(2)]
        assert least <= classes.ratios(past)[len(classes.AGES) + 2] <= most
    assert classes.ratios([]) == pytest.approx(classes.BEFORE)


def test_accounts_that_opened_lately_grow_until_they_have_settled():
    at = np.arange(72)
    opened = 12 * (1 + np.arange(100) % 4)
    tenure = np.maximum(at - opened[:, None], 0) // 12
    new = np.where(at >= opened[:, None], 100 * np.array([10, 12, 12, 12, 12, 12])[tenure], 0)
    cut = years(np.concatenate([np.full((200, 72), 1000), new]), months(2019, 2024))
    standings = [levels.standing(cut, y) for y in range(6)]
    found = classes.ratios([(standings[y], cut.total(y + 1)) for y in range(5)])
    labels = [set(classes.class_of(standings[y])[200 + np.flatnonzero(opened == 12)]) for y in range(1, 6)]
    assert labels == [{4}, {5}, {6}, {7}, {7}]
    assert found[4] == pytest.approx(1.2, abs=0.05)
    assert found[5] == pytest.approx(1.0, abs=0.05)
    assert set(classes.class_of(standings[5])[:200]) == {0}


def test_growth_that_comes_back_and_growth_that_goes_on():
    rng = np.random.default_rng(1)
    for persistence, low, high in ((-0.5, -0.7, -0.3), (0.5, 0.3, 0.7)):
        growth = [rng.normal(0, 0.1, 500)]
        for _ in range(3):
            growth.append(persistence * growth[-1] + rng.normal(0, 0.05, 500))
        sold = np.rint(1e6 * np.exp(np.cumsum(growth, axis=0))).T.astype(np.int64)
        cut = years(sold, ("2021", "2022", "2023", "2024"))
        past = [(levels.standing(cut, y), cut.total(y + 1)) for y in range(3)]
        assert low < steady.coefficients(past)[1] < high
    assert steady.coefficients([]).tolist() == [0, 0]


@pytest.mark.parametrize("by", ["accounts", "potential"])
def test_openings_follow_what_explains_them(by):
    rng = np.random.default_rng(2)
    count = rng.integers(5, 60, 20)
    potential = rng.random(20) * 10
    territory = np.repeat(np.arange(20), count)
    old = rng.lognormal(8, 1, (len(territory), 1)).astype(int).repeat(4, 1)
    drawn = count if by == "accounts" else potential
    new_territory = rng.choice(20, 300, p=drawn / drawn.sum())
    start = rng.integers(1, 4, 300)
    new = np.where(np.arange(4) >= start[:, None], 1000, 0)
    cut = years(
        np.concatenate([old, new]),
        ("2021", "2022", "2023", "2024"),
        np.concatenate([territory, new_territory]),
        potential=potential,
    )
    past = [(y, levels.standing(cut, y), cut.total(y + 1)) for y in range(3)]
    rates = openings.opening_rates(cut, past)
    assert rates.argmax() == {"accounts": 1, "potential": 2}[by]
    expected = openings.openings(cut, 3, levels.standing(cut, 3), rates)
    assert expected.sum() == pytest.approx(100 * 1000, rel=0.25)


def walks(*passing, n=2000, walk=0.1):
    """Cut accounts into years: levels walk, and `passing` is the spread of what each year alone adds to them."""
    rng = np.random.default_rng(4)
    level = np.cumsum(rng.normal(0, walk, (n, len(passing))), axis=1)
    sold = 1e6 * np.exp(level + rng.normal(0, 1, level.shape) * np.array(passing))
    return years(np.rint(sold).astype(np.int64), tuple(str(2015 + y) for y in range(len(passing))))


def filtered(cut):
    return unusual.filtered([levels.standing(cut, y) for y in range(cut.n_years)], cut.apart)


def test_the_excess_of_an_unusual_year_goes_back():
    found = filtered(walks(0, 0, 0, 0, 0, 0.3))
    assert max(found.parts[:-1]) < 0.1
    assert found.parts[-1] == pytest.approx(0.09 / (0.09 + 0.01), abs=0.05)


def test_accounts_that_come_back_are_not_taken_for_another_unusual_year():
    cut = walks(0, 0, 0, 0, 0, 0.3, 0)
    assert filtered(cut).parts[-1] < 0.1
    raw = [unusual.squared_spread(levels.standing(cut, y)) for y in (4, 6)]
    assert raw[1] > 5 * raw[0]


def test_what_stayed_once_is_thought_to_stay_again():
    stays, goes = walks(0, 0, 0, 0, 0, 0, 0, 0, 0.3), walks(0, 0, 0, 0, 0, 0.3, 0, 0, 0.3)
    jump = np.random.default_rng(5).normal(0, 0.3, (stays.sold.shape[0], 1, 1))
    stays.sold[:, 5:] *= np.exp(jump)
    assert filtered(stays).parts[5] == pytest.approx(filtered(goes).parts[5], abs=0.1)
    assert filtered(stays).parts[-1] < 0.2
    assert filtered(goes).parts[-1] > 0.7


def test_two_years_of_growth_tell_nothing_unusual():
    assert filtered(walks(0, 0, 0.3)).parts == (0, 0, 0)
    assert filtered(walks(0)).parts == (0,)
    apart_from_each_other = years(np.eye(3, 4, dtype=int), ("2021", "2022", "2023", "2024"))
    assert filtered(apart_from_each_other).parts == (0, 0, 0, 0)


def test_a_missing_year_widens_what_is_usual():
    cut = walks(0, 0, 0, 0, 0, 0, 0, 0, 0)
    hole = Known(
        2024, ("2015", "2016", "2017", "2018", "2023"), cut.sold[:, [0, 1, 2, 3, 8], 0].astype(np.int64),
        np.zeros(len(cut.sold), int), 1,
    )  # fmt: skip
    assert filtered(years_of(hole)).parts[-1] < 0.1


def readings(truth, n=2000, years=5, outlier=0.0):
    """Make readings whose first sign comes true by 1 + `truth`."""
    rng = np.random.default_rng(3)
    past = []
    for _ in range(years):
        sold = rng.uniform(0.5, 2, n)
        signs = np.zeros((n, len(reach.SIGNS)))
        signs[:, 0] = rng.normal(0, 0.03, n)
        reading = reach.Reading(sold, sold * np.exp(signs[:, 0]), signs)
        following = sold * np.exp((1 + truth) * signs[:, 0] + rng.normal(0, 0.03, n))
        following[signs[:, 0] > 0.05] *= np.exp(outlier)
        past.append((reading, following))
    return past


@pytest.mark.parametrize("truth", [-1.0, 0.0, 0.5])
def test_what_part_comes_true_is_learned(truth):
    assert reach.learn(readings(truth))[0] == pytest.approx(truth, abs=0.1)


def test_before_looking_half_comes_true():
    assert reach.learn([]) == pytest.approx(reach.MEANS)
    assert reach.learn(readings(1.0, n=3, years=1))[0] == pytest.approx(-0.5, abs=0.1)


def test_a_few_wild_territories_do_not_speak_for_all():
    straight, wild = reach.learn(readings(-1.0))[0], reach.learn(readings(-1.0, outlier=2.0))[0]
    assert wild - straight < 0.5


def test_what_was_learned_is_told():
    sold = np.full((30, 36), 1000)
    found = fit(years(sold, months(2022, 2024), np.arange(30) % 5))
    assert found.part_back == 0
    assert found.ratios == pytest.approx(classes.BEFORE)
    assert found.expected == pytest.approx(np.full(5, found.expected.mean()))
