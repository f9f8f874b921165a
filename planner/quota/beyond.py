"""Seats that amounts decided by hand carry over limits: what siblings take over is bound by sums alone, not by limits.

An amount that somebody decided holds to the cent, and so do the sums that targets state; where siblings would have to
stay inside their limits on top, hardly any override would hold. So they may pass them, and it is told who does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.quota.hand_down import Handing
from planner.quota.limits import NAMES
from planner.quota.override_reading import Asked
from planner.quota.overrides import Overridden
from planner.quota.quota_plan import BeyondLimit
from planner.quota.target import Pool


def beyond_limits(
    handed: Sequence[Handing], done: Overridden, pools: Sequence[Pool]
) -> tuple[BeyondLimit, ...]:
    """Return the seats that no override is of and that overrides carry over a limit, the farthest beyond it first.

    A seat that was beyond a limit before, because all limits were widened or by rounding, counts with what was added.

    Parameters
    ----------
    handed
        What each component was handed, limits included.
    done
        The quotas in which overrides hold.
    pools
        Groups of territories with a target of their own, as overrides were balanced in.
    """
    found: list[BeyondLimit] = []
    pool_of = np.full(len(done.carried_cents), -1)
    for number, pool in enumerate(pools):
        pool_of[pool.territory] = number
    for c, handing in enumerate(handed):
        before, after = handing.amount_cents.sum(1), done.amount_cents[:, c].sum(1)
        lower, upper = handing.limit_cents
        above, below = after - np.maximum(upper, before), np.minimum(lower, before) - after
        free = ~done.locked[:, c]
        for t in np.flatnonzero(free & ((above > 0) | (below > 0))).tolist():
            side = int(above[t] > 0)
            found.append(
                BeyondLimit(
                    t,
                    c,
                    NAMES[handing.limit_is[side, t]],
                    int(handing.limit_cents[side, t]),
                    int(before[t]),
                    int(after[t]),
                    _causes(done.asked, int(pool_of[t]), c),
                )
            )
    return tuple(sorted(found, key=lambda one: (-abs(one.beyond_cents), one.territory, one.component)))


def _causes(asked: Sequence[Asked], pool: int, component: int) -> tuple[int, ...]:
    """Return the positions of the overrides that took from or gave to a component of a pool."""
    return tuple(at for at, ask in enumerate(asked) if ask.pool == pool and ask.component in (-1, component))
