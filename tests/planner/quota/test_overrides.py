"""Amounts decided by hand hold; siblings take the difference; what cannot hold is refused with the way out."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import InvalidInput
from planner.quota import Hierarchy, QuotaInputs, Targets, set_quotas
from planner.quota.hierarchy import COMPANY
from planner.quota.inputs import Override
from planner.quota.override_reading import Names
from planner.quota.overrides import Firm, apply_overrides
from planner.scenario import QuotaSettings

QUARTERS = tuple(f"2026-Q{q}" for q in range(1, 5))
FREE = {"max_decrease": None, "max_increase": None, "methods": {"potential_share": 1.0}}
# all ─ east (A, B), west (C, D, E)
TREE = Hierarchy.from_ids(["all", "east", "west"], ["", "all", "all"])
NODE = [1, 1, 2, 2, 2]


def plan(*overrides, components=("",), periods=("",), kind="year", **asked):
    rows = [("all", component, period) for component in components for period in periods]
    targets = Targets(*zip(*rows, strict=True), np.full(len(rows), 600_000))
    return set_quotas(
        QuotaSettings(periods=kind, year=2026, **(FREE | asked)),
        QuotaInputs(
            np.zeros(0),
            5,
            territory_id=tuple("ABCDE"),
            potential=[1, 2, 1, 1, 1],
            targets=targets,
            hierarchy=TREE,
            node_of_territory=NODE,
            overrides=overrides,
        ),
    )


def of(territory, cents, component="", period=""):
    return Override(territory, -1, component, period, cents)


def test_only_siblings_take_the_difference():
    assert plan().amount_cents.sum((1, 2)).tolist() == [100_000, 200_000, 100_000, 100_000, 100_000]
    changed = plan(of(2, 160_000))
    assert changed.amount_cents.sum((1, 2)).tolist() == [100_000, 200_000, 160_000, 70_000, 70_000]
    assert changed.locked[:, 0].tolist() == [False, False, True, False, False]
    assert any("territory C 1,600.00 USD" in note for note in changed.notes)


def test_where_all_siblings_are_locked_the_next_level_takes_the_difference():
    changed = plan(of(0, 120_000), of(1, 210_000))
    assert changed.amount_cents.sum((1, 2)).tolist() == [120_000, 210_000, 90_000, 90_000, 90_000]
    assert changed.node_cents == {"all": 600_000, "east": 330_000, "west": 270_000}


def test_an_override_of_a_node_moves_its_siblings_and_keeps_proportions_inside():
    changed = plan(Override(-1, 1, "", "", 360_000))
    assert changed.amount_cents.sum((1, 2)).tolist() == [120_000, 240_000, 80_000, 80_000, 80_000]


def test_a_period_keeps_its_sum_over_siblings():
    before, changed = plan(kind="quarter"), plan(of(0, 40_000, period="2026-Q2"), kind="quarter")
    assert changed.amount_cents[0, 0, 1] == 40_000
    assert changed.amount_cents[:2, 0].sum(0).tolist() == before.amount_cents[:2, 0].sum(0).tolist()
    assert changed.amount_cents[0].sum() == before.amount_cents[0].sum()
    assert (changed.amount_cents[2:] == before.amount_cents[2:]).all()


def test_a_quarter_of_monthly_quotas_is_cut_by_months():
    changed = plan(of(0, 60_000, period="2026-Q2"), kind="month", rounding_cents=1)
    assert changed.amount_cents[0, 0, 3:6].sum() == 60_000
    assert changed.amount_cents[0, 0, 3:6].tolist() == [20_000] * 3


def test_a_component_changes_alone_and_all_together_in_proportion():
    changed = plan(of(0, 50_000, "a"), components=("a", "b"))
    assert changed.amount_cents[:, :, 0].T.tolist() == [
        [50_000, 250_000, 100_000, 100_000, 100_000],
        [100_000, 200_000, 100_000, 100_000, 100_000],
    ]
    both = plan(of(0, 100_000), components=("a", "b"))
    assert both.amount_cents[0, :, 0].tolist() == [50_000, 50_000]


def test_overrides_have_sums_of_their_own():
    changed = plan(of(0, 123_456, period="2026-Q2"), Override(-1, 2, "", "", 299_999), kind="quarter")
    sums = {e.name: (e.left_cents, e.right_cents) for e in changed.equations if e.kind == "override"}
    assert sums == {
        "override territory A 2026-Q2": (123_456, 123_456),
        "override node west": (299_999, 299_999),
    }
    assert changed.ties_out


def test_where_everybody_is_locked_it_tells_what_to_change_by_how_much():
    with pytest.raises(InvalidInput) as refused:
        plan(*(of(t, 120_001) for t in range(5)))
    (problem,) = refused.value.problems
    assert problem.code == "overrides_contradict"
    assert "needs 0.05 USD less" in problem.why
    assert "Set it to 1,199.96 USD" in problem.what_to_do
    plan(*(of(t, 120_001) for t in range(4)), of(4, 119_996))


@pytest.mark.parametrize(
    ("override", "code"),
    [
        (of(0, -1), "negative_override"),
        (of(0, 1, component="x"), "unknown_component"),
        (of(0, 1, period="2027"), "unknown_period"),
        (of(9, 1), "unknown_id"),
        (Override(-1, 7, "", "", 1), "unknown_id"),
    ],
)
def test_what_does_not_exist_is_refused(override, code):
    with pytest.raises(InvalidInput) as refused:
        plan(override)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert refused.value.problems[0].file == "overrides"


def test_two_overrides_of_one_amount_are_refused():
    with pytest.raises(InvalidInput, match=r"two overrides .*: 0\.01 USD and 0\.02 USD"):
        plan(of(0, 1), of(0, 2))


def test_a_node_without_territories_cannot_carry_an_override():
    tree = Hierarchy.from_ids(["all", "empty"], ["", "all"])
    inputs = QuotaInputs(
        np.zeros(0), 1, hierarchy=tree, node_of_territory=[0], overrides=(Override(-1, 1, "", "", 5),)
    )
    with pytest.raises(InvalidInput, match="no territory hangs below node empty"):
        set_quotas(QuotaSettings(target_cents=100), inputs)


@st.composite
def small_firms(draw):
    """Draw three territories, two below one node, by two periods, with amounts that may contradict each other."""
    base = np.array(draw(st.lists(st.integers(0, 4), min_size=6, max_size=6)), np.int64).reshape(3, 1, 2)
    who = st.sampled_from([(0, -1), (1, -1), (2, -1), (-1, 0)])
    keys = draw(
        st.lists(st.tuples(who, st.sampled_from(["", "p", "q"])), min_size=1, max_size=5, unique=True)
    )
    return base, [Override(t, n, "", period, draw(st.integers(0, 6))) for (t, n), period in keys]


@settings(max_examples=120, deadline=None)
@given(small_firms())
def test_overrides_are_refused_only_where_no_whole_amounts_exist(case):
    """Brute force over all tables with the sums of the periods."""
    base, overrides = case
    firm = Firm(
        ((COMPANY, np.arange(3, dtype=np.int32)),),
        Hierarchy.from_ids(["n"], [""]),
        np.array([0, 0, -1], np.int32),
        Names(("total",), ("p", "q"), ("A", "B", "C"), "USD"),
        ((0,), (1,)),
    )

    def holds(table):
        for o in overrides:
            rows = table[[o.territory]] if o.territory >= 0 else table[:2]
            if rows[:, slice(None) if not o.period else ["pq".index(o.period)]].sum() != o.amount_cents:
                return False
        return True

    columns = [
        [(a, b, int(total) - a - b) for a in range(total + 1) for b in range(total + 1 - a)]
        for total in base[:, 0].sum(0)
    ]
    possible = any(holds(np.array(pair).T) for pair in product(*columns))
    try:
        found = apply_overrides(base, base.sum(2), base.sum(0), overrides, firm)
    except InvalidInput:
        assert not possible
        return
    assert holds(found.amount_cents[:, 0])
    assert (found.amount_cents >= 0).all()
    assert (found.amount_cents.sum(0) == base.sum(0)).all()
    assert (found.carried_cents == found.amount_cents.sum(2)).all()
