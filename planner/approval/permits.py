"""Who may take which step: the permission, and for a region its own manager, or somebody for them with a reason."""

from __future__ import annotations

from collections.abc import Iterable

from planner.approval.standing import named
from planner.approval.steps import ON_BEHALF, PERMISSION, Step
from planner.roles import Person, Role


def manages(person: Person, known_as: Iterable[str]) -> bool:
    """Return whether somebody is a manager of a region.

    Parameters
    ----------
    known_as
        Its name, and those of every node above it.
    """
    return Role.MANAGER in person.roles and any(name in person.regions for name in known_as if name)


def forbidden(
    person: Person,
    step: Step,
    region: str | None = None,
    known_as: Iterable[str] = (),
    *,
    on_behalf: bool = False,
) -> str | None:
    """Return why somebody may not take a step, in words; None where they may.

    Parameters
    ----------
    region, known_as
        Region that it concerns, and the names of every node above it; None for the plan as a whole.
    on_behalf
        Whether it is done for the manager of the region.
    """
    permission = ON_BEHALF if on_behalf else PERMISSION[step]
    if not person.may(permission):
        return f"This needs the permission {permission.value!r}, which {person.name} does not have here."
    if on_behalf and step is not Step.APPROVE:
        return f"Nobody takes the step {step.words} for somebody else."
    own = {region or "", *known_as}
    if step in (Step.APPROVE, Step.REJECT) and not on_behalf and not manages(person, own):
        who = "its manager" if region else "nobody's manager"
        here = named(region or "")
        return f"The {here} is approved or refused by {who}; a planner may approve for them, with a reason."
    return None
