"""Why overrides cannot hold together, and which of them to change by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.errors import Problem
from planner.quota.currency import money
from planner.quota.hierarchy import Hierarchy
from planner.quota.override_reading import Asked, Names, fault, who_is


def cannot_hold(
    wrong: Sequence[tuple[tuple[int, int], int]],
    entry: Mapping[Asked, int],
    names: Names,
    hierarchy: Hierarchy | None,
    component: int,
) -> list[Problem]:
    """Return a problem for each override that has to give way.

    Parameters
    ----------
    wrong
        Entry of the tree and column of each sum that has to change, and by how many minor units.
    entry
        Entry of the tree that each override is of.
    component
        Component that was being rebalanced; −1 for all.
    """
    faults = []
    told: set[Asked] = set()
    for (at, _), by in wrong:
        # The override that fixes most of the year is the one to talk about; the sum may be a part of it.
        own = [
            ask
            for ask, where in entry.items()
            if where == at and (component < 0 or ask.component in (-1, component)) and ask not in told
        ]
        for ask in sorted(own, key=lambda ask: -len(ask.periods))[:1]:
            told.add(ask)
            amount, needed = (money(cents, names.currency) for cents in (ask.cents, ask.cents + by))
            what = " ".join(filter(None, (ask.override.component, ask.override.period))) or "all together"
            more = "more" if by > 0 else "less"
            faults.append(
                fault(
                    ask.override,
                    "amount",
                    amount,
                    f"the override of {who_is(ask.override, names, hierarchy)} for {what}, {amount}, cannot hold: what "
                    f"targets and the other overrides fix leaves nobody to balance it, and needs "
                    f"{money(abs(by), names.currency)} {more}.",
                    f"Set it to {needed}, or take back an override beside it so that somebody is free.",
                    "overrides_contradict",
                )
            )
    return faults
