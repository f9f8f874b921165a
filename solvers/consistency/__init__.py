"""Whether rules can hold together: the smallest conflicting set in plain words, and verified ways out.

`can_hold` is the front door; `explain` is the part of it that needs no search for a plan.
"""

from __future__ import annotations

from solvers.consistency.checking import can_hold, explain
from solvers.consistency.claims import ConflictingSet, Consistency, Relaxation

__all__ = ["ConflictingSet", "Consistency", "Relaxation", "can_hold", "explain"]
