"""Sales history by account, or shared out from territories and seats, to the cent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.assemble import assemble
from planner.errors import InvalidInput
from planner.scenario import Band, Scenario

FREE = Scenario(measures={"sales": Band()})
PLACE = {"latitude": 42.0, "longitude": -93.0}
ACCOUNTS = [
    {"account_id": "a", "territory_id": "N", "sales": 1.0, **PLACE},
    {"account_id": "b", "territory_id": "N", "sales": 2.0, **PLACE},
    {"account_id": "c", "territory_id": "S", "sales": 0.0, **PLACE},
    {"account_id": "d", "territory_id": "S", "sales": 0.0, **PLACE},
]


def by_entity(history) -> np.ndarray:
    return history.by_territory(np.arange(history.n_entities, dtype=np.int32), history.n_entities).sum(
        axis=(1, 2)
    )


def test_history_follows_its_accounts(make_folder):
    history = assemble(
        make_folder(
            accounts=ACCOUNTS,
            scenario=FREE,
            history=[
                {"account_id": "b", "period": "2025-02", "amount_cents": 150},
                {"account_id": "a", "period": "2025-01", "amount_cents": -20, "component": "hardware"},
                {"account_id": "b", "period": "2025-02", "amount_cents": 50},
            ],
        )
    ).history
    assert history.periods == ("2025-01", "2025-02")
    assert history.components == ("total", "hardware")
    assert by_entity(history).tolist() == [-20, 200, 0, 0]


def test_history_of_a_territory_is_shared_by_activity_else_evenly(make_folder):
    rows = [
        {"territory_id": "N", "period": "2025", "amount_cents": 100},
        {"territory_id": "S", "period": "2025", "amount_cents": -101},
    ]
    assembled = assemble(make_folder(accounts=ACCOUNTS, scenario=FREE, history=rows))
    assert by_entity(assembled.history).tolist() == [33, 67, -51, -50]
    assert "history_shared_out" in {problem.code for problem in assembled.problems}


def test_history_of_a_seat_goes_to_its_territory(make_folder):
    folder = make_folder(
        accounts=ACCOUNTS,
        scenario=FREE,
        seats=[{"seat_id": "s1", "territory_id": "N"}, {"seat_id": "s2", "territory_id": "S"}],
        history=[{"seat_id": "s1", "period": "2025-Q1", "amount_cents": 9}],
    )
    assert by_entity(assemble(folder).history).tolist() == [3, 6, 0, 0]


def test_history_of_units_where_there_are_no_accounts(make_folder, make_grid):
    units = make_grid(3, 1, sales=[1.0, 3.0, 1.0], territory_id=["N", "N", "S"])
    rows = [{"territory_id": "N", "period": "2025", "amount_cents": 400}]
    assert by_entity(assemble(make_folder(units=units, history=rows)).history).tolist() == [100, 300, 0]


def test_history_of_nobody_is_left_out_and_counted(make_folder):
    rows = [
        {"account_id": "zz", "period": "2025", "amount_cents": 12345},
        {"territory_id": "W", "period": "2025", "amount_cents": 5},
        {"account_id": "a", "period": "2025", "amount_cents": 7},
    ]
    assembled = assemble(make_folder(accounts=ACCOUNTS, scenario=FREE, history=rows))
    assert by_entity(assembled.history).tolist() == [7, 0, 0, 0]
    (lost,) = [problem for problem in assembled.problems if problem.code == "history_of_unknown"]
    assert lost.count == 2
    assert "zz" in lost.why


@given(
    weights=st.lists(st.floats(0, 1e9), min_size=1, max_size=12),
    cents=st.integers(-(10**13), 10**13),
)
def test_shares_sum_to_the_cent(make_folder, weights, cents):
    accounts = [
        {"account_id": f"a{i}", "territory_id": "N", "sales": weight, **PLACE}
        for i, weight in enumerate(weights)
    ]
    rows = [{"territory_id": "N", "period": "2025", "amount_cents": cents}]
    history = assemble(make_folder(accounts=accounts, scenario=FREE, history=rows)).history
    shares = by_entity(history)
    assert shares.sum() == cents
    assert (shares * np.sign(cents) >= 0).all()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"period": "2025-Q1"}, "mixes kinds"),
        ({"period": "2025-01", "currency": "CHF"}, "several currencies"),
    ],
)
def test_history_that_cannot_be_summed_is_an_error(make_folder, more, why):
    rows = [
        {"account_id": "a", "period": "2025-01", "amount_cents": 1, "currency": "EUR"},
        {"account_id": "b", "amount_cents": 1, **more},
    ]
    with pytest.raises(InvalidInput, match=why):
        assemble(make_folder(accounts=ACCOUNTS, scenario=FREE, history=rows))
