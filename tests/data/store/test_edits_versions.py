"""Logs of edits and versions in both databases: nobody overwrites anybody, numbers have no gaps."""

from __future__ import annotations

import threading

import pytest

from data.store import data_sets, edits, plans, versions
from data.store.database import StoreError
from data.store.opening import Store
from planner.editing import Change, Subject
from planner.editing.changes import Kind
from planner.editing.events import UNDO

MOVE = (Change(Subject(Kind.UNIT, "u1"), "T1", "T2"), Change(Subject(Kind.QUOTA, "T1", "", "Q1"), None, 5))


def plan_in(store: Store) -> str:
    with store.database.writing() as tx:
        made_from = data_sets.add_data_set(tx, "Data", "upload", "0" * 64, "ann")
        return plans.add_plan(tx, "Spring", made_from, "ann").id


def test_events_come_back_in_order_as_they_were_appended(store: Store) -> None:
    plan_id = plan_in(store)
    with store.database.writing() as tx:
        first, one = edits.append(tx, plan_id, after=0, kind="move", author="ann", reason="why", changes=MOVE)
        second, two = edits.append(tx, plan_id, after=1, kind=UNDO, author="bob", of=1, about={"mine": False})
    assert two == one + 1
    with store.database.reading() as connection:
        assert edits.events(connection, plan_id) == [first, second]
        assert edits.events(connection, plan_id, after=1) == [second]
        assert edits.events(connection, plan_id, up_to=1) == [first]
        assert edits.newest(connection, plan_id, limit=1) == [second]
        assert edits.newest(connection, plan_id, before=2) == [first]
        assert edits.last_number(connection, plan_id) == 2
        assert edits.events(connection, "other") == []


def test_who_was_overtaken_is_told_and_leaves_nothing(store: Store) -> None:
    plan_id = plan_in(store)
    with store.database.writing() as tx:
        edits.append(tx, plan_id, after=0, kind="move", author="ann", changes=MOVE)
    with pytest.raises(edits.Overtaken, match="at edit 1, not 0"), store.database.writing() as tx:
        edits.append(tx, plan_id, after=0, kind="move", author="bob", changes=MOVE)
    with pytest.raises(StoreError, match="no plan"), store.database.writing() as tx:
        edits.append(tx, "gone", after=0, kind="move", author="bob", changes=MOVE)
    with store.database.reading() as connection:
        found = plans.plan(connection, plan_id)
        assert edits.last_number(connection, plan_id) == 1
        assert found is not None
        assert found.revision == 1


def test_many_who_append_at_the_same_time_leave_a_log_without_gaps(store: Store) -> None:
    plan_id = plan_in(store)
    overtaken: list[int] = []

    def work(who: int) -> None:
        done = 0
        while done < 5:
            with store.database.reading() as connection:
                seen = edits.last_number(connection, plan_id)
            try:
                with store.database.writing() as tx:
                    edits.append(tx, plan_id, after=seen, kind="move", author=str(who), changes=MOVE)
                done += 1
            except edits.Overtaken:
                overtaken.append(who)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.database.reading() as connection:
        log = edits.events(connection, plan_id)
    assert [event.number for event in log] == list(range(1, 16))
    assert sorted(event.author for event in log) == sorted("012" * 5)


def test_versions_have_numbers_parents_and_outputs(store: Store) -> None:
    plan_id = plan_in(store)
    state, output = store.objects.put_bytes(b"state"), "1" * 64
    with store.database.writing() as tx:
        first = versions.add(tx, plan_id, "As solved", "ann", output_digest=output)
        second = versions.add(
            tx,
            plan_id,
            "Draft",
            "bob",
            note="after the call",
            parent_id=first.id,
            edit_number=3,
            state_digest=state,
        )
    assert (first.number, second.number) == (1, 2)
    with store.database.reading() as connection:
        assert versions.newest(connection, plan_id) == [second, first]
        assert versions.newest(connection, plan_id, before=2) == [first]
        assert versions.version(connection, plan_id) == second
        assert versions.version(connection, plan_id, 1) == first
        assert versions.version(connection, plan_id, 9) is None
        assert versions.written(connection, plan_id) == first
        assert versions.by_id(connection, second.id) == second
    with store.database.writing() as tx:
        versions.set_output(tx, second.id, output)
        versions.set_state(tx, first.id, state)
        versions.set_job(tx, second.id, "job")
    with store.database.reading() as connection:
        written = versions.written(connection, plan_id)
        assert written is not None
        assert (written.id, written.job_id, written.output_digest) == (second.id, "job", output)
    with pytest.raises(StoreError, match="no version"), store.database.writing() as tx:
        versions.set_output(tx, "gone", output)


def test_a_frozen_version_freezes_its_plan_and_keeps_its_certificate(store: Store) -> None:
    plan_id = plan_in(store)
    with store.database.writing() as tx:
        version = versions.add(tx, plan_id, "Final", "ann")
        frozen = versions.freeze(tx, version.id, "fin", {"ties_out": True})
    assert (frozen.frozen_by, frozen.certificate) == ("fin", {"ties_out": True})
    assert frozen.frozen_at is not None
    with store.database.reading() as connection:
        assert versions.frozen(connection, plan_id) == frozen
    with store.database.writing() as tx:
        thawed = versions.unfreeze(tx, version.id)
    assert (thawed.frozen_at, thawed.certificate) == (None, {"ties_out": True})
    with store.database.reading() as connection:
        assert versions.frozen(connection, plan_id) is None
    for change in (lambda tx: versions.freeze(tx, "gone", "fin"), lambda tx: versions.unfreeze(tx, "gone")):
        with pytest.raises(StoreError, match="no version"), store.database.writing() as tx:
            change(tx)
