"""Back-tests through their door: what was known, what is compared, what is picked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from planner.quota.backtest import back_test
from planner.quota.backtest.running import Today
from planner.quota.history import History


def yearly(amounts: Sequence[Sequence[int]], first: int = 2018) -> History:
    """Return a history of one row per entity and one column per year, in minor units."""
    table = np.array(amounts, np.int64)
    entity, period = np.nonzero(table)
    years = tuple(str(first + j) for j in range(table.shape[1]))
    return History(
        years, ("total",), entity, period, np.zeros(len(entity), int), table[entity, period], len(table)
    )


ONE_EACH = np.arange(3, dtype=np.int32)


def test_quotas_are_shares_of_the_target_known_then() -> None:
    history = yearly([[100, 110, 130], [100, 90, 80], [200, 200, 240]])
    found = back_test(history, ONE_EACH, 3)

    assert found.years == (2019, 2020)
    at = found.methods.index("last_year_plus")
    assert found.target_cents.tolist() == [400.0, 400.0]
    assert found.quota_cents[at].tolist() == [[100, 100, 200], [110, 90, 200]]
    assert found.actual_cents.tolist() == [[110, 90, 200], [130, 80, 240]]


def test_measures_of_a_year_are_those_computed_by_hand() -> None:
    found = back_test(yearly([[100, 110], [100, 90], [200, 240]]), ONE_EACH, 3)

    row = found.row("last_year_plus", 2019)
    assert row is not None
    attainment = np.array([1.1, 0.9, 1.2])
    assert row.spread.value == pytest.approx(attainment.std(ddof=1) / attainment.mean())
    assert row.wape.value == pytest.approx((10 + 10 + 40) / 440)
    scaled = np.array([100, 100, 200]) * 440 / 400
    assert row.wape_fair.value == pytest.approx(np.abs(scaled - [110, 90, 240]).sum() / 440)
    assert row.at_or_above.value == pytest.approx(2 / 3)
    assert row.within_10.value == pytest.approx(2 / 3)  # 1.0, 0.82, 1.09
    assert row.company == pytest.approx(1.1)


def test_what_comes_later_changes_no_quota() -> None:
    early = [[100, 110, 130], [100, 90, 80], [200, 200, 240]]
    later = [[*row, 10**6 * (j + 1)] for j, row in enumerate(early)]
    short, long = (
        back_test(yearly(early), ONE_EACH, 3),
        back_test(yearly(later), ONE_EACH, 3, years=(2019, 2020)),
    )

    assert short.years == long.years
    assert short.methods == long.methods
    np.testing.assert_array_equal(short.quota_cents, long.quota_cents)


def test_an_account_that_opens_counts_for_the_territory_that_holds_it() -> None:
    history = yearly([[100, 100], [100, 100], [0, 50]])
    found = back_test(history, np.array([0, 1, 1], np.int32), 2)

    at = found.methods.index("last_year_plus")
    assert found.quota_cents[at].tolist() == [[100, 100]]
    assert found.actual_cents.tolist() == [[100, 150]]


def test_measures_as_of_today_are_shown_but_never_picked() -> None:
    history = yearly([[100, 300], [100, 100], [200, 50]])
    today = Today(potential=np.array([300.0, 100.0, 50.0]))
    found = back_test(history, ONE_EACH, 3, today=today)

    perfect = found.row("potential_share")
    assert perfect is not None
    assert perfect.spread.value == pytest.approx(0, abs=1e-9)
    assert perfect.hindsight
    assert found.best not in (None, "potential_share")


def test_methods_that_cannot_be_used_are_told_with_the_reason() -> None:
    found = back_test(yearly([[100, 110], [100, 90], [200, 240]]), ONE_EACH, 3)

    told = {skip.method: skip.reason for skip in found.skipped}
    assert "potential" in told["potential_share"]
    assert "potential_share" not in found.methods


def test_one_year_of_history_tests_nothing() -> None:
    found = back_test(yearly([[100], [100], [200]]), ONE_EACH, 3)

    assert found.best is None
    assert found.rows == ()
    assert "two full years" in found.reason


def test_same_seed_same_intervals() -> None:
    history = yearly(np.random.default_rng(1).integers(50, 150, (12, 5)).tolist())
    each = np.arange(12, dtype=np.int32)
    one, two, other = (back_test(history, each, 12, seed=seed) for seed in (1, 1, 2))

    assert one.rows == two.rows
    assert one.rows != other.rows
