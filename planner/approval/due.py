"""By when each stage is to be reached, and what is late on a given day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from planner.approval.steps import Stage
from planner.errors import InvalidInput, Problem


@dataclass(frozen=True)
class Due:
    """When a stage is to be reached.

    Parameters
    ----------
    stage, on
        The stage, and the last day for it.
    reached
        Whether the plan is there, or beyond.
    days_late
        Whole days that have passed since the last day without it being reached; 0 where it is not late.
    """

    stage: Stage
    on: date
    reached: bool
    days_late: int

    @property
    def late(self) -> bool:
        """Whether the day has passed without the stage being reached."""
        return self.days_late > 0


def checked(dates: Mapping[Stage, date]) -> dict[Stage, date]:
    """Return due dates in the order of the stages.

    Raises
    ------
    InvalidInput
        Where a draft has one, or a later stage is due before an earlier one; tells all such pairs.
    """
    faults = []
    if Stage.DRAFT in dates:
        faults.append(
            Problem(
                "A draft is where a plan begins.",
                "State when it is to be proposed.",
                column="draft",
                code="due_date",
            )
        )
    found = {stage: dates[stage] for stage in Stage if stage in dates}
    faults += [
        Problem(
            f"{later.words.capitalize()} would be due on {found[later]}, before {earlier.words} on {found[earlier]}.",
            "State days that follow each other.",
            column=later.value,
            value=found[later].isoformat(),
            code="due_date",
        )
        for earlier, later in pairwise(found)
        if found[later] < found[earlier]
    ]
    if faults:
        raise InvalidInput(faults)
    return found


def due(dates: Mapping[Stage, date], stage: Stage, today: date) -> tuple[Due, ...]:
    """Return how the due dates of a plan stand on a day, in the order of the stages."""
    return tuple(
        Due(
            each,
            dates[each],
            reached := stage.rank >= each.rank,
            0 if reached else max(0, (today - dates[each]).days),
        )
        for each in Stage
        if each in dates
    )
