"""What territories sold on the new boundaries, and the seasons of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.arrays import IntArray
from planner.quota.currency import money
from planner.quota.history import History
from planner.quota.periods import PER_YEAR, kind_of, parse, year_of
from planner.quota.rounding import Cents
from planner.quota.season import Season, by_month, season


@dataclass(frozen=True, eq=False)
class Baseline:
    """History re-cut to the territories of a plan.

    Parameters
    ----------
    kind
        ``month``, ``quarter`` or ``year``: what the history is in; None where there is none.
    year
        Last full year; None where there is none.
    latest
        Last year with any sales; None where there are none.
    cents
        What each territory sold in the last full year (in the latest periods, at most a year of them, where none is
        full), minor units, shape ``(n_territories, n_components)``; a component that the history does not know shows
        all sales.
    total_cents
        The same over all components of the history, shape ``(n_territories,)``.
    seasons
        Season of each component.
    notes
        What was used and why, for people.
    """

    kind: str | None
    year: int | None
    latest: int | None
    cents: Cents
    total_cents: Cents
    seasons: tuple[Season, ...]
    notes: tuple[str, ...] = ()


def full_years(history: History) -> tuple[int, ...]:
    """Return the years with sales in every one of their periods, in order."""
    sold = [found for j in np.unique(history.period) if (found := parse(history.periods[j]))]
    numbers: dict[tuple[int, str], set[int]] = {}
    for year, number, kind in sold:
        numbers.setdefault((year, kind), set()).add(number)
    return tuple(sorted({year for (year, kind), seen in numbers.items() if len(seen) == PER_YEAR[kind]}))


def baseline(
    history: History | None,
    territory_of_entity: IntArray,
    n_territories: int,
    components: Sequence[str],
    before: int | None,
    currency: str,
) -> Baseline:
    """Re-cut history to territories.

    Parameters
    ----------
    history
        Sales of accounts (or basic units); None where there are none.
    territory_of_entity
        Territory of each of them, shape ``(n_entities,)``; negative where nobody's.
    components
        Components that quotas are set for.
    before
        Only history of earlier years is used; None for all.
    """
    usable = _usable(history, before)
    if history is None or not usable:
        nothing = np.zeros((n_territories, len(components)), np.int64)
        flat = season(np.zeros((n_territories, 1, 12)))
        when = "" if history is None or before is None else f" before {before}"
        note = f"No sales history{when}: every period carries the same."
        return Baseline(None, None, None, nothing, nothing.sum(1), (flat,) * len(components), (note,))

    notes = []
    kind = kind_of([history.periods[j] for j in usable])
    years = tuple(year for year in full_years(history) if before is None or year < before)
    if years:
        last = [j for j in usable if (found := parse(history.periods[j])) and found[0] == years[-1]]
        notes.append(f"History: sales of {years[-1]}, the last full year, re-cut to the new territories.")
    else:
        last = list(usable[-PER_YEAR[kind or "year"] :])
        first, end = history.periods[last[0]], history.periods[last[-1]]
        notes.append(
            f"History: no year is complete, so sales of {first} to {end} ({len(last)} periods) stand for last year; "
            "every month carries the same."
        )
    recut = history.by_territory(territory_of_entity, n_territories)
    lost = np.isin(history.period, last) & (territory_of_entity[history.entity] < 0)
    if lost.any():
        left_out = int(history.amount_cents[lost].sum())
        accounts = len(np.unique(history.entity[lost]))
        notes.append(
            f"Sales of {money(left_out, currency)} of {accounts} account(s) that no territory holds are left out."
        )
    columns, unknown = [], []
    for component in components:
        known = component in history.components
        columns.append(recut[:, history.components.index(component)] if known else recut.sum(1))
        if not known and len(history.components) > 1 and component != "total":
            unknown.append(component)
    if unknown:
        notes.append(f"History does not know {', '.join(unknown)}: sales of all components stand for it.")
    seasons = tuple(season(by_month(column, history.periods, years or ())) for column in columns)
    cents = np.stack([column[:, last].sum(1) for column in columns], axis=1)
    year = years[-1] if years else None
    latest = year if year is not None else year_of([history.periods[usable[-1]]])
    return Baseline(kind, year, latest, cents, recut[:, :, last].sum((1, 2)), seasons, tuple(notes))


def _usable(history: History | None, before: int | None) -> tuple[int, ...]:
    """Return the positions of periods that have sales and lie before a year, in order of time."""
    if history is None:
        return ()
    return tuple(
        int(j)
        for j in np.unique(history.period)
        if before is None or (found := parse(history.periods[j])) is None or found[0] < before
    )
