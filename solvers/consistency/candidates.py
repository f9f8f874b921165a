"""Ways in which one rule of a conflict can give way, each with a price.

The price of a change is the share of the plan by which rules give way: a band widened by 3 points costs 0.03, a limit
raised for one territory the raise over the total of the measure, a budget raised the raise over all there is of it, a
lock or an exclusion dropped the share of the activity it freed, a territory more or less one over their number. So
prices of different changes can be compared, and the least one touches least.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from planner.problem import AlignmentProblem
from planner.rules import Rule, RuleKind, SizedRule, lifted, sizes
from planner.rules.band import BandRule
from planner.rules.contiguity import ContiguityRule
from planner.rules.disruption import BudgetRule, SeatBudgetRule
from planner.rules.exclusion import ExclusionRule
from planner.rules.limit import LimitRule
from planner.rules.lock import LockRule
from planner.rules.wording import listed, number, the_units
from solvers.consistency.groups import RuleGroup, SizedGroup, direction
from solvers.consistency.resizing import with_fewer, with_more

LEAST_GIVE, MOST_GIVE = 1e-6, 64.0
"""Prices between which the least one is looked for."""


MOST_FEW = 3
"""Territories whose limits may give way by themselves, because locks overload just these."""


class Candidate(Protocol):
    """One rule that may give way, by more or by less."""

    @property
    def rule(self) -> Rule | None:
        """The rule; None where the number of territories gives way."""
        ...

    def most(self, problem: AlignmentProblem) -> float:
        """Return the largest amount by which it can give way."""
        ...

    def least(self, problem: AlignmentProblem) -> float:
        """Return the smallest amount above none; 1 where amounts are counted."""
        ...

    def applied(self, problem: AlignmentProblem, give: float) -> AlignmentProblem | None:
        """Return the problem in which it gives way by `give`; None where it cannot."""
        ...

    def text(self, problem: AlignmentProblem, give: float) -> str:
        """Return the change in words with numbers."""
        ...

    def price(self, problem: AlignmentProblem, give: float) -> float:
        """Return the price of it; see the module."""
        ...


@dataclass(frozen=True, eq=False)
class Easing:
    """A rule with a size that gives way; amounts are prices. `only` names the territories where it is part of one."""

    rule: SizedRule
    only: str | None = None

    def most(self, problem: AlignmentProblem) -> float:
        """Return `MOST_GIVE`, or less where a share has an end."""
        return 1.0 if self.rule.kind is RuleKind.MIX else MOST_GIVE

    def least(self, problem: AlignmentProblem) -> float:
        """Return `LEAST_GIVE`."""
        return LEAST_GIVE

    def applied(self, problem: AlignmentProblem, give: float) -> AlignmentProblem:
        """Return the problem with the rule eased."""
        return self.rule.eased(problem, self.size_at(problem, give))

    def text(self, problem: AlignmentProblem, give: float) -> str:
        """Return the old size and the new one, and where that is for few territories only."""
        said = self.rule.eased_text(problem, self.size_at(problem, give))
        return said if self.only is None else f"{said}, in {self.only} only"

    def price(self, problem: AlignmentProblem, give: float) -> float:
        """Return `give`, as the rounded size has it."""
        return self.give_at(problem, self.size_at(problem, give))

    def size_at(self, problem: AlignmentProblem, give: float) -> float:
        """Return the size at a price, rounded to three digits of the change, to the looser side."""
        old, sign = self.rule.size(problem), direction(self.rule)
        change = give * _size_of_all(self.rule, problem)
        if change <= 0:
            return old
        step = 10.0 ** (np.floor(np.log10(change)) - 2)
        looser = (np.ceil if sign > 0 else np.floor)((old + sign * change) / step - sign * 1e-9) * step
        return float(round(looser, 12))

    def give_at(self, problem: AlignmentProblem, size: float) -> float:
        """Return the price of a size."""
        return abs(size - self.rule.size(problem)) / _size_of_all(self.rule, problem)


def _size_of_all(rule: SizedRule, problem: AlignmentProblem) -> float:
    """Return the change of a rule's size that costs 1."""
    if isinstance(rule, LimitRule):
        held = (
            problem.activity[:, rule.measure].sum()
            + problem.territories.fixed_activity[:, rule.measure].sum()
        )
        return max(float(held), 1e-12) / len(rule.territories)
    if isinstance(rule, BudgetRule | SeatBudgetRule):
        return max(float(problem.budgets[rule.budget].weight.sum()), 1e-12)
    if isinstance(rule, BandRule):
        ideal = np.abs(problem.measures[rule.measure].ideal)
        held = ideal[np.union1d(rule.lower_of, rule.upper_of)].sum()
        return float(ideal.sum() / held) if held > 0 else 1.0
    if isinstance(rule, SizedGroup):
        each = [
            abs(part.rule.size(problem)) / _size_of_all(part.rule, problem)
            for part in (Easing(one) for one in rule.rules if sizes(one))
        ]
        return 1.0 / sum(each) if sum(each) > 0 else 1.0
    return 1.0


@dataclass(frozen=True, eq=False)
class Dropping:
    """A rule that is dropped, in whole or, where it has parts, as few of them as it takes; amounts are counts."""

    rule: Rule
    parts: tuple[Rule, ...]

    def most(self, problem: AlignmentProblem) -> float:
        """Return the number of parts."""
        return float(len(self.parts))

    def least(self, problem: AlignmentProblem) -> float:
        """Return 1."""
        return 1.0

    def applied(self, problem: AlignmentProblem, give: float) -> AlignmentProblem:
        """Return the problem without the first parts."""
        return lifted(problem, self.parts[: round(give)])

    def text(self, problem: AlignmentProblem, give: float) -> str:
        """Return what is dropped, by name."""
        dropped = self.parts[: round(give)]
        return _dropped(problem, dropped)

    def price(self, problem: AlignmentProblem, give: float) -> float:
        """Return the share of the activity of the units concerned, the mean over measures."""
        return float(sum(_touched(problem, part) for part in self.parts[: round(give)]))


