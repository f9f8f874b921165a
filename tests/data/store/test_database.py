"""The database: transactions whole or not at all, one moment for who reads, the same over both kinds."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from data.store import data_sets, plans, trail
from data.store.data_sets import DataSet
from data.store.database import Database, StoreError, revisions
from data.store.opening import Store, existing_store, open_store
from tests.stores import KINDS, empty_database_url

SHARED = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _data_set(store: Store) -> DataSet:
    with store.database.writing() as transaction:
        return data_sets.add_data_set(transaction, "Spring", "upload", "d" * 64, "ann")


def _change_and_fail(store: Store, of: DataSet, name: str, plan_id: str | None) -> None:
    with store.database.writing() as transaction:
        plans.add_plan(transaction, name, of, "ann")
        if plan_id is not None:
            plans.rename(transaction, plan_id, "never")
        raise ZeroDivisionError


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "rename", "stage", "bump", "delete", "fail"]),
        st.integers(0, 4),
        st.text(max_size=20).filter(lambda name: "\x00" not in name),
    ),
    max_size=15,
)


@SHARED
@given(operations=OPERATIONS)
def test_plans_are_as_a_dictionary_would_have_them(
    store: Store, operations: list[tuple[str, int, str]]
) -> None:
    of = _data_set(store)
    expected: dict[str, tuple[str, str, int]] = {}
    for what, which, name in operations:
        ids = list(expected)
        chosen = ids[which % len(ids)] if ids else None
        if what == "add":
            with store.database.writing() as transaction:
                added = plans.add_plan(transaction, name, of, "ann")
            expected[added.id] = (name, plans.DRAFT, 0)
        elif what == "fail":
            with pytest.raises(ZeroDivisionError):
                _change_and_fail(store, of, name, chosen)
        elif chosen is not None:
            old, stage, revision = expected[chosen]
            with store.database.writing() as transaction:
                if what == "rename":
                    plans.rename(transaction, chosen, name)
                    expected[chosen] = (name, stage, revision + 1)
                elif what == "stage":
                    plans.set_stage(transaction, chosen, "proposed")
                    expected[chosen] = (old, "proposed", revision + 1)
                elif what == "bump":
                    assert plans.bump(transaction, chosen) == revision + 1
                    expected[chosen] = (old, stage, revision + 1)
                else:
                    plans.delete(transaction, chosen)
                    del expected[chosen]
    with store.database.reading() as connection:
        found = {row.id: (row.name, row.stage, row.revision) for row in plans.plans_of(connection, of.id)}
    assert found == expected


@SHARED
@given(
    moment=st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)),
    hours=st.integers(-12, 12),
)
def test_a_moment_comes_back_to_the_microsecond(store: Store, moment: datetime, hours: int) -> None:
    there = moment.astimezone(timezone(timedelta(hours=hours)))
    with store.database.writing() as transaction:
        added = data_sets.add_data_set(transaction, "x", "upload", "d" * 64, "ann", added_at=there)
        found = data_sets.data_set(transaction, added.id)
    assert found is not None
    assert found.added_at == moment
    assert found.added_at.tzinfo is UTC


def test_a_moment_without_a_time_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="no time zone"), store.database.writing() as transaction:
        data_sets.add_data_set(transaction, "x", "upload", "d", "ann", added_at=datetime(2026, 1, 5))


def test_a_snapshot_is_of_one_moment(store: Store) -> None:
    of = _data_set(store)
    with store.database.snapshot() as connection:
        assert plans.all_plans(connection) == []
        with store.database.writing() as transaction:
            plans.add_plan(transaction, "Spring", of, "ann")
        assert plans.all_plans(connection) == []
    with store.database.snapshot() as connection:
        assert len(plans.all_plans(connection)) == 1


def test_changes_at_the_same_time_are_all_counted_and_the_trail_is_one_chain(store: Store) -> None:
    of = _data_set(store)
    with store.database.writing() as transaction:
        plan_id = plans.add_plan(transaction, "Spring", of, "ann").id
    faults: list[BaseException] = []

    def change() -> None:
        try:
            for _ in range(5):
                with store.database.writing() as transaction:
                    revision = plans.bump(transaction, plan_id)
                    trail.append(
                        transaction, who="ann", what="plan.touch", kind="plan", subject=plan_id, new=revision
                    )
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with store.database.reading() as connection:
        found = plans.plan(connection, plan_id)
        assert found is not None
        assert found.revision == 20
        assert [entry.new for entry in trail.entries(connection)] == list(range(1, 21))
        assert trail.broken(connection) is None


@pytest.mark.parametrize("kind", KINDS)
def test_servers_that_start_at_the_same_time_make_the_tables_once(kind: str, tmp_path: Path) -> None:
    url = empty_database_url(kind)
    opened: list[Store] = []
    faults: list[BaseException] = []

    def start() -> None:
        try:
            opened.append(open_store(tmp_path, url))
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [store.database.version() for store in opened] == [revisions()[-1]] * 3
    for store in opened:
        store.close()


def test_a_database_of_a_later_version_is_refused(store: Store) -> None:
    with store.database.writing() as transaction:
        transaction.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    url = store.database.url.render_as_string(hide_password=False)
    for opening in (open_store, existing_store):
        with pytest.raises(StoreError, match="later version"):
            opening(store.root, url)


@pytest.mark.parametrize(
    ("url", "told"),
    [("mysql://x/y", "not in 'mysql'"), ("nonsense", "cannot be read"), ("", "cannot be read")],
)
def test_what_is_no_store_is_refused(url: str, told: str) -> None:
    with pytest.raises(StoreError, match=told):
        Database(url)


def test_passwords_are_not_told() -> None:
    assert "secret" not in str(Database("postgresql://planner:secret@db/planner"))
