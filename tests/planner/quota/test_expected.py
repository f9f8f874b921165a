"""Which method quotas rest on, and that they say so."""

import numpy as np
import pytest

from planner.errors import InvalidInput
from planner.quota import Hierarchy, History, QuotaInputs, Targets, set_quotas
from planner.quota.methods import METHODS
from planner.scenario import QuotaSettings


def firm(years, seed=0, n=12):
    """Return accounts with sales of their own size in each quarter of some years."""
    rng = np.random.default_rng(seed)
    periods = tuple(f"{year}-Q{q}" for year in range(2026 - years, 2026) for q in range(1, 5))
    sold = rng.lognormal(0, 1, (2 * n, 1)) * rng.lognormal(0, 0.15, (2 * n, len(periods))) * 1e6
    entity, period = np.indices(sold.shape)
    amounts = sold.ravel().astype(np.int64)
    history = History(
        periods, ("total",), entity.ravel(), period.ravel(), np.zeros(sold.size), amounts, 2 * n
    )
    owner = np.concatenate([np.arange(n), rng.integers(0, n // 2, n)])
    return QuotaInputs(owner, n, history=history, potential=rng.lognormal(0, 1, n))


def quotas(inputs, **asked):
    past = inputs.history
    last = past.amount_cents[past.period >= len(past.periods) - 4].sum()
    return set_quotas(QuotaSettings(target_cents=round(1.15 * last), year=2026, **asked), inputs)


def test_past_years_pick_the_method_and_it_says_so():
    plan = quotas(firm(5))
    assert plan.method in METHODS
    assert plan.method != "even"
    assert dict(plan.method_weights) == {plan.method: 1.0}
    assert any(f"Quotas rest on {plan.method}." in note for note in plan.notes)
    assert any("20" in note for note in plan.method_notes)


def test_one_year_is_too_short_for_a_back_test():
    plan = quotas(firm(1))
    assert plan.method == "70% last_year_plus + 30% potential_share"
    assert any("no back-test without two full years" in note for note in plan.notes)


def test_methods_asked_for_are_used():
    inputs = firm(3)
    even = quotas(inputs, methods={"even": 2.0}, max_decrease=None, max_increase=None, equal_difficulty=False)
    year = even.amount_cents.sum((1, 2))
    assert year.max() - year.min() <= 100 * 2
    blend = quotas(inputs, history_weight=0.4)
    assert blend.method == "40% last_year_plus + 60% potential_share"


def test_a_method_that_does_not_exist_is_refused():
    with pytest.raises(InvalidInput, match="no method is called 'magic'") as refused:
        quotas(firm(2), methods={"magic": 1.0})
    assert "shrinkage" in refused.value.problems[0].what_to_do


def test_every_seat_has_the_same_chance_where_nothing_limits_it():
    inputs = firm(5)
    plan = quotas(
        inputs, methods={"last_year_plus": 1.0}, max_decrease=None, max_increase=None, rounding_cents=1
    )
    assert plan.outlook is not None
    total = int(plan.street_cents.sum())
    outlook = plan.outlook.with_mean(plan.expected_cents[:, 0])
    chance = outlook.chance(plan.amount_cents.sum((1, 2)))
    assert np.ptp(chance) < 1e-4
    proportional = quotas(
        inputs,
        methods={"last_year_plus": 1.0},
        max_decrease=None,
        max_increase=None,
        rounding_cents=1,
        equal_difficulty=False,
    )
    assert np.ptp(outlook.chance(proportional.amount_cents.sum((1, 2)))) > np.ptp(chance)
    assert int(proportional.amount_cents.sum()) == total


def test_shares_have_a_floor_and_a_cap():
    inputs = QuotaInputs(np.zeros(0), 4, potential=[1, 1, 2, 16])
    plan = set_quotas(
        QuotaSettings(
            target_cents=100_000, methods={"potential_share": 1.0}, min_share=0.1, max_share=0.5, year=2026
        ),
        inputs,
    )
    assert plan.amount_cents.sum((1, 2)).tolist() == [12_500, 12_500, 25_000, 50_000]
    assert plan.limited_by == ("", "", "", "max_share")
    low = set_quotas(
        QuotaSettings(target_cents=100_000, methods={"potential_share": 1.0}, min_share=0.1, year=2026),
        inputs,
    )
    assert low.amount_cents.sum((1, 2)).tolist() == [10_000, 10_000, 10_000, 70_000]
    assert low.limited_by == ("min_share", "min_share", "min_share", "")


def test_levels_add_where_nodes_have_nothing_of_their_own():
    nan = float("nan")
    tree = Hierarchy.from_ids(
        ["all", "e", "w"], ["", "all", "all"], ["company", "region", "region"], [], [nan, nan, 0.0]
    )
    inputs = QuotaInputs(np.zeros(0), 2, hierarchy=tree, node_of_territory=[1, 2])
    asked = QuotaSettings(
        target_cents=200_000,
        level_over_assignment={"company": 0.1, "region": 0.2},
        methods={"even": 1.0},
        year=2026,
    )
    plan = set_quotas(asked, inputs)
    assert plan.amount_cents.sum((1, 2)).tolist() == [132_000, 110_000]
    assert [(step.name, step.added_cents) for step in plan.bridge] == [
        ("company target", 200_000),
        ("over-assignment, company", 20_000),
        ("over-assignment, region", 22_000),
    ]
    with pytest.raises(InvalidInput, match="no node of the hierarchy is of the level 'desk'"):
        set_quotas(QuotaSettings(target_cents=1, level_over_assignment={"desk": 0.1}), inputs)


def test_components_that_the_history_does_not_tell_apart_sell_in_the_proportions_of_their_targets():
    inputs = firm(2)
    targets = Targets(("", ""), ("x", "y"), ("", ""), np.array([3 * 10**7, 10**7]))
    plan = set_quotas(
        QuotaSettings(methods={"last_year_plus": 1.0}, year=2026),
        QuotaInputs(
            inputs.territory_of_entity, inputs.n_territories, history=inputs.history, targets=targets
        ),
    )
    assert plan.expected_cents[:, 0] == pytest.approx(3 * plan.expected_cents[:, 1])
