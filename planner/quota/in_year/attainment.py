"""Attainment to date and where the year will end: per seat, per node of the hierarchy, and for the company."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

from planner.arrays import FloatArray
from planner.quota.hierarchy import Hierarchy
from planner.quota.in_year.daily import Carried
from planner.quota.in_year.forecast import Expected, Forecast, forecast
from planner.quota.in_year.ledger import Ledger
from planner.quota.in_year.pace import PaceError
from planner.quota.in_year.sold import Credited
from planner.quota.outlook import Outlook
from planner.quota.rounding import Cents

LEVEL = 0.8
"""Chance that stated intervals hold."""


@dataclass(frozen=True)
class Standing:
    """How one seat, node or the company stands.

    Parameters
    ----------
    level
        ``seat``, the level of a node (``region``), ``company``, or ``target``: the company against its target, without
        over-assignment.
    id, name
        Id of the territory or node, and what people call it; empty for the company.
    component
        Empty for all together.
    plan_cents, quota_cents
        Quota of the year as planned, and after moves and reliefs.
    to_date_cents, sold_cents
        Quota and sales to date.
    forecast_cents, low_cents, high_cents
        Sales of the year, and the interval they lie in with chance `LEVEL`; NaN where unknown.
    chance
        Chance to sell the quota of the year; NaN where unknown.
    """

    level: str
    id: str
    name: str
    component: str
    plan_cents: int
    quota_cents: int
    to_date_cents: int
    sold_cents: int
    forecast_cents: float = float("nan")
    low_cents: float = float("nan")
    high_cents: float = float("nan")
    chance: float = float("nan")

    @property
    def attainment(self) -> float:
        """Sales over quota, both to date; NaN where there is no quota yet."""
        return self.sold_cents / self.to_date_cents if self.to_date_cents > 0 else float("nan")

    @property
    def forecast_attainment(self) -> float:
        """Forecast over the quota of the year; NaN where there is none."""
        return self.forecast_cents / self.quota_cents if self.quota_cents > 0 else float("nan")


def expected(book: Ledger, carried: Carried, as_of: date, outlook: Outlook | None) -> Expected:
    """Return what the plan expects of each seat to date and for the rest of the year.

    Expected sales follow the days of the quotas, and accounts that move take theirs along; relief does not change what
    a territory sells. Without an outlook quotas are what is expected, and nothing is known of how far a year may stray.

    """
    now = book.calendar.position(as_of) + 1
    plan = book.plan_cents.sum(1)
    year = plan.sum(1).astype(np.float64)
    known = np.zeros(len(year), bool) if outlook is None else (outlook.mean_cents > 0) & (year > 0)
    mean = year if outlook is None else outlook.mean_cents
    rate = np.divide(mean, year, out=np.ones(len(year)), where=known)
    to_date = plan[:, :now].sum(1) * rate
    rest = plan[:, now:].sum(1) * rate
    for flow in book.flows:
        if flow.kind != "move":
            continue
        home = int(carried.territory[book.moves[flow.cause].entity])
        early = max(0, now - flow.start)
        before, after = (float(part.sum()) * rate[home] for part in (flow.cents[:early], flow.cents[early:]))
        to_date[flow.source] -= before
        rest[flow.source] -= after
        to_date[flow.target] += before
        rest[flow.target] += after
    own = np.full(len(year), np.inf)
    if outlook is not None:
        own = np.where(known, central_spread(outlook), np.inf)
    return Expected(np.maximum(to_date, 0.0), np.maximum(rest, 0.0), own, company_spread(outlook))


def central_spread(outlook: Outlook) -> FloatArray:
    """Return the standard deviation of the normal that has the middle `LEVEL` of each seat's own year, a fraction."""
    alone = Outlook(np.ones(len(outlook.mean_cents)), outlook.spread, 0.0, outlook.wild)
    low, high = alone.interval(LEVEL)
    return np.asarray(np.log(high / low) / 2 / ndtri((1 + LEVEL) / 2))


def company_spread(outlook: Outlook | None) -> float:
    """Return the standard deviation of the company's year, widened as Student's t is where few years told it."""
    if outlook is None:
        return float("inf")
    years = len(outlook.learned_from)
    return outlook.shock * (
        float(stdtrit(years, (1 + LEVEL) / 2)) / float(ndtri((1 + LEVEL) / 2)) if years else 1.0
    )


