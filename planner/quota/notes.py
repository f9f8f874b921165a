"""What people are told about how quotas came about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.quota.currency import money
from planner.quota.hand_down import Handing
from planner.quota.quota_plan import STAGES, BridgeStep
from planner.quota.rounding import Cents
from planner.quota.settings import QuotaSettings

_LIMITS = {
    "max_increase": "held down by the largest increase",
    "max_decrease": "held up by the largest decrease",
}


def limited_by(handed: Sequence[Handing]) -> tuple[str, ...]:
    """Return which limit holds most of each territory's quota over all components; empty text where none does."""
    limits = STAGES.index("limits")
    held = np.sum([handing.at_limit * handing.stage_cents[limits] for handing in handed], axis=0)
    return tuple("max_increase" if cents > 0 else "max_decrease" if cents < 0 else "" for cents in held)


def notes(
    settings: QuotaSettings,
    bridge: Sequence[BridgeStep],
    history_weight: float,
    handed: Sequence[Handing],
    limited: Sequence[str],
    final: Cents,
) -> list[str]:
    """Return what was done and why, in the order it was done.

    Parameters
    ----------
    history_weight
        Weight that history had in the blend.
    handed
        What each component was handed.
    limited
        Limit that holds each territory.
    final
        Quota of each territory, minor units.
    """
    found = [
        f"{step.name}: {money(step.added_cents, settings.currency)} on top of "
        f"{money(step.carried_cents - step.added_cents, settings.currency)}"
        + ("." if step.over_assignment is None else f" ({step.over_assignment:.2%}).")
        for step in bridge[1:]
    ]
    if 0 < history_weight < 1:
        found.append(f"Shares: {history_weight:.0%} history, {1 - history_weight:.0%} potential.")
    elif history_weight == 1 and settings.weight < 1:
        found.append("No potential is known: quotas follow history alone.")
    found += dict.fromkeys(note for handing in handed for note in handing.notes)
    for limit, words in _LIMITS.items():
        if limit in limited:
            found.append(f"{limited.count(limit)} territories are {words} allowed against last year.")
    used = min((unit for handing in handed for unit in handing.units), default=settings.rounding_cents)
    if used < settings.rounding_cents:
        found.append(
            f"The totals do not allow multiples of {money(settings.rounding_cents, settings.currency)} everywhere: "
            f"some amounts are multiples of {money(used, settings.currency)}."
        )
    nothing = int((final == 0).sum())
    if nothing and final.any():
        found.append(
            f"{nothing} territories carry no quota: they have no share in history or potential, or no target."
        )
    return found
