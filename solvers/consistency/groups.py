"""Rules of one kind that take part in a conflict together, told as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.arrays import IntArray
from planner.problem import AlignmentProblem
from planner.rules import Breach, Rule, RuleKind, SizedRule, lifted, sizes
from planner.rules.exclusion import ExclusionRule
from planner.rules.limit import LimitRule, Side
from planner.rules.wording import listed, percent, the_units

SHOWN = 3
"""Rules of a group that are told; the rest are counted."""


@dataclass(frozen=True, eq=False)
class RuleGroup:
    """Several rules of one kind.

    Parameters
    ----------
    rules
        Two or more.
    """

    rules: tuple[Rule, ...]

    @property
    def kind(self) -> RuleKind:
        """Kind of all of them."""
        return self.rules[0].kind

    @property
    def name(self) -> str:
        """Names of the first few; the rest are counted."""
        return _joined([rule.name for rule in self.rules])

    def parts(self, problem: AlignmentProblem) -> tuple[Rule, ...]:
        """Return their parts, and those without any."""
        return tuple(part for rule in self.rules for part in (rule.parts(problem) or (rule,)))

    def text(self, problem: AlignmentProblem) -> str:
        """Return what they demand, in one sentence."""
        if self.kind is RuleKind.EXCLUSION:
            return _excluded(problem, [rule for rule in self.rules if isinstance(rule, ExclusionRule)])
        if self.kind is RuleKind.APART and len(self.rules) > 1:
            units = np.unique([getattr(rule, "pair", ()) for rule in self.rules]).tolist()
            said = f"{len(self.rules):,} pairs of units must not share a territory"
            return f"{said}, among them {the_units(problem, units)}"
        return _joined([rule.text(problem) for rule in self.rules], "; ")

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the breaches of all."""
        return tuple(breach for rule in self.rules for breach in rule.breaches(problem, territory))

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem without all of them."""
        return lifted(problem, self.rules)


@dataclass(frozen=True, eq=False)
class SizedGroup(RuleGroup):
    """Several rules with sizes; its own size is the share of them by which all give way, 0 unless it is eased."""

    def size(self, problem: AlignmentProblem) -> float:
        """Return 0."""
        return 0.0

    def needed(self, problem: AlignmentProblem, territory: IntArray) -> float:
        """Return the share by which all have to give way for an alignment to keep them."""
        return max(
            abs(rule.needed(problem, territory) - rule.size(problem)) / _unit(rule, problem)
            for rule in self._sized
        )

    def eased(self, problem: AlignmentProblem, size: float) -> AlignmentProblem:
        """Return the problem in which each gives way by the share `size` of itself."""
        for rule in self._sized:
            problem = rule.eased(problem, self._at(rule, problem, size))
        return problem

    def eased_text(self, problem: AlignmentProblem, size: float) -> str:
        """Return the change of the first few; the rest are counted."""
        each = [rule.eased_text(problem, self._at(rule, problem, size)) for rule in self._sized]
        return f"let {len(each):,} limits give way by {percent(size)} each: {_joined(each, '; ')}"

    @property
    def _sized(self) -> list[SizedRule]:
        return [rule for rule in self.rules if sizes(rule)]

    @staticmethod
    def _at(rule: SizedRule, problem: AlignmentProblem, share: float) -> float:
        return rule.size(problem) + direction(rule) * share * _unit(rule, problem)


def direction(rule: Rule) -> float:
    """Return 1 where a larger size leaves more room, −1 where a smaller one does."""
    return -1.0 if isinstance(rule, LimitRule) and rule.side is Side.LOWER else 1.0


def grouped(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return `rules` with those of one kind, about one thing, put together."""
    by_key: dict[tuple[object, ...], list[Rule]] = {}
    for rule in rules:
        about: tuple[object, ...] = ()
        if isinstance(rule, LimitRule):
            about = (rule.measure, rule.side)
        elif rule.kind in (RuleKind.BAND, RuleKind.MIX) or not (sizes(rule) or rule.kind in TOLD_TOGETHER):
            about = (rule.name,)
        elif sizes(rule):
            about = (getattr(rule, "budget", None), hasattr(rule, "territory"))
        by_key.setdefault((rule.kind, *about), []).append(rule)
    found: list[Rule] = []
    for alike in by_key.values():
        if len(alike) == 1:
            found += alike
        elif all(sizes(rule) for rule in alike):
            found.append(SizedGroup(tuple(alike)))
        else:
            found.append(RuleGroup(tuple(alike)))
    return tuple(found)


TOLD_TOGETHER = (RuleKind.LOCK, RuleKind.EXCLUSION, RuleKind.APART, RuleKind.TOGETHER, RuleKind.REGION)
"""Kinds without a size whose rules are told as one."""


def _excluded(problem: AlignmentProblem, rules: list[ExclusionRule]) -> str:
    """Return which units are excluded from where, those together that are excluded from the same territories."""
    where: dict[int, list[int]] = {}
    for rule in rules:
        for unit in rule.units.tolist():
            where.setdefault(unit, []).append(rule.territory)
    alike: dict[tuple[int, ...], list[int]] = {}
    for unit in sorted(where):
        alike.setdefault(tuple(sorted(set(where[unit]))), []).append(unit)
    if len(alike) > SHOWN:
        return _joined([rule.text(problem) for rule in rules], "; ")
    said = []
    for territories, together in alike.items():
        every = len(territories) == problem.n_territories
        away = "every territory" if every else listed(problem.territories.territory_id, territories)
        said.append(
            f"{the_units(problem, together)} {'is' if len(together) == 1 else 'are'} excluded from {away}"
        )
    return "; ".join(said)


def _unit(rule: SizedRule, problem: AlignmentProblem) -> float:
    """Return what a whole of a rule's size is: the size itself, or what there is of it where that is 0."""
    size = abs(rule.size(problem))
    if size > 0 and np.isfinite(size):
        return size
    if isinstance(rule, LimitRule):
        return float(np.abs(problem.measures[rule.measure].ideal).mean()) or 1.0
    return 1.0


def _joined(texts: list[str], by: str = ", ") -> str:
    more = f"{by}and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return by.join(texts[:SHOWN]) + more
