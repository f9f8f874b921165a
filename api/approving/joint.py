"""Open challenges of a plan judged together: what they do, which contradict each other, how many can be granted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from api.approving.asking import Ask
from api.approving.challenging import Review
from api.approving.evaluating import Evaluation, shown
from api.errors import ApiError
from api.schemas.challenges import ClashOut, EvaluationOut, ImpossibleOut, TogetherOut
from planner.approval.challenges import Challenge
from planner.approval.together import clashes, most_together
from planner.arrays import FloatArray


def together(of: Review, challenges: Sequence[Challenge]) -> TogetherOut:
    """Return what open challenges do together, in the order raised."""
    possible: list[tuple[Challenge, Ask, Evaluation]] = []
    impossible = []
    for each in challenges:
        try:
            ask = of.ask(each.wish)
            alone = of.evaluator.evaluate([ask], swap=each.wish.with_swap, takes_swap=each.wish.with_swap)
        except ApiError as fault:
            impossible.append(ImpossibleOut(challenge_id=each.id, why=str(fault.detail)))
            continue
        if alone.refusals:
            impossible.append(ImpossibleOut(challenge_id=each.id, why=f"{alone.broken[0].text}."))
        else:
            possible.append((each, ask, alone))
    wants = [ask.wants for _, ask, _ in possible]
    against = clashes(wants)
    adds, lower, upper = _loads(of, [alone for _, _, alone in possible])

    def keeps_rules(chosen: tuple[int, ...]) -> bool:
        return _evaluated(of, [possible[i] for i in chosen]).inside

    found = most_together(wants, adds, lower, upper, keeps_rules)
    chosen = [possible[i] for i in found.chosen]
    return TogetherOut(
        challenges=[each.id for each in challenges],
        impossible=impossible,
        clashes=[
            ClashOut(
                first=possible[a.first][0].id, second=possible[a.second][0].id, what=a.key[0], id=a.key[1]
            )
            for a in against
        ],
        together=None if against or not possible else _shown(of, possible),
        suggested=[each.id for each, _, _ in chosen],
        largest=found.proved,
        suggested_effect=_shown(of, chosen) if chosen else None,
    )


def _evaluated(of: Review, chosen: Sequence[tuple[Challenge, Ask, Evaluation]]) -> Evaluation:
    """Return what challenges do together; compensating swaps that some ask for are found for all of them at once."""
    takes = any(each.wish.with_swap for each, _, _ in chosen)
    return of.evaluator.evaluate([ask for _, ask, _ in chosen], swap=takes, takes_swap=takes)


def _shown(of: Review, chosen: Sequence[tuple[Challenge, Ask, Evaluation]]) -> EvaluationOut:
    return shown(_evaluated(of, chosen))


def _loads(of: Review, alone: Sequence[Evaluation]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what each challenge adds to the loads of the territories that any touches, and how much room there is.

    Where one asks for compensation, sums do not tell what is possible: its loads have no limits.
    """
    draft = of.now.draft
    ground, n_measures = draft.ground, len(draft.ground.problem.measures)
    touched = sorted({j for each in alone for j in each.touched})
    loads = np.array([draft.standings[j].row.loads for j in touched]).reshape(len(touched), n_measures)
    adds = np.zeros((len(alone), len(touched), n_measures))
    free = np.zeros(len(touched), bool)
    for i, each in enumerate(alone):
        before, after = each.drafts
        for j in each.touched:
            at = touched.index(j)
            adds[i, at] = after.standings[j].row.loads - before.standings[j].row.loads
            free[at] |= each.takes_swap
    lower = np.where(free[:, None], -np.inf, ground.lower[touched] - loads)
    upper = np.where(free[:, None], np.inf, ground.upper[touched] - loads)
    return adds.reshape(len(alone), lower.size), lower.ravel(), upper.ravel()
