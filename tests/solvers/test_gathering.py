"""Units gathered into few hold what all hold, where they hold it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from solvers.model import build_model
from solvers.transport.gathering import gathered, parts_of_equal_mass
from tests.solvers.test_transport_many import one_measure


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 300), st.integers(1, 40), st.integers(0, 1_000))
def test_parts_are_numbered_without_gaps_and_no_more_than_asked_for(n: int, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    # Few different places and masses: many units coincide.
    xy, mass = random.integers(0, 6, (n, 2)).astype(float), random.integers(0, 3, n).astype(float)
    part = parts_of_equal_mass(xy, mass, count)
    assert part.shape == (n,)
    assert np.array_equal(np.unique(part), np.arange(part.max() + 1))
    assert part.max() < min(count, n)


def test_parts_of_even_mass_hold_the_same() -> None:
    random = np.random.default_rng(1)
    xy = random.uniform(0, 1, (4_096, 2))
    part = parts_of_equal_mass(xy, np.ones(4_096), 64)
    held = np.bincount(part)
    assert len(held) == 64
    assert held.min() >= 60
    assert held.max() <= 68
    # A part is compact: units are far closer to its middle than to that of the map.
    middle = np.stack([np.bincount(part, xy[:, axis]) / held for axis in (0, 1)], axis=1)
    within = ((xy - middle[part]) ** 2).sum()
    assert within < 0.03 * ((xy - xy.mean(axis=0)) ** 2).sum()


def test_gathered_units_hold_the_sums_and_the_first_moments_of_all() -> None:
    model = build_model(one_measure(4_000, 16, seed=3))
    few = gathered(model, 400)
    assert few is not None
    assert 300 <= few.n_units <= 400
    assert few.weight.sum() == pytest.approx(model.weight.sum())
    np.testing.assert_allclose(few.activity.sum(axis=0), model.activity.sum(axis=0))
    np.testing.assert_allclose(few.weight @ few.xy, model.weight @ model.xy, atol=1e-6)
    assert np.array_equal(few.lower, model.lower)


def test_units_that_rules_tell_apart_are_not_gathered() -> None:
    problem = one_measure(4_000, 16, seed=3)
    locked = np.full(4_000, -1, np.int32)
    locked[7] = 3
    assert gathered(build_model(problem.replace(locked=locked)), 400) is None
    excluded = csr_array(([True], ([5], [2])), shape=(4_000, 16))
    assert gathered(build_model(problem.replace(excluded=excluded)), 400) is None
    assert gathered(build_model(problem), 3_000) is None
