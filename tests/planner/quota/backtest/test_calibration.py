"""Stated intervals against what came, in worlds whose certainty is known."""

from __future__ import annotations

import numpy as np

from planner.quota.backtest.calibration import BINS, LEVELS, calibration
from planner.quota.known import known_of
from planner.quota.methods import METHODS
from tests.planner.quota.worlds import Rules, world

YEARS = (2023, 2024, 2025, 2026)


def test_intervals_hold_about_what_they_state_where_nothing_changes_its_ways() -> None:
    steady = world(5, Rules(years=7, opening=0.02, closing=0.02, accounts=20, territories=150))
    known = known_of(steady.history, None, steady.year, steady.territory, steady.n_territories)
    found = calibration(known, METHODS["shrinkage"], "shrinkage", YEARS)
    assert found is not None
    assert found.years == YEARS
    assert [one.level for one in found.covered] == list(LEVELS)
    for one in found.covered:
        assert abs(one.own - one.level) <= (0.05 if one.level == 0.8 else 0.1)
        assert len(one.by_year) == len(YEARS)
    assert np.isclose(sum(found.histogram), 1)
    assert len(found.histogram) == BINS


def test_years_without_enough_before_them_are_left_out() -> None:
    short = world(5, Rules(years=2, territories=20))
    known = known_of(short.history, None, short.year, short.territory, short.n_territories)
    assert calibration(known, METHODS["last_year_plus"], "last_year_plus", (2020, 2021)) is None
