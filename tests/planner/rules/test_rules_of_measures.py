"""Bands and limits: satisfied, violated by an exact amount, lifted, eased."""

from __future__ import annotations

import numpy as np
import pytest

from planner.problem import Measure
from planner.rules import RuleKind, breaches_of, rules_of, sizes
from planner.rules.band import BandRule, band_rules
from planner.rules.limit import LimitRule, Side, limit_rules
from planner.seats import Territories
from tests.planner.rules.rows import PAIRS, labels, row

THIRD = np.full(3, 1 / 3)
EVEN = labels(0, 1, 2, 2, 1, 0)
"""Every territory holds 7."""


def banded(below: float = 0.2, above: float = 0.1) -> tuple[Measure]:
    return (Measure.banded("sales", 21.0, THIRD, below, above),)


def test_a_band_is_one_rule_in_words() -> None:
    (rule,) = rules_of(row(measures=banded()))
    assert (rule.kind, rule.name) == (RuleKind.BAND, "balance of sales")
    assert rule.text(row(measures=banded())) == (
        "every territory must hold its ideal of sales within −20 % to +10 %: 5.60 to 7.70"
    )


def test_a_band_that_holds_has_no_breach() -> None:
    assert breaches_of(row(measures=banded()), EVEN) == ()


def test_a_band_is_left_by_an_exact_amount() -> None:
    problem = row(measures=banded())
    first, second = breaches_of(problem, labels(*PAIRS))
    # N holds 3, 2.6 too little; M holds 7; S holds 11, 3.3 too much.
    assert (first.territories, first.amount, first.severity) == (
        (2,),
        pytest.approx(3.3),
        pytest.approx(3.3 / 7),
    )
    assert (second.territories, second.amount) == ((0,), pytest.approx(2.6))
    assert first.rule == "balance of sales"
    assert first.text == "territory S holds 11 of sales; allowed are 5.60 to 7.70 (+57.1% from its ideal)"


def test_a_band_is_eased_to_just_what_is_needed_and_never_tightened() -> None:
    problem = row(measures=banded())
    (rule,) = band_rules(problem)
    assert sizes(rule)
    assert rule.size(problem) == pytest.approx(0.2)
    needed = rule.needed(problem, labels(*PAIRS))
    assert needed == pytest.approx(4 / 7)
    assert breaches_of(rule.eased(problem, needed), labels(*PAIRS)) == ()
    assert len(breaches_of(rule.eased(problem, needed - 1e-6), labels(*PAIRS))) == 2
    np.testing.assert_array_equal(rule.eased(problem, 0.0).limits(), problem.limits())
    assert rule.needed(problem, EVEN) == rule.size(problem)
    assert rule.eased_text(problem, 0.3) == "widen the band of sales from −20 % to +10 % to ±30 %"


def test_a_band_is_lifted_for_all_or_for_one() -> None:
    problem = row(measures=banded())
    (rule,) = band_rules(problem)
    assert rules_of(rule.lifted(problem)) == ()
    parts = rule.parts(problem)
    assert [part.name for part in parts] == [
        "balance of sales in N",
        "balance of sales in M",
        "balance of sales in S",
    ]
    assert (
        parts[2].text(problem)
        == "territory S must hold its ideal of sales within −20 % to +10 %: 5.60 to 7.70"
    )
    left = breaches_of(parts[2].lifted(problem), labels(*PAIRS))
    assert [breach.territories for breach in left] == [(0,)]
    assert parts[0].parts(problem) == ()


def test_a_band_about_unequal_ideals_names_no_amount() -> None:
    problem = row(measures=(Measure.banded("sales", 21.0, np.array([0.2, 0.3, 0.5]), 0.1, 0.1),))
    (rule,) = rules_of(problem)
    assert rule.text(problem) == "every territory must hold its ideal of sales within ±10 %"


@pytest.mark.parametrize(
    ("below", "above", "words"),
    [(np.inf, 0.1, "at most +10 %: at most 7.70"), (0.1, np.inf, "at least −10 %: at least 6.30")],
)
def test_a_band_may_have_one_side(below: float, above: float, words: str) -> None:
    problem = row(measures=banded(below, above))
    (rule,) = rules_of(problem)
    assert isinstance(rule, BandRule)
    assert rule.text(problem) == f"every territory must hold its ideal of sales within {words}"
    assert rule.size(problem) == pytest.approx(0.1)
    assert len(rule.breaches(problem, labels(*PAIRS))) == 1


