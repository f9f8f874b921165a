"""The CP-SAT model of giving some free units to some territories while everything else stays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from planner.arrays import IntArray, MaskArray
from solvers.centres import held_centres
from solvers.cp_sat.contiguity import Cut, Surroundings
from solvers.cp_sat.integer_scaling import COARSE_COST_STEPS, COST_STEPS, LongArray, cost_scale, load_scale
from solvers.cp_sat.limits import Choice
from solvers.cp_sat.linear_costs import linear_cost, pair_costs
from solvers.model import SearchModel
from solvers.repair import make_contiguous

BREACH_PRICE = 1e6
"""Price of a breach of one ideal, in spans between the cheapest and the dearest assignment."""


MOST_OBJECTIVE = 2**60
"""Largest priced breach in integer steps: what CP-SAT can add up without overflow."""


class AssignmentModel:
    """Variables, rules and objective, and what an alignment is worth in them.

    Parameters
    ----------
    model
        The scaled problem.
    label
        Alignment that the rest is taken from, shape ``(n_units,)``.
    units
        Free units; each belongs to one of `territories`.
    territories
        Territories that they may belong to.
    pairs
        Pairs that may be chosen, shape ``(len(units), len(territories))``.
    with_slack
        Whether limits may be broken, at the price of their breach.
    """

    def __init__(
        self,
        model: SearchModel,
        label: IntArray,
        units: IntArray,
        territories: IntArray,
        pairs: MaskArray,
        with_slack: bool,
    ) -> None:
        self.units, self.territories = units, territories
        self._label, self._model = label, model
        self._column_of = np.full(model.n_territories, -1)
        self._column_of[territories] = np.arange(len(territories))
        self._free_at = np.full(model.n_units, -1)
        self._free_at[units] = np.arange(len(units))
        self._members = np.flatnonzero(self._column_of[label] >= 0)
        self._staying = self._members[self._free_at[self._members] < 0]
        self.centres = held_centres(model, label, self._members)
        self.pairs = pairs = self._anchored(pairs)
        self.cp = cp_model.CpModel()
        self.row, self.column = np.nonzero(pairs)
        self.chosen = [self.cp.new_bool_var("") for _ in range(len(self.row))]
        self._at = np.full(pairs.shape, -1)
        self._at[self.row, self.column] = np.arange(len(self.row))
        self._slack: list[cp_model.IntVar] = []
        self._most_slack = 0
        self._rows: list[tuple[NDArray[np.intp], LongArray, int]] = []
        self._add_partition(model)
        self._add_costs(model, COARSE_COST_STEPS if with_slack else COST_STEPS)
        self._add_limits(model, with_slack)
        self._price = 0
        if with_slack:
            wanted = round(BREACH_PRICE * COARSE_COST_STEPS / self.load_scale.factor)
            self._price = max(1, min(wanted, MOST_OBJECTIVE // max(self._most_slack, 1)))
        terms = [*self.chosen, *self._slack]
        factors = self._cost.tolist() + [self._price] * len(self._slack)
        self.cp.minimize(cp_model.LinearExpr.weighted_sum(terms, factors))
        self.surroundings: Surroundings | None = None
        if model.contiguous:
            self._add_contiguity(model)

    def _anchored(self, pairs: MaskArray) -> MaskArray:
        """Return `pairs` without those that take a territory's centre unit out of it."""
        pairs = pairs.copy()
        for column, territory in enumerate(self.territories):
            unit = self.centres.anchor[territory]
            row = self._free_at[unit] if unit >= 0 else -1
            if row >= 0 and pairs[row, column]:
                pairs[row] = np.arange(pairs.shape[1]) == column
        return pairs

    def _add_partition(self, model: SearchModel) -> None:
        for places in self._at:
            self.cp.add_exactly_one(self._literals(places))
        stay = np.bincount(self._column_of[self._label[self._staying]], minlength=len(self.territories))
        self._must_fill = np.flatnonzero(stay == 0)
        for column in self._must_fill:
            self.cp.add_at_least_one(self._literals(self._at[:, column]))

    def _add_costs(self, model: SearchModel, steps: float) -> None:
        cost = pair_costs(model, self.centres, self.units, self.territories)
        least = np.where(self.pairs, cost, np.inf).min(axis=1)
        above = np.where(self.pairs, cost - least[:, None], 0.0)
        self.cost_scale = cost_scale(float(above.max(axis=1).sum()), steps)
        self._cost = self.cost_scale.down(above)[self.row, self.column]
        self._pair_cost = cost
        self._rest = linear_cost(model, self.centres, self._label, self._staying)
        self._base = self._rest + float(least.sum())

    def _add_limits(self, model: SearchModel, with_slack: bool) -> None:
        """Write all limits as integer inequalities, rounded so that whoever keeps them keeps the real ones."""
        choice = Choice(
            model, self._label, self.units, self.territories, self.row, self.column, self._staying
        )
        limits = choice.limits()
        finest = min((limit.precision for limit in limits if limit.precision > 0), default=1.0)
        total = max((float(np.abs(limit.amount).sum()) for limit in limits), default=0.0)
        self.load_scale = load_scale(total, len(self.units), finest)
        for limit in limits:
            amount = self.load_scale.up(limit.amount)
            whole = self.load_scale.down if limit.precision else self.load_scale.up
            self._at_most(limit.places, amount, int(whole(np.array(limit.most))), with_slack)

    def _at_most(self, places: NDArray[np.intp], amount: LongArray, most: int, with_slack: bool) -> None:
        self._rows.append((places, amount, most))
        variables = [self.chosen[p] for p in places]
        factors = amount.tolist()
        if with_slack:
            worst = int(np.maximum(amount, 0).sum()) - min(most, 0)
            slack = self.cp.new_int_var(0, max(worst, 0), "")
            self._slack.append(slack)
            self._most_slack += max(worst, 0)
            variables, factors = [*variables, slack], [*factors, -1]
        if variables:
            self.cp.add(cp_model.LinearExpr.weighted_sum(variables, factors) <= most)
        elif most < 0:
            self.cp.add_bool_or([])

    def _add_contiguity(self, model: SearchModel) -> None:
        members = self._members
        self._member_column = self._column_of[self._label[members]].astype(np.int32)
        is_free = self._free_at[members] >= 0
        may_hold = np.zeros((len(members), len(self.territories)), bool)
        may_hold[np.arange(len(members)), self._member_column] = True
        may_hold[is_free] = self.pairs[self._free_at[members[is_free]]]
        centre = self.centres.place[self.territories]
        self.surroundings = Surroundings(model, members, may_hold, is_free, centre)
        for column in range(len(self.territories)):
            rooted = self.surroundings.roots(column, self._member_column)
            for place in np.flatnonzero(is_free & may_hold[:, column]).tolist():
                # Where a unit stays for sure, no other one of the territory can be without a neighbour in it.
                if self.surroundings.component(place) in rooted:
                    self._needs_one_of(place, self.surroundings.neighbours[place], column)

    def _choice(self, place: int, column: int) -> cp_model.IntVar | bool:
        """Return whether the member at `place` belongs to the territory: a variable, or known."""
        row = self._free_at[self._members[place]]
        if row < 0:
            return bool(self._member_column[place] == column)
        at = self._at[row, column]
        return self.chosen[at] if at >= 0 else False

    def _needs_one_of(self, place: int, others: list[int], column: int, root: int | None = None) -> None:
        """Add that the territory holds `place` (and `root`) only together with one of `others`."""
        clause: list[cp_model.LiteralT] = []
        for other in others:
            choice = self._choice(other, column)
            if choice is True:
                return
            if choice is not False:
                clause.append(choice)
        for held in (place, root):
            choice = True if held is None else self._choice(held, column)
            if choice is False:
                return
            if choice is not True:
                clause.append(~choice)
        self.cp.add_bool_or(clause)

    def add_cut(self, cut: Cut) -> None:
        """Add one inequality of contiguity."""
        self._needs_one_of(cut.stray, list(cut.separator), cut.territory, cut.root)

    def cuts(self, choice: IntArray) -> list[Cut]:
        """Return the inequalities of contiguity that `choice` breaks."""
        if self.surroundings is None:
            return []
        column = self._member_column.copy()
        row = self._free_at[self._members]
        column[row >= 0] = choice[row[row >= 0]]
        return self.surroundings.cuts(column)

    def hint(self, choice: IntArray) -> None:
        """Let the search begin with `choice`."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]
        taken = (choice[self.row] == self.column).tolist()
        for variable, value in zip(self.chosen, taken, strict=True):
            self.cp.add_hint(variable, value)
        for variable, over in zip(self._slack, self._overs(choice), strict=False):
            self.cp.add_hint(variable, over)

    @property
    def keeps_limits(self) -> bool:
        """Whether limits are rules rather than priced."""
        return not self._slack

    def mended(self, choice: IntArray) -> IntArray | None:
        """Return `choice` with stray pieces given to their neighbours, where that keeps every rule but contiguity.

        Limits hold only where slack takes up what they lack.
        """
        if self.surroundings is None:
            return None
        label = self._label.copy()
        label[self.units] = self.territories[choice]
        label = make_contiguous(self._model, label)
        column = self._column_of[label[self.units]].astype(np.int32)
        others = np.delete(np.arange(len(label)), self.units)
        if (label[others] != self._label[others]).any() or not self.permits(column):
            return None
        return column if self._slack or not self.breach_steps(column) else None

    def permits(self, choice: IntArray) -> bool:
        """Return whether `choice` keeps every rule except limits and contiguity."""
        inside = choice >= 0
        if not inside.all() or not self.pairs[np.arange(len(choice)), choice].all():
            return False
        return bool(np.isin(self._must_fill, choice).all())

    def breach_steps(self, choice: IntArray) -> int:
        """Return by how many steps `choice` breaks limits; 0 where they hold."""
        return sum(self._overs(choice))

    def _overs(self, choice: IntArray) -> list[int]:
        taken = choice[self.row] == self.column
        return [max(0, int(amount[taken[places]].sum()) - most) for places, amount, most in self._rows]

    def steps(self, choice: IntArray) -> int:
        """Return what the model makes of `choice`, in integer steps: its cost and its priced breach."""
        cost = int(self._cost[choice[self.row] == self.column].sum())
        return cost + self._price * self.breach_steps(choice)

    def cost_of_steps(self, steps: float) -> float:
        """Return a scaled cost, of all units of the territories, that `steps` integer steps do not overstate."""
        return self._base + self.cost_scale.real(steps)

    def cost_of_choice(self, choice: IntArray) -> float:
        """Return the scaled cost of all units of the territories with `choice`."""
        return self._rest + float(self._pair_cost[np.arange(len(choice)), choice].sum())

    def _literals(self, places: NDArray[np.intp]) -> list[cp_model.IntVar]:
        return [self.chosen[p] for p in places if p >= 0]
