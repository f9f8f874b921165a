"""What is picked, how sure that is, and what would have been picked before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from planner.quota.backtest import BackTest, back_test
from planner.quota.history import History
from planner.quota.known import Estimate, Known

N = 40


class Foretells:
    """A method that knows the truth up to an error; a stand-in, so that what is best is known."""

    source = "none"

    def __init__(self, name: str, error: Callable[[int], float], from_year: int = 0) -> None:
        self.name, self._error, self._from = name, error, from_year

    def needs(self, known: Known) -> str | None:
        return "too early" if known.year < self._from else None

    def __call__(self, known: Known) -> Estimate:
        random = np.random.default_rng([known.year, len(self.name)])
        sold = known.sold_cents[:, -1].astype(float)
        return Estimate(self.name, sold * random.lognormal(0, self._error(known.year), N))


def constant() -> History:
    """Return a history in which everybody sells the same every year."""
    entity, period = np.divmod(np.arange(N * 7), 7)
    names = tuple(str(year) for year in range(2015, 2022))
    return History(names, ("total",), entity, period, np.zeros(N * 7), 1000 + 100 * entity, N)


def back_tested(*methods: Foretells) -> BackTest:
    """Return the back-test of methods on the constant history."""
    each = np.arange(N, dtype=np.int32)
    return back_test(constant(), each, N, methods={m.name: m for m in methods})


def test_the_least_spread_is_best_and_a_clear_lead_is_sure() -> None:
    found = back_tested(Foretells("wide", lambda _: 0.3), Foretells("close", lambda _: 0.1))
    assert found.best == "close"
    assert found.certainty == 1
    assert "100%" in found.reason


def test_methods_that_cannot_be_told_apart_are_not_sure() -> None:
    found = back_tested(Foretells("one", lambda _: 0.2), Foretells("another", lambda _: 0.2))
    assert 0.5 <= found.certainty < 0.995


def test_the_first_of_equals_wins() -> None:
    assert back_tested(Foretells("one", lambda _: 0.0), Foretells("two", lambda _: 0.0)).best == "one"


def test_what_was_picked_then_follows_what_had_been_best() -> None:
    early = Foretells("early", lambda year: 0.05 if year < 2019 else 0.5)
    late = Foretells("late", lambda year: 0.3 if year < 2019 else 0.05)
    found = back_tested(early, late)
    spread = {year: found.row("picked", year).spread.value for year in found.years}
    for year in (2017, 2018, 2019):
        assert spread[year] == found.row("early", year).spread.value
    assert found.row("picked").spread.value >= found.row(found.best).spread.value


def test_years_that_a_method_cannot_do_are_not_compared() -> None:
    found = back_tested(Foretells("always", lambda _: 0.2), Foretells("late", lambda _: 0.1, from_year=2019))
    assert found.years == (2016, 2017, 2018, 2019, 2020, 2021)
    assert found.compared == (2019, 2020, 2021)
    assert found.row("always").territories == 3 * N
    assert found.row("late", 2018) is None
    assert {(skip.method, skip.year) for skip in found.skipped} == {("late", y) for y in (2016, 2017, 2018)}


def test_errors_are_logarithms_under_the_known_target() -> None:
    found = back_tested(Foretells("one", lambda _: 0.2))
    errors = found.errors["one"]
    assert errors.shape == (6, N)
    np.testing.assert_allclose(np.exp(errors) * found.quota_cents[0], found.actual_cents)


@pytest.mark.parametrize("draws", [0, 1])
def test_few_draws_do_no_harm(draws: int) -> None:
    each = np.arange(N, dtype=np.int32)
    one = Foretells("one", lambda _: 0.2)
    assert back_test(constant(), each, N, methods={"one": one}, draws=draws).best == "one"
