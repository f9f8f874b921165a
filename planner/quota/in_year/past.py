"""Past years cut to the twelve months that quotas are for, and what they say of the year's course."""

from __future__ import annotations

from datetime import date

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.quota.history import History
from planner.quota.in_year.daily import Calendar
from planner.quota.in_year.pace import FEWEST_YEARS, PaceError, pace_error
from planner.quota.periods import MONTHS, PER_YEAR, kind_of, months_covered
from planner.quota.rounding import Cents
from planner.quota.season import season


def past_years(
    history: History | None, territory: IntArray, n_territories: int, calendar: Calendar
) -> FloatArray:
    """Return sales of the full years before the quotas, in months counted from their first one.

    Parameters
    ----------
    territory
        Territory of each entity of the history, shape ``(n_entities,)``; negative where nobody's.

    Returns
    -------
    Minor units, shape ``(n_territories, n_years, 12)``, the last year last; amounts below 0 count as 0. A quarter or a
    year is spread evenly over its months. No years where no twelve months before the quotas are known.
    """
    nothing = np.zeros((n_territories, 0, MONTHS))
    if history is None or kind_of(history.periods) is None:
        return nothing
    spans = [months_covered(period) for period in history.periods]
    start = calendar.first.year * MONTHS + calendar.first.month - 1
    first = min(span[0] for span in spans if span is not None)
    years = (start - first) // MONTHS
    if years < 1:
        return nothing
    months = np.zeros((n_territories, years * MONTHS))
    seen = np.zeros(years * MONTHS, bool)
    recut = history.by_territory(territory, n_territories).sum(1)
    for column, span in enumerate(spans):
        if span is None:
            continue
        at = np.arange(*span) - (start - years * MONTHS)
        at = at[(at >= 0) & (at < len(seen))]
        months[:, at] += recut[:, [column]] / (span[1] - span[0])
        seen[at] = True
    full = seen.reshape(years, MONTHS).all(1)
    return np.asarray(np.maximum(months, 0.0).reshape(n_territories, years, MONTHS)[:, full])


def month_weights(
    past: FloatArray, calendar: Calendar, productive: FloatArray | None = None
) -> FloatArray | None:
    """Return how quotas of quarters and years fall on months; None where no full year tells.

    Parameters
    ----------
    past
        As `past_years` returns it.
    productive
        Part of a full seat that each seat is in each slot of the calendar, shape ``(n_territories, n_slots)``; None
        where all are full.

    Returns
    -------
    Weights for `PlanDays.month_weight`, shape ``(n_territories, n_slots)``.
    """
    if not past.shape[1]:
        return None
    # Months count from the first of the quotas here, whatever the calendar calls them.
    usual = season(past).weights([f"2000-{month:02d}" for month in range(1, MONTHS + 1)])
    opens = calendar.first.month - 1
    at = [(int(slot.month[5:]) - 1 - opens) % MONTHS for slot in calendar.slots]
    return usual[:, at] if productive is None else usual[:, at] * productive


def error_of_pace(
    history: History | None, past: FloatArray, calendar: Calendar, as_of: date
) -> tuple[PaceError | None, str]:
    """Return errors of pace of past years cut at the same day, and where they come from, for people.

    A cut inside a quarter of a history by quarter is moved to the end of the quarter before, or of the first one.
    """
    kind = None if history is None else kind_of(history.periods)
    if history is None or kind in (None, "year"):
        return None, "No history by month or quarter says how years run: there is no interval."
    if len(calendar.slots) != MONTHS:
        return (
            None,
            "Quotas are not for twelve months: past years cannot be set beside them, there is no interval.",
        )
    if past.shape[1] < FEWEST_YEARS:
        return None, f"The history has {past.shape[1]} full year(s) before the quotas; an interval needs two."
    position = calendar.position(as_of)
    whole, part = max(
        (s, (position - slot.start + 1) / slot.days)
        for s, slot in enumerate(calendar.slots)
        if slot.start <= position
    )
    step = MONTHS // PER_YEAR[kind or "month"]
    months = whole + min(part, 1.0)
    if step > 1:
        months = float(max(step, int(months) // step * step))
    if months >= MONTHS:
        return PaceError(np.zeros(len(past)), 0.0, past.shape[1]), "The year is over."
    error = pace_error(past, months)
    if error is None:
        return None, "Nothing was sold in past years: there is no interval."
    return error, (
        f"Past years cut at the same day ({error.years}): the company's pace of the rest strayed by "
        f"{error.common:.1%}, a typical seat's by another {float(np.median(error.own)):.1%}."
    )


def carried_weight(
    history: History | None, n_entities: int, components: tuple[str, ...], before: date
) -> FloatArray:
    """Return what accounts carry of a quota in proportion to: their sales of the twelve months before, by component.

    Components that the history does not know follow all sales. Accounts without sales carry nothing beside others that
    have some.

    Returns
    -------
    Not negative, shape ``(n_entities, n_components)``.
    """
    out = np.zeros((n_entities, len(components)))
    if history is None:
        return out
    end = before.year * MONTHS + before.month - 1
    last = max(
        (span[1] for p in history.periods if (span := months_covered(p)) and span[1] <= end), default=end
    )
    recent = [
        j
        for j, p in enumerate(history.periods)
        if (span := months_covered(p)) and last - MONTHS <= span[0] < last
    ]
    for c, name in enumerate(components):
        use = np.isin(history.period, recent)
        if name in history.components:
            use &= history.component == history.components.index(name)
        cents: Cents = np.zeros(n_entities, np.int64)
        np.add.at(cents, history.entity[use], history.amount_cents[use])
        out[:, c] = np.maximum(cents, 0)
    return out
