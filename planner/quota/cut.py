"""Which periods quotas are cut into, and how stated targets fall on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.quota.periods import coarser, finer, names
from planner.quota.rounding import Cents, largest_remainder
from planner.quota.season import Season


@dataclass(frozen=True)
class Cut:
    """The periods of quotas beside those that the targets state.

    Parameters
    ----------
    names
        Periods of the quotas.
    inside
        For each stated period the positions of the quota periods it covers; empty where quotas have longer ones.
    around
        For each stated period the position of the quota period it lies in; empty where quotas are no longer.
    year
        Year that quotas are for; None where unknown.
    notes
        What people should know.
    """

    names: tuple[str, ...]
    inside: tuple[tuple[int, ...], ...] = ((),)
    around: tuple[int, ...] = ()
    year: int | None = None
    notes: tuple[str, ...] = ()

    def columns(self, stated_cents: Cents, season: Season) -> Cents | None:
        """Return what each quota period must add up to, shape ``(n_periods,)``; None where no target states it.

        Parameters
        ----------
        stated_cents
            Amount of each stated period, shape ``(n_stated,)``; a long one is cut by the company's season.
        """
        if not self.around and not any(self.inside):
            return None
        out = np.zeros(len(self.names), np.int64)
        if self.around:
            np.add.at(out, list(self.around), stated_cents)
            return out
        for cents, inside in zip(stated_cents.tolist(), self.inside, strict=True):
            at = list(inside)
            own = [self.names[p] for p in at]
            out[at] += largest_remainder(season.weights(own).mean(0), cents) if len(at) > 1 else cents
        return out


def cut_of(asked: str, stated: tuple[str, ...], history_kind: str | None, year: int | None) -> Cut:
    """Decide which periods quotas are cut into.

    Parameters
    ----------
    asked
        ``year``, ``quarter``, ``month``, or ``auto``: the periods that targets state, else those of the history,
        else one year.
    stated
        Periods that targets state; one empty text where they state none.
    """
    if stated == ("",):
        return Cut(names(year, (history_kind or "year") if asked == "auto" else asked), year=year)
    same = Cut(stated, tuple((j,) for j in range(len(stated))), year=year)
    if asked == "auto":
        return same
    nested = finer(stated, asked)
    if nested is not None:
        new = tuple(dict.fromkeys(name for inner in nested for name in inner))
        if len(new) == sum(map(len, nested)):
            return Cut(new, tuple(tuple(new.index(name) for name in inner) for inner in nested), year=year)
    outer = [coarser(period, asked) for period in stated]
    longer = [name for name in outer if name is not None]
    if len(longer) == len(outer):
        new = tuple(dict.fromkeys(longer))
        around = tuple(new.index(name) for name in longer)
        return Cut(new, tuple(() for _ in stated), around, year)
    note = f"The periods of the targets cannot be turned into periods of a {asked}: quotas keep those of the targets."
    return Cut(same.names, same.inside, (), year, (note,))
