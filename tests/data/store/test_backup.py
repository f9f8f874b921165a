"""Backup and restore: over both databases and between them, whole or not at all."""

from __future__ import annotations

import json
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from data.store import data_sets, plans, trail
from data.store.backup import Manifest, write_backup
from data.store.backup_rows import count_of, lines_of, tables_of
from data.store.check import check_store
from data.store.database import StoreError, metadata, revisions
from data.store.opening import Store, database_of, open_store
from data.store.restore import restore
from tests.data.store.rows import fill
from tests.stores import KINDS, empty_database_url, fresh_store


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Store:
    """Return a store with rows in every table, a data set with files, and a plan."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "accounts.csv").write_text("account_id\nÅ1\n", encoding="utf-8")
    (folder / "plan.toml").write_bytes(b"territories = 2\n")
    digest = store.objects.put_tree(folder)
    with store.database.writing() as transaction:
        of = data_sets.add_data_set(transaction, "Spring", "upload", digest, "ann")
        plan = plans.add_plan(transaction, "Spring", of, "ann", changes={"a": [1, 2.5, None]})
        plans.add_plan(transaction, "North", of, "ann", regions=["North"])
        for what in ("data_set.upload", "plan.make"):
            trail.append(
                transaction, who="ann", what=what, kind="plan", subject=plan.id, old=None, new={"ö": 0.1}
            )
    fill(store)
    return store


def dump(store: Store) -> dict[str, list[bytes]]:
    """Return every row of every table."""
    with store.database.snapshot() as connection:
        return {table.name: list(lines_of(connection, table)) for table in tables_of(connection)}


def counts(store: Store) -> dict[str, int]:
    """Return how many rows every table has."""
    with store.database.snapshot() as connection:
        return {table.name: count_of(connection, table) for table in tables_of(connection)}


def revision_of(root: Path, url: str | None = None) -> str | None:
    """Return the revision of a database; None for an empty one."""
    if not root.exists():
        return None
    database = database_of(root, url)
    try:
        return database.version()
    finally:
        database.close()


@pytest.fixture
def backup(filled: Store, tmp_path: Path) -> Path:
    path = tmp_path / "backup.zip"
    manifest = write_backup(filled, path, "1.0")
    assert manifest.missing == []
    return path


def test_every_table_has_rows_in_the_test(filled: Store) -> None:
    assert [name for name, rows in dump(filled).items() if not rows] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_is_restored_into_either_database_and_back(
    kind: str, filled: Store, backup: Path, tmp_path: Path
) -> None:
    url = empty_database_url(kind)
    manifest = restore(backup, tmp_path / "second", url)
    second = open_store(tmp_path / "second", url)
    assert dump(second) == dump(filled)
    assert manifest.revision == revisions()[-1]
    assert [check.detail for check in check_store(second) if not check.held] == []
    with second.database.reading() as connection:
        (sample,) = [
            s for s in data_sets.all_data_sets(connection) if s.source == "upload" and s.name == "Spring"
        ]
    assert (second.objects.tree(sample.digest) / "accounts.csv").read_text("utf-8") == "account_id\nÅ1\n"

    write_backup(second, tmp_path / "again.zip", "1.0")
    back = empty_database_url("sqlite" if kind == "postgresql" else "postgresql")
    restore(tmp_path / "again.zip", tmp_path / "third", back)
    third = open_store(tmp_path / "third", back)
    assert dump(third) == dump(filled)
    with third.database.writing() as transaction:  # the trail goes on
        trail.append(transaction, who="ann", what="x", kind="x", subject="x")
        assert trail.broken(transaction) is None
    second.close()
    third.close()


def test_no_value_and_the_value_null_stay_apart(filled: Store, backup: Path, tmp_path: Path) -> None:
    restore(backup, tmp_path / "second")
    second = open_store(tmp_path / "second")
    question = "SELECT count(*) FROM plans WHERE regions IS NULL"
    counts = []
    for store in (filled, second):
        with store.database.reading() as connection:
            counts.append(connection.execute(text(question)).scalar_one())
    assert counts[0] == counts[1] > 0


def test_a_backup_holds_one_moment(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.database.writing() as transaction:
        trail.append(transaction, who="ann", what="first", kind="x", subject="x")

    def tables_while_others_write(connection: Any) -> Any:
        connection.execute(select(1)).all()
        found = tables_of(connection)
        with store.database.writing() as transaction:
            trail.append(transaction, who="bob", what="second", kind="x", subject="x")
        return found

    monkeypatch.setattr("data.store.backup.tables_of", tables_while_others_write)
    manifest = write_backup(store, tmp_path / "backup.zip", "1.0")
    assert manifest.trail_number == 1
    assert {table.name: table.rows for table in manifest.tables}["trail"] == 1


def test_a_backup_made_while_others_write_is_whole(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def write() -> None:
        for n in range(30):
            digest = store.objects.put_bytes(json.dumps({}).encode() + b" " * n)
            with store.database.writing() as transaction:
                of = data_sets.add_data_set(transaction, f"Data {n}", "upload", digest, "ann")
                plan = plans.add_plan(transaction, f"Plan {n}", of, "ann")
                trail.append(transaction, who="ann", what="plan.make", kind="plan", subject=plan.id)
            if n == 5:
                begun.set()
        ended.set()

    def slow_lines(connection: Any, table: Any) -> Iterator[bytes]:
        if table.name == "plans":
            assert ended.wait(60)  # all that was written after the snapshot began
        yield from lines_of(connection, table)

    monkeypatch.setattr("data.store.backup.lines_of", slow_lines)
    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(60)
    manifest = write_backup(store, tmp_path / "backup.zip", "1.0")
    writer.join()
    rows = {table.name: table.rows for table in manifest.tables}
    assert rows["data_sets"] == rows["plans"] == rows["trail"] == manifest.trail_number
    assert 6 <= rows["plans"] <= 30
    assert restore(tmp_path / "backup.zip", tmp_path / "second").missing == []


def test_nothing_is_overwritten(filled: Store, backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(StoreError, match="nothing is overwritten"):
        write_backup(filled, backup, "1.0")
    assert backup.read_bytes() == before
    with pytest.raises(StoreError, match="not empty"):
        restore(backup, filled.root, filled.database.url.render_as_string(hide_password=False))


def test_what_is_missing_or_damaged_is_told_and_the_rest_saved(filled: Store, tmp_path: Path) -> None:
    digests = list(filled.objects.digests())
    sick = next(d for d in digests if b"account_id" in filled.objects.path(d).read_bytes()[:10])
    filled.objects.path(sick).chmod(0o644)
    filled.objects.path(sick).write_bytes(b"account_id\nA2\n")
    manifest = write_backup(filled, tmp_path / "backup.zip", "1.0")
    assert manifest.missing == [sick]
    assert restore(tmp_path / "backup.zip", tmp_path / "second").missing == [sick]
    second = open_store(tmp_path / "second")
    assert {check.name for check in check_store(second) if not check.held} == {"files present"}


def _with(backup: Path, name: str, change: Callable[[bytes], bytes | None]) -> None:
    """Write a backup anew with one entry changed, or left out where `change` returns None."""
    beside = backup.with_suffix(".new")
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(beside, "w") as new:
        for entry in old.namelist():
            content: bytes | None = old.read(entry)
            assert content is not None
            content = change(content) if entry == name else content
            if content is not None:
                new.writestr(entry, content)
    beside.replace(backup)


def _manifest(**changes: Any) -> Callable[[bytes], bytes]:
    return lambda content: json.dumps({**json.loads(content), **changes}).encode()


def _object_of(backup: Path) -> str:
    with zipfile.ZipFile(backup) as archive:
        return next(name for name in archive.namelist() if name.startswith("objects/"))


FAULTS: list[Any] = [
    pytest.param(
        "tables/plans.jsonl", lambda c: c.replace(b"plans name", b"plans neme"), "rows of plans", id="row"
    ),
    pytest.param("tables/plans.jsonl", lambda c: c + b'{"no_such": 1}\n', "no place for", id="column"),
    pytest.param("tables/plans.jsonl", lambda _: None, "rows of plans are missing", id="table"),
    pytest.param("objects", lambda c: c + b"!", "is not what it was", id="file changed"),
    pytest.param("objects", lambda _: None, "files of", id="file missing"),
    pytest.param("manifest.json", lambda _: None, "no manifest", id="no manifest"),
    pytest.param("manifest.json", lambda _: b"[]", "no manifest", id="other manifest"),
    pytest.param("manifest.json", _manifest(format=2), "later version", id="later format"),
    pytest.param("manifest.json", _manifest(revision="9999"), "later version", id="later revision"),
    pytest.param("manifest.json", _manifest(trail_hash="0" * 64), "does not end", id="other end of trail"),
    pytest.param("manifest.json", _manifest(tables=[]), "does not hold the tables", id="no tables"),
]


@pytest.fixture(scope="module")
def one_backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a store with rows in every table; to be copied, not changed."""
    folder = tmp_path_factory.mktemp("backup")
    with fresh_store("sqlite", folder / "store") as store:
        fill(store)
        write_backup(store, folder / "backup.zip", "1.0")
    return folder / "backup.zip"


