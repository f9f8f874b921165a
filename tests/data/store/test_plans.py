"""Data sets and plans in the store: what goes in comes out, changes are counted, nothing deleted answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from data.store import data_sets, plans
from data.store.data_sets import DataSet
from data.store.database import StoreError
from data.store.opening import Store

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def _data_set(store: Store, name: str = "Spring", **given: object) -> DataSet:
    with store.database.writing() as transaction:
        return data_sets.add_data_set(transaction, name, "upload", "d" * 64, "ann", **given)  # type: ignore[arg-type]


def test_a_plan_comes_back_as_it_was_added(store: Store) -> None:
    of = _data_set(store)
    with store.database.writing() as transaction:
        added = plans.add_plan(
            transaction,
            "Spring 2026",
            of,
            "ann",
            changes={"territories": 4, "name": "Åsa"},
            regions=["North"],
        )
    with store.database.reading() as connection:
        assert plans.plan(connection, added.id) == added
        assert plans.all_plans(connection) == [added]
        assert plans.plans_of(connection, of.id) == [added]
        assert data_sets.data_set(connection, of.id) == of
        assert plans.plan(connection, "none") is None
        assert data_sets.data_set(connection, "none") is None
    assert (added.stage, added.revision, added.data_digest) == (plans.DRAFT, 0, of.digest)


def test_every_change_is_counted(store: Store) -> None:
    of = _data_set(store)
    with store.database.writing() as transaction:
        plan_id = plans.add_plan(transaction, "Spring", of, "ann").id
        assert plans.bump(transaction, plan_id) == 1
        assert plans.rename(transaction, plan_id, "Summer") == 2
        assert plans.set_stage(transaction, plan_id, "proposed") == 3
        assert plans.set_job(transaction, plan_id, "j1") == 4
        found = plans.plan(transaction, plan_id, lock=True)
    assert found is not None
    assert (found.name, found.stage, found.job_id, found.revision) == ("Summer", "proposed", "j1", 4)


def test_a_deleted_plan_answers_to_nothing(store: Store) -> None:
    of = _data_set(store)
    with store.database.writing() as transaction:
        plan_id = plans.add_plan(transaction, "Spring", of, "ann").id
        plans.delete(transaction, plan_id)
    with store.database.reading() as connection:
        assert plans.plan(connection, plan_id) is None
        assert plans.all_plans(connection) == []
        assert plans.plans_of(connection, of.id) == []
    for change in (plans.bump, plans.delete, lambda t, p: plans.rename(t, p, "x")):
        with pytest.raises(StoreError, match="There is no plan"), store.database.writing() as transaction:
            change(transaction, plan_id)


def test_plans_come_newest_first_and_a_page_goes_on_where_the_last_one_ended(store: Store) -> None:
    of = _data_set(store)
    with store.database.writing() as transaction:
        for n in range(7):  # pairs of the same moment
            at = START + timedelta(hours=n // 2)
            plans.add_plan(transaction, "Plan", of, "ann", plan_id=f"plan-{n}", created_at=at)
    with store.database.reading() as connection:
        whole = plans.all_plans(connection)
        assert [row.id for row in whole] == [f"plan-{n}" for n in range(6, -1, -1)]
        paged: list[plans.PlanRow] = []
        before = None
        while page := plans.all_plans(connection, limit=2, before=before):
            paged += page
            before = (page[-1].created_at, page[-1].id)
        assert paged == whole


def test_data_sets_come_newest_first_then_samples_by_name(store: Store) -> None:
    first = _data_set(store, "First", added_at=START)
    second = _data_set(store, "Second", added_at=START + timedelta(hours=1))
    with store.database.writing() as transaction:
        for name in ("Ohio", "Iowa"):
            assert data_sets.put_sample(transaction, name.lower(), name, "5" * 64, "system") is None
    with store.database.reading() as connection:
        found = data_sets.all_data_sets(connection)
    assert [row.id for row in found] == [second.id, first.id, "iowa", "ohio"]


def test_a_plan_keeps_the_files_of_a_sample_that_moved_on(store: Store) -> None:
    with store.database.writing() as transaction:
        data_sets.put_sample(transaction, "iowa", "Iowa", "1" * 64, "system")
        old = data_sets.data_set(transaction, "iowa")
        assert old is not None
        plan_id = plans.add_plan(transaction, "Spring", old, "ann").id
        assert data_sets.put_sample(transaction, "iowa", "Iowa", "2" * 64, "system") == old
        now = data_sets.data_set(transaction, "iowa")
        plan = plans.plan(transaction, plan_id)
    assert now is not None
    assert plan is not None
    assert (now.digest, plan.data_digest) == ("2" * 64, "1" * 64)


def test_a_sample_never_takes_the_place_of_what_somebody_brought(store: Store) -> None:
    of = _data_set(store)
    with pytest.raises(StoreError, match="Rename its folder"), store.database.writing() as transaction:
        data_sets.put_sample(transaction, of.id, "Iowa", "1" * 64, "system")


def test_a_deleted_data_set_answers_to_nothing_and_deleted_plans_keep_theirs(store: Store) -> None:
    of = _data_set(store)
    with store.database.writing() as transaction:
        plans.delete(transaction, plans.add_plan(transaction, "Spring", of, "ann").id)
        data_sets.remove_data_set(transaction, of.id)
    with store.database.reading() as connection:
        assert data_sets.data_set(connection, of.id) is None
        assert data_sets.all_data_sets(connection) == []


def test_a_plan_of_an_unknown_data_set_is_refused(store: Store) -> None:
    unknown = DataSet("none", "None", "upload", "d" * 64, START, "ann")
    with pytest.raises(IntegrityError), store.database.writing() as transaction:
        plans.add_plan(transaction, "Spring", unknown, "ann")
