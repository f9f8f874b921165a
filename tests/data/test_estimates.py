"""Tiers by clustering and estimates of potential: found where they are there, and told with their error."""

from __future__ import annotations

import numpy as np
import pytest

from data.estimates.clusters import by_clusters
from data.estimates.potential import FEWEST, MEAN, estimate_potential


class TestClusters:
    def test_groups_of_like_size_are_found_the_largest_first(self) -> None:
        random = np.random.default_rng(1)
        size = np.r_[random.uniform(900, 1100, 5), random.uniform(90, 110, 10), random.uniform(9, 11, 30)]
        order = random.permutation(45)
        tier = by_clusters(size[order], 3)
        assert tier.tolist() == np.repeat([0, 1, 2], [5, 10, 30])[order].tolist()

    def test_the_same_seed_gives_the_same_tiers(self) -> None:
        size = np.random.default_rng(2).lognormal(5, 2, 200)
        assert by_clusters(size, 4, seed=3).tolist() == by_clusters(size, 4, seed=3).tolist()

    def test_fewer_values_than_groups_and_unknown_ones(self) -> None:
        assert by_clusters(np.array([5.0, np.nan, 5.0, 9.0]), 3).tolist() == [1, -1, 1, 0]
        assert by_clusters(np.array([np.nan]), 3).tolist() == [-1]


def attributes(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Potential that is 50 a head, twice that in pharmacies."""
    random = np.random.default_rng(7)
    heads = random.lognormal(4, 1, n)
    kind = random.choice(["pharmacy", "clinic", ""], n)
    potential = 50 * heads * np.where(kind == "pharmacy", 2, 1) * random.lognormal(0, 0.05, n)
    return potential, np.c_[heads, random.normal(size=n)], kind[:, None].astype(object)


class TestPotential:
    def test_what_attributes_tell_is_learned_and_given_values_stay(self) -> None:
        potential, numbers, texts = attributes(300)
        missing = np.arange(300) % 5 == 0
        found = estimate_potential(np.where(missing, np.nan, potential), numbers, texts)
        assert found is not None
        assert (found.value[~missing] == potential[~missing]).all()
        assert (found.estimated == missing).all()
        assert found.n_given == 240
        off = np.abs(found.value - potential)[missing].mean() / potential[missing].mean()
        assert found.error < found.error_of_mean / 2
        assert off < found.error_of_mean / 2

    def test_the_error_is_that_of_accounts_it_was_not_shown(self) -> None:
        """Attributes that tell nothing must not look useful: the error is that of the plain mean."""
        random = np.random.default_rng(4)
        given = random.lognormal(5, 1, 120)
        given[:20] = np.nan
        found = estimate_potential(given, random.normal(size=(120, 3)), np.zeros((120, 0), object))
        assert found is not None
        assert found.error > 0.9 * found.error_of_mean
        without = estimate_potential(given, np.zeros((120, 0)), np.zeros((120, 0), object))
        assert without is not None
        assert without.model == MEAN
        assert without.value[0] == pytest.approx(given[20:].mean())

    def test_another_currency_gives_the_same_estimate(self) -> None:
        potential, numbers, texts = attributes(80)
        potential[::4] = np.nan
        one, other = (estimate_potential(potential * rate, numbers, texts) for rate in (1.0, 1000.0))
        assert one is not None
        assert other is not None
        np.testing.assert_allclose(other.value, one.value * 1000.0, rtol=1e-6)
        assert other.error == pytest.approx(one.error)

    def test_numbers_may_be_missing(self) -> None:
        potential, numbers, texts = attributes(100)
        numbers[::3, 0] = np.nan
        potential[:10] = np.nan
        found = estimate_potential(potential, numbers, texts)
        assert found is not None
        assert np.isfinite(found.value).all()
        assert (found.value >= 0).all()

    def test_too_few_given_values_give_no_estimate(self) -> None:
        potential, numbers, texts = attributes(60)
        potential[FEWEST - 1 :] = np.nan
        assert estimate_potential(potential, numbers, texts) is None
