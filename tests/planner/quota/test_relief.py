"""New and vacant seats carry less: others carry it, or nobody does, and the bridge says so."""

from datetime import date

import numpy as np
import pytest

from planner.quota import History, QuotaInputs, Targets, set_quotas
from planner.quota.inputs import Staffing
from planner.quota.settings import Relief
from planner.scenario import QuotaSettings

MONTHS = tuple(f"2025-{m:02d}" for m in range(1, 13))
FREE = {"max_decrease": None, "max_increase": None}


def plan(staffing, relief, targets=None, n=3, **asked):
    history = History(
        MONTHS,
        ("total",),
        np.repeat(range(n), 12),
        np.tile(range(12), n),
        np.zeros(12 * n),
        np.full(12 * n, 1000),
        n,
    )
    settings = QuotaSettings(
        target_cents=None if targets else 360_000 * n // 3,
        methods={"last_year_plus": 1.0},
        equal_difficulty=False,
        relief=relief,
        ramp=(0.0, 0.5),
        **(FREE | asked),
    )
    return set_quotas(
        settings, QuotaInputs(np.arange(n), n, history=history, staffing=staffing, targets=targets)
    )


FROM_JULY = Staffing((None, date(2026, 7, 1), None), (None, None, None))
# Nothing for half a year and the first month, half the second, all of four.
PART = 4.5 / 12


def test_shared_relief_is_carried_by_the_others():
    found = plan(FROM_JULY, Relief.SHARED, rounding_cents=1)
    year = found.amount_cents.sum((1, 2))
    assert year.sum() == 360_000
    assert year[1] == pytest.approx(360_000 * PART / (2 + PART), abs=1)
    assert found.relief_cents.sum() == pytest.approx(0, abs=1)
    assert [step.name for step in found.bridge] == ["company target"]
    assert found.amount_cents[1, 0, :7].tolist() == [0] * 7


def test_absorbed_relief_lowers_the_street_quota_visibly():
    found = plan(FROM_JULY, Relief.ABSORBED, over_assignment=0.1, rounding_cents=1)
    relief = round(132_000 * (1 - PART))
    assert [(s.name, s.added_cents, s.carried_cents) for s in found.bridge] == [
        ("company target", 360_000, 360_000),
        ("over-assignment, plan", 36_000, 396_000),
        ("relief of new and vacant seats", -relief, 396_000 - relief),
    ]
    assert found.amount_cents.sum((1, 2)).tolist() == [132_000, 132_000 - relief, 132_000]
    assert found.relief_cents.tolist() == [0, -relief, 0]
    assert found.over_assignment == pytest.approx((396_000 - relief) / 360_000 - 1)
    assert any("ramp by month: 0%, 50%" in note for note in found.notes)
    assert found.ties_out


def test_absorbed_relief_falls_in_the_periods_in_which_the_seat_is_missing():
    quarters = tuple(f"2026-Q{q}" for q in range(1, 5))
    targets = Targets(("",) * 4, ("",) * 4, quarters, np.full(4, 90_000))
    found = plan(FROM_JULY, Relief.ABSORBED, targets, periods="quarter", rounding_cents=1)
    # 46.5 of the 92 days of the third quarter are lost: all of July and half of August.
    third = 90_000 - round(30_000 * 46.5 / 92)
    assert found.amount_cents.sum((0, 1)).tolist() == [60_000, 60_000, third, 90_000]


def test_a_vacant_seat_carries_nothing():
    gone = Staffing((None,) * 3, (None, None, date(2025, 6, 30)))
    found = plan(gone, Relief.SHARED)
    assert found.amount_cents.sum((1, 2)).tolist() == [180_000, 180_000, 0]
    limited = plan(gone, Relief.SHARED, max_decrease=0.2, max_increase=0.3)
    assert limited.amount_cents.sum((1, 2)).tolist() == [180_000, 180_000, 0]


def test_a_team_that_is_vacant_all_year_is_not_relieved():
    found = plan(Staffing((None,) * 3, (date(2025, 6, 30),) * 3), Relief.SHARED)
    assert found.amount_cents.sum((1, 2)).tolist() == [120_000] * 3
    assert any("vacant all year" in note for note in found.notes)
    absorbed = plan(Staffing((None,) * 3, (date(2025, 6, 30),) * 3), Relief.ABSORBED)
    assert not absorbed.amount_cents.any()
    assert absorbed.ties_out
