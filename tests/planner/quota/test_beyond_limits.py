"""Whoever amounts decided for others carry over a limit is named, with the amount; nobody else is."""

import numpy as np
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from planner.quota import Hierarchy, History, QuotaInputs, Targets, set_quotas
from planner.quota.inputs import Override
from planner.scenario import QuotaSettings

LIMITS = {"max_increase": 0.1, "max_decrease": 0.1}


def plan(*overrides, target=600_000, sold=(100_000, 200_000, 100_000, 100_000, 100_000), tree=None, **asked):
    n = len(sold)
    history = History(
        ("2025",), ("",), np.arange(n), np.zeros(n, int), np.zeros(n, int), np.array(sold), n_entities=n
    )
    return set_quotas(
        QuotaSettings(periods="year", year=2026, **({"methods": {"last_year_plus": 1.0}} | LIMITS | asked)),
        QuotaInputs(
            np.arange(n),
            n,
            territory_id=tuple("ABCDEFGH"[:n]),
            history=history,
            targets=Targets(("",), ("",), ("",), np.array([target])),
            overrides=overrides,
            hierarchy=tree,
            node_of_territory=None if tree is None else [1, 1, 2, 2, 2],
        ),
    )


def of(territory, cents):
    return Override(territory, -1, "", "", cents)


def test_siblings_beyond_the_limits_are_named_with_the_amount():
    found = plan(of(0, 200_000))
    # 400,000 are left for four that carried 500,000: 80 % each, 10 % less than limits allow.
    assert found.amount_cents.sum((1, 2)).tolist() == [200_000, 160_000, 80_000, 80_000, 80_000]
    assert [(one.territory, one.limit, one.beyond_cents) for one in found.beyond_limits] == [
        (1, "max_decrease", -20_000),
        (2, "max_decrease", -10_000),
        (3, "max_decrease", -10_000),
        (4, "max_decrease", -10_000),
    ]
    assert {one.overrides for one in found.beyond_limits} == {(0,)}
    told = [note for note in found.notes if "outside the limits on change" in note]
    who = "B 200.00 USD below, C 100.00 USD below, D 100.00 USD below, E 100.00 USD below."
    why = "because of amounts decided by hand for others"
    assert told == [f"4 seats are outside the limits on change and shares {why}: {who}"]


def test_limits_on_shares_count_too():
    found = plan(of(0, 10_000), max_increase=None, max_decrease=None, max_share=0.34)
    assert [(one.territory, one.limit, one.limit_cents) for one in found.beyond_limits] == [
        (1, "max_share", 204_000)
    ]


def test_nobody_is_named_where_nobody_passes_a_limit():
    assert plan().beyond_limits == ()
    assert plan(of(0, 110_000)).beyond_limits == ()
    free = plan(of(0, 590_000), max_increase=None, max_decrease=None)
    assert free.beyond_limits == ()
    assert not any("outside the limits" in note for note in free.notes)


def test_a_seat_with_an_amount_of_its_own_is_not_named():
    found = plan(of(0, 200_000), of(1, 100_000))
    assert 1 not in {one.territory for one in found.beyond_limits}


def test_a_seat_names_the_overrides_of_its_own_branch():
    tree = Hierarchy.from_ids(["all", "east", "west"], ["", "all", "all"])
    found = plan(of(0, 150_000), of(2, 160_000), tree=tree)
    # B pays for A, D and E pay for C: differences stay below the node where they arise.
    assert {one.territory: one.overrides for one in found.beyond_limits} == {1: (0,), 3: (1,), 4: (1,)}
    # Where everybody in the branch is locked, the other one pays.
    found = plan(of(0, 150_000), of(1, 250_000), tree=tree)
    assert {one.territory: one.overrides for one in found.beyond_limits} == dict.fromkeys((2, 3, 4), (0, 1))


@effort(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1_000, 500_000), min_size=3, max_size=8),
    st.floats(0, 1),
    st.floats(0.01, 0.5),
    st.floats(0.01, 0.5),
)
def test_exactly_those_outside_their_limits_are_named(sold, part, up, down):
    target = sum(sold)
    found = plan(
        of(0, int(part * target)), target=target, sold=tuple(sold), max_increase=up, max_decrease=down
    )
    before, after = found.before_overrides_cents.sum((1, 2)), found.amount_cents.sum((1, 2))
    least = np.minimum(np.floor(np.array(sold) * (1 - down)), before)
    most = np.maximum(np.ceil(np.array(sold) * (1 + up)), before)
    outside = np.flatnonzero((after < least - 1) | (after > most + 1)).tolist()
    named = {one.territory for one in found.beyond_limits}
    assert set(outside) - {0} <= named
    for one in found.beyond_limits:
        assert one.territory != 0
        assert one.quota_cents == after[one.territory]
        assert (one.beyond_cents > 0) == (one.limit in ("max_increase", "max_share"))
        assert not least[one.territory] + 1 < after[one.territory] < most[one.territory] - 1
