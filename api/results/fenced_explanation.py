"""Why an account is where it is, told to somebody who sees some regions."""

from __future__ import annotations

from api.fence import Fence
from api.schemas.explanations import ExplanationOut, HomeOut, ObstacleOut, PinOut
from planner.rules.rule import RuleKind

_OF_THE_COMPANY = frozenset({RuleKind.DISRUPTION, RuleKind.MIX})
"""Rules whose breaches are told in amounts of the whole company."""
_LEFT = "now in a territory of another region"
_CLOSED = "a rule that also concerns territories outside your regions"


def fenced(told: ExplanationOut, fence: Fence, homes: int) -> ExplanationOut | None:
    """Return an explanation without what lies outside the fence.

    Parameters
    ----------
    told
        The explanation with every other home.
    fence
        What is hidden.
    homes
        How many other homes to tell.

    Returns
    -------
    None where neither the territory now nor the one before is seen: there is no such account then.
    """
    if fence.everything:
        return told
    now, before = fence.sees(told.territory_id), fence.sees(told.previous_territory_id)
    if not (now or before):
        return None
    hidden: dict[str, object] = {
        "objective": None,
        "expected_loss_cents": None,
        "inputs_changed": [],
        "previous_territory_id": told.previous_territory_id if before else "",
    }
    if not now:
        away = {"territory_id": "", "seat_id": "", "reason": _LEFT, "goes_with": [], "accounts": 1}
        empty = {"pins": [], "other_homes": 0, "homes": [], "distance_km": None, "hours": None}
        return told.model_copy(update={**hidden, **away, **empty})
    seen = [home for home in told.homes if fence.sees(home.territory_id)]
    return told.model_copy(
        update={
            **hidden,
            "reason": _CLOSED if fence.names_hidden(told.reason) else told.reason,
            "pins": [_pin(pin, fence, len(seen)) for pin in told.pins],
            "other_homes": len(seen),
            "homes": [_home(home, fence) for home in seen[:homes]],
        }
    )


def _pin(pin: PinOut, fence: Fence, homes: int) -> PinOut:
    rules = [name for name in pin.rules if not fence.names_hidden(name)]
    return pin.model_copy(
        update={
            "rules": rules,
            "text": _text(pin.text, pin.kind, fence),
            "closes": min(pin.closes, homes),
        }
    )


def _home(home: HomeOut, fence: Fence) -> HomeOut:
    measures = [
        measure.model_copy(update={"moved_share": None, "moved_share_after": None})
        for measure in home.measures
    ]
    return home.model_copy(
        update={
            "objective_change_share": None,
            "obstacles": [_obstacle(obstacle, fence) for obstacle in home.obstacles],
            "measures": measures,
            "budgets": [],
        }
    )


def _obstacle(obstacle: ObstacleOut, fence: Fence) -> ObstacleOut:
    rule = _CLOSED if fence.names_hidden(obstacle.rule) else obstacle.rule
    return obstacle.model_copy(update={"rule": rule, "text": _text(obstacle.text, obstacle.kind, fence)})


def _text(text: str, kind: str | None, fence: Fence) -> str:
    return _CLOSED if kind in _OF_THE_COMPANY or fence.names_hidden(text) else text
