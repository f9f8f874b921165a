"""Whose an account is on any day, and with which quota."""

from __future__ import annotations

import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from data.exchange.effective import Publication, PublishedPlans
from planner.errors import InvalidInput

DAYS = st.dates(datetime.date(2025, 1, 1), datetime.date(2027, 12, 31))


def publication(day: datetime.date, name: str, **owners: str) -> Publication:
    rows = [(account, territory, f"S-{territory}") for account, territory in owners.items()]
    quotas = [
        (territory, "", period, amount, "USD")
        for territory in sorted(set(owners.values()))
        for period, amount in (
            ("2026-Q1", "10.00"),
            ("2026-Q2", "20.50"),
            ("2026", "30.50"),
            ("2027-01", "7.00"),
        )
    ]
    return Publication(
        day,
        name,
        pd.DataFrame([*rows, ("", "T", "S")], columns=["account_id", "territory_id", "seat_id"]),
        pd.DataFrame(quotas, columns=["territory_id", "component", "period", "amount", "currency"]),
    )


@st.composite
def published(draw: st.DrawFn) -> list[Publication]:
    found = []
    for number, day in enumerate(draw(st.lists(DAYS, max_size=6))):
        owners = draw(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["T1", "T2"])))
        found.append(publication(day, f"P{number}", **owners))
    return found


@examples(max_examples=40)
@given(published(), DAYS)
def test_the_last_publication_up_to_the_day_says_whose_an_account_is(
    publications: list[Publication], day: datetime.date
) -> None:
    plans = PublishedPlans(publications)
    past = [one for one in publications if one.effective_from <= day]
    latest = max((one.effective_from for one in past), default=None)
    expected = [one for one in past if one.effective_from == latest][-1:] or [None]
    assert plans.in_force(day) is expected[0]
    owners = {} if expected[0] is None else expected[0].owners
    assert {one.account_id: (one.territory_id, one.seat_id) for one in plans.on(day)} == owners
    for account in "abc":
        one = plans.account_on(account, day)
        assert (None if one is None else (one.territory_id, one.seat_id)) == owners.get(account)
        assert one is None or one in plans.on(day)


@examples(max_examples=40)
@given(published(), DAYS)
def test_history_says_for_every_day_what_the_day_says(
    publications: list[Publication], day: datetime.date
) -> None:
    plans = PublishedPlans(publications)
    for account in "abc":
        spans = plans.history(account)
        for before, after in pairwise(spans):
            assert before.last_day == after.first_day - datetime.timedelta(days=1)
            assert (before.territory_id, before.seat_id) != (after.territory_id, after.seat_id)
        assert not spans or spans[-1].last_day is None
        told = [s for s in spans if s.first_day <= day and (s.last_day is None or day <= s.last_day)]
        one = plans.account_on(account, day)
        assert (told[0].territory_id if told else "") == ("" if one is None else one.territory_id)


@pytest.mark.parametrize(
    ("day", "amounts"),
    [
        (datetime.date(2026, 3, 31), {"2026-Q1": "10.00", "2026": "30.50"}),
        (datetime.date(2026, 4, 1), {"2026-Q2": "20.50", "2026": "30.50"}),
        (datetime.date(2026, 12, 31), {"2026": "30.50"}),
        (datetime.date(2027, 1, 15), {"2027-01": "7.00"}),
        (datetime.date(2027, 2, 1), {}),
    ],
)
def test_quotas_are_those_of_the_periods_that_hold_the_day(
    day: datetime.date, amounts: dict[str, str]
) -> None:
    plans = PublishedPlans([publication(datetime.date(2026, 1, 1), "P", a="T1")])
    one = plans.account_on("a", day)
    assert one is not None
    assert {quota.period: quota.amount for quota in one.quotas} == {
        period: Decimal(amount) for period, amount in amounts.items()
    }


def test_nothing_is_published_before_the_first_day() -> None:
    plans = PublishedPlans([publication(datetime.date(2026, 1, 1), "P", a="T1")])
    assert plans.on(datetime.date(2025, 12, 31)) == ()
    assert plans.account_on("a", datetime.date(2025, 12, 31)) is None
    assert plans.account_on("z", datetime.date(2026, 1, 1)) is None
    assert PublishedPlans([]).history("a") == ()


def test_an_output_folder_is_published_as_it_is(crm_output: Path, tmp_path: Path) -> None:
    one = Publication.of_output(datetime.date(2022, 1, 1), crm_output)
    rows = pd.read_csv(crm_output / "assignments.csv", dtype=str, keep_default_na=False)
    rows = rows[rows["account_id"] != ""]
    found = PublishedPlans([one]).on(datetime.date(2022, 5, 17))
    assert [(a.account_id, a.territory_id) for a in found] == rows[["account_id", "territory_id"]].to_records(
        index=False
    ).tolist()
    quotas = pd.read_csv(crm_output / "quotas.csv", dtype=str)
    may = quotas[quotas["period"] == "2022-05"].set_index("territory_id")["amount"]
    assert all([str(q.amount) for q in a.quotas] == [may[a.territory_id]] for a in found)
    assert found[0].plan == "Grid"
    with pytest.raises(InvalidInput):
        Publication.of_output(datetime.date(2022, 1, 1), tmp_path)
