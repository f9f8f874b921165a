"""Expected loss in money: the formula by hand, and what must hold whatever changes hands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.measures.disruption import LossRates, expected_loss_cents, loss_weight

RATES = LossRates()
ENTITIES = st.lists(st.tuples(st.integers(-(10**9), 10**12), st.booleans(), st.booleans()), min_size=1)


def columns(entities: list[tuple[int, bool, bool]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    revenue, changes, similar = zip(*entities, strict=True)
    return np.array(revenue, np.int64), np.array(changes), np.array(similar)


def test_the_formula_by_hand() -> None:
    revenue = np.array([100_000, 100_000, 100_000, -5_000, 333], np.int64)
    changes = np.array([True, True, False, True, True])
    similar = np.array([False, True, False, False, False])
    # 15 % of 1,000.00; 60 % of that; nothing moved; returns lose nothing; 0.4995 rounded to whole cents.
    assert expected_loss_cents(revenue, changes, similar, RATES).tolist() == [15_000, 9_000, 0, 0, 50]


def test_rates_are_editable() -> None:
    revenue, yes = np.array([100_000], np.int64), np.array([True])
    assert expected_loss_cents(revenue, yes, yes, LossRates(0.2, 0.0)).tolist() == [20_000]
    assert expected_loss_cents(revenue, yes, yes, LossRates(0.2, 1.0)).tolist() == [0]


@pytest.mark.parametrize("wrong", [-0.1, 1.1])
def test_a_rate_outside_its_range_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="expected_loss"):
        LossRates(expected_loss=wrong)
    with pytest.raises(ValueError, match="similar_relief"):
        LossRates(similar_relief=wrong)


@given(ENTITIES)
def test_nobody_loses_more_than_the_budget_weight_says(entities: list[tuple[int, bool, bool]]) -> None:
    revenue, changes, similar = columns(entities)
    loss = expected_loss_cents(revenue, changes, similar, RATES)
    assert (loss <= np.rint(loss_weight(revenue, RATES))).all()
    assert (loss >= 0).all()
    assert not loss[~changes].any()


@given(ENTITIES)
def test_a_similar_rep_never_loses_more(entities: list[tuple[int, bool, bool]]) -> None:
    revenue, changes, _ = columns(entities)
    nobody, everybody = np.zeros(len(revenue), bool), np.ones(len(revenue), bool)
    alike = expected_loss_cents(revenue, changes, everybody, RATES)
    strange = expected_loss_cents(revenue, changes, nobody, RATES)
    assert (alike <= strange).all()
