"""Why rules cannot hold together: proofs in plain words, before any search, and the best that is possible then.

Each finding is a proof: it names what contradicts what, with numbers. `best_possible` then loosens just the limits
that are proved impossible, so that the planner still sees the best plan there can be.
"""

from __future__ import annotations

from solvers.conflicts.conflict import Conflict
from solvers.conflicts.counting import least_moved
from solvers.conflicts.exhaustion import prove_infeasible
from solvers.conflicts.finding import find_conflicts
from solvers.conflicts.loosening import best_possible

__all__ = ["Conflict", "best_possible", "find_conflicts", "least_moved", "prove_infeasible"]
