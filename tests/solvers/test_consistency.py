"""Contradictions are proved, told by the fewest rules, and every way out that is offered was verified."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from planner.problem import AlignmentProblem, Measure
from planner.rules import RuleKind, lifted, rules_of
from planner.scorecard import scorecard
from planner.solving import Status
from planner.stop import Cancelled, MaxIterations, Termination
from solvers import solve
from solvers.consistency import Consistency, can_hold, explain
from solvers.consistency.items import items_of
from solvers.consistency.proofs import quick_provers, refuted
from solvers.consistency.resizing import with_fewer, with_more
from solvers.consistency.rows import blocks_of
from tests.contract.contradictions import CONTRADICTIONS, K, cap_too_low, planted, ruled
from tests.contract.problems import POSSIBLE, points

UNHURRIED = MaxIterations(10)

FAST = (
    "a cap on accounts too low for all",
    "caps of single seats that miss the total",
    "locks over the limit of a seat",
    "locks over the budget",
    "nobody with the skill",
    "more competitors than seats",
    "a family split by locks",
    "a family across regions",
    "a mix not in one region",
    "more sales than so few accounts bring",
    "two contradictions at once",
    "rows that exclusions part",
)
"""Kinds that take a moment each; the benchmark has all of them."""


def checked(problem: AlignmentProblem, found: Consistency) -> None:
    """Hold an answer against what it has to be."""
    assert found.holds is False
    assert found.conflict is not None
    assert len(found.conflict.rules) <= 3
    assert found.relaxations
    prices = [one.price for one in found.relaxations]
    assert prices == sorted(prices)
    assert list(found.reasons[1:]) == [f"What would help: {one.text}" for one in found.relaxations]
    for one in found.relaxations:
        assert one.price > 0
        assert scorecard(one.problem, one.alignment.territory).feasible
    # Without any one of the rules that are named this conflict is gone.
    others = [
        rule for rule in rules_of(problem) if rule.kind not in {one.kind for one in found.conflict.rules}
    ]
    bare = lifted(problem, others)
    for rule in found.conflict.rules:
        again = explain(rule.lifted(bare), stop=UNHURRIED)
        assert again is None or again.conflict is None or again.conflict.text != found.conflict.text


@pytest.mark.parametrize("name", FAST)
def test_contradictions_are_told_by_few_rules_with_verified_ways_out(name: str) -> None:
    draw, kinds = CONTRADICTIONS[name]
    problem = draw(2)
    found = can_hold(problem, stop=UNHURRIED, seed=1)
    checked(problem, found)
    assert found.conflict is not None
    assert {rule.kind for rule in found.conflict.rules} in kinds


def test_a_thousand_records_in_three_territories_of_ten() -> None:
    problem = points(1020, 3)
    cap = Measure("accounts", np.full(3, 340.0), np.full(3, -np.inf), np.full(3, 10.0))
    found = can_hold(problem.replace(measures=(problem.measures[0], cap)), stop=UNHURRIED)
    checked(problem, found)
    assert found.conflict is not None
    assert "may hold at most 30 of accounts, but there are 1,020 to be held" in found.conflict.text
    assert "from 10 to 340" in found.relaxations[0].text


def test_numbers_of_locks_and_limit_are_told() -> None:
    draw, _ = CONTRADICTIONS["locks over the limit of a seat"]
    problem = draw(3)
    found = explain(problem, stop=UNHURRIED)
    assert found is not None
    assert found.conflict is not None
    assert "holds 15 of accounts in any case" in found.conflict.text
    assert "may hold 13" in found.conflict.text


@pytest.mark.parametrize("seed", [0, 1])
def test_rules_that_can_hold_are_shown_to(seed: int) -> None:
    problem = ruled(seed)
    found = can_hold(problem, stop=UNHURRIED)
    assert found.holds
    assert found.alignment is not None
    assert scorecard(problem, found.alignment.territory).feasible
    assert found.reasons == ()


@pytest.mark.parametrize("name", POSSIBLE)
def test_nothing_is_proved_of_what_is_possible(name: str) -> None:
    assert refuted(POSSIBLE[name](), quick_provers(), UNHURRIED) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.05, 0.2, 0.4]))
def test_nothing_is_proved_of_what_a_planted_alignment_keeps(seed: int, band: float) -> None:
    """Limits are drawn about what the planted alignment holds: whatever else is asked, it keeps them."""
    random = np.random.default_rng(seed)
    problem = ruled(seed)
    load = problem.loads(planted())
    room = random.uniform(0, band, (2, K, 2))
    measures = tuple(
        Measure(m.name, m.ideal, load[:, x] * (1 - room[0, :, x]), load[:, x] * (1 + room[1, :, x]))
        for x, m in enumerate(problem.measures)
    )
    problem = problem.replace(measures=measures)
    assert scorecard(problem, planted()).feasible
    items = items_of(problem)
    assert items.allowed[items.of_unit, planted()].all()
    chosen = np.zeros(items.allowed.shape)
    chosen[items.of_unit, planted()] = 1.0
    for block in blocks_of(problem, items):
        used = (block.amount * chosen).sum(axis=0)
        used = used.sum(keepdims=True) if block.over_all else used
        assert (used <= block.most + 1e-9 * block.scale).all()
    assert refuted(problem, quick_provers(), UNHURRIED) is None


def test_the_same_seed_gives_the_same_answer() -> None:
    draw, _ = CONTRADICTIONS["locks over the budget"]
    one, other = (can_hold(draw(4), stop=UNHURRIED, seed=3) for _ in range(2))
    assert one.reasons == other.reasons


def test_a_cancelled_question_has_no_answer() -> None:
    assert can_hold(cap_too_low(0), stop=Cancelled(lambda: True)).holds is None


def test_a_solver_says_which_rules_conflict_and_what_would_help() -> None:
    draw, _ = CONTRADICTIONS["a lock against an exclusion"]
    result = solve(draw(0), stop=MaxIterations(1))
    assert (result.status, result.termination) == (Status.INFEASIBLE, Termination.PROVED)
    assert "is excluded from" in result.report.reasons[0]
    assert "is locked to" in result.report.reasons[0]
    assert result.report.reasons[1].startswith("What would help: ")


def test_an_exclusion_everywhere_is_one_rule() -> None:
    problem = ruled(0)
    pairs = (
        np.zeros(problem.excluded.shape, bool) if problem.excluded is not None else np.zeros((120, K), bool)
    )
    pairs[[5, 6]] = True
    found = explain(problem.replace(excluded=csr_array(pairs)), stop=UNHURRIED)
    assert found is not None
    assert found.conflict is not None
    assert [rule.kind for rule in found.conflict.rules] == [RuleKind.EXCLUSION]
    assert "is excluded from every territory" in found.conflict.text


def test_more_and_fewer_territories_keep_what_there_is_to_hold() -> None:
    problem = ruled(0, region_of_unit=None, region_of_territory=None, region_name=(), locked=None)
    more, fewer = with_more(problem, 2), with_fewer(problem, 2)
    assert fewer is not None
    assert (more.n_territories, fewer.n_territories) == (K + 2, K - 2)
    for changed in (more, fewer):
        assert changed.measures[0].ideal.sum() == pytest.approx(problem.measures[0].ideal.sum())
        share = changed.measures[0].upper / changed.measures[0].ideal
        assert share == pytest.approx(np.full(changed.n_territories, 1.3))
    assert len(set(more.territories.territory_id)) == K + 2
    assert with_fewer(problem.replace(locked=planted()), 1) is None
