"""Split credit adds up to the territory in every period; overlays lie on top and count for nobody's target."""

from fractions import Fraction

import numpy as np
import pytest

from planner.errors import InvalidInput
from planner.quota import QuotaInputs, Targets, set_quotas
from planner.quota.credits import Role
from planner.quota.inputs import Credit
from planner.scenario import QuotaSettings


def plan(*given, components=("a", "b"), target=100_001):
    targets = Targets(
        ("",) * len(components), components, ("",) * len(components), [target] * len(components)
    )
    settings = QuotaSettings(methods={"even": 1.0}, periods="month", year=2026, rounding_cents=1)
    inputs = QuotaInputs(
        np.zeros(0), 2, territory_id=("T1", "T2"), seat_id=("S1", "S2"), targets=targets, credits=given
    )
    return set_quotas(settings, inputs)


def of(found, seat):
    return next(share for share in found.seat_shares if share.seat_id == seat)


def test_without_credits_owners_carry_their_territories():
    found = plan()
    assert [(share.seat_id, share.role, share.share) for share in found.seat_shares] == [
        ("S1", Role.OWNER, 1),
        ("S2", Role.OWNER, 1),
    ]
    assert (of(found, "S2").amount_cents == found.amount_cents[1]).all()


def test_a_split_takes_its_part_from_the_owner_in_every_period():
    found = plan(Credit("P", 0, Fraction(1, 3), False), Credit("Q", 0, Fraction(1, 7), False, "b"))
    seats = [of(found, seat).amount_cents for seat in ("S1", "P", "Q")]
    assert (np.sum(seats, axis=0) == found.amount_cents[0]).all()
    year = found.amount_cents[0].sum(1)
    assert abs(seats[1].sum(1) - year / 3).max() < 1
    assert seats[2].sum(1).tolist() == [0, pytest.approx(year[1] / 7, abs=1)]
    assert of(found, "S1").share == Fraction(11, 21)
    assert sum(e.kind == "split" for e in found.equations) == 24
    assert found.ties_out


def test_an_overlay_lies_on_top_and_does_not_count_towards_the_target():
    bare, found = plan(), plan(Credit("O", 1, Fraction(1, 2), True, "b"))
    assert (found.amount_cents == bare.amount_cents).all()
    assert found.street_cents.tolist() == [100_001, 100_001]
    assert of(found, "O").amount_cents.sum(1).tolist() == [
        0,
        round(Fraction(int(bare.amount_cents[1, 1].sum()), 2)),
    ]
    assert [e.name for e in found.equations if e.kind == "overlay"] == ["overlay of seat O on territory T2 b"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([Credit("P", 5, Fraction(1, 2), False)], "does not exist"),
        ([Credit("P", 0, Fraction(3, 2), True)], "has the share 1.5"),
        ([Credit("P", 0, Fraction(1, 2), False, "x")], "'x', which is no component"),
        (
            [Credit("P", 0, Fraction(2, 3), False), Credit("Q", 0, Fraction(1, 2), False, "a")],
            "adds up to 117%",
        ),
    ],
)
def test_what_cannot_be_credited_is_refused(given, why):
    with pytest.raises(InvalidInput, match=why) as refused:
        plan(*given)
    assert refused.value.problems[0].file == "credits"
