"""The fence around what a person may see of a plan: the territories of their regions, and nothing of the others.

What lies outside is answered for exactly as if it did not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.errors import ApiError, not_found
from api.results.shelf import ShelvedPlan
from data.read.regions import RegionTree, read_regions
from planner.roles import EVERYTHING, Person, Scope

_WORD = re.compile(r"(?<![\w.,-])[\w-]+(?![\w-]|[.,]\d)")
"""A word, or a number without decimals: distances are no ids."""


@dataclass(frozen=True)
class Fence:
    """Which territories of one plan somebody sees.

    Parameters
    ----------
    scope
        The regions of the person.
    regions
        Every name of the regions that each territory is in, by its id.
    seats
        What else tells a territory, by its id: its seat and its rep.
    """

    scope: Scope = EVERYTHING
    regions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    seats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.scope.everything

    @cached_property
    def inside(self) -> frozenset[str]:
        """The territories that are seen; where nothing is hidden, all that are known."""
        if self.scope.regions is None:
            return frozenset(self.regions)
        return frozenset(name for name, labels in self.regions.items() if labels & self.scope.regions)

    @cached_property
    def outside(self) -> frozenset[str]:
        """The territories that are not seen."""
        return frozenset(self.regions) - self.inside

    @cached_property
    def hidden_names(self) -> frozenset[str]:
        """Everything that tells a territory that is not seen: its id, its seat, its rep, its regions."""
        inside = {label for name in self.inside for label in self._told(name)}
        return frozenset(label for name in self.outside for label in self._told(name)) - inside - {""}

    def names_hidden(self, text: str) -> bool:
        """Return whether a sentence names a territory that is hidden, its seat, its rep or its region."""
        words, phrases = self._hidden
        return any(word in words for word in _WORD.findall(text)) or any(phrase in text for phrase in phrases)

    @cached_property
    def _hidden(self) -> tuple[frozenset[str], frozenset[str]]:
        words = frozenset(name for name in self.hidden_names if _WORD.fullmatch(name))
        return words, self.hidden_names - words

    def _told(self, territory_id: str) -> tuple[str, ...]:
        return (territory_id, *self.seats.get(territory_id, ()), *self.regions[territory_id])

    def sees(self, territory_id: str) -> bool:
        """Return whether a territory is seen; "" (nobody's) and what no seat owns only where nothing is hidden."""
        return self.everything or territory_id in self.inside

    def mask(self, territory_id: Iterable[Any]) -> NDArray[np.bool_]:
        """Return which of many territories are seen, given by their ids, shape ``(n,)``."""
        ids = [str(name) for name in territory_id]
        if self.everything:
            return np.ones(len(ids), bool)
        inside = self.inside
        return np.fromiter((name in inside for name in ids), bool, len(ids))


WITHOUT = Fence()
"""A fence that hides nothing."""


def fence_of(who: Person, plan: ShelvedPlan) -> Fence:
    """Return the fence around what somebody sees of a finished plan.

    The region of a territory is that of its seat, and every node above it in the hierarchy of the data set.
    """
    if who.scope.everything:
        return WITHOUT
    tree = _tree(plan.folder)
    rows = plan.output.territories.territories
    return Fence(
        who.scope,
        {row.territory_id: tree.all_of(row.seat_id, row.region) for row in rows},
        {row.territory_id: (row.seat_id, row.rep_name) for row in rows},
    )


def only_unfenced(who: Person, what: str, name: str, listed_by: str) -> None:
    """Answer people who do not see everything as if a thing of the whole company did not exist.

    Raises
    ------
    ApiError
        404 in the words of a thing that is not there.
    """
    if not who.scope.everything:
        raise not_found(what, name, listed_by)


def any_region(who: Person, regions: Iterable[str] | None) -> bool:
    """Return whether somebody sees anything of what is about some regions; None for all regions of a company."""
    return who.scope.everything or regions is None or any(who.scope.covers(region) for region in regions)


def whole_company(who: Person) -> None:
    """Refuse people who do not see everything what is about the whole company and has no id; `ApiError` 403."""
    if not who.scope.everything:
        raise ApiError(
            403, "not-permitted", "This is about the whole company, of which you see some regions."
        )


@lru_cache(maxsize=32)
def _tree(folder: Path) -> RegionTree:  # folders of the store never change
    return read_regions(folder)
