"""A certificate of what changed in the year is genuine, holds, and finds a changed cent."""

import json
from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from planner.quota.in_year.changes import Move, ReliefGrant
from planner.quota.in_year.daily import Carried, PlanDays, calendar_of
from planner.quota.in_year.ledger import ledger
from planner.quota.in_year.tie_out import as_of_rows, certificate, verify
from planner.quota.periods import names
from planner.quota.settings import Relief
from planner.quota.tie_out import quotas_digest

NAMES, COMPONENTS = ("A", "B", "C"), ("beer", "wine")
ACCOUNTS = tuple(f"K{j}" for j in range(9))


@pytest.fixture
def made():
    rng = np.random.default_rng(5)
    amounts = rng.integers(10_000, 500_000, (3, 2, 12))
    plan = PlanDays(calendar_of(names(2026, "month")), amounts)
    carried = Carried(plan, np.arange(9, dtype=np.int32) % 3, rng.gamma(1.0, 1.0, (9, 2)))
    moves = [
        Move(4, 2, 0, date(2026, 9, 1), "new office"),
        Move(0, 0, 1, date(2026, 3, 17)),
        Move(4, 1, 2, date(2026, 3, 17)),
    ]
    grants = [
        ReliefGrant(0, date(2026, 4, 1), date(2026, 5, 15), share=Fraction(1, 2), reason="ill", author="Ann"),
        ReliefGrant(1, date(2026, 1, 1), date(2026, 12, 31), amount_cents=12_345, carried_by=Relief.SHARED),
    ]
    book = ledger(carried, NAMES, moves, grants)
    found = certificate(book, carried, NAMES, COMPONENTS, ACCOUNTS, "USD", {"moves.csv": "ab"})
    return book, found, as_of_rows(book, NAMES, COMPONENTS)


def test_it_holds_and_names_what_changed(made):
    book, found, rows = made
    found = json.loads(json.dumps(found))
    assert verify(found, rows) == []
    assert found["ties_out"]
    kinds = {one["kind"] for one in found["equations"]}
    assert kinds == {"day", "period", "seat", "move", "relief", "account"}
    assert sum(one["kind"] == "day" for one in found["equations"]) == 2 * 365
    assert sum(one["kind"] == "account" for one in found["equations"]) == 2
    assert found["moves"][0]["account_id"] == "K4"
    assert found["relief"][0]["reason"] == "ill"
    assert found["relief"][1]["relief_cents"] == 12_345
    assert found["absorbed_cents"] == found["relief"][0]["relief_cents"] > 0
    assert found["street_cents"] - found["absorbed_cents"] == found["carried_cents"] == book.cents.sum()


def test_it_speaks_of_the_plan_that_it_changes(made):
    book, found, _ = made
    amounts = book.by_period(book.plan_cents)
    plan = [
        (NAMES[t], COMPONENTS[c], book.calendar.periods[p], int(amounts[t, c, p]))
        for t, c, p in np.ndindex(amounts.shape)
    ]
    assert found["plan_quotas_sha256"] == quotas_digest(plan)


@pytest.mark.parametrize("column", ["plan", "moved_in", "moved_out", "relief", "taken_over", "amount"])
def test_a_changed_cent_is_found(made, column):
    _, found, rows = made
    forged = [rows[0]._replace(**{column: getattr(rows[0], column) + 1}), *rows[1:]]
    assert any("territory a 2026-01" in fault.lower() or "beer" in fault for fault in verify(found, forged))


def test_cents_that_change_places_are_found(made):
    _, found, rows = made
    forged = [
        rows[0]._replace(plan=rows[0].plan + 1, amount=rows[0].amount + 1),
        *rows[1:-1],
        rows[-1]._replace(plan=rows[-1].plan - 1, amount=rows[-1].amount - 1),
    ]
    assert len(verify(found, forged)) == 2
    swapped = [rows[0]._replace(moved_in=rows[0].moved_in + 5, amount=rows[0].amount + 5), *rows[1:]]
    assert any("give 0.05 more than they take" in fault for fault in verify(found, swapped))


def test_a_changed_certificate_is_found(made):
    _, found, rows = made
    assert "digest" in verify({**found, "carried_cents": 1}, rows)[0]
    assert "known" in verify({**found, "format": "x"}, rows)[0]
    broken = json.loads(json.dumps(found))
    broken["equations"][3]["right_cents"] += 1
    assert any("added up" in fault for fault in verify(broken, rows))
