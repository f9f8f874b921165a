"""When to stop: time, iterations and cancellation are one mechanism."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Termination(StrEnum):
    """Why a solver came back."""

    PROVED = "proved"
    TIME_LIMIT = "time limit"
    ITERATION_LIMIT = "iteration limit"
    NO_IMPROVEMENT = "no improvement"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Stop(Protocol):
    """Tells a solver when to stop and how much it may still spend."""

    def reason(self, iterations: int) -> Termination | None:
        """Return why to stop after `iterations` iterations, or None to go on."""
        ...

    def seconds_left(self) -> float:
        """Return the seconds that may still be spent; inf where time is not limited."""
        ...

    def iterations_left(self, iterations: int) -> float:
        """Return the iterations that may follow `iterations`; inf where they are not limited."""
        ...


@dataclass(frozen=True)
class MaxSeconds:
    """Stop after a number of seconds, counted from its construction."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    started: float = field(default=-1.0)

    def __post_init__(self) -> None:
        if self.started < 0:
            object.__setattr__(self, "started", self.clock())

    def reason(self, iterations: int) -> Termination | None:
        return Termination.TIME_LIMIT if self.seconds_left() <= 0 else None

    def seconds_left(self) -> float:
        return self.seconds - (self.clock() - self.started)

    def iterations_left(self, iterations: int) -> float:
        return float("inf")


@dataclass(frozen=True)
class MaxIterations:
    """Stop after a number of iterations of the solver's outer loop."""

    iterations: int

    def reason(self, iterations: int) -> Termination | None:
        return Termination.ITERATION_LIMIT if iterations >= self.iterations else None

    def seconds_left(self) -> float:
        return float("inf")

    def iterations_left(self, iterations: int) -> float:
        return max(0, self.iterations - iterations)


@dataclass(frozen=True)
class Cancelled:
    """Stop as soon as `asked` returns true: a cancel button, Ctrl-C, a lost client."""

    asked: Callable[[], bool]

    def reason(self, iterations: int) -> Termination | None:
        return Termination.CANCELLED if self.asked() else None

    def seconds_left(self) -> float:
        return 0.0 if self.asked() else float("inf")

    def iterations_left(self, iterations: int) -> float:
        return 0 if self.asked() else float("inf")


@dataclass(frozen=True)
class AnyOf:
    """Stop as soon as one of several rules says so; the first in order names the reason."""

    rules: tuple[Stop, ...]

    def reason(self, iterations: int) -> Termination | None:
        reasons = (rule.reason(iterations) for rule in self.rules)
        return next((reason for reason in reasons if reason is not None), None)

    def seconds_left(self) -> float:
        return min((rule.seconds_left() for rule in self.rules), default=float("inf"))

    def iterations_left(self, iterations: int) -> float:
        return min((rule.iterations_left(iterations) for rule in self.rules), default=float("inf"))
