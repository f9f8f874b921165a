"""Changes to what a plan is judged by, and to how long and by what it is searched for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from planner.basic_unit import BasicUnit
from planner.scenarios.change import Asked, Change, percent
from planner.scenarios.fields import Check, choice, flag, number, optional_text, text, whole
from planner.shape import Compactness

CENTRES = ("auto", "home", "centroid", "unit")
"""Where distance may be taken from."""


@dataclass(frozen=True)
class Objective(Change):
    """What is optimised, and what territories are made of; what is not stated stays.

    Parameters
    ----------
    compactness
        Moment of inertia, sum of distances, travel hours, or the largest diameter.
    centre
        Where distance is taken from: ``auto``, ``home``, ``centroid`` or ``unit``.
    measure
        Measure that weighs distance.
    contiguous
        Whether territories must hang together.
    basic_unit
        What territories are made of.
    keep_regions
        Whether accounts and areas stay in their region.
    """

    compactness: str = ""
    centre: str = ""
    measure: str = ""
    contiguous: bool | None = None
    basic_unit: str = ""
    keep_regions: bool | None = None

    kind: ClassVar[str] = "objective"
    CHECKS: ClassVar[Mapping[str, Check]] = {
        "compactness": choice(Compactness),
        "centre": choice(CENTRES),
        "measure": optional_text,
        "contiguous": flag,
        "basic_unit": choice(BasicUnit),
        "keep_regions": flag,
    }

    def faults(self) -> list[str]:
        """Return whether it changes nothing."""
        return [] if self._stated() else ["nothing is changed"]

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return each part that is stated."""
        return tuple(("objective", name) for name in self._stated())

    def sentence(self) -> str:
        """Return the change in words."""
        words = {
            "compactness": f"optimised: {self.compactness}",
            "centre": f"distance from: {self.centre}",
            "measure": f"weighed by {self.measure}",
            "contiguous": "territories hang together" if self.contiguous else "territories may be in pieces",
            "basic_unit": f"made of: {self.basic_unit}",
            "keep_regions": "accounts stay in their region"
            if self.keep_regions
            else "accounts may leave their region",
        }
        told = "; ".join(words[name] for name in self._stated())
        return f"{told[:1].upper()}{told[1:]}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the objective."""
        stated = self._stated()
        if "measure" in stated:
            stated["compactness_measure"] = stated.pop("measure")
        for name, typed in (("compactness", Compactness), ("basic_unit", BasicUnit)):
            if name in stated:
                stated[name] = typed(stated[name])
        return asked.replace(**stated)

    def _stated(self) -> dict[str, Any]:
        held = {name: getattr(self, name) for name in self.CHECKS}
        return {name: value for name, value in held.items() if value not in (None, "")}


@dataclass(frozen=True)
class DisruptionPrice(Change):
    """What a change of owner costs; what is not stated stays.

    Parameters
    ----------
    km
        A unit that moves costs as much as the same unit this many km off centre.
    expected_loss
        Share of a customer's annual revenue expected to be lost after a change of rep.
    similar_relief
        Share of that loss spared where the new rep is similar to the old one.
    """

    km: float | None = None
    expected_loss: float | None = None
    similar_relief: float | None = None

    kind: ClassVar[str] = "disruption_price"
    CHECKS: ClassVar[Mapping[str, Check]] = {
        "km": number(0.0, 1e6),
        "expected_loss": number(0.0, 1.0),
        "similar_relief": number(0.0, 1.0),
    }

    def faults(self) -> list[str]:
        """Return whether it changes nothing."""
        return [] if self.sets() else ["state km, expected_loss or similar_relief"]

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return each part that is stated."""
        return tuple(("disruption price", name) for name in self.CHECKS if getattr(self, name) is not None)

    def sentence(self) -> str:
        """Return the change in words."""
        parts = [
            "" if self.km is None else f"costs as much as {self.km:.10g} km off centre",
            ""
            if self.expected_loss is None
            else f"is expected to lose {percent(self.expected_loss)} of the revenue",
            ""
            if self.similar_relief is None
            else f"loses {percent(self.similar_relief)} less where the reps are similar",
        ]
        return f"A change of owner {' and '.join(part for part in parts if part)}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the price."""
        stated = {
            "disruption_km": self.km,
            "expected_loss": self.expected_loss,
            "similar_relief": self.similar_relief,
        }
        return asked.replace(**{name: value for name, value in stated.items() if value is not None})


@dataclass(frozen=True)
class Effort(Change):
    """How long is searched, and from which random numbers; what is not stated stays.

    Parameters
    ----------
    seed
        Random seed.
    time_limit_s
        Seconds to optimise.
    iterations
        Rounds instead of seconds, so that the same plan comes out again on any machine.
    """

    seed: int | None = None
    time_limit_s: float | None = None
    iterations: int | None = None

    kind: ClassVar[str] = "effort"
    CHECKS: ClassVar[Mapping[str, Check]] = {
        "seed": whole(0, 2**31 - 1),
        "time_limit_s": number(0.0, 86_400.0, above=0.0),
        "iterations": whole(1, 10**9),
    }

    def faults(self) -> list[str]:
        """Return whether it changes nothing."""
        return [] if self.sets() else ["state seed, time_limit_s or iterations"]

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return each part that is stated."""
        return tuple(("effort", name) for name in self.CHECKS if getattr(self, name) is not None)

    def sentence(self) -> str:
        """Return the change in words."""
        parts = [
            "" if self.seed is None else f"seed {self.seed}",
            "" if self.time_limit_s is None else f"at most {self.time_limit_s:.10g} seconds",
            "" if self.iterations is None else f"{self.iterations:,} rounds instead of a time limit",
        ]
        return f"The search: {', '.join(part for part in parts if part)}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the effort."""
        stated = {"seed": self.seed, "time_limit_s": self.time_limit_s}
        found = asked.replace(**{name: value for name, value in stated.items() if value is not None})
        return found if self.iterations is None else replace(found, iterations=self.iterations)


@dataclass(frozen=True)
class Method(Change):
    """Another solver.

    Parameters
    ----------
    name
        Its name; one that does not exist is told when it is asked for.
    """

    name: str

    kind: ClassVar[str] = "method"
    CHECKS: ClassVar[Mapping[str, Check]] = {"name": text}

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the solver."""
        return (("method",),)

    def sentence(self) -> str:
        """Return the change in words."""
        return f"Solved by {self.name}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the solver."""
        return replace(asked, method=self.name)
