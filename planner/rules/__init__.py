"""Hard rules by name: what they demand, where a plan breaks them, and the problem without them or with more room.

The arrays of `planner.problem.AlignmentProblem` are the truth; `rules_of` reads the rules off them.
"""

from __future__ import annotations

from planner.rules.listing import breaches_of, lifted, rules_of
from planner.rules.rule import Breach, Rule, RuleKind, SizedRule, sizes

__all__ = ["Breach", "Rule", "RuleKind", "SizedRule", "breaches_of", "lifted", "rules_of", "sizes"]
