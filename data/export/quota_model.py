"""What quotas rest on, written beside them: enough to judge them and to simulate the year without the inputs."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from data.assemble.quota_inputs import potential_measure
from data.export.assignments import Owners
from data.export.folder import PRODUCT
from planner.quota.expected import Blend, known_for
from planner.quota.inputs import QuotaInputs
from planner.quota.quota_plan import QuotaPlan
from planner.quota.settings import QuotaSettings
from planner.quota.simulate import Calibration, calibrate, expected_while_there, outlook_while_there

FORMAT = 1
"""Version of the file."""


def quota_model(owners: Owners) -> dict[str, object]:
    """Return what ``quota_model.json`` holds; fractions, and money in minor units.

    What each territory is expected to sell while its seat is there and how certain that is, what it sold last year,
    its potential, and how well stated intervals held in past years.
    """
    assembled, plan = owners.assembled, owners.plan
    quotas, inputs = plan.quotas, owners.quota_inputs
    assert quotas is not None
    settings = assembled.scenario.quota
    outlook, potential = outlook_while_there(quotas), inputs.potential
    checked = calibration_of(settings, inputs, quotas)
    unknown = np.full(inputs.n_territories, np.nan)
    columns = {
        "territory_id": inputs.territory_id,
        "seat_id": inputs.seat_id,
        "expected_cents": expected_while_there(quotas),
        "last_year_cents": quotas.last_year_cents,
        "potential": unknown if potential is None else potential,
        "overridden": quotas.locked.any(axis=1),
        "outlook_cents": unknown if outlook is None else outlook.mean_cents,
        "outlook_spread": unknown if outlook is None else outlook.spread,
    }
    return {
        "product": PRODUCT,
        "format": FORMAT,
        "currency": quotas.currency,
        "year": quotas.year,
        "method": quotas.method,
        "method_notes": list(quotas.method_notes),
        "potential": potential_measure(assembled.scenario, plan.after.measures),
        "target_cents": int(quotas.target_cents.sum()),
        "street_cents": int(quotas.street_cents.sum()),
        "outlook": None
        if outlook is None
        else {
            "shock": outlook.shock,
            "wild": outlook.wild,
            "learned_from": list(outlook.learned_from),
            "notes": list(outlook.notes),
        },
        "calibration": None if checked is None else {**asdict(checked), "text": checked.words},
        "territories": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
    }


def calibration_of(settings: QuotaSettings, inputs: QuotaInputs, quotas: QuotaPlan) -> Calibration | None:
    """Return how well intervals of the method of these quotas held in past years; None where nothing tells."""
    if quotas.outlook is None or inputs.history is None:
        return None
    return calibrate(known_for(settings, inputs, None, quotas.year), Blend(quotas.method_weights))
