"""Drafts against full evaluations, to the last digit, and verdicts against all rules."""

from __future__ import annotations

import numpy as np
import pytest

from planner.accounts import Accounts
from planner.editing.card import card_of
from planner.editing.draft import Draft, Step
from planner.editing.judging import all_broken, verdict
from planner.errors import InvalidAlignment
from planner.objective import Centre, Compactness
from planner.problem import AlignmentProblem
from planner.rules import Breach, breaches_of
from planner.scorecard import Scorecard, scorecard
from tests.planner.explain.drawn import OBJECTIVES, differences, drawn_problem

STEPS = 8


def drawn_step(random: np.random.Generator, draft: Draft) -> Step:
    """Return a step of a few units to several territories, a few accounts held apart, a few locks."""
    n, k = draft.ground.problem.n_units, draft.ground.problem.n_territories
    units = random.choice(n, size=int(random.integers(0, 4)), replace=False)
    held: list[tuple[int, int]] = []
    if draft.fixed is not None:
        apart = np.flatnonzero((draft.fixed >= 0) | draft.accounts.unplaced)  # type: ignore[union-attr]
        some = random.choice(apart, size=int(random.integers(0, 3)), replace=False)
        held = [(int(a), int(random.integers(-1, k))) for a in some]
    locked = np.flatnonzero(draft.ground.problem.locked >= 0)
    free = random.choice(locked, size=min(len(locked), int(random.integers(0, 2))), replace=False)
    freed, bound = np.setdiff1d(free, draft.freed), np.intersect1d(free, draft.freed)
    return Step.of(((int(u), int(random.integers(k))) for u in units), held, freed.tolist(), bound.tolist())


def full(draft: Draft, problem: AlignmentProblem, accounts: Accounts | None) -> Scorecard:
    """Measure a draft anew, from nothing but where everything is."""
    if accounts is not None and draft.fixed is not None:
        accounts = Accounts(
            accounts.account_id, accounts.unit, draft.fixed, accounts.current, accounts.activity
        )
        if (draft.fixed != draft.ground.accounts.fixed).any():  # type: ignore[union-attr]
            held = np.zeros(problem.territories.fixed_activity.shape)
            np.add.at(held, draft.fixed[draft.fixed >= 0], accounts.activity[draft.fixed >= 0])
            problem = problem.replace(territories=problem.territories.replace(fixed_activity=held))
    locked = np.array(problem.locked)
    locked[draft.freed] = -1
    return scorecard(problem.replace(locked=locked), draft.territory, accounts)


def told(breaches: tuple[Breach, ...]) -> list[tuple[str, tuple[int, ...], str]]:
    """Return breaches so that they compare; a rule about locks is named by how many of them are left."""
    kind = [("lock" if b.rule.startswith("lock") else b.rule, b.territories, b.text) for b in breaches]
    return sorted(kind)


@pytest.mark.parametrize("with_accounts", [False, True])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_draft_says_what_a_full_evaluation_would(
    objective: tuple[Compactness, Centre, bool], with_accounts: bool
) -> None:
    random = np.random.default_rng([7, OBJECTIVES.index(objective), with_accounts])
    problem, territory, accounts = drawn_problem(random, objective, with_accounts=with_accounts)
    draft = Draft.start(problem, territory, accounts)
    assert differences(card_of(draft), full(draft, problem, accounts)) == []
    for _ in range(STEPS):
        step = drawn_step(random, draft)
        after = draft.after(step)
        found = verdict(draft, after, step)
        before_all, after_all = told(all_broken(draft)), told(all_broken(after))
        assert after_all == told(breaches_of(after.problem, after.territory))
        new, gone = told(tuple(b.breach for b in found.broken)), told(tuple(b.breach for b in found.mended))
        still = told(tuple(b.breach for b in found.still))
        assert set(new) | set(still) <= set(after_all)
        assert set(gone) <= set(before_all)
        # Whatever the verdict does not speak of is as it was.
        assert set(after_all) - set(new) - set(still) <= set(before_all)
        spoken_of = {name for name, _, _ in [*gone, *new, *still]}
        assert {name for name, _, _ in set(before_all) - set(after_all)} <= spoken_of
        assert differences(card_of(after), full(after, problem, accounts)) == []
        draft = after


def test_a_step_and_its_way_back_leave_no_trace() -> None:
    random = np.random.default_rng(3)
    problem, territory, accounts = drawn_problem(random, OBJECTIVES[5], with_accounts=True)
    first = draft = Draft.start(problem, territory, accounts)
    back = []
    for _ in range(STEPS):
        step = drawn_step(random, draft)
        assert draft.fixed is not None
        home = list(zip(step.units.tolist(), draft.territory[step.units].tolist(), strict=True))
        held = list(zip(step.held.tolist(), draft.fixed[step.held].tolist(), strict=True))
        back.append(Step.of(home, held, step.bound.tolist(), step.freed.tolist()))
        draft = draft.after(step)
    for step in reversed(back):
        draft = draft.after(step)
    assert differences(card_of(draft), card_of(first)) == []
    assert np.array_equal(draft.territory, first.territory)
    assert draft.problem.territories.fixed_activity.tolist() == problem.territories.fixed_activity.tolist()


def test_a_draft_starts_from_a_complete_alignment() -> None:
    problem, territory, _ = drawn_problem(np.random.default_rng(1), OBJECTIVES[0], with_accounts=False)
    territory[0] = -1
    with pytest.raises(InvalidAlignment, match="every unit"):
        Draft.start(problem, territory)