def standings(
    book: Ledger,
    sold: Credited,
    as_of: date,
    foreseen: Expected,
    error: PaceError | None,
    territory_id: Sequence[str],
    components: Sequence[str],
    *,
    names: Sequence[str] = (),
    hierarchy: Hierarchy | None = None,
    node_of_territory: ArrayLike | None = None,
    target_cents: int | None = None,
) -> tuple[Standing, ...]:
    """Return how every seat, every node and the company stand.

    Parameters
    ----------
    book
        Quotas by day.
    sold
        Sales to date.
    as_of
        Last day that sales are known for.
    foreseen, error
        What the plan expects (`expected`), and errors of pace of past years.
    names
        What people call the territories (their reps); none where empty.
    hierarchy, node_of_territory
        Nodes, and the position of the node that each territory hangs below.
    target_cents
        Company target; None where unknown.
    """
    view = _View(book, sold, as_of, forecast(sold.cents.sum(1), foreseen, error), tuple(components))
    names = tuple(names) or ("",) * len(territory_id)
    out: list[Standing] = []
    for t, (label, name) in enumerate(zip(territory_id, names, strict=True)):
        out += view.rows("seat", str(label), name, np.array([t]))
    if hierarchy is not None:
        nodes = np.asarray(node_of_territory, np.int32)
        for node in range(len(hierarchy)):
            below = np.flatnonzero(hierarchy.territories_below(node, nodes))
            level = hierarchy.level[node] or "node"
            out += view.rows(
                level if level != "company" else "node",
                str(hierarchy.node_id[node]),
                hierarchy.name[node],
                below,
            )
    everyone = np.arange(len(territory_id))
    out += view.rows("company", "", "", everyone)
    if target_cents is not None and (company := out[-1 - view.n_parts]).plan_cents > 0:
        part = target_cents / company.plan_cents
        out.append(
            Standing(
                "target",
                "",
                "",
                "",
                target_cents,
                target_cents,
                round(int(book.plan_cents[:, :, : book.calendar.position(as_of) + 1].sum()) * part),
                company.sold_cents,
                company.forecast_cents,
                company.low_cents,
                company.high_cents,
                view.forecast.chance(everyone, target_cents),
            )
        )
    return tuple(out)


@dataclass(frozen=True, eq=False)
class YearAmounts:
    """Quotas and sales of the territories on a day of the year.

    Parameters
    ----------
    book, sold
        Quotas by day, and sales to date.
    as_of
        Last day that sales are known for.
    """

    book: Ledger
    sold: Credited
    as_of: date

    @cached_property
    def plan(self) -> Cents:
        """Quotas of the year as planned, shape ``(n_territories, n_components)``."""
        return np.asarray(self.book.plan_cents.sum(2))

    @cached_property
    def quota(self) -> Cents:
        """Quotas of the year after moves and reliefs, shaped alike."""
        return np.asarray(self.book.cents.sum(2))

    @cached_property
    def to_date(self) -> Cents:
        """Quotas to date, shaped alike."""
        return self.book.to_date(self.as_of)


@dataclass(frozen=True, eq=False)
class _View(YearAmounts):
    """Amounts that rows are made of."""

    forecast: Forecast
    components: tuple[str, ...]

    @property
    def n_parts(self) -> int:
        """Number of components that rows are told for besides all together."""
        told = len(self.components) > 1 and self.sold.by_component is not None
        return len(self.components) if told else 0

    def rows(self, level: str, label: str, name: str, seats: NDArray[np.intp]) -> Iterator[Standing]:
        """Yield the row of some seats together, then one for each component where sales state them."""
        low, high = self.forecast.interval(seats, LEVEL)
        quota = int(self.quota[seats].sum())
        yield Standing(
            level,
            label,
            name,
            "",
            int(self.plan[seats].sum()),
            quota,
            int(self.to_date[seats].sum()),
            int(self.sold.cents[seats].sum()),
            self.forecast.total(seats)[0],
            low,
            high,
            self.forecast.chance(seats, quota),
        )
        for c in range(self.n_parts):
            yield Standing(
                level,
                label,
                name,
                self.components[c],
                int(self.plan[seats, c].sum()),
                int(self.quota[seats, c].sum()),
                int(self.to_date[seats, c].sum()),
                int(self.sold.cents[seats, c].sum()),
            )
