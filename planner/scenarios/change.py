"""What a change to a scenario is: what it sets, in one form, with a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar

from planner.demands import Span
from planner.scenario import Scenario
from planner.scenarios.fields import Check


@dataclass(frozen=True)
class Asked:
    """What is asked of a plan, and of the run that makes it.

    Parameters
    ----------
    scenario
        What is asked of the plan.
    method
        Name of the solver.
    iterations
        Rounds after which the search ends, in place of its time limit; None for the time limit.
    """

    scenario: Scenario
    method: str = "auto"
    iterations: int | None = None

    def replace(self, **changes: Any) -> Asked:
        """Return a copy with `changes` of the scenario."""
        return replace(self, scenario=self.scenario.replace(**changes))


class Change:
    """Base of all changes, which are frozen dataclasses of plain values.

    Whatever a change holds was checked when it was made: `ValueError` tells everything that is wrong with it.
    """

    kind: ClassVar[str]
    """Name in files and over the API."""
    CHECKS: ClassVar[Mapping[str, Check]]
    """What each field may hold, by its name."""

    def __post_init__(self) -> None:
        faults = []
        for name, check in self.CHECKS.items():
            try:
                object.__setattr__(self, name, check(getattr(self, name)))
            except ValueError as fault:
                faults.append(f"{name}: {fault}")
        if not faults:
            faults += self.faults()
        if faults:
            raise ValueError("; ".join(faults))

    @classmethod
    def short(cls, stated: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields meant by what was written, where there is a shorter way to write some."""
        return dict(stated)

    def faults(self) -> list[str]:
        """Return what contradicts itself, in words."""
        return []

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return what it changes: two changes to the same thing are a conflict."""
        raise NotImplementedError

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return what it names that the data must have, by kind: accounts, measures, regions, …"""
        found: dict[str, tuple[str, ...]] = {}
        for name, noun in _NOUNS.items():
            held = getattr(self, name, None)
            if held:
                found[noun] = held if isinstance(held, tuple) else (str(held),)
        return found

    def sentence(self) -> str:
        """Return the change in words, as a sentence."""
        raise NotImplementedError

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with this change."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """Return the change as plain values: its kind, and every field that says something."""
        held = {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]
        told = {name: _plain(value) for name, value in held.items() if not _silent(value)}
        return {"change": self.kind, **told}


_NOUNS = {
    "accounts": "account",
    "units": "unit",
    "territory": "territory",
    "seat": "seat",
    "seats": "seat",
    "region": "region",
    "segment": "segment",
    "level": "level",
    "measure": "measure",
    "potential": "measure",
}
"""Fields that name something in the data, and of what kind it is."""


def _silent(value: Any) -> bool:
    return value is None or (isinstance(value, str | tuple | dict) and not value)


def _plain(value: Any) -> Any:
    if isinstance(value, Span):
        return {"min": value.minimum, "max": value.maximum}
    if hasattr(value, "stated"):
        return dict(value.stated)
    if hasattr(value, "__dataclass_fields__"):
        return {
            name: held for name, held in asdict(value).items() if held not in ("", None) and name != "row"
        }
    return list(value) if isinstance(value, tuple) else value


def listed(names: Sequence[str], shown: int = 6) -> str:
    """Return names for people, the first few of many."""
    told = ", ".join(names[:shown])
    return told if len(names) <= shown else f"{told} and {len(names) - shown:,} more"


def percent(fraction: float) -> str:
    """Return a fraction as percents without needless digits."""
    return f"{100 * fraction:.10g} %"


def signed(fraction: float) -> str:
    """Return a fraction as percents with its sign."""
    return f"{100 * fraction:+.10g} %"
