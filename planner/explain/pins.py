"""What holds units in their territory: the rules in the way, and how many homes each of them closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.explain.obstacles import Obstacle
from planner.rules import RuleKind


@dataclass(frozen=True)
class Pin:
    """One reason why units stay.

    Parameters
    ----------
    kind
        What the rule is about; None where they are held apart from geography, which is no rule of the plan.
    rules
        Names of the rules; several where each territory has its own.
    text
        One plain sentence with names and numbers.
    closes, homes
        Homes that it closes, of how many there are.
    """

    kind: RuleKind | None
    rules: tuple[str, ...]
    text: str
    closes: int
    homes: int

    @property
    def everywhere(self) -> bool:
        """Whether it closes every other home."""
        return self.closes == self.homes > 0


def pins(obstacles: Sequence[Sequence[Obstacle]], bonds: Sequence[Pin] = ()) -> tuple[Pin, ...]:
    """Return what holds units where they are, what closes most homes first.

    Parameters
    ----------
    obstacles
        Rules that a move to each of the other homes would break.
    bonds
        What holds them besides.
    """
    found: dict[tuple[RuleKind, str, bool], list[Obstacle]] = {}
    for of_home in obstacles:
        for obstacle in of_home:
            found.setdefault((obstacle.kind, obstacle.subject, obstacle.leaving), []).append(obstacle)
    held = [*bonds, *(_pin(alike, len(obstacles)) for alike in found.values())]
    return tuple(sorted(held, key=lambda pin: -pin.closes))


def _pin(alike: list[Obstacle], homes: int) -> Pin:
    """Return one pin for obstacles that differ in the home only."""
    first, closes = alike[0], len(alike)
    names = tuple(dict.fromkeys(obstacle.rule.name for obstacle in alike))
    text = first.breach.text if first.leaving or closes == 1 else _several(first, closes)
    return Pin(first.kind, names, text, closes, homes)


def _several(obstacle: Obstacle, closes: int) -> str:
    """Return what stands in the way of several homes, each for itself."""
    limits = f"{closes} other territories would leave their limits of {obstacle.subject}"
    return {
        RuleKind.BAND: limits,
        RuleKind.LIMIT: limits,
        RuleKind.MIX: limits,
        RuleKind.EXCLUSION: f"excluded from {closes} other territories",
        RuleKind.CONTIGUITY: f"{closes} other territories do not border on it",
        RuleKind.REGION: f"{closes} other territories are outside its region",
    }.get(obstacle.kind, obstacle.breach.text)
