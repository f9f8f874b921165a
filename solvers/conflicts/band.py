"""What is left to be proved impossible once plain contradictions are loosened."""

from __future__ import annotations

from dataclasses import dataclass

from planner.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Band:
    """Limits of one measure as the proofs need them.

    Parameters
    ----------
    measure
        Position of the measure.
    ideal
        What each territory should hold, shape ``(n_territories,)``; what is left to share where some territories
        are bound to hold more.
    lower, upper
        Hard limits, shape ``(n_territories,)``.
    """

    measure: int
    ideal: FloatArray
    lower: FloatArray
    upper: FloatArray
