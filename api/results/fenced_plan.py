"""A plan in a list, and the news of its making, told to somebody who sees some regions."""

from __future__ import annotations

from typing import Any

from api.schemas.plans import PlanOut, PlanSummary
from planner.roles import Person

_OF_PROGRESS = ("phase", "fraction", "seconds", "iterations")
"""What progress says that is no sum over the company."""
_OF_STATE = ("state",)
_FAILED = "The plan could not be made; its planner sees why."


def fenced_plan(told: PlanOut, who: Person, summary: PlanSummary | None) -> PlanOut:
    """Return a plan without what was asked for and what went wrong, which name what they do not see.

    Parameters
    ----------
    told
        The plan as those see it who see everything.
    summary
        Its numbers, as the person sees them; None while it is not done.
    """
    if who.scope.everything:
        return told
    return told.model_copy(
        update={
            "overrides": {},
            "reason": _FAILED if told.reason else "",
            "problems": [],
            "progress": fenced_progress(told.progress),
            "summary": summary,
        }
    )


def fenced_progress(progress: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what progress says that is no sum over the company."""
    return None if progress is None else _only(progress, _OF_PROGRESS)


def fenced_news(who: Person, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the content of one event about the making of a plan, as somebody may see it."""
    if who.scope.everything:
        return data
    if kind == "progress":
        return fenced_progress(data) or {}
    return {**_only(data, _OF_STATE), "reason": _FAILED if data.get("reason") else ""}


def _only(data: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: data[name] for name in names if name in data}