def _dropped(problem: AlignmentProblem, rules: tuple[Rule, ...]) -> str:
    """Return what is no longer asked, in words."""
    units = sorted({int(u) for rule in rules for u in getattr(rule, "units", getattr(rule, "pair", ()))})
    where = sorted({int(at) for rule in rules if (at := getattr(rule, "territory", None)) is not None})
    named = the_units(problem, units) if units else ""
    to = listed(problem.territories.territory_id, where) if where else ""
    names = ", ".join(rule.name for rule in rules)
    match rules[0].kind:
        case RuleKind.LOCK:
            return f"free {named} from the lock to {to}"
        case RuleKind.EXCLUSION:
            return f"allow {named} in {to}"
        case RuleKind.APART:
            return f"let {named} share a territory"
        case RuleKind.TOGETHER:
            return f"let {named} be parted"
        case RuleKind.REGION:
            return f"let units leave {names}"
        case _:
            return f"do without {names}"


def _touched(problem: AlignmentProblem, rule: Rule) -> float:
    if isinstance(rule, RuleGroup):
        return float(sum(_touched(problem, one) for one in rule.rules))
    if isinstance(rule, ContiguityRule):
        return len(rule.territories) / problem.n_territories
    units = np.asarray(getattr(rule, "units", getattr(rule, "pair", ())), np.int32)
    if rule.kind is RuleKind.REGION:
        units = np.flatnonzero(problem.region_of_unit == getattr(rule, "region", -1)).astype(np.int32)
    total = problem.activity.sum(axis=0)
    told = total > 0
    if not told.any():
        return len(units) / problem.n_units
    return float((problem.activity[units][:, told].sum(axis=0) / total[told]).mean())


@dataclass(frozen=True)
class Resizing:
    """More territories, or fewer; amounts are counts."""

    more: bool
    rule: None = None

    def most(self, problem: AlignmentProblem) -> float:
        """Return as many as units leave room for, or half of them."""
        k = problem.n_territories
        return float(max(0, problem.n_units - k) if self.more else min(k // 2, k - 2))

    def least(self, problem: AlignmentProblem) -> float:
        """Return 1."""
        return 1.0

    def applied(self, problem: AlignmentProblem, give: float) -> AlignmentProblem | None:
        """Return the problem with as many territories more, or fewer; None where they cannot go."""
        return with_more(problem, round(give)) if self.more else with_fewer(problem, round(give))

    def text(self, problem: AlignmentProblem, give: float) -> str:
        """Return the old number and the new one."""
        k = problem.n_territories
        new = k + round(give) if self.more else k - round(give)
        return f"plan {number(new)} territories instead of {number(k)}"

    def price(self, problem: AlignmentProblem, give: float) -> float:
        """Return the share of the territories of today."""
        return round(give) / problem.n_territories


def candidates_for(problem: AlignmentProblem, rules: tuple[Rule, ...]) -> tuple[Candidate, ...]:
    """Return every way in which one of the rules of a conflict can give way."""
    found: list[Candidate] = []
    locks = [rule for rule in _flat(rules) if isinstance(rule, LockRule)]
    for rule in rules:
        if sizes(rule):
            found.append(Easing(rule))
            found += _for_few(problem, rule, np.unique([lock.territory for lock in locks]).tolist())
        else:
            found.append(Dropping(rule, _ordered(problem, rule, rules)))
    if (
        any(rule.kind in (RuleKind.BAND, RuleKind.LIMIT) for rule in rules)
        and (problem.region_of_unit < 0).all()
    ):
        found += [Resizing(True), Resizing(False)]
    if problem.n_units < problem.n_territories:
        found.append(Resizing(False))
    return tuple(found)


def _for_few(problem: AlignmentProblem, rule: SizedRule, territories: list[int]) -> list[Candidate]:
    """Return the part of a band or limit that concerns the territories that locks overload, where these are few."""
    if not isinstance(rule, BandRule | LimitRule) or not 0 < 2 * len(territories) <= problem.n_territories:
        return []
    parts = [part for part in rule.parts(problem) if _where(part) in territories]
    if not parts or len(parts) > MOST_FEW:
        return []
    only = listed(problem.territories.territory_id, [_where(part) for part in parts])
    return [Easing(parts[0] if len(parts) == 1 else SizedGroup(tuple(parts)), only)]


def _where(part: BandRule | LimitRule) -> int:
    held = part.territories if isinstance(part, LimitRule) else np.union1d(part.lower_of, part.upper_of)
    return int(held[0])


def _ordered(problem: AlignmentProblem, rule: Rule, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return the parts of a rule, those first whose loss helps most: they hold most of what the conflict is about."""
    parts = rule.parts(problem) or (rule,)
    about = [measure for one in _flat(rules) if (measure := getattr(one, "measure", None)) is not None]

    def held(part: Rule) -> float:
        units = np.asarray(getattr(part, "units", ()), np.int32)
        if not len(units):
            return 0.0
        if isinstance(part, ExclusionRule):
            # What is owned there today is let back first.
            return float(problem.owned[units, part.territory].sum()) + 1e-6 * float(len(units))
        return float(problem.activity[units, about[0]].sum()) if about else -_touched(problem, part)

    return tuple(sorted(parts, key=lambda part: -held(part)))


def _flat(rules: tuple[Rule, ...]) -> list[Rule]:
    return [one for rule in rules for one in (rule.rules if isinstance(rule, RuleGroup) else (rule,))]
