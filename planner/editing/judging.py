"""Which rules a step breaks or mends, in words, from what it touches; the sentences are those of `planner.rules`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from planner.arrays import IntArray
from planner.editing.draft import Draft, Standing, Step
from planner.measures import company, placement
from planner.rules import Breach, Rule
from planner.rules.holding import limit_text
from planner.rules.limit import Side
from planner.rules.lock import LockRule
from planner.rules.wording import number, the_territory

Key = tuple[str, tuple[int, ...], str]


@dataclass(frozen=True)
class Broken:
    """A rule that a draft breaks.

    Parameters
    ----------
    rule
        The rule.
    breach
        Where and by how much, with a sentence.
    """

    rule: Rule
    breach: Breach


@dataclass(frozen=True)
class Verdict:
    """What a step does to the rules.

    Parameters
    ----------
    broken
        Breaches that are new or worse than before, most severe first.
    mended
        Breaches of before that are gone.
    still
        Breaches around the step that are as they were, or smaller.
    """

    broken: tuple[Broken, ...]
    mended: tuple[Broken, ...]
    still: tuple[Broken, ...]


def verdict(before: Draft, after: Draft, step: Step) -> Verdict:
    """Return what a step from one draft to another does to the rules."""
    touched = before.touched(step)
    old, new = (dict(_around(draft, touched, before, after, step)) for draft in (before, after))
    broken: list[Broken] = []
    still: list[Broken] = []
    for key, found in new.items():
        earlier = old.pop(key, None)
        was = earlier.breach.severity if earlier is not None else 0.0
        (broken if found.breach.severity > was * (1 + 1e-12) else still).append(found)
    mended = list(old.values())
    return Verdict(*(tuple(sorted(each, key=_by_severity)) for each in (broken, mended, still)))


def all_broken(draft: Draft) -> tuple[Breach, ...]:
    """Return every place where a draft breaks a rule, most severe first.

    The same as `planner.rules.breaches_of`, from what is known of each territory already.
    """
    problem = draft.problem
    found = [
        broken.breach for standing in draft.standings for _, broken in _of_territory(draft, standing.position)
    ]
    if problem.budgets:
        owners = list(range(problem.n_territories))
        found += [broken.breach for _, broken in _budgets(draft, owners)]
    for rule in _torn_rules(draft):
        found += _left(rule, draft).breaches(problem, draft.territory)
    return tuple(sorted(found, key=lambda breach: -breach.severity))


def _by_severity(found: Broken) -> float:
    return -found.breach.severity


def _around(
    draft: Draft, touched: IntArray, before: Draft, after: Draft, step: Step
) -> Iterator[tuple[Key, Broken]]:
    """Give the breaches of a draft that a step may have changed, each under what stays the same of it."""
    for j in touched.tolist():
        yield from _of_territory(draft, j)
    if draft.ground.problem.budgets and len(step.units):
        yield from _budgets(draft, draft.ground.owners_of(step.units).tolist())
    for rule in _unit_rules(before, after, step):
        for breach in _left(rule, draft).breaches(draft.problem, draft.territory):
            yield (rule.name, (), ""), Broken(rule, breach)


def _of_territory(draft: Draft, j: int) -> tuple[tuple[Key, Broken], ...]:
    """Return the limits, mixes and the contiguity that a territory breaks; looked at once as long as it stays."""
    standing = draft.standings[j]
    if standing.judged is None:
        object.__setattr__(standing, "judged", tuple(_judged(draft, standing)))
    found: tuple[tuple[Key, Broken], ...] = standing.judged  # type: ignore[assignment]
    return found


def _judged(draft: Draft, standing: Standing) -> Iterator[tuple[Key, Broken]]:
    ground, j = draft.ground, standing.position
    problem, rules = ground.problem, ground.rules
    loads = standing.row.loads
    for m in np.flatnonzero(standing.violation > 0).tolist():
        side = Side.UPPER if loads[m] > ground.upper[j, m] else Side.LOWER
        rule = rules.limit(m, j, side)
        amount = max(ground.lower[j, m] - loads[m], loads[m] - ground.upper[j, m])
        text = limit_text(problem, j, m, float(loads[m]))
        breach = Breach(rule.name, (j,), (), float(amount), float(standing.violation[m]), text)
        yield (rule.name, (j,), side.value), Broken(rule, breach)
    for x in np.flatnonzero(standing.mix_violation > 0).tolist():
        rule = rules.mix(x, j)
        for breach in rule.breaches(draft.problem, draft.territory):
            if breach.territories == (j,):
                yield (rule.name, (j,), ""), Broken(rule, breach)
    if standing.surplus_pieces > 0:
        rule, surplus = rules.contiguity(j), float(standing.surplus_pieces)
        text = f"{the_territory(problem, j)} is in {standing.row.pieces} pieces"
        yield (rule.name, (j,), ""), Broken(rule, Breach(rule.name, (j,), (), surplus, surplus, text))


def _left(rule: Rule, draft: Draft) -> Rule:
    """Return what is left of a rule where locks are lifted."""
    if not isinstance(rule, LockRule) or not len(draft.freed):
        return rule
    return replace(rule, units=np.setdiff1d(rule.units, draft.freed).astype(np.int32))


def _budgets(draft: Draft, owners: list[int]) -> Iterator[tuple[Key, Broken]]:
    """Give the disruption budgets that are passed, in all and by some owners of today."""
    problem, rules = draft.ground.problem, draft.ground.rules
    for b, budget in enumerate(problem.budgets):
        used = float(draft.budget_used[b])
        if used > budget.most:
            rule = rules.budget(b)
            text = f"{number(used)} of {budget.name} change hands; the budget is {number(budget.total)}"
            over = used / budget.total - 1.0 if budget.total > 0 else 1.0
            yield (
                (rule.name, (), ""),
                Broken(rule, Breach(rule.name, (), (), used - budget.total, over, text)),
            )
        for j in owners:
            lost, limit = float(draft.budget_lost[j, b]), float(budget.per_territory[j])
            if lost > budget.most_per_territory[j]:
                rule = rules.budget(b, j)
                text = f"{the_territory(problem, j)} loses {number(lost)} of {budget.name}; it may lose {number(limit)}"
                over = lost / limit - 1.0 if limit > 0 else 1.0
                yield (
                    (rule.name, (j,), ""),
                    Broken(rule, Breach(rule.name, (j,), (), lost - limit, over, text)),
                )


def _unit_rules(before: Draft, after: Draft, step: Step) -> list[Rule]:
    """Return the rules about units that those which go have a part in."""
    problem, index, unit_rules = before.ground.problem, before.ground.rules, before.ground.unit_rules
    units = np.union1d(step.units, np.union1d(step.freed, step.bound)).astype(np.int32)
    if not len(units):
        return []
    found: list[Rule] = [index.lock(j) for j in _known(problem.locked[units])]
    if problem.excluded is not None:
        where = np.unique(np.r_[before.territory[units], after.territory[units]])
        banned = np.asarray(problem.excluded[units][:, where].sum(axis=0)).ravel() > 0
        found += [index.exclusion(int(j)) for j in where[banned]]
    found += list(
        {id(r): r for r in (index.apart(problem.apart[p]) for p in unit_rules.pairs_with(units))}.values()
    )
    grouped = (index.together(g) for g in _known(problem.together[units]))
    found += [rule for rule in grouped if rule is not None]
    return [*found, *(index.region(r) for r in _known(problem.region_of_unit[units]))]


def _torn_rules(draft: Draft) -> list[Rule]:
    """Return the rules about units that are broken anywhere."""
    problem, territory, index = draft.problem, draft.territory, draft.ground.rules
    found: list[Rule] = [
        index.lock(j) for j in _known(problem.locked[placement.unlocked(problem.locked, territory)])
    ]
    found += [index.exclusion(j) for j in _known(territory[placement.barred(problem.excluded, territory)])]
    pairs = problem.apart[company.sharing(problem.apart, territory)]
    found += list({id(rule): rule for rule in (index.apart(pair) for pair in pairs)}.values())
    torn = (index.together(int(group)) for group in company.torn(problem.together, territory))
    found += [rule for rule in torn if rule is not None]
    away = company.strayed(problem.region_of_unit, problem.region_of_territory, territory)
    return [*found, *(index.region(r) for r in _known(problem.region_of_unit[away]))]


def _known(labels: IntArray) -> list[int]:
    return [int(label) for label in np.unique(labels) if label >= 0]
