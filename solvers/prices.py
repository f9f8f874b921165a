"""What each rule costs: the plan is improved without it, and set beside the same improvement with it.

A price is told in the objective and on the three axes of a plan: balance, travel, disruption. Both improvements begin
at the plan, with the same effort and the same random stream, so that chance favours neither. What is found without a
rule can be had, for a plan is there to show it; more may be possible. A price is therefore at least what is told, as
far as both searches came, and never less than nothing: the plan that keeps the rule is still there without it.

Single locks are priced by themselves where they are many: the best move of that unit alone, measured in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from planner.accounts import Accounts
from planner.alignment import Alignment
from planner.explain import Explainer
from planner.objective import Centre, Compactness
from planner.problem import AlignmentProblem
from planner.proposals import Axes, axes
from planner.rules import Rule, RuleKind, lifted, rules_of
from planner.scorecard import Scorecard, scorecard
from planner.solving import SILENT, Observer, Progress
from planner.stop import AnyOf, MaxIterations, Stop
from solvers.local_search.annealing import AnnealParams
from solvers.polish import PolishParams
from solvers.refinement import ABOUT_UNITS, FIRM, RefinementParams, refiner

COLD = AnnealParams(
    proposals_per_unit=200, most_proposals=5_000_000, steps=10, hot=0.02, cold=0.001, price=8.0
)
LIGHT = AnnealParams(proposals_per_unit=200, most_proposals=5_000_000, steps=10, hot=0.3, price=4.0, rise=1.3)
"""Searches of a plan that is good already: one that goes downhill from it, and one that looks around."""


class Method(StrEnum):
    """How a price was found."""

    RESOLVE = "re-solve"
    """The plan was improved without the rule, and with it for comparison."""
    ALONE = "one move"
    """The best move of one unit, everything else as it is."""
    NONE = "not priced"
    """There was no time left."""


@dataclass(frozen=True)
class PriceEffort:
    """How much is done for each price.

    Parameters
    ----------
    iterations
        Searches and groups of territories per price.
    rounds
        Times that the plan is improved at first, so that prices are not those of a plan that was left unfinished.
    parts
        Single locks that are priced, those that promise most.
    """

    iterations: int = 8
    rounds: int = 2
    parts: int = 30


@dataclass(frozen=True, eq=False)
class Price:
    """What one rule, or all of a kind, cost. Changes are without the rule less with it.

    Parameters
    ----------
    name, kind, text
        Of the rule; what it demands, in words.
    rules
        How many rules it stands for.
    method
        How it was found.
    objective
        By how much the objective falls at least, ≥ 0; None where it was not priced, or the plan breaks rules.
    share
        The same as a share of the objective.
    breach
        By how much the plan breaks the other rules less, summed over bands as fractions of ideals and over other rules
        by number; 0 where it breaks none.
    change
        Change on the three axes; None where it was not priced.
    alignment
        A plan without the rule that shows the price; None where it was not priced.
    lifts
        Units whose locks, or names of rules, that it stands for: what shows the price of one of them shows its own.
    """

    name: str
    kind: RuleKind
    text: str
    rules: int
    method: Method
    objective: float | None = None
    share: float | None = None
    breach: float = 0.0
    change: Axes | None = None
    alignment: Alignment | None = None
    lifts: frozenset[str] = frozenset()

    @property
    def sentence(self) -> str:
        """How certain the price is, in words."""
        return {
            Method.RESOLVE: "found by searching on without it; at least this much, more may be possible",
            Method.ALONE: "what the best move of this unit alone would gain; more may be possible",
            Method.NONE: "not priced: there was no time left",
        }[self.method]


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices of the rules of one plan, dearest first.

    Parameters
    ----------
    prices
        The prices.
    improved
        By how much the objective fell by searching on with all rules in place: the plan was that far from finished.
    at
        Where the improved plan is on the three axes; prices are changes against it.
    feasible
        Whether it keeps every rule.
    """

    prices: tuple[Price, ...]
    improved: float
    at: Axes
    feasible: bool


def price_rules(
    problem: AlignmentProblem,
    alignment: Alignment,
    *,
    accounts: Accounts | None = None,
    effort: PriceEffort | None = None,
    stop: Stop,
    observer: Observer = SILENT,
    seed: int = 0,
) -> Prices:
    """Price every rule of a plan: all of a kind together first, then each by itself.

    Parameters
    ----------
    problem, alignment
        The plan and what it is judged by.
    accounts
        Accounts behind the units, where there are any.
    effort
        How much is done for each price.
    stop
        When to stop; rules that were not reached are told as not priced.
    observer
        Told of progress.
    seed
        Same seed and same effort give the same prices.
    """
    return _Pricing(problem, alignment, accounts, effort or PriceEffort(), stop, observer, seed).all()


