"""Who sees a challenge or a comment: who wrote it, and who sees the regions that it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from planner.roles import Person

Sees = Callable[[str], bool]
"""Whether somebody sees a region of a plan, the empty name standing for territories of none."""


def sees_all(person: Person, sees: Sees, regions: Iterable[str] | None, author: str) -> bool:
    """Return whether somebody sees what `author` wrote, where that takes seeing every region that it concerns.

    Parameters
    ----------
    regions
        Names, empty for what belongs to none; None for what is for everybody who sees the plan.
    """
    return person.id == author or regions is None or all(map(sees, regions))


def sees_any(person: Person, sees: Sees, regions: Iterable[str] | None, author: str) -> bool:
    """Return whether somebody sees what `author` wrote, where one region that it concerns is enough.

    What concerns nothing in particular is seen by those who see everything.
    """
    if person.id == author or regions is None or person.scope.everything:
        return True
    return any(map(sees, regions))
