"""Every method: what it gives, what it needs, and that it survives any history."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.quota.known import UNKNOWN_YEAR, Known
from planner.quota.methods import FALLBACK, METHODS, blended
from planner.quota.periods import names


def known(sold, territory=None, periods=("2023", "2024"), year=2025, **extras):
    """Make what is known of one account per territory, unless said otherwise."""
    sold = np.asarray(sold)
    territory = np.arange(len(sold)) if territory is None else np.asarray(territory)
    return Known(year, periods, sold, territory, int(territory.max(initial=0)) + 1, **extras)


def expected(method, what):
    return METHODS[method](what).expected_cents


TWO = [[100, 110], [200, 220]]


def test_even():
    assert expected("even", known(TWO)) == pytest.approx([181.5, 181.5])


def test_last_year_grows_as_the_company_did():
    assert expected("last_year_plus", known(TWO)) == pytest.approx([121, 242])


def test_a_target_tells_the_growth():
    assert expected("last_year_plus", known(TWO, target_cents=660)) == pytest.approx([220, 440])


def test_growth_over_a_gap_is_counted_by_the_year():
    gap = known([[100, 121]], periods=("2021", "2023"), year=2025)
    assert expected("last_year_plus", gap) == pytest.approx([146.41])


def test_a_jump_of_what_is_recorded_is_not_taken_for_growth():
    assert expected("last_year_plus", known([[1, 1000]])) == pytest.approx([1500])


def test_trailing_months_stand_for_last_year():
    periods = names(2023, "month") + names(2024, "month")[:6]
    what = known([[1] * 12 + [3] * 6], periods=periods)
    estimate = METHODS["last_year_plus"](what)
    assert estimate.expected_cents == pytest.approx([24])
    assert "2023-07 to 2024-06" in estimate.notes[0]


def test_part_of_a_year_is_brought_to_a_year():
    what = known([[5, 5, 5]], periods=names(2024, "quarter")[:3])
    assert expected("last_year_plus", what) == pytest.approx([20])
    assert "Less than a year" in METHODS["shrinkage"].needs(what)


def test_potential_share_ignores_what_is_no_number():
    what = known([*TWO, [0, 0]], potential=np.array([1.0, 3.0, np.nan]))
    assert expected("potential_share", what) == pytest.approx([363 / 4, 363 * 3 / 4, 0])


def test_weighted_index():
    measures = {"sales": np.array([1.0, 1.0]), "homes": np.array([1.0, 3.0])}
    what = known(TWO, measures=measures, index={"sales": 1.0, "homes": 3.0, "unused": 0.0})
    assert expected("weighted_index", what) == pytest.approx([363 * (0.125 + 0.1875), 363 * (0.125 + 0.5625)])


def test_growth_goes_to_untapped_potential():
    what = known(TWO, potential=np.ones(2), growth_to_potential=1.0)
    assert expected("history_and_untapped", what) == pytest.approx([110 + 33, 220])
    what = known(TWO, potential=np.ones(2), growth_to_potential=0.5)
    assert expected("history_and_untapped", what) == pytest.approx([110 + 16.5 + 5.5, 220 + 11])


def test_a_fall_is_shared_by_sales():
    falling = known([[200, 100], [200, 100]], potential=np.array([1.0, 9.0]), growth_to_potential=1.0)
    estimate = expected("history_and_untapped", falling)
    assert estimate[0] == pytest.approx(estimate[1])


def test_bottom_up_takes_history_where_nobody_was_asked():
    what = known(TWO, territory=[0, 0], asked_cents=np.array([50, -1]))
    assert expected("bottom_up", what) == pytest.approx([50 + 242])


def test_capacity():
    assert expected("capacity", known(TWO, capacity=np.array([1.0, 2.0]))) == pytest.approx([121, 242])


@pytest.mark.parametrize(
    ("method", "what", "why"),
    [
        ("last_year_plus", known(np.zeros((2, 0)), periods=()), "No sales are known before 2025"),
        ("last_year_plus", known(np.zeros((2, 0)), periods=(), year=UNKNOWN_YEAR), "No sales are known yet."),
        ("last_year_plus", known([[1, 0], [2, -5]]), "No territory sold anything in 2024"),
        ("shrinkage", known([[1, 0], [2, -5]]), "No territory sold anything in 2024"),
        ("potential_share", known(TWO), "not known"),
        ("potential_share", known(TWO, potential=np.zeros(2)), "No territory has any potential"),
        ("history_and_untapped", known(TWO), "potential"),
        ("weighted_index", known(TWO), "No index is stated"),
        ("weighted_index", known(TWO, index={"homes": 1.0}), "homes"),
        ("weighted_index", known(TWO, measures={"homes": np.zeros(2)}, index={"homes": 1.0}), "any homes"),
        ("bottom_up", known(TWO), "Nobody stated"),
        ("bottom_up", known(TWO, asked_cents=np.array([-1, -1])), "Nobody stated"),
        ("capacity", known(TWO), "not known"),
    ],
)
def test_methods_say_what_they_lack(method, what, why):
    assert why in METHODS[method].needs(what)
    with pytest.raises(ValueError, match=method):
        METHODS[method](what)
    estimate = blended({method: 1.0}, what)
    assert estimate.method == "even"
    assert any(why in note for note in estimate.notes)


def test_a_blend_is_the_mean_of_the_shares():
    what = known(TWO, potential=np.array([1.0, 1.0]))
    estimate = blended(FALLBACK, what)
    share = estimate.expected_cents / estimate.expected_cents.sum()
    assert share == pytest.approx([0.7 / 3 + 0.15, 1.4 / 3 + 0.15])
    assert estimate.method == "70% last_year_plus + 30% potential_share"


def test_a_blend_of_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="horoscope"):
        blended({"horoscope": 1.0}, known(TWO))


def test_every_method_has_a_source():
    assert all(method.source and method.name == name for name, method in METHODS.items())


@st.composite
def anything(draw):
    """Draw any history: returns, gaps, accounts of nobody, territories without accounts."""
    kind = draw(st.sampled_from(["year", "quarter", "month"]))
    years = draw(st.lists(st.integers(2015, 2024), min_size=1, max_size=4, unique=True))
    periods = [name for year in sorted(years) for name in names(year, kind)]
    first = draw(st.integers(0, len(periods) - 1))
    periods = tuple(periods[first : draw(st.integers(first + 1, len(periods)))])
    n, k = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    sold = rng.integers(-20, 10 ** draw(st.integers(1, 9)), (n, len(periods)))
    sold[rng.random(sold.shape) < draw(st.sampled_from([0.0, 0.5, 0.95]))] = 0
    return Known(
        2025,
        periods,
        sold,
        rng.integers(-1, k, n),
        k,
        potential=rng.random(k),
        measures={"homes": rng.random(k)},
        index={"homes": 1.0},
        asked_cents=rng.integers(-1, 50, n),
        capacity=rng.random(k),
    )


@given(anything())
@settings(max_examples=150, deadline=None)
def test_any_history_gives_an_estimate_or_a_reason(what):
    for method in METHODS.values():
        if method.needs(what) is None:
            estimate = method(what)
            assert estimate.expected_cents.shape == (what.n_territories,)
            assert np.isfinite(estimate.expected_cents).all()
            assert (estimate.expected_cents >= 0).all()
            assert estimate.expected_cents.sum() > 0
        else:
            assert method.needs(what).endswith((".", "weights."))