@dataclass(frozen=True, eq=False)
class _Item:
    """What is lifted at once."""

    name: str
    kind: RuleKind
    text: str
    rules: tuple[Rule, ...]
    lifts: frozenset[str]


class _Pricing:
    """One run over all rules."""

    def __init__(
        self,
        problem: AlignmentProblem,
        alignment: Alignment,
        accounts: Accounts | None,
        effort: PriceEffort,
        stop: Stop,
        observer: Observer,
        seed: int,
    ) -> None:
        self._problem, self._accounts, self._effort = problem, accounts, effort
        self._stop, self._observer, self._seed = stop, observer, seed
        self._plan = alignment
        polish = PolishParams(
            long=(COLD, LIGHT), settle=FIRM, about_units=(replace(ABOUT_UNITS, proposals_per_unit=600),),
            least_about_units=100_000,
        )  # fmt: skip
        self._refiner = refiner(RefinementParams(polish=polish))

    def all(self) -> Prices:
        """Price everything there is time for."""
        before = scorecard(self._problem, self._plan.territory).objective
        for number in range(self._effort.rounds):
            self._plan = self._improved(self._problem, self._seed + number)
        # What searching on gains with every rule in place, by the random stream that all prices use.
        kept = self._improved(self._problem, self._seed + self._effort.rounds)
        card = scorecard(self._problem, kept.territory, self._accounts)
        at = axes(self._problem, card)
        items = _items(self._problem)
        found = []
        for position, item in enumerate(items):
            self._observer(Progress(f"price of {item.name}", position / max(len(items), 1)))
            if self._stop.reason(0) is not None:
                none = Price(item.name, item.kind, item.text, len(item.rules), Method.NONE, lifts=item.lifts)
                found.append(none)
                continue
            found.append(self._price(item, card, kept, at))
        known = {price.name for price in found}
        found += [price for price in self._alone(kept, card, at) if price.name not in known]
        found = [_at_least(price, found) for price in found]
        found.sort(key=lambda price: (-price.breach, -(price.objective or 0.0)))
        return Prices(
            tuple(found), max(0.0, before - card.objective) if card.feasible else 0.0, at, card.feasible
        )

    def _improved(self, problem: AlignmentProblem, seed: int) -> Alignment:
        """Return the plan after a little more searching, never a worse one."""
        stop = AnyOf((self._stop, MaxIterations(self._effort.iterations)))
        found = self._refiner.solve(problem, start=self._plan, stop=stop, seed=seed).alignment
        if found is None:
            return self._plan
        ranks = [_rank(problem, alignment) for alignment in (self._plan, found)]
        return found if ranks[1] <= ranks[0] else self._plan

    def _price(self, item: _Item, card: Scorecard, kept: Alignment, at: Axes) -> Price:
        """Search on without some rules, and compare."""
        free = lifted(self._problem, item.rules)
        after = self._improved(free, self._seed + self._effort.rounds)
        if _rank(free, after) > _rank(free, kept):
            after = kept
        ranks = _rank(free, kept), _rank(free, after)
        now = scorecard(self._problem, after.territory, self._accounts)
        gain = max(0.0, card.objective - now.objective) if ranks[1][0] == 0 and card.feasible else None
        return Price(
            name=item.name,
            kind=item.kind,
            text=item.text,
            rules=len(item.rules),
            method=Method.RESOLVE,
            objective=gain,
            share=None if gain is None or card.objective <= 0 else gain / card.objective,
            breach=max(0.0, ranks[0][0] - ranks[1][0]),
            change=_change(at, axes(self._problem, now)),
            alignment=after,
            lifts=item.lifts,
        )

    def _alone(self, kept: Alignment, card: Scorecard, at: Axes) -> list[Price]:
        """Price single locks, those that promise most, by the best move of each unit alone."""
        problem = self._problem
        held = np.flatnonzero((problem.locked >= 0) & (kept.territory == problem.locked)).astype(np.int32)
        if len(held) < 2 or not card.feasible:
            return []
        explainer = Explainer(problem, kept.territory, self._accounts)
        order = held[np.argsort(-_promise(problem, kept, held, card), kind="stable")][: self._effort.parts]
        found = []
        for unit in order.tolist():
            if self._stop.reason(0) is not None:
                break
            told = explainer.unit(unit)
            if len(told.units) > 1:
                continue
            open_to = [h for h in told.homes if all(o.kind is RuleKind.LOCK for o in h.obstacles)]
            best = min(open_to, key=lambda home: home.objective_change, default=None)
            if best is None or best.objective_change >= 0:
                continue
            territory = kept.territory.copy()
            territory[unit] = best.territory
            ids = problem.territories.territory_id
            found.append(
                Price(
                    name=f"lock of {problem.units.unit_id[unit]}",
                    kind=RuleKind.LOCK,
                    text=f"unit {problem.units.unit_id[unit]} is locked to territory {ids[told.territory]}; "
                    f"it would go to {ids[best.territory]}",
                    rules=1,
                    method=Method.ALONE,
                    objective=-best.objective_change,
                    share=-best.objective_change / card.objective if card.objective > 0 else None,
                    change=_change(at, axes(problem, told.card(best.territory))),
                    alignment=Alignment(territory),
                    lifts=frozenset([f"lock of {problem.units.unit_id[unit]}"]),
                )
            )
        return found


