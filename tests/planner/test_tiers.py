"""Tiers by rule: each by hand, and what must hold for any values."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.coverage import CoverageSettings, Segment, Tiering, coverage_settings
from planner.tiers import by_shares, by_thresholds

VALUES = st.lists(st.one_of(st.integers(0, 9).map(float), st.just(np.nan)), min_size=1, max_size=30).map(
    np.array
)


class TestThresholds:
    def test_the_highest_that_is_reached_counts_in_any_order(self) -> None:
        value = np.array([100.0, 99.9, 10.0, 3.0, np.nan])
        assert by_thresholds(value, np.array([100.0, 10.0, np.nan])).tolist() == [0, 1, 1, 2, -1]
        assert by_thresholds(value, np.array([10.0, 100.0])).tolist() == [1, 0, 0, -1, -1]


class TestShares:
    def test_the_largest_come_first(self) -> None:
        value = np.array([5.0, 50.0, 40.0, 1.0, 2.0, 3.0, 30.0, 4.0, 20.0, 10.0])
        tier = by_shares(value, np.array([0.2, 0.3, np.nan]))
        assert tier.tolist() == [2, 0, 0, 2, 2, 2, 1, 2, 1, 1]

    def test_equals_share_a_tier(self) -> None:
        assert by_shares(np.array([7.0, 7.0, 7.0, 1.0]), np.array([0.25, 0.75])).tolist() == [0, 0, 0, 1]

    @given(VALUES, st.lists(st.sampled_from([0.1, 0.2, 0.3, np.nan]), min_size=1, max_size=4))
    def test_every_known_value_has_one_and_larger_ones_no_lower_one(
        self, value: np.ndarray, share: list[float]
    ) -> None:
        tier = by_shares(value, np.array(share))
        known = np.isfinite(value)
        assert (tier[~known] == -1).all()
        assert ((tier[known] >= 0) & (tier[known] < len(share))).all()
        order = np.argsort(-value[known], kind="stable")
        assert (np.diff(tier[known][order]) >= 0).all()


class TestSettings:
    def test_what_segments_state_says_how_tiers_are_made(self) -> None:
        assert CoverageSettings({"A": Segment(calls_per_year=12)}).tiering is None
        assert CoverageSettings({"A": Segment(at_least=5), "B": Segment()}).tiering is Tiering.THRESHOLDS
        assert CoverageSettings({"A": Segment(share=0.2), "B": Segment()}).tiering is Tiering.QUANTILES
        assert CoverageSettings({"A": Segment()}, tiers=Tiering.CLUSTERS).tiering is Tiering.CLUSTERS

    def test_plain_values_become_settings(self) -> None:
        made = coverage_settings({"segments": {"A": {"share": 0.2}}, "tiers": "clusters"})
        assert made == CoverageSettings({"A": Segment(share=0.2)}, tiers=Tiering.CLUSTERS)
