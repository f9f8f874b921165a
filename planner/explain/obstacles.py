"""The rules that a move would break, with the numbers that it would break them by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.explain.moves import Change, Moves
from planner.explain.rule_index import RuleIndex
from planner.rules import Breach, Rule, RuleKind
from planner.rules.holding import allowed
from planner.rules.limit import Side
from planner.rules.wording import listed, number, percent, the_territory, the_units


@dataclass(frozen=True, eq=False)
class Obstacle:
    """A rule that stands in the way of a move.

    Parameters
    ----------
    rule
        The rule.
    breach
        How the move would break it, or break it more than it is already.
    subject
        What several obstacles have in common that differ in the territory only: the name of a measure, a mix or a
        budget, of a lock or a pair; empty where the kind of rule says it.
    leaving
        Whether it is the territory left that would break it: then it does so wherever the units go.
    """

    rule: Rule
    breach: Breach
    subject: str
    leaving: bool

    @property
    def kind(self) -> RuleKind:
        """What the rule is about."""
        return self.rule.kind


class Obstacles:
    """Finds the obstacles to moves from one alignment.

    Parameters
    ----------
    moves
        What was prepared for it.
    """

    def __init__(self, moves: Moves) -> None:
        self._moves, self._problem, self._before = moves, moves.problem, moves.before
        self.index = RuleIndex(moves.problem)

    def to(self, change: Change) -> tuple[Obstacle, ...]:
        """Return the rules that a move breaks, or breaks more than before, most severe first."""
        found = [
            *self._limits(change),
            *self._mixes(change),
            *self._pieces(change),
            *self._budgets(change),
            *self._places(change),
            *self._company(change),
        ]
        return tuple(sorted(found, key=lambda obstacle: -obstacle.breach.severity))

    def _obstacle(
        self, rule: Rule, subject: str, leaving: bool, where: tuple[int, ...], units: tuple[int, ...],
        amount: float, severity: float, text: str,
    ) -> Obstacle:  # fmt: skip
        return Obstacle(rule, Breach(rule.name, where, units, amount, severity, text), subject, leaving)

    def _limits(self, change: Change) -> Iterator[Obstacle]:
        """Give the bands and limits of measures."""
        for t, row in change.rows.items():
            for m in np.flatnonzero(change.violation[t] > self._before.violation[t]).tolist():
                measure = self._problem.measures[m]
                side = Side.UPPER if row.loads[m] > measure.upper[t] else Side.LOWER
                beyond = (
                    row.loads[m] - measure.upper[t] if side is Side.UPPER else measure.lower[t] - row.loads[m]
                )
                text = (
                    f"{the_territory(self._problem, t)} would hold {number(row.loads[m])} of {measure.name}; "
                    f"allowed are {allowed(measure.lower[t], measure.upper[t])}"
                )
                yield self._obstacle(
                    self.index.limit(m, t, side), measure.name, t != change.to, (t,), (),
                    float(beyond), float(change.violation[t][m]), text,
                )  # fmt: skip

    def _mixes(self, change: Change) -> Iterator[Obstacle]:
        """Give the shares of segments."""
        for t, row in change.rows.items():
            for x in np.flatnonzero(change.mix_violation[t] > self._before.mix_violation[t]).tolist():
                mix, share, out = self._problem.mixes[x], row.mix_share[x], float(change.mix_violation[t][x])
                text = (
                    f"{percent(share)} of {the_territory(self._problem, t)} would be {mix.name}; allowed are "
                    f"{percent(mix.lower[t])} to {percent(mix.upper[t])}"
                )
                rule = self.index.mix(x, t)
                yield self._obstacle(rule, mix.name, t != change.to, (t,), (), out, out, text)

    def _pieces(self, change: Change) -> Iterator[Obstacle]:
        """Give the territories that would fall apart, or that the units do not border on."""
        for t, surplus in change.surplus_pieces.items():
            if surplus > self._before.surplus_pieces[t]:
                text = f"{the_territory(self._problem, t)} would be in {change.rows[t].pieces} pieces"
                more = float(surplus - self._before.surplus_pieces[t])
                yield self._obstacle(self.index.contiguity(t), "", t != change.to, (t,), (), more, more, text)

    def _budgets(self, change: Change) -> Iterator[Obstacle]:
        """Give the disruption budgets, in all and per seat."""
        for b, budget in enumerate(self._problem.budgets):
            used = float(change.disruption.used[b])
            if used > budget.most and used > self._before.budget_used[b]:
                text = f"{number(used)} of {budget.name} would change hands; the budget is {number(budget.total)}"
                yield self._obstacle(
                    self.index.budget(b), budget.name, False, (), (),
                    used - budget.total, _over(used, budget.total), text,
                )  # fmt: skip
            for t, lost_of in change.disruption.lost.items():
                lost, limit = float(lost_of[b]), float(budget.per_territory[t])
                if lost > budget.most_per_territory[t] and lost > self._before.budget_lost[t, b]:
                    whose = the_territory(self._problem, t)
                    text = f"{whose} would lose {number(lost)} of {budget.name}; it may lose {number(limit)}"
                    yield self._obstacle(
                        self.index.budget(b, t), budget.name, True, (t,), (),
                        lost - limit, _over(lost, limit), text,
                    )  # fmt: skip

    def _places(self, change: Change) -> Iterator[Obstacle]:
        """Give locks, exclusions and regions."""
        problem, at, to = self._problem, self._moves.territory, change.to
        units = change.units[at[change.units] != to]
        locks = problem.locked[units]
        for j in np.unique(locks[(locks >= 0) & (locks == at[units])]).tolist():
            held = units[locks == j]
            rule, text = (
                self.index.lock(j),
                f"{the_units(problem, held)} locked to {the_territory(problem, j)}",
            )
            n = float(len(held))
            yield self._obstacle(rule, rule.name, True, (j,), tuple(held.tolist()), n, n, text)
        if problem.excluded is not None and len(units):
            banned = np.asarray(problem.excluded[units, np.full(len(units), to)], dtype=bool).ravel()
            if banned.any():
                text = f"{the_units(problem, units[banned])} excluded from {the_territory(problem, to)}"
                n = float(banned.sum())
                where, who = (to,), tuple(units[banned].tolist())
                yield self._obstacle(self.index.exclusion(to), "", False, where, who, n, n, text)
        region = problem.region_of_unit[units]
        inside = (region >= 0) & (problem.region_of_territory[at[units]] == region)
        strays = inside & (problem.region_of_territory[to] != region)
        for r in np.unique(region[strays]).tolist():
            who = units[strays & (region == r)]
            text = f"{the_units(problem, who)} of region {problem.region_name[r]} would belong to a territory outside"
            n = float(len(who))
            yield self._obstacle(self.index.region(r), "", False, (to,), tuple(who.tolist()), n, n, text)

    def _company(self, change: Change) -> Iterator[Obstacle]:
        """Give pairs that would share a territory, and groups that would be torn."""
        problem, at, to = self._problem, self._moves.territory, change.to
        after = at.copy()
        after[change.units] = to
        seen = set()
        for pair in problem.apart[self._moves.unit_rules.pairs_with(change.units)]:
            one, other = np.sort(pair).tolist()
            if at[one] == at[other] or after[one] != after[other] or (one, other) in seen:
                continue
            seen.add((one, other))
            rule, text = (
                self.index.apart(pair),
                f"{the_units(problem, (one, other))} would share {the_territory(problem, to)}",
            )
            yield self._obstacle(rule, rule.name, False, (to,), (one, other), 1.0, 1.0, text)
        for group in np.unique(problem.together[change.units]).tolist():
            rule_ = self.index.together(group) if group >= 0 else None
            if rule_ is None:
                continue
            members = self._moves.unit_rules.group_members[group]
            several = np.unique(after[members])
            more = len(several) - len(np.unique(at[members]))
            if more > 0:
                where = listed(problem.territories.territory_id, several.tolist())
                text = f"{the_units(problem, members)} must be kept together, but would lie in {where}"
                yield self._obstacle(
                    rule_, rule_.name, True, tuple(several.tolist()), tuple(members.tolist()),
                    float(more), float(more), text,
                )  # fmt: skip


def _over(used: float, limit: float) -> float:
    """Return by how much a limit is passed, relative to it; 1 where nothing at all is allowed."""
    return used / limit - 1.0 if limit > 0 else 1.0