def _items(problem: AlignmentProblem) -> list[_Item]:
    """Return what is lifted: kinds of many rules together, then every rule by itself."""
    rules = rules_of(problem)
    by_kind: dict[RuleKind, list[Rule]] = {}
    for rule in rules:
        by_kind.setdefault(rule.kind, []).append(rule)
    together = [
        _Item(
            f"all rules of kind {kind}",
            kind,
            f"{len(of):,} rules: {_named(of)}",
            tuple(of),
            _lifts(problem, of),
        )
        for kind, of in by_kind.items()
        if len(of) > 1
    ]
    return together + [
        _Item(rule.name, rule.kind, rule.text(problem), (rule,), _lifts(problem, [rule])) for rule in rules
    ]


def _lifts(problem: AlignmentProblem, rules: Sequence[Rule]) -> frozenset[str]:
    """Return the names of some rules and of their parts."""
    parts = [part.name for rule in rules for part in rule.parts(problem)]
    return frozenset([*parts, *(rule.name for rule in rules)])


def _at_least(price: Price, others: Sequence[Price]) -> Price:
    """Return a price raised to that of anything it lifts as well: a plan that shows one shows the other."""
    shown = [o for o in others if o.objective is not None and o.lifts <= price.lifts]
    best = max(shown, key=lambda other: other.objective or 0.0, default=None)
    if best is None or (best.objective or 0.0) <= (price.objective or 0.0) or price.breach > 0:
        return price
    method = Method.RESOLVE if price.method is Method.NONE else price.method
    return replace(
        price,
        method=method,
        objective=best.objective,
        share=best.share,
        change=best.change,
        alignment=best.alignment,
    )


def _named(rules: Sequence[Rule]) -> str:
    shown = ", ".join(rule.name for rule in rules[:3])
    return f"{shown} and {len(rules) - 3:,} more" if len(rules) > 3 else shown


def _rank(problem: AlignmentProblem, alignment: Alignment) -> tuple[float, float]:
    """Return what decides between two plans: how much they break rules, then cost."""
    card = scorecard(problem, alignment.territory)
    if card.feasible:
        return 0.0, card.objective
    broken = card.lock_breaches + card.exclusion_breaches + card.apart_breaches + card.together_breaches
    broken += card.region_breaches + card.budget_breaches + int(card.surplus_pieces.sum())
    return broken + float(card.violation.sum() + card.mix_violation.sum()), card.objective


def _change(before: Axes, after: Axes) -> Axes:
    return Axes(*(a - b for a, b in zip(after, before, strict=True)))


def _promise(
    problem: AlignmentProblem, alignment: Alignment, units: np.ndarray, card: Scorecard
) -> np.ndarray:
    """Return how much nearer, weighed, each unit would be to the nearest territory than to its own."""
    home = problem.territories.home_xy_m
    at_home = (
        problem.objective.centre is Centre.HOME and problem.objective.compactness is not Compactness.DIAMETER
    )
    place = home if at_home else card.centre_m
    squared = ((problem.units.xy_m[units][:, None] - place[None]) ** 2).sum(axis=2)
    here = squared[np.arange(len(units)), alignment.territory[units]]
    return np.asarray(problem.objective.weight[units] * (here - np.nanmin(squared, axis=1)))
