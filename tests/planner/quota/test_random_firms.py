"""Random firms with every kind of rule at once: not one cent of difference, by an adder that shares no code."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.quota import set_quotas
from planner.quota.tie_out import certificate, verify
from tests.planner.quota.firms import differences, quotas_of, random_firm

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_not_one_cent_of_difference(seed):
    rng = np.random.default_rng(seed)
    firm, plan = quotas_of(random_firm(rng, 40), rng)
    assert [(name, cents) for name, cents in differences(firm, plan) if cents] == []
    assert plan.ties_out


@settings(max_examples=25, deadline=None)
@given(SEEDS, SEEDS)
def test_a_cent_more_or_less_anywhere_is_found(seed, where):
    rng = np.random.default_rng(seed)
    firm, plan = quotas_of(random_firm(rng, 15), rng)
    ids = firm.inputs.territory_id
    proof = certificate(plan, ids, {})
    names = [""] if plan.components == ("total",) else plan.components
    rows = [
        (ids[t], names[c], plan.periods[p], int(cents))
        for (t, c, p), cents in np.ndenumerate(plan.amount_cents)
    ]
    assert verify(proof, rows) == []
    at = where % len(rows)
    rows[at] = (*rows[at][:3], rows[at][3] + 1)
    assert verify(proof, rows)


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_the_same_firm_has_the_same_quotas(seed):
    firm, plan = quotas_of(random_firm(np.random.default_rng(seed), 30), np.random.default_rng(seed + 1))
    again = set_quotas(firm.settings, firm.inputs)
    assert (again.amount_cents == plan.amount_cents).all()
    assert again.equations == plan.equations


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_seats_carry_whole_units_but_for_one_in_each_pool_and_component(seed):
    rng = np.random.default_rng(seed)
    firm = random_firm(rng, 40)
    plan = set_quotas(firm.settings, firm.inputs)
    unit = firm.settings.rounding_cents
    if len(set(firm.inputs.targets.node_id)) > 1:
        return
    if plan.street_cents.min() < 100 * unit * len(plan.amount_cents):
        return
    odd = (plan.amount_cents.sum(2) % unit != 0).sum(0)
    assert (odd <= 1).all()


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_caps_on_shares_hold_up_to_a_unit_unless_it_says_that_they_cannot(seed):
    rng = np.random.default_rng(seed)
    firm = random_firm(rng, 30)
    asked = replace(firm.settings, max_share=min(1.0, 1.5 / firm.inputs.n_territories), min_share=None)
    plan = set_quotas(asked, firm.inputs)
    if len(set(firm.inputs.targets.node_id)) > 1 or any("widened" in note for note in plan.notes):
        return
    most = asked.max_share * plan.street_cents
    assert (plan.amount_cents.sum(2) <= most + 2 * asked.rounding_cents).all()


def test_limits_far_beyond_all_chances_are_filled_at_once() -> None:
    # Chances of the smallest seats end long before their limits, and the limits just carry the total.
    rng = np.random.default_rng([1, 5508])
    firm, plan = quotas_of(random_firm(rng, 5000), rng)
    assert not [name for name, cents in differences(firm, plan) if cents]
