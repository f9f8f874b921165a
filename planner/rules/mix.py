"""Account mix: a segment makes up a limited share of each territory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from planner.arrays import IntArray
from planner.problem import AlignmentProblem
from planner.rules.rule import Breach, RuleKind
from planner.rules.wording import listed, number, percent, the_territory


@dataclass(frozen=True, eq=False)
class MixRule:
    """The share of a segment keeps its limits in some territories; each territory is a part.

    Its size is the share, as a fraction of the whole, by which limits may be passed: 0 unless it is eased.

    Parameters
    ----------
    name
        Name for people.
    mix
        Position of the mix in the problem.
    territories
        Positions of the territories, ascending.
    """

    name: str
    mix: int
    territories: IntArray
    kind: ClassVar[RuleKind] = RuleKind.MIX

    def parts(self, problem: AlignmentProblem) -> tuple[MixRule, ...]:
        """Return the mix of each territory; none where there is only one."""
        if len(self.territories) < 2:
            return ()
        ids = problem.territories.territory_id
        return tuple(
            MixRule(f"{self.name} in {ids[j]}", self.mix, np.array([j], np.int32)) for j in self.territories
        )

    def text(self, problem: AlignmentProblem) -> str:
        """Return the limits of the share, and where."""
        mix = problem.mixes[self.mix]
        whose = "every territory"
        if len(self.territories) < problem.n_territories or problem.n_territories == 1:
            whose = listed(problem.territories.territory_id, self.territories)
        return f"the share of {mix.name} in {whose} must be {self._limits(problem)}"

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the territories whose share leaves its limits; amounts are fractions of the whole."""
        mix = problem.mixes[self.mix]
        part, whole = mix.amounts(territory)
        share = mix.share(territory)
        out = mix.violation(share)
        found = []
        for j in self.territories[out[self.territories] > 0].tolist():
            text = (
                f"{percent(share[j])} of {the_territory(problem, j)} is {mix.name} ({number(part[j])} of "
                f"{number(whole[j])}); allowed are {_between(mix.lower[j], mix.upper[j])}"
            )
            found.append(Breach(self.name, (j,), (), float(out[j]), float(out[j]), text))
        return tuple(found)

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem in which these territories may have any share."""
        return self.eased(problem, 1.0)

    def size(self, problem: AlignmentProblem) -> float:
        """Return 0: limits may not be passed."""
        return 0.0

    def needed(self, problem: AlignmentProblem, territory: IntArray) -> float:
        """Return by how much the limits have to give way, a fraction of the whole."""
        mix = problem.mixes[self.mix]
        return float(mix.violation(mix.share(territory))[self.territories].max(initial=0.0))

    def eased(self, problem: AlignmentProblem, size: float) -> AlignmentProblem:
        """Return the problem with limits wider by `size`, a fraction of the whole, on both sides."""
        mix = problem.mixes[self.mix]
        lower, upper, at = np.array(mix.lower), np.array(mix.upper), self.territories
        lower[at], upper[at] = np.maximum(lower[at] - size, 0.0), np.minimum(upper[at] + size, 1.0)
        mixes = list(problem.mixes)
        mixes[self.mix] = mix.replace(lower=lower, upper=upper)
        return problem.replace(mixes=tuple(mixes))

    def eased_text(self, problem: AlignmentProblem, size: float) -> str:
        """Return the old limits and the new ones."""
        name = problem.mixes[self.mix].name
        new = self._limits(self.eased(problem, size))
        return f"allow a share of {name} of {new} instead of {self._limits(problem)}"

    def _limits(self, problem: AlignmentProblem) -> str:
        """Return the limits in words: the widest and how they differ, where they do."""
        mix = problem.mixes[self.mix]
        lower, upper = mix.lower[self.territories], mix.upper[self.territories]
        same = np.ptp(lower) == 0 and np.ptp(upper) == 0
        return _between(lower.min(), upper.max()) + ("" if same else " (tighter in some)")


def mix_rules(problem: AlignmentProblem) -> tuple[MixRule, ...]:
    """Return a rule for each mix that limits any territory."""
    limited = [np.flatnonzero((mix.lower > 0) | (mix.upper < 1)).astype(np.int32) for mix in problem.mixes]
    return tuple(
        MixRule(f"mix of {mix.name}", x, at)
        for x, (mix, at) in enumerate(zip(problem.mixes, limited, strict=True))
        if len(at)
    )


def _between(lower: float, upper: float) -> str:
    if lower <= 0:
        return f"at most {percent(upper)}"
    return f"{percent(lower)} to {percent(upper)}" if upper < 1 else f"at least {percent(lower)}"
