"""The quota of every seat on every day, after accounts moved and seats were relieved.

The plan's days stay as they are; whatever changes is a flow of minor units from one seat to another, or to nobody, on
certain days. A flow takes from one what it gives to the other, so that every day's company total is that of the plan,
but for relief that nobody carries, which is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from planner.errors import InvalidInput, Problem
from planner.quota.currency import money
from planner.quota.hierarchy import COMPANY, Hierarchy
from planner.quota.in_year.changes import Move, ReliefGrant, in_order, move_faults, relief_faults
from planner.quota.in_year.daily import Calendar, Carried
from planner.quota.in_year.share_out import share_out
from planner.quota.rounding import Cents, largest_remainder
from planner.quota.settings import Relief

NOBODY = -1
"""Where quota goes that nobody carries."""


@dataclass(frozen=True, eq=False)
class Flow:
    """Quota that changes hands.

    Parameters
    ----------
    kind, cause
        ``move`` or ``relief``, and the position of the move or relief.
    source, target
        Positions of the territories that give and take; `NOBODY` for quota that nobody carries any more.
    component
        Position of the component.
    start
        First day, counted from the first of the calendar.
    cents
        Minor units on that day and the following ones, ≥ 0.
    """

    kind: Literal["move", "relief"]
    cause: int
    source: int
    target: int
    component: int
    start: int
    cents: Cents


@dataclass(frozen=True, eq=False)
class Ledger:
    """Quotas by day, before and after what changed.

    Parameters
    ----------
    calendar
        The days.
    plan_cents
        Quotas of the plan on each day, shape ``(n_territories, n_components, n_days)``.
    flows
        What changed, in the order in which it was applied.
    moves, grants
        The moves and reliefs that `Flow.cause` speaks of.
    """

    calendar: Calendar
    plan_cents: Cents
    flows: tuple[Flow, ...]
    moves: tuple[Move, ...]
    grants: tuple[ReliefGrant, ...]

    @cached_property
    def cents(self) -> Cents:
        """Quotas on each day after all changes, shape ``(n_territories, n_components, n_days)``."""
        return self.with_flows(("move", "relief"))

    def with_flows(self, kinds: Sequence[str]) -> Cents:
        """Return quotas on each day after the changes of some kinds, shaped like `cents`."""
        out = self.plan_cents.copy()
        for flow in self.flows:
            if flow.kind in kinds:
                apply(out, flow)
        out.setflags(write=False)
        return out

    def on(self, day: date) -> Cents:
        """Return what each seat carries on a day, shape ``(n_territories, n_components)``; zeros outside the plan."""
        at = self.calendar.position(day)
        inside = 0 <= at < self.calendar.n_days
        return np.array(self.cents[:, :, at]) if inside else np.zeros(self.cents.shape[:2], np.int64)

    def to_date(self, day: date) -> Cents:
        """Return what each seat was to sell up to the end of a day, shape ``(n_territories, n_components)``."""
        return np.asarray(self.cents[:, :, : max(0, self.calendar.position(day) + 1)].sum(2))

    def by_period(self, cents: Cents | None = None) -> Cents:
        """Return quotas by period, shape ``(n_territories, n_components, n_periods)``.

        Parameters
        ----------
        cents
            Amounts by day, shaped like those of the ledger; None for the quotas after all changes.
        """
        days = self.cents if cents is None else cents
        out = np.zeros((*days.shape[:2], len(self.calendar.periods)), np.int64)
        for p in range(len(self.calendar.periods)):
            out[:, :, p] = days[:, :, self.calendar.period_of_day == p].sum(2)
        return out

    def changed(self, kind: str, *, taken: bool) -> Cents:
        """Return what flows of a kind took from each seat, or gave to it, by period; as in `by_period`."""
        out = np.zeros(self.plan_cents.shape, np.int64)
        for flow in self.flows:
            seat = flow.source if taken else flow.target
            if flow.kind == kind and seat != NOBODY:
                out[seat, flow.component, flow.start : flow.start + len(flow.cents)] += flow.cents
        return self.by_period(out)

    def changed_by(self, kind: str, cause: int) -> Cents:
        """Return what one move or relief moves on each day, all components together, shape ``(n_days,)``."""
        out = np.zeros(self.calendar.n_days, np.int64)
        for flow in self.flows:
            if (flow.kind, flow.cause) == (kind, cause):
                out[flow.start : flow.start + len(flow.cents)] += flow.cents
        return out

    @cached_property
    def absorbed_cents(self) -> Cents:
        """Quota that nobody carries any more on each day, shape ``(n_components, n_days)``."""
        out = np.zeros(self.plan_cents.shape[1:], np.int64)
        for flow in self.flows:
            if flow.target == NOBODY:
                out[flow.component, flow.start : flow.start + len(flow.cents)] += flow.cents
        return out


def ledger(
    carried: Carried,
    territory_id: Sequence[str],
    moves: Sequence[Move] = (),
    grants: Sequence[ReliefGrant] = (),
    hierarchy: Hierarchy | None = None,
    node_of_territory: ArrayLike | None = None,
    currency: str = "",
) -> Ledger:
    """Apply moves, then reliefs in the order in which they stand.

    Parameters
    ----------
    carried
        Quotas by day, and what each account carries of them.
    territory_id
        Names of the territories, for messages.
    hierarchy, node_of_territory
        Nodes, and the position of the node that each territory hangs below: siblings that take over are those below
        the nearest node that has any.
    currency
        ISO 4217 code, for messages.

    Raises
    ------
    InvalidInput
        With all that is wrong with moves and reliefs.
    """
    plan = carried.plan
    found = move_faults(moves, carried.territory, plan.calendar, territory_id)
    found += relief_faults(grants, plan.calendar)
    if found:
        raise InvalidInput(found)
    flows = _moved(carried, moves)
    now = plan.cents.copy()
    for flow in flows:
        apply(now, flow)
    nodes = np.full(len(now), COMPANY) if node_of_territory is None else np.asarray(node_of_territory)
    family = _Family(hierarchy, nodes.astype(np.int32))
    faults: list[Problem] = []
    for j, grant in enumerate(grants):
        try:
            own = _relieved(now, plan.calendar, j, grant, family, currency)
        except _Impossible as why:
            column = "amount" if grant.share is None else "share"
            what = "Lower it, or change its dates."
            faults.append(Problem(str(why), what, "relief", grant.row, column, code="relief_too_much"))
            continue
        for flow in own:
            apply(now, flow)
        flows += own
    if faults:
        raise InvalidInput(faults)
    return Ledger(plan.calendar, plan.cents, tuple(flows), tuple(moves), tuple(grants))


def apply(cents: Cents, flow: Flow) -> None:
    """Let a flow take place in quotas by day, in place."""
    days = slice(flow.start, flow.start + len(flow.cents))
    if flow.source != NOBODY:
        cents[flow.source, flow.component, days] -= flow.cents
    if flow.target != NOBODY:
        cents[flow.target, flow.component, days] += flow.cents


def _moved(carried: Carried, moves: Sequence[Move]) -> list[Flow]:
    calendar, flows = carried.plan.calendar, []
    for j in in_order(moves):
        move = moves[j]
        start = calendar.position(move.day)
        for component in range(carried.plan.amount_cents.shape[1]):
            cents = carried.on_days(move.entity, component)[start:]
            flows.append(Flow("move", j, move.source, move.target, component, start, cents))
    return flows


class _Impossible(Exception):
    """A relief that the amounts do not allow, in words."""


@dataclass(frozen=True, eq=False)
class _Family:
    hierarchy: Hierarchy | None
    node: np.ndarray

    def siblings(self, seat: int, cents: Cents) -> np.ndarray:
        """Return the other seats with quota below the nearest node that has any, positions; empty where none."""
        node = int(self.node[seat])
        above = [] if self.hierarchy is None or node == COMPANY else [node, *self.hierarchy.above(node)]
        for top in (*above, COMPANY):
            below = np.ones(len(cents), bool)
            if self.hierarchy is not None:
                below = self.hierarchy.territories_below(top, self.node)
            below[seat] = False
            found = np.flatnonzero(below & (cents > 0))
            if len(found):
                return found
        return np.zeros(0, np.int64)


def _relieved(
    now: Cents, calendar: Calendar, cause: int, grant: ReliefGrant, family: _Family, currency: str
) -> list[Flow]:
    """Return the flows of one relief out of the quotas as they are."""
    first, end = calendar.position(grant.first), calendar.position(grant.last) + 1
    own = now[grant.territory, :, first:end]
    total = int(own.sum())
    wanted = grant.amount_cents if grant.share is None else round(Fraction(grant.share) * total)
    assert wanted is not None
    if not 0 < wanted <= total:
        raise _Impossible(
            f"The seat carries {money(total, currency)} on these days; it cannot be relieved of "
            f"{money(wanted, currency)}."
        )
    parts = largest_remainder(own.ravel(), wanted).reshape(own.shape)
    flows = []
    for component in np.flatnonzero(parts.any(1)).tolist():
        if grant.carried_by is Relief.ABSORBED:
            flows.append(Flow("relief", cause, grant.territory, NOBODY, component, first, parts[component]))
            continue
        carriers = now[:, component, first:end]
        siblings = family.siblings(grant.territory, carriers.sum(1))
        if not len(siblings):
            raise _Impossible("No other seat carries any quota on these days: nobody can take it over.")
        flows += [
            Flow("relief", cause, grant.territory, int(seat), component, first, cents)
            for seat, cents in zip(siblings, share_out(parts[component], carriers[siblings]), strict=True)
            if cents.any()
        ]
    return flows