@pytest.mark.parametrize(("entry", "change", "told"), FAULTS)
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    entry: str, change: Callable[[bytes], bytes | None], told: str, one_backup: Path, tmp_path: Path
) -> None:
    backup, root = tmp_path / "backup.zip", tmp_path / "second"
    shutil.copy(one_backup, backup)
    _with(backup, _object_of(backup) if entry == "objects" else entry, change)
    with pytest.raises(StoreError, match=told):
        restore(backup, root)
    assert revision_of(root) is None
    assert [path for path in root.rglob("objects/*/*") if path.is_file()] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_restore_that_ends_half_way_leaves_nothing(
    kind: str, one_backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("data.store.restore._verify", fail)
    root, url = tmp_path / "second", empty_database_url(kind)
    with pytest.raises(KeyboardInterrupt):
        restore(one_backup, root, url)
    assert revision_of(root, url) is None
    assert [path for path in root.rglob("objects/*/*") if path.is_file()] == []


def test_a_broken_trail_is_not_restored(filled: Store, tmp_path: Path) -> None:
    with filled.database.writing() as transaction:
        transaction.execute(update(trail.trail).where(trail.trail.c.number == 1).values(who="eve"))
    write_backup(filled, tmp_path / "backup.zip", "1.0")
    with pytest.raises(StoreError, match="Entry 1 was changed"):
        restore(tmp_path / "backup.zip", tmp_path / "second")
    assert revision_of(tmp_path / "second") is None


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_what_is_no_backup_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "backup.zip").write_bytes(content)
    with pytest.raises(StoreError, match="damaged or is none"):
        restore(tmp_path / "backup.zip", tmp_path / "second")


