"""Grids of parameters: every value of each axis with every value of the others, and with every scenario."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from planner.scenarios.change import Change
from planner.scenarios.codec import NamedChanges
from planner.scenarios.goals import DisruptionPrice, Effort, Method, Objective
from planner.scenarios.limits import SetBand, SetBudget
from planner.scenarios.money import Growth, OverAssignment, QuotaMethod, Target
from planner.scenarios.seats import Territories

MOST_CASES = 10_000
"""Most cases of one sweep."""
BASE = "base"
"""Name of the case without any change."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?%?")


@dataclass(frozen=True)
class Axis:
    """One parameter of a grid.

    Parameters
    ----------
    name
        As written: ``territories``, ``band.sales``, …
    values
        As written, in order, each once.
    """

    name: str
    values: tuple[str, ...]

    def changes(self) -> tuple[Change, ...]:
        """Return the change that each value stands for."""
        return tuple(_change(self.name, value) for value in self.values)


@dataclass(frozen=True)
class Case:
    """One case of a sweep.

    Parameters
    ----------
    name
        What it is, for people and as the name of its folder.
    scenario
        Name of the scenario it rests on; empty for the base.
    point
        Value of each axis by the axis's name, as written.
    changes
        Changes of the scenario and of the grid together.
    """

    name: str
    scenario: str
    point: dict[str, str]
    changes: tuple[Change, ...]


def _territories(value: str) -> Change:
    ends = value.split("..")
    if len(ends) == 2:
        return Territories({"min": _whole(ends[0]), "max": _whole(ends[1])})  # type: ignore[arg-type]
    return Territories(value if value == "capacity" else _whole(value))


def _target(value: str) -> Change:
    relative = value.endswith("%") or value.startswith("+")
    return Target(by=_number(value)) if relative else Target(amount=value)


_PLAIN: dict[str, Callable[[str], Change]] = {
    "territories": _territories,
    "target": _target,
    "over_assignment": lambda value: OverAssignment(_number(value)),
    "compactness": lambda value: Objective(compactness=value),
    "centre": lambda value: Objective(centre=value),
    "compactness_measure": lambda value: Objective(measure=value),
    "contiguous": lambda value: Objective(contiguous=_flag(value)),
    "basic_unit": lambda value: Objective(basic_unit=value),
    "disruption_km": lambda value: DisruptionPrice(km=_number(value)),
    "expected_loss": lambda value: DisruptionPrice(expected_loss=_number(value)),
    "seed": lambda value: Effort(seed=_whole(value)),
    "time_limit_s": lambda value: Effort(time_limit_s=_number(value)),
    "iterations": lambda value: Effort(iterations=_whole(value)),
    "method": Method,
    "quota_method": lambda value: QuotaMethod({} if value == "auto" else {value: 1.0}),
}
"""Axes without a part after the point."""

_OF: dict[str, Callable[[str, str], Change]] = {
    "band": lambda measure, value: _band(measure, value),
    "budget": lambda measure, value: SetBudget(measure, total=_number(value)),
    "growth": lambda measure, value: Growth(measure, _number(value)),
    "over_assignment": lambda level, value: OverAssignment(_number(value), level),
    "territories": lambda region, value: Territories(_whole(value), region),
}
"""Axes that speak of something: ``band.MEASURE``, ``territories.REGION``, …"""

AXES = (*_PLAIN, *(f"{name}.NAME" for name in _OF))
"""Every axis, for messages."""


def axis_of(text: str) -> Axis:
    """Return the axis that is written ``NAME=VALUE,VALUE,…``; ``FROM..TO`` of whole numbers is their list for seeds.

    Raises
    ------
    ValueError
        Where it is none, with the reason.
    """
    name, sign, rest = text.partition("=")
    name = name.strip()
    values = tuple(value.strip() for value in rest.split(","))
    if name == "seed":
        values = tuple(seed for value in values for seed in _range(value))
    if not sign or not name or not all(values):
        raise ValueError(f"{text!r} is no axis: write NAME=VALUE,VALUE such as territories=28,30,32")
    if len(set(values)) < len(values):
        raise ValueError(f"{name} lists a value twice")
    axis = Axis(name, values)
    axis.changes()
    return axis


def cases_of(
    axes: Sequence[Axis], scenarios: Sequence[NamedChanges] = (), *, with_base: bool = False
) -> tuple[Case, ...]:
    """Return every case: each scenario (the base where there is none) at each point of the grid.

    Parameters
    ----------
    axes
        The grid; none for one point.
    scenarios
        What each point is asked of.
    with_base
        Whether the base is a case besides the scenarios.

    Raises
    ------
    ValueError
        Where axes or scenarios go by the same name, or there are more cases than `MOST_CASES`.
    """
    for what, names in (("axes", [a.name for a in axes]), ("scenarios", [s.name for s in scenarios])):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two {what} go by the name {twice[0]!r}")
    bases = list(scenarios)
    if not bases or with_base:
        bases.insert(0, NamedChanges(""))
    many = len(bases)
    for axis in axes:
        many *= len(axis.values)
    if many > MOST_CASES:
        raise ValueError(f"the sweep has {many:,} cases; {MOST_CASES:,} are the most")
    steps = [list(zip(axis.values, axis.changes(), strict=True)) for axis in axes]
    found = []
    for base, point in itertools.product(bases, itertools.product(*steps)):
        at = {axis.name: value for axis, (value, _) in zip(axes, point, strict=True)}
        name = " ".join(
            [*([base.name] if base.name else []), *(f"{axis}={value}" for axis, value in at.items())]
        )
        found.append(Case(name or BASE, base.name, at, (*base.changes, *(change for _, change in point))))
    return tuple(found)


def _change(name: str, value: str) -> Change:
    """Return the change that one value of an axis stands for."""
    group, point, part = name.partition(".")
    try:
        if point and part and group in _OF:
            return _OF[group](part, value)
        if name in _PLAIN:
            return _PLAIN[name](value)
    except ValueError as fault:
        raise ValueError(f"{name}={value}: {fault}") from None
    raise ValueError(f"there is no axis {name!r}; there are {', '.join(AXES)}")


def _band(measure: str, value: str) -> Change:
    below, _, above = value.partition(":")
    return SetBand(measure, _number(below), _number(above or below))


def _number(value: str) -> Any:
    if not _NUMBER.fullmatch(value):
        raise ValueError(f"{value!r} is no number")
    return value.lstrip("+") if value.endswith("%") else float(value)


def _whole(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise ValueError(f"{value!r} is no whole number")
    return int(value)


def _flag(value: str) -> bool:
    if value.lower() not in ("true", "false", "yes", "no"):
        raise ValueError(f"{value!r} is neither true nor false")
    return value.lower() in ("true", "yes")


def _range(value: str) -> list[str]:
    first, dots, last = value.partition("..")
    if not dots:
        return [value]
    numbers = range(_whole(first), _whole(last) + 1)
    if len(numbers) > MOST_CASES:
        raise ValueError(f"{value} are too many seeds")
    return [str(number) for number in numbers]
