"""Changes that a scenario makes to the data it is asked about: growth of what there is, and what is lifted.

They are plain values by the names that people write. `data.assemble.changes` puts them into a folder right after it was
read, so that everything that follows sees one set of data; run records keep them, and a plan that is opened again has
them put in again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from planner.demands import AskedRule

HISTORY = "history"
"""Measure of a growth that multiplies the sales history."""


@dataclass(frozen=True)
class Growth:
    """Something there is more or less of.

    Parameters
    ----------
    measure
        What grows: a measure of accounts or areas, or `HISTORY`.
    by
        How much, a fraction above −1: 0.05 for 5 % more.
    region, segment, where
        What of it: accounts and areas of a region and all below it, accounts of a segment, accounts (or areas) that
        fulfil a condition; empty for all. Where several are stated, all must hold.
    of
        What `where` speaks of, ``accounts`` or ``units``; empty for accounts where there are any.
    """

    measure: str
    by: float
    region: str = ""
    segment: str = ""
    where: str = ""
    of: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", float(self.by))
        if not self.measure:
            raise ValueError("a growth names what grows")
        if not (math.isfinite(self.by) and self.by > -1):
            raise ValueError(f"a growth by {self.by} leaves nothing; it is a fraction above -1")

    @property
    def of_what(self) -> str:
        """What grows, in words: ``potential in the region West``."""
        parts = [
            f" in the region {self.region}" * bool(self.region),
            f" of the segment {self.segment}" * bool(self.segment),
            f" of {self.of or 'accounts'} where {self.where}" * bool(self.where),
        ]
        return self.measure + "".join(parts)


@dataclass(frozen=True)
class RulePattern:
    """Rules that are taken away: all that agree with what is stated.

    Parameters
    ----------
    stated
        Columns of a rule and what they hold, in the order of `planner.demands.AskedRule`; never empty.
    found
        Rules of plan.toml that were taken away already: these are part of a scenario, others of a folder's table.
    """

    stated: tuple[tuple[str, str | float], ...]
    found: int = 0

    def __post_init__(self) -> None:
        pairs = self.stated.items() if isinstance(self.stated, Mapping) else self.stated
        told = {str(name): value for name, value in pairs}
        odd = [name for name in told if name not in _COLUMNS]
        if odd or not told:
            raise ValueError(f"rules have no column {odd[0]!r}" if odd else "no rule is described")
        ordered = tuple((name, _plain(told[name])) for name in _COLUMNS if name in told)
        object.__setattr__(self, "stated", ordered)

    def matches(self, rule: Mapping[str, Any]) -> bool:
        """Return whether a rule, by column, is one of these."""
        return all(_same(rule.get(name), value) for name, value in self.stated)

    @property
    def told(self) -> str:
        """What is described, in words: ``kind lock, account_id A1``."""
        return ", ".join(f"{name} {_number(value)}" for name, value in self.stated)


@dataclass(frozen=True)
class Lifted:
    """What holds no more.

    Parameters
    ----------
    accounts, units
        Ids of accounts and areas that are locked no more, whatever locked them.
    rules
        Rules that hold no more.
    """

    accounts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    rules: tuple[RulePattern, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.accounts or self.units or self.rules)


NOTHING_LIFTED = Lifted()
"""All locks and rules as they are."""


def growths(stated: Any) -> tuple[Growth, ...]:
    """Return growths from plain values, as from JSON."""
    return tuple(Growth(**each) if isinstance(each, Mapping) else each for each in stated)


def lifted(stated: Lifted | Mapping[str, Any]) -> Lifted:
    """Return what is lifted from plain values, as from JSON."""
    if isinstance(stated, Lifted):
        return stated
    rules = tuple(_pattern(each) for each in stated.get("rules", ()))
    return Lifted(tuple(stated.get("accounts", ())), tuple(stated.get("units", ())), rules)


def as_row(rule: AskedRule) -> dict[str, Any]:
    """Return a rule by column."""
    return asdict(rule)


def _pattern(stated: RulePattern | Mapping[str, Any]) -> RulePattern:
    if isinstance(stated, RulePattern):
        return stated
    return RulePattern(stated["stated"], int(stated.get("found", 0)))


_COLUMNS = tuple(each.name for each in fields(AskedRule) if each.name != "row")


def _plain(value: str | float) -> str | float:
    return value if isinstance(value, str) else float(value)


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _same(held: Any, wanted: str | float) -> bool:
    """Return whether a cell holds what is wanted; numbers compare as numbers, kinds without regard to case."""
    if isinstance(wanted, str):
        return str("" if held is None else held).strip().casefold() == wanted.strip().casefold()
    try:
        return held is not None and math.isclose(float(held), wanted, rel_tol=1e-12)
    except (TypeError, ValueError):
        return False