def test_a_truncated_backup_is_refused(one_backup: Path, tmp_path: Path) -> None:
    (tmp_path / "backup.zip").write_bytes(one_backup.read_bytes()[:-200])
    with pytest.raises(StoreError):
        restore(tmp_path / "backup.zip", tmp_path / "second")


@pytest.fixture
def store_at(tmp_path: Path) -> Iterator[Callable[[str, str], Store]]:
    """Return a function that gives a store of a kind at a revision, with rows in every table it has then."""
    opened: list[Store] = []

    def at(kind: str, revision: str) -> Store:
        root, url = tmp_path / f"{kind}-{revision}", empty_database_url(kind)
        root.mkdir()
        database = database_of(root, url)
        database.migrate(revision)
        from data.store.objects import ObjectStore

        opened.append(Store(root, database, ObjectStore(root)))
        fill(opened[-1])
        return opened[-1]

    yield at
    for store in opened:
        store.close()


@pytest.mark.parametrize("revision", revisions())
@pytest.mark.parametrize("kind", KINDS)
def test_every_revision_moves_forward_with_its_rows(
    kind: str, revision: str, store_at: Callable[[str, str], Store]
) -> None:
    old = store_at(kind, revision)
    before = counts(old)
    assert all(before.values())
    old.database.migrate()
    after = counts(old)
    assert old.database.version() == revisions()[-1]
    assert {name: after[name] for name in before} == before
    assert set(after) == set(metadata.tables)


@pytest.mark.parametrize(
    ("revision", "kind"), [(revision, KINDS[n % 2]) for n, revision in enumerate(revisions())]
)
def test_a_backup_of_every_revision_is_restored_at_the_newest(
    kind: str, revision: str, store_at: Callable[[str, str], Store], tmp_path: Path
) -> None:
    old = store_at(kind, revision)
    write_backup(old, tmp_path / "backup.zip", "0.9")
    url = empty_database_url("sqlite" if kind == "postgresql" else "postgresql")
    assert restore(tmp_path / "backup.zip", tmp_path / "second", url).revision == revision
    second = open_store(tmp_path / "second", url)
    old.database.migrate()
    assert dump(second) == dump(old)
    second.close()


def test_a_manifest_comes_back_as_it_was() -> None:
    manifest = Manifest(1, "1.0", "2026-01-05T09:00:00+00:00", "0001", [], 1, 2, 3, "h", ["d"])
    assert Manifest.from_json(manifest.as_json()) == manifest


def test_a_store_that_was_opened_and_not_used_takes_a_backup(
    filled: Store, backup: Path, tmp_path: Path
) -> None:
    open_store(tmp_path / "second").close()
    restore(backup, tmp_path / "second")
    second = open_store(tmp_path / "second")
    assert dump(second) == dump(filled)
    shutil.rmtree(tmp_path / "second")
