"""Who sees a challenge or a comment: who wrote it, and who sees every region that it concerns."""

from __future__ import annotations

from collections.abc import Iterable

from planner.roles import Person, Scope


def covers_all(scope: Scope, regions: Iterable[str] | None) -> bool:
    """Return whether somebody sees all of some regions.

    Parameters
    ----------
    regions
        Names, empty for what belongs to none; None for what is for everybody who sees the plan.
    """
    return regions is None or all(scope.covers(region or None) for region in regions)


def sees(person: Person, regions: Iterable[str] | None, author: str) -> bool:
    """Return whether somebody sees what `author` wrote about some regions; see `covers_all`."""
    return person.id == author or covers_all(person.scope, regions)
