"""What a baseline method is: a name, its source, what it needs, and what it expects territories to sell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from planner.quota.known import Estimate, Known


class Method(Protocol):
    """Expects what territories will sell from what is known before the year."""

    @property
    def name(self) -> str:
        """Name of the method, as in settings."""

    @property
    def source(self) -> str:
        """Where the method comes from."""

    def needs(self, known: Known) -> str | None:
        """Return why the method cannot be used, for people; None where it can."""

    def __call__(self, known: Known) -> Estimate:
        """Return the estimate; ValueError with the reason where the method cannot be used."""


@dataclass(frozen=True)
class Formula:
    """A method made of two functions.

    Parameters
    ----------
    name, source
        See `Method`.
    lacks
        Tells why the method cannot be used; None where it can.
    expects
        Expected sales in minor units, not negative, shape ``(n_territories,)``, and notes for people.
    """

    name: str
    source: str
    lacks: Callable[[Known], str | None]
    expects: Callable[[Known], Estimate]

    def needs(self, known: Known) -> str | None:
        """Return why the method cannot be used, for people; None where it can."""
        return self.lacks(known)

    def __call__(self, known: Known) -> Estimate:
        """Return the estimate; ValueError with the reason where the method cannot be used."""
        why_not = self.lacks(known)
        if why_not is not None:
            raise ValueError(f"The method {self.name} cannot be used: {why_not}")
        return self.expects(known)
