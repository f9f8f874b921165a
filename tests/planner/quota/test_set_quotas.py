"""Quotas from targets, end to end: never a cent of difference."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import InvalidInput
from planner.quota import Hierarchy, History, QuotaInputs, Targets, set_quotas
from planner.scenario import QuotaSettings

MONTHS = tuple(f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13))
FREE = {"max_decrease": None, "max_increase": None}


def monthly(per_account, periods=MONTHS):
    """Return a history in which each account sells the same every month."""
    n, p = len(per_account), len(periods)
    return History(
        periods,
        ("total",),
        np.repeat(np.arange(n), p),
        np.tile(np.arange(p), n),
        np.zeros(n * p),
        np.repeat(per_account, p),
        n,
    )


def quotas(per_account, potential=None, owner=None, targets=None, hierarchy=None, node=None, **asked):
    owner = np.arange(len(per_account)) if owner is None else np.array(owner)
    return set_quotas(
        QuotaSettings(**asked),
        QuotaInputs(
            history=monthly(per_account),
            territory_of_entity=owner,
            n_territories=int(owner.max()) + 1,
            potential=potential,
            targets=targets,
            hierarchy=hierarchy,
            node_of_territory=node,
        ),
    )


def audit(plan, targets, hierarchy, over_assignment):
    """Return street − quotas for each component and period that all rows of the topmost nodes state."""
    nodes = set(targets.node_id)
    above = {} if hierarchy is None else dict(zip(hierarchy.node_id, hierarchy.parent, strict=True))

    def topmost(node):
        while node in above and above[node] >= 0:
            node = hierarchy.node_id[above[node]]
            if node in nodes:
                return False
        return True

    rows = [i for i, node in enumerate(targets.node_id) if topmost(node)]
    by_component = all(targets.component[i] for i in rows)
    by_period = all(targets.period[i] for i in rows)
    left, right = {}, {}
    for i in rows:
        key = (targets.component[i] if by_component else "", targets.period[i] if by_period else "")
        left[key] = left.get(key, Decimal(0)) + Decimal(int(targets.amount_cents[i])) / 100
    for c, component in enumerate(plan.components):
        for p, period in enumerate(plan.periods):
            key = (component if by_component else "", period if by_period else "")
            cents = Decimal(int(plan.amount_cents[:, c, p].sum()))
            right[key] = right.get(key, Decimal(0)) + cents / 100
    rate = 1 + over_assignment
    street = {key: (amount * rate).quantize(Decimal("0.01")) for key, amount in left.items()}
    return {
        key: right.get(key, Decimal(0)) - street.get(key, Decimal(0)) for key in left.keys() | right.keys()
    }


@st.composite
def worlds(draw):
    """Draw a random firm: hierarchy, territories, history with returns, targets, settings."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_nodes, k, n = draw(st.integers(1, 12)), draw(st.integers(1, 25)), draw(st.integers(1, 60))
    parent = np.array([-1] + [int(rng.integers(0, j)) for j in range(1, n_nodes)])
    ids = np.array([f"n{j}" for j in range(n_nodes)], dtype=object)
    level_rates = rng.choice([0.0, 0.05, 0.1, 0.125, 0.333], n_nodes)
    hierarchy = Hierarchy(ids, parent)
    uneven = draw(st.booleans())
    rates = level_rates if uneven else np.where(np.arange(n_nodes) == 0, level_rates[0], 0.0)
    hierarchy = Hierarchy(ids, parent, over_assignment=rates)
    node = rng.integers(0, n_nodes, k)
    components = draw(st.sampled_from([("",), ("hardware",), ("hardware", "service")]))
    kind = draw(st.sampled_from(["none", "quarters", "months", "year"]))
    periods = {
        "none": ("",),
        "quarters": tuple(f"2025-Q{q}" for q in (1, 2, 3, 4)),
        "months": tuple(f"2025-{m:02d}" for m in range(1, 13)),
        "year": ("2025",),
    }[kind]
    top = [(ids[0], c, p) for c in components for p in periods]
    size = draw(st.sampled_from([0, 5, 10**6, 10**11]))
    amounts = [int(rng.integers(0, size + 1)) for _ in top]
    lower = list(rng.choice(ids[1:], min(3, n_nodes - 1), replace=False)) if draw(st.booleans()) else []
    rows = top + [(node_id, components[0], "") for node_id in lower]
    amounts += [int(rng.integers(0, sum(amounts) // 2 + 1)) for _ in lower]
    targets = Targets(*zip(*rows, strict=True), np.array(amounts, np.int64))
    entries = draw(st.integers(0, 400))
    names = draw(st.sampled_from([("total",), ("hardware", "service")]))
    history = History(
        MONTHS,
        names,
        rng.integers(0, n, entries),
        rng.integers(0, 24, entries),
        rng.integers(0, len(names), entries),
        rng.integers(-1000, 10**7, entries),
        n,
    )
    asked = QuotaSettings(
        over_assignment=draw(st.sampled_from([0.0, 0.07, 0.155])),
        history_weight=draw(st.sampled_from([0.0, 0.7, 1.0])),
        max_decrease=draw(st.sampled_from([None, 0.0, 0.2, 1.0])),
        max_increase=draw(st.sampled_from([None, 0.0, 0.3])),
        rounding_cents=draw(st.sampled_from([1, 100, 1000, 100_000])),
    )
    potential = rng.choice([0.0, 1.0, 5.5, np.nan], k)
    return asked, history, rng.integers(-1, k, n), k, potential, targets, hierarchy, node, uneven


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_never_a_cent_of_difference(world):
    asked, history, owner, k, potential, targets, hierarchy, node, uneven = world
    plan = set_quotas(
        asked,
        QuotaInputs(
            history=history,
            territory_of_entity=owner,
            n_territories=k,
            potential=potential,
            targets=targets,
            hierarchy=hierarchy,
            node_of_territory=node,
        ),
    )
    assert plan.ties_out
    assert (plan.amount_cents >= 0).all()
    assert plan.amount_cents.shape == (k, len(plan.components), len(plan.periods))
    assert plan.amount_cents.sum((0, 2)).tolist() == plan.street_cents.tolist()
    assert plan.node_cents["n0"] == plan.street_cents.sum() == plan.bridge[-1].carried_cents
    if not uneven:
        rate = (1 + Decimal(repr(asked.over_assignment))) * (
            1 + Decimal(repr(float(hierarchy.over_assignment[0])))
        ) - 1
        assert set(audit(plan, targets, hierarchy, rate).values()) <= {Decimal(0)}
    for t in range(k):
        assert sum(step.added_cents for step in plan.explain(t)) == plan.amount_cents[t].sum()
    for share in (plan.history_share, plan.potential_share, plan.blended_share, plan.final_share):
        assert share.sum() == pytest.approx(1) or not share.any()


@settings(max_examples=50, deadline=None)
@given(worlds())
def test_the_same_world_gives_the_same_quotas_and_leaves_the_input_alone(world):
    asked, history, owner, k, potential, targets, hierarchy, node, _ = world
    before = owner.copy(), potential.copy()
    plans = [
        set_quotas(
            asked,
            QuotaInputs(
                history=history,
                territory_of_entity=owner,
                n_territories=k,
                potential=potential,
                targets=targets,
                hierarchy=hierarchy,
                node_of_territory=node,
            ),
        )
        for _ in range(2)
    ]
    assert (plans[0].amount_cents == plans[1].amount_cents).all()
    assert (owner == before[0]).all()
    assert np.array_equal(potential, before[1], equal_nan=True)


def test_no_target_no_quotas():
    assert quotas([100, 200]) is None


def test_history_is_cut_anew_to_the_new_boundaries():
    plan = quotas([100, 200, 300, 400], owner=[0, 1, 1, 0], target_cents=120_000, **FREE)
    assert plan.last_year_cents.tolist() == [6000, 6000]
    assert plan.amount_cents.sum((1, 2)).tolist() == [60_000, 60_000]


def test_the_blend_weighs_history_and_potential():
    plan = quotas([300, 100], potential=[1, 3], target_cents=100_000, history_weight=0.6, **FREE)
    assert plan.blended_share == pytest.approx([0.55, 0.45])
    assert plan.amount_cents.sum((1, 2)).tolist() == [55_000, 45_000]


def test_change_against_last_year_is_capped_and_said():
    plan = quotas(
        [100, 100, 100], potential=[10, 1, 1], target_cents=360_000, history_weight=0.0, rounding_cents=1
    )
    assert plan.amount_cents.sum((1, 2)).tolist() == [156_000, 102_000, 102_000]
    assert plan.limited_by == ("max_increase", "", "")
    assert any("held down by the largest increase" in note for note in plan.notes)


def test_over_assignment_compounds_over_levels_and_shows_each():
    hierarchy = Hierarchy.from_ids(
        ["all", "east", "west"], ["", "all", "all"], ["company", "region", "region"], [], [0.1, 0.1, 0.1]
    )
    targets = Targets(("all",), ("",), ("",), np.array([100_000_01]))
    plan = quotas(
        [1, 1, 1],
        targets=targets,
        hierarchy=hierarchy,
        node=[1, 1, 2],
        over_assignment=0.1,
        rounding_cents=1,
    )
    assert plan.over_assignment == pytest.approx(0.331)
    assert [(step.name, step.added_cents, step.carried_cents) for step in plan.bridge] == [
        ("company target", 10_000_001, 10_000_001),
        ("over-assignment, plan", 1_000_000, 11_000_001),
        ("over-assignment, company", 1_100_000, 12_100_001),
        ("over-assignment, region", 1_210_000, 13_310_001),
    ]
    assert plan.street_cents.tolist() == [13_310_001]


def test_a_branch_with_more_over_assignment_carries_more_than_its_share():
    hierarchy = Hierarchy.from_ids(["e", "w"], ["", ""], over_assignment=[0.0, 0.5])
    plan = quotas([1, 1], target_cents=200_000, hierarchy=hierarchy, node=[0, 1], **FREE)
    assert plan.amount_cents.sum((1, 2)).tolist() == [100_000, 150_000]
    assert plan.node_cents == {"e": 100_000, "w": 150_000}


def test_targets_of_regions_fix_what_their_territories_carry():
    hierarchy = Hierarchy.from_ids(["all", "e", "w"], ["", "all", "all"])
    targets = Targets(("all", "e", "w"), ("",) * 3, ("",) * 3, np.array([100_000, 80_000, 20_000]))
    plan = quotas(
        [1, 1, 2], targets=targets, hierarchy=hierarchy, node=[1, 1, 2], over_assignment=0.1, **FREE
    )
    assert plan.node_cents == {"all": 110_000, "e": 88_000, "w": 22_000}
    assert not any("difference" in note for note in plan.notes)


def test_a_region_without_a_target_shares_what_is_left():
    hierarchy = Hierarchy.from_ids(["all", "e", "w"], ["", "all", "all"])
    targets = Targets(("all", "e"), ("",) * 2, ("",) * 2, np.array([100_000, 70_000]))
    plan = quotas([1, 1, 2], targets=targets, hierarchy=hierarchy, node=[1, 2, 2], **FREE)
    assert plan.node_cents == {"all": 100_000, "e": 70_000, "w": 30_000}


def test_regions_that_contradict_the_company_are_scaled_and_the_difference_said():
    hierarchy = Hierarchy.from_ids(["all", "e", "w"], ["", "all", "all"])
    targets = Targets(("all", "e", "w"), ("",) * 3, ("",) * 3, np.array([100_000, 90_000, 30_000]))
    plan = quotas([1, 1], targets=targets, hierarchy=hierarchy, node=[1, 2], **FREE)
    assert plan.node_cents == {"all": 100_000, "e": 75_000, "w": 25_000}
    assert any("difference 200.00 USD" in note for note in plan.notes)


def test_regions_that_leave_a_third_nothing_make_room_for_it():
    hierarchy = Hierarchy.from_ids(["all", "e", "w", "n"], ["", "all", "all", "all"])
    targets = Targets(("all", "e", "w"), ("",) * 3, ("",) * 3, np.array([90_000, 90_000, 30_000]))
    plan = quotas([1, 1, 1], targets=targets, hierarchy=hierarchy, node=[1, 2, 3], **FREE)
    assert plan.node_cents == {"all": 90_000, "e": 45_000, "w": 15_000, "n": 30_000}
    assert any("leave 1 of its territories nothing" in note for note in plan.notes)


def test_targets_of_regions_alone_add_up_to_the_company():
    hierarchy = Hierarchy.from_ids(["all", "e", "w", "n"], ["", "all", "all", "all"])
    targets = Targets(("e", "w"), ("",) * 2, ("",) * 2, np.array([60_000, 20_000]))
    plan = quotas([1, 1, 1], targets=targets, hierarchy=hierarchy, node=[1, 2, 3], **FREE)
    assert plan.node_cents == {"all": 80_000, "e": 60_000, "w": 20_000, "n": 0}
    assert any("1 territories hang below no node with a target" in note for note in plan.notes)


def test_a_region_nobody_works_in_does_not_lose_its_target():
    hierarchy = Hierarchy.from_ids(["all", "e", "w"], ["", "all", "all"])
    targets = Targets(("e", "w"), ("",) * 2, ("",) * 2, np.array([60_000, 20_000]))
    plan = quotas([1, 1], targets=targets, hierarchy=hierarchy, node=[1, 1])
    assert plan.amount_cents.sum() == 80_000
    assert any("No territory hangs below w" in note for note in plan.notes)


def test_a_target_asked_for_wins_over_the_file_and_keeps_its_split():
    targets = Targets(("", ""), ("", ""), ("2025-Q1", "2025-Q2"), np.array([30_000, 10_000]))
    plan = quotas([1, 1], targets=targets, target_cents=80_000)
    assert plan.periods == ("2025-Q1", "2025-Q2")
    assert plan.amount_cents.sum((0, 1)).tolist() == [60_000, 20_000]
    assert any("differs from the sum of the targets file, 400.00 USD" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("asked", "periods"),
    [
        ("auto", tuple(f"2025-{m:02d}" for m in range(1, 13))),
        ("quarter", ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")),
        ("year", ("2025",)),
    ],
)
def test_periods_are_those_of_the_history_in_the_year_after_it(asked, periods):
    plan = quotas([1, 1], target_cents=120_000, periods=asked)
    assert plan.periods == periods
    assert plan.year == 2025
    assert (plan.amount_cents == 120_000 // 2 // len(periods)).all()


def test_quarterly_targets_cut_into_months_still_hold():
    quarters = tuple(f"2025-Q{q}" for q in (1, 2, 3, 4))
    targets = Targets(("",) * 4, ("",) * 4, quarters, np.array([300_01, 600_00, 900_00, 1200_00]))
    plan = quotas([1, 1], targets=targets, periods="month", rounding_cents=1)
    assert len(plan.periods) == 12
    assert plan.amount_cents.sum((0, 1)).reshape(4, 3).sum(1).tolist() == [300_01, 600_00, 900_00, 1200_00]
    assert plan.ties_out


def test_monthly_targets_add_up_to_quarters_where_asked():
    months = MONTHS[12:]
    targets = Targets(("",) * 12, ("",) * 12, months, np.arange(1, 13) * 1000)
    plan = quotas([1, 1], targets=targets, periods="quarter", year=2024)
    assert plan.periods == tuple(f"2024-Q{q}" for q in (1, 2, 3, 4))
    assert plan.amount_cents.sum((0, 1)).tolist() == [6000, 15000, 24000, 33000]


def test_a_year_only_uses_the_history_before_it():
    periods = tuple(f"{year}-{month:02d}" for year in (2022, 2023, 2024) for month in range(1, 13))
    entity = np.tile([0, 1], 36)
    period = np.repeat(np.arange(36), 2)
    amount = np.where((period < 24) == (entity == 0), 1000, 100)
    plan = set_quotas(
        QuotaSettings(target_cents=110_000, year=2024, **FREE),
        QuotaInputs(
            history=History(periods, ("total",), entity, period, np.zeros(72), amount, 2),
            territory_of_entity=np.array([0, 1]),
            n_territories=2,
            potential=None,
        ),
    )
    assert plan.amount_cents.sum((1, 2)).tolist() == [100_000, 10_000]
    assert plan.year == 2024


def test_components_follow_their_own_history():
    entity, period = np.repeat([0, 1], 12), np.tile(np.arange(12), 2)
    history = History(MONTHS[:12], ("a", "b"), entity, period, np.repeat([0, 1], 12), np.full(24, 500), 2)
    targets = Targets(("", ""), ("a", "b"), ("", ""), np.array([12_000, 24_000]))
    plan = set_quotas(
        QuotaSettings(),
        QuotaInputs(
            history=history,
            territory_of_entity=np.array([0, 1]),
            n_territories=2,
            potential=None,
            targets=targets,
        ),
    )
    assert plan.components == ("a", "b")
    assert plan.amount_cents.sum(2).tolist() == [[12_000, 0], [0, 24_000]]


def test_without_history_potential_decides_and_it_says_so():
    plan = set_quotas(
        QuotaSettings(target_cents=100_000, year=2030),
        QuotaInputs(
            history=None,
            territory_of_entity=np.zeros(0),
            n_territories=3,
            potential=[1, 3, 0],
        ),
    )
    assert plan.periods == ("2030",)
    assert plan.amount_cents[:, 0, 0].tolist() == [25_000, 75_000, 0]
    assert any("No sales history" in note for note in plan.notes)
    assert any("1 territories carry no quota" in note for note in plan.notes)


def test_neither_history_nor_potential_is_even_and_it_says_so():
    plan = set_quotas(
        QuotaSettings(target_cents=90_000),
        QuotaInputs(
            history=None,
            territory_of_entity=np.zeros(0),
            n_territories=3,
            potential=None,
        ),
    )
    assert plan.amount_cents[:, 0, 0].tolist() == [30_000] * 3
    assert plan.periods == ("year",)
    assert any("carries the same" in note for note in plan.notes)


def test_an_incomplete_year_stands_for_last_year_and_it_says_so():
    plan = set_quotas(
        QuotaSettings(target_cents=100_000, **FREE),
        QuotaInputs(
            history=monthly([1, 3], MONTHS[:7]),
            territory_of_entity=np.array([0, 1]),
            n_territories=2,
            potential=None,
        ),
    )
    assert plan.year == 2024
    assert plan.amount_cents.sum((1, 2)).tolist() == [25_000, 75_000]
    assert any("no year is complete" in note for note in plan.notes)


def test_sales_that_no_territory_holds_are_said():
    plan = quotas([100, 100, 50], owner=[0, 1, -1], target_cents=100_000)
    assert any(
        "Sales of 6.00 USD of 1 account(s) that no territory holds are left out." in n for n in plan.notes
    )


def test_a_unit_bigger_than_the_quotas_gives_way_and_it_says_so():
    plan = quotas([1, 1], target_cents=500, rounding_cents=100_000)
    assert plan.amount_cents.sum() == 500
    assert plan.amount_cents.sum((1, 2)).max() <= 300
    assert any("do not allow multiples of 1,000.00 USD" in note for note in plan.notes)


def test_quotas_are_multiples_where_the_total_is():
    plan = quotas([1, 2, 3, 5, 7], target_cents=10**9, rounding_cents=1000)
    assert not (plan.amount_cents % 1000).any()


def test_a_target_of_zero():
    plan = quotas([1, 2], target_cents=0, over_assignment=0.1)
    assert not plan.amount_cents.any()
    assert plan.ties_out
    assert plan.over_assignment == pytest.approx(0.1)


def test_sales_below_zero_carry_nothing_but_break_nothing():
    plan = quotas([-500, 100], target_cents=120_000)
    assert plan.amount_cents.sum((1, 2)).tolist() == [0, 120_000]
    assert plan.last_year_cents.tolist() == [-6000, 1200]


def test_a_negative_target_is_refused_with_its_place():
    targets = Targets(("", ""), ("a", "b"), ("", ""), np.array([100, -250]))
    with pytest.raises(InvalidInput) as refused:
        quotas([1], targets=targets)
    (problem,) = refused.value.problems
    assert problem.file == "targets"
    assert "−2.50 USD" in problem.why


def test_half_a_cent_rounds_to_the_even_one():
    targets = Targets(("", ""), ("a", "b"), ("", ""), np.array([10, 30]))
    plan = quotas([1], targets=targets, over_assignment=0.05)
    assert plan.street_cents.tolist() == [10, 32]


def test_five_thousand_seats_four_components_twelve_months():
    rng = np.random.default_rng(0)
    k, components = 5000, ("a", "b", "c", "d")
    history = History(
        MONTHS,
        components,
        np.repeat(np.arange(10_000), 24),
        np.tile(np.arange(24), 10_000),
        rng.integers(0, 4, 240_000),
        rng.lognormal(11, 1, 240_000).astype(np.int64),
        10_000,
    )
    targets = Targets(
        ("",) * 48, tuple(np.repeat(components, 12)), MONTHS[12:] * 4, rng.integers(10**9, 10**11, 48)
    )
    plan = set_quotas(
        QuotaSettings(over_assignment=0.155),
        QuotaInputs(
            history=history,
            territory_of_entity=rng.integers(0, k, 10_000),
            n_territories=k,
            potential=rng.random(k),
            targets=targets,
        ),
    )
    assert plan.ties_out
    assert set(audit(plan, targets, None, Decimal("0.155")).values()) == {Decimal(0)}
