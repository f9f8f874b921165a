"""A check of the store finds what is not whole, over both databases, and cleaning takes nothing that is named."""

from __future__ import annotations

from pathlib import Path

from data.store import data_sets, plans, trail
from data.store.check import check_store, clean_store
from data.store.opening import Store, database_of
from tests.data.store.rows import fill
from tests.stores import empty_database_url


def faults(store: Store) -> dict[str, str]:
    return {check.name: check.detail for check in check_store(store) if not check.held}


def test_a_store_with_rows_in_every_table_is_whole(store: Store) -> None:
    fill(store)
    assert faults(store) == {}
    details = {check.name: check.detail for check in check_store(store)}
    assert "unbroken, 2 entries, head 2:" in details["audit trail"]


def test_rows_that_point_to_nothing_are_found(store: Store) -> None:
    with store.database.writing() as transaction:
        of = data_sets.add_data_set(transaction, "Spring", "upload", store.objects.put_bytes(b"{}"), "ann")
        plans.add_plan(transaction, "Spring", of, "ann", job_id="job-lost")
        plans.add_plan(transaction, "Summer", of, "ann", job_id="job-lost")
    assert faults(store) == {"references": "plans.job_id 'job-lost' is not in jobs."}


def test_files_that_rows_name_and_nobody_has_are_found(store: Store, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(b"a")
    tree = store.objects.put_tree(tmp_path / "in")
    ((file, _),) = store.objects.manifest(tree).values()
    with store.database.writing() as transaction:
        data_sets.add_data_set(transaction, "Spring", "upload", tree, "ann")
    assert faults(store) == {}
    store.objects.drop(file)
    assert faults(store) == {"files present": file}
    store.objects.drop(tree)
    assert faults(store) == {"files present": tree}


def test_a_database_of_an_earlier_revision_is_checked_as_it_is(tmp_path: Path) -> None:
    url = empty_database_url("postgresql")
    database = database_of(tmp_path, url)
    database.migrate("0002")
    from data.store.objects import ObjectStore

    store = Store(tmp_path, database, ObjectStore(tmp_path))
    fill(store)
    assert set(faults(store)) == {"revision"}
    store.close()


def test_cleaning_takes_nothing_that_any_table_names(store: Store) -> None:
    fill(store)
    kept = set(store.objects.digests())
    lost = {store.objects.put_bytes(b"lost"), store.objects.put_bytes(b"lost too")}
    cleaned = clean_store(store, older_than_s=0.0)
    assert (cleaned.files, cleaned.file_bytes) == (2, 12)
    assert set(store.objects.digests()) == kept
    assert not kept & lost
    assert faults(store) == {}


def test_what_deleted_plans_and_data_sets_named_stays(store: Store) -> None:
    with store.database.writing() as transaction:
        digest = store.objects.put_bytes(b"{}")
        of = data_sets.add_data_set(transaction, "Spring", "upload", digest, "ann")
        plans.delete(transaction, plans.add_plan(transaction, "Spring", of, "ann").id)
        data_sets.remove_data_set(transaction, of.id)
        trail.append(transaction, who="ann", what="x", kind="x", subject="x")
    assert clean_store(store, older_than_s=0.0).files == 0
    assert store.objects.has(digest)
