"""The certificate holds every sum, and any change to it is found."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest

from planner.quota import Hierarchy, History, QuotaInputs, Targets, set_quotas
from planner.quota.quota_plan import Equation
from planner.quota.tie_out import certificate, quotas_digest, verify
from planner.scenario import QuotaSettings

TERRITORIES = ["T1", "T2", "T3"]


@pytest.fixture(scope="module")
def plan():
    months = tuple(f"2024-{month:02d}" for month in range(1, 13))
    history = History(
        months,
        ("a", "b"),
        np.repeat(np.arange(4), 24),
        np.tile(np.repeat(np.arange(12), 2), 4),
        np.tile([0, 1], 48),
        np.arange(96) * 1000,
        4,
    )
    return set_quotas(
        QuotaSettings(over_assignment=0.05),
        QuotaInputs(
            history=history,
            territory_of_entity=np.array([0, 1, 2, 2]),
            n_territories=3,
            potential=[1, 2, 3],
            targets=Targets(("all",) * 2, ("a", "b"), ("", ""), np.array([1_000_033, 2_000_001])),
            hierarchy=Hierarchy.from_ids(["all", "e", "w"], ["", "all", "all"]),
            node_of_territory=[1, 1, 2],
            territory_id=TERRITORIES,
        ),
    )


@pytest.fixture
def proof(plan):
    return json.loads(json.dumps(certificate(plan, TERRITORIES, {"targets.csv": "ab" * 32})))


def rows(plan):
    return [
        (TERRITORIES[t], plan.components[c], plan.periods[p], int(cents))
        for (t, c, p), cents in np.ndenumerate(plan.amount_cents)
    ]


def test_every_kind_of_sum_is_stated(plan):
    found = {equation.name: equation for equation in plan.equations}
    assert found["street quota"].left_cents == plan.street_cents.sum()
    assert found["street quota a"].left_cents == round(1_000_033 * 1.05)
    assert found["territory T3 b"].kind == "territory_periods"
    assert found["territory T3"].kind == "components"
    assert found["street quota b 2025-12"].kind == "company_periods"
    assert found["node all"].left_cents == found["node e"].left_cents + found["node w"].left_cents
    assert found["node e"].right_cents == plan.amount_cents[:2].sum()
    assert found["node e b 2025-12"].left_cents == plan.amount_cents[:2, 1, 11].sum()
    assert found["node all b 2025-12"].kind == "node_periods"
    assert len(found) == len(plan.equations)


def test_a_sound_certificate_verifies_after_a_round_trip(plan, proof):
    assert verify(proof) == []
    assert verify(proof, rows(plan)) == []
    assert verify(proof, reversed(rows(plan))) == []
    assert proof["inputs"] == {"targets.csv": "ab" * 32}
    assert proof["ties_out"]


def test_a_changed_cent_in_the_quotas_is_found(plan, proof):
    changed = rows(plan)
    name, component, period, cents = changed[5]
    changed[5] = (name, component, period, cents + 1)
    assert len(verify(proof, changed)) == 2


def test_a_cent_moved_between_two_quotas_is_found(plan, proof):
    changed = rows(plan)
    for at, more in ((5, 1), (6, -1)):
        name, component, period, cents = changed[at]
        changed[at] = (name, component, period, cents + more)
    assert verify(proof, changed) == ["The quotas are not those that the certificate was made for."]


def test_any_changed_number_is_found(proof):
    def numbers(value, path=()):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from numbers(inner, (*path, key))
        elif isinstance(value, list):
            for at, inner in enumerate(value):
                yield from numbers(inner, (*path, at))
        elif isinstance(value, int) and not isinstance(value, bool):
            yield path

    for path in numbers(proof):
        broken = copy.deepcopy(proof)
        inner = broken
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] += 1
        assert verify(broken), path


def test_a_false_sum_is_found_even_with_a_fresh_digest(plan):
    wrong = Equation("street quota a", "components", 10, 9)
    plan_with_fault = replace(plan, equations=(wrong, *plan.equations))
    assert not plan_with_fault.ties_out
    faults = verify(certificate(plan_with_fault, TERRITORIES, {}))
    assert faults == ["street quota a: 0.10 stated, 0.09 added up."]


@pytest.mark.parametrize("lost", ["equations", "bridge", "quotas_sha256"])
def test_a_certificate_with_parts_missing_is_refused(proof, lost):
    del proof[lost]
    assert verify(proof) == [f"The certificate lacks {lost}."]


def test_another_format_is_refused():
    assert "format None" in verify({})[0]


def test_the_order_of_rows_and_zeros_do_not_change_the_fingerprint():
    some = [("T1", "", "2025", 5), ("T2", "", "2025", 0), ("T3", "", "2025", 7)]
    assert quotas_digest(some) == quotas_digest([some[2], some[0]])
    assert quotas_digest(some) != quotas_digest([("T1", "", "2025", 7), ("T3", "", "2025", 5)])
