"""Every kind of change there is, in the order in which changes are put together.

First who there is, then what is taken away, then what is asked instead, last what data grow. Within a kind, changes go
by their canonical text. Two changes to the same thing are a conflict, so the order in which a scenario lists its
changes never matters to what it asks for.
"""

from __future__ import annotations

from planner.scenarios.change import Change
from planner.scenarios.goals import DisruptionPrice, Effort, Method, Objective
from planner.scenarios.holding import AddRule, Exclude, Lock, RemoveRule, Unlock
from planner.scenarios.limits import DropBand, DropBudget, SetBand, SetBudget
from planner.scenarios.money import Growth, OverAssignment, Quota, QuotaMethod, Target
from planner.scenarios.seats import HireSeat, Leave, Territories

KINDS: dict[str, type[Change]] = {
    kind.kind: kind
    for kind in (
        Leave,
        HireSeat,
        Territories,
        RemoveRule,
        Unlock,
        Lock,
        Exclude,
        AddRule,
        DropBand,
        SetBand,
        DropBudget,
        SetBudget,
        Objective,
        DisruptionPrice,
        Target,
        OverAssignment,
        QuotaMethod,
        Quota,
        Effort,
        Method,
        Growth,
    )
}
"""Class of each kind by its name in files, in the order of composition."""