def capped(*upper: float, lower: tuple[float, ...] = (-np.inf, -np.inf, -np.inf)) -> tuple[Measure]:
    return (Measure("sales", np.array([4.0, 7.0, 10.0]), np.array(lower), np.array(upper)),)


def test_one_limit_for_all_is_one_rule() -> None:
    problem = row(measures=capped(9.0, 9.0, 9.0))
    (rule,) = rules_of(problem)
    assert (rule.kind, rule.name) == (RuleKind.LIMIT, "upper limit of sales")
    assert rule.text(problem) == "every territory must hold at most 9 of sales"
    assert rule.breaches(problem, EVEN) == ()
    (breach,) = rule.breaches(problem, labels(*PAIRS))
    assert (breach.territories, breach.amount) == ((2,), 2.0)
    assert breach.text == "territory S holds 11 of sales; allowed are at most 9 (+10.0% from its ideal)"
    assert [part.name for part in rule.parts(problem)] == [f"upper limit of sales in {j}" for j in "NMS"]


def test_a_limit_that_differs_is_a_rule_of_its_own_beside_the_band() -> None:
    ideal = np.full(3, 7.0)
    problem = row(measures=(Measure("sales", ideal, ideal * 0.9, np.array([7.7, 7.7, 9.0])),))
    band, limit = rules_of(problem)
    assert isinstance(band, BandRule)
    assert isinstance(limit, LimitRule)
    assert band.upper_of.tolist() == [0, 1]
    assert band.lower_of.tolist() == [0, 1, 2]
    assert (limit.name, limit.side) == ("upper limit of sales in S", Side.UPPER)
    assert limit.text(problem) == "territory S must hold at most 9 of sales"
    told = breaches_of(problem, labels(*PAIRS))
    assert [(breach.rule, breach.territories) for breach in told] == [
        ("balance of sales", (0,)),
        ("upper limit of sales in S", (2,)),
    ]
    assert [breach.amount for breach in told] == pytest.approx([3.3, 2.0])


def test_a_lower_limit_is_passed_by_an_exact_amount_and_eased_to_it() -> None:
    problem = row(measures=capped(np.inf, np.inf, np.inf, lower=(4.0, 4.0, 5.0)))
    rules = limit_rules(problem)
    assert [rule.name for rule in rules] == [
        "lower limit of sales in N",
        "lower limit of sales in M",
        "lower limit of sales in S",
    ]
    (breach,) = breaches_of(problem, labels(*PAIRS))
    assert (breach.rule, breach.amount) == ("lower limit of sales in N", 1.0)
    assert rules[0].needed(problem, labels(*PAIRS)) == 3.0
    assert breaches_of(rules[0].eased(problem, 3.0), labels(*PAIRS)) == ()
    assert rules[0].eased(problem, 9.0).measures[0].lower.tolist() == [4.0, 4.0, 5.0]
    assert rules[0].eased_text(problem, 3.0) == "lower the lower limit of sales in N from 4 to 3"
    assert len(rules_of(rules[0].lifted(problem))) == 2


def test_an_upper_limit_is_eased_to_just_what_is_needed() -> None:
    problem = row(measures=capped(9.0, 9.0, 9.0))
    (rule,) = limit_rules(problem)
    assert rule.size(problem) == 9.0
    assert rule.needed(problem, labels(*PAIRS)) == 11.0
    assert rule.needed(problem, EVEN) == 9.0
    assert breaches_of(rule.eased(problem, 11.0), labels(*PAIRS)) == ()
    assert rule.eased_text(problem, 11.0) == "raise the upper limit of sales in N, M and S from 9 to 11"


def test_what_a_territory_holds_anyway_counts() -> None:
    fixed = Territories.unnamed(3, 1).replace(fixed_activity=np.array([[6.0], [0.0], [0.0]]))
    problem = row(measures=capped(9.0, 9.0, 12.0), territories=fixed)
    assert breaches_of(problem, labels(*PAIRS)) == ()
    (breach,) = breaches_of(problem, labels(0, 0, 0, 1, 2, 2))
    assert breach.amount == 3.0


@pytest.mark.parametrize("lower", [0.0, -5.0, -np.inf])
def test_a_lower_limit_of_nothing_is_no_rule(lower: float) -> None:
    assert rules_of(row(measures=capped(np.inf, np.inf, np.inf, lower=(lower, lower, lower)))) == ()


def test_a_watched_measure_is_no_rule() -> None:
    assert rules_of(row()) == ()
