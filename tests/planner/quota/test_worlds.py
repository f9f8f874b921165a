"""Quotas in worlds with known truth: the default against last year plus, and against the truth itself."""

from __future__ import annotations

import numpy as np
import pytest

from tests.planner.quota.worlds import Judged, in_band, quotas_in, world

SEEDS = range(3)
DRAWS = 24
PLAIN = {"methods": {"last_year_plus": 1.0}, "equal_difficulty": False}


@pytest.fixture(scope="module")
def judged() -> dict[str, list[Judged]]:
    """What became of three ways to set quotas in each world."""
    out: dict[str, list[Judged]] = {"default": [], "last_year_plus": [], "truth": []}
    for seed in SEEDS:
        drawn = world(seed, draws=DRAWS)
        target = in_band(drawn)
        out["default"].append(Judged.of(drawn, quotas_in(drawn, target)))
        out["last_year_plus"].append(Judged.of(drawn, quotas_in(drawn, target, **PLAIN)))
        truth = drawn.expected_cents * (target / drawn.expected_cents.sum())
        out["truth"].append(Judged.of(drawn, truth))
    return out


def test_attainment_spreads_less_in_every_world(judged: dict[str, list[Judged]]) -> None:
    for ours, plain, truth in zip(judged["default"], judged["last_year_plus"], judged["truth"], strict=True):
        assert truth.spread < ours.spread < 0.92 * plain.spread


def test_more_years_have_60_to_70_percent_of_sellers_at_quota(judged: dict[str, list[Judged]]) -> None:
    ours, plain = (np.mean([one.in_goal for one in judged[name]]) for name in ("default", "last_year_plus"))
    assert ours > plain


def test_size_matters_less(judged: dict[str, list[Judged]]) -> None:
    ours, plain = (np.mean([one.slope for one in judged[name]]) for name in ("default", "last_year_plus"))
    assert abs(ours) < 0.8 * abs(plain)


def test_quotas_that_know_the_truth_have_no_size_bias_and_meet_the_goal(
    judged: dict[str, list[Judged]],
) -> None:
    truth = judged["truth"]
    assert abs(np.mean([one.slope for one in truth])) < 0.01
    assert np.mean([one.at_or_above for one in truth]) == pytest.approx(0.65, abs=0.02)
