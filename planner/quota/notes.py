"""What people are told about how quotas came about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.quota.currency import money
from planner.quota.hand_down import Handing
from planner.quota.limits import NAMES
from planner.quota.override_reading import Asked, Names, who_is
from planner.quota.quota_plan import STAGES, BeyondLimit, BridgeStep
from planner.quota.rounding import Cents
from planner.quota.settings import QuotaSettings

SHOWN = 10
"""Overrides that are named one by one."""
_LIMITS = {
    "max_increase": "held down by the largest increase allowed against last year",
    "max_decrease": "held up by the largest decrease allowed against last year",
    "min_share": "held up by the smallest share allowed",
    "max_share": "held down by the largest share allowed",
}


def limited_by(handed: Sequence[Handing]) -> tuple[str, ...]:
    """Return which limit holds most of each territory's quota over all components; empty text where none does."""
    limits = STAGES.index("limits")
    held = np.zeros((len(NAMES), len(handed[0].held)))
    for handing in handed:
        held[handing.held, np.arange(held.shape[1])] += np.maximum(handing.stage_cents[limits], 1)
    held[0] = 0
    most = np.where(held.any(0), held.argmax(0), 0)
    return tuple(NAMES[code] for code in most.tolist())


def notes(
    settings: QuotaSettings,
    bridge: Sequence[BridgeStep],
    handed: Sequence[Handing],
    limited: Sequence[str],
    final: Cents,
    asked: Sequence[Asked],
    names: Names,
) -> list[str]:
    """Return what was done and why, in the order it was done.

    Parameters
    ----------
    handed
        What each component was handed.
    limited
        Limit that holds each territory.
    final
        Quota of each territory, minor units.
    asked, names
        Overrides, and what things are called.
    """
    currency = settings.currency
    found = [
        f"{step.name}: {money(step.added_cents, currency)} on top of "
        f"{money(step.carried_cents - step.added_cents, currency)}"
        + ("." if step.over_assignment is None else f" ({step.over_assignment:.2%}).")
        for step in bridge[1:]
    ]
    if handed[0].outlook is not None:
        found.append("Inside the limits, every seat has the same chance to attain its quota.")
    found += dict.fromkeys(note for handing in handed for note in handing.notes)
    for limit, words in _LIMITS.items():
        if limit in limited:
            found.append(f"{limited.count(limit)} territories are {words}.")
    used = min((unit for handing in handed for unit in handing.units), default=settings.rounding_cents)
    if used < settings.rounding_cents:
        found.append(
            f"The totals do not allow multiples of {money(settings.rounding_cents, currency)} everywhere: "
            f"some amounts are multiples of {money(used, currency)}."
        )
    if asked:
        hierarchy = handed[0].hierarchy
        told = [
            f"{who_is(ask.override, names, hierarchy)}"
            + "".join(f" {text}" for text in (ask.override.component, ask.override.period) if text)
            + f" {money(ask.cents, currency)}"
            for ask in asked[:SHOWN]
        ]
        more = f" and {len(asked) - SHOWN} more" if len(asked) > SHOWN else ""
        found.append(f"Decided by hand, unlocked siblings took the difference: {', '.join(told)}{more}.")
    nothing = int((final == 0).sum())
    if nothing and final.any():
        found.append(
            f"{nothing} territories carry no quota: they have no share in what is expected, or no target."
        )
    return found


def beyond_note(beyond: Sequence[BeyondLimit], names: Names) -> list[str]:
    """Return who is carried over limits by amounts decided for others, and by how much."""
    if not beyond:
        return []
    told = [
        f"{names.territories[one.territory]}"
        + (f" {names.components[one.component]}" if len(names.components) > 1 else "")
        + f" {money(abs(one.beyond_cents), names.currency)} {'above' if one.beyond_cents > 0 else 'below'}"
        for one in beyond[:SHOWN]
    ]
    more = f" and {len(beyond) - SHOWN} more" if len(beyond) > SHOWN else ""
    seats = len({one.territory for one in beyond})
    why = "because of amounts decided by hand for others"
    return [f"{seats} seats are outside the limits on change and shares {why}: {', '.join(told)}{more}."]
