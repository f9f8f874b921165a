"""Content-addressed files: what goes in comes out, once, and damage is noticed."""

from __future__ import annotations

import io
import os
import threading
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.store.database import StoreError
from data.store.objects import ObjectStore, digest_of

NAMES = st.text("abcÅ-_ .1", min_size=1, max_size=12).filter(lambda name: name.strip(" .") == name)
FOLDERS = st.dictionaries(NAMES, st.binary(max_size=200), max_size=5)


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path / "store")


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def read(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@settings(max_examples=25, deadline=None)
@given(st.lists(FOLDERS, min_size=1, max_size=3))
def test_trees_come_out_as_they_went_in(folders: list[dict[str, bytes]]) -> None:
    with TemporaryDirectory() as scratch:
        root = Path(scratch)
        objects = ObjectStore(root / "store")
        paths = [write(root / str(n), files) for n, files in enumerate(folders)]
        digests = [objects.put_tree(path) for path in paths]
        for path, digest, files in zip(paths, digests, folders, strict=True):
            assert digest == digest_of(path)
            assert read(objects.tree(digest)) == files
            assert {name: size for name, (_, size) in objects.manifest(digest).items()} == {
                name: len(content) for name, content in files.items()
            }
        for one, other in pairwise(digests):
            assert (one == other) == (folders[digests.index(one)] == folders[digests.index(other)])
        kept = set(objects.digests())
        assert kept == objects.reachable(digests)
        contents = {content for files in folders for content in files.values()}
        assert len(kept) == len(contents | {objects.path(digest).read_bytes() for digest in digests})
        assert list(objects.damaged()) == []


def test_a_tree_with_folders_is_made_anew_where_it_is_missing(objects: ObjectStore, tmp_path: Path) -> None:
    files = {"a.csv": b"1", "deep/er/b.csv": b"2"}
    digest = objects.put_tree(write(tmp_path / "in", files))
    fresh = ObjectStore(tmp_path / "store")
    assert read(fresh.tree(digest)) == files
    assert fresh.tree(digest) == objects.tree(digest)


def test_files_of_the_store_cannot_be_written_to(objects: ObjectStore) -> None:
    digest = objects.put_bytes(b"once")
    assert objects.path(digest).stat().st_mode & 0o222 == 0


def test_links_are_not_followed(objects: ObjectStore, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"a.csv": b"1"})
    (folder / "passwd").symlink_to("/etc/passwd")
    assert read(objects.tree(objects.put_tree(folder))) == {"a.csv": b"1"}


def test_the_same_content_at_the_same_time_is_kept_once(objects: ObjectStore, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {str(n): bytes([n]) * 5000 for n in range(8)})
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(objects.tree(objects.put_tree(folder))))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert read(found[0]) == read(folder)
    assert list(objects.damaged()) == []
    assert len(list(objects.digests())) == 9
    assert [p.name for p in (tmp_path / "store").rglob(".*")] == []


def test_damage_is_noticed(objects: ObjectStore) -> None:
    good, bad = objects.put_bytes(b"good"), objects.put_bytes(b"bad")
    objects.path(bad).chmod(0o644)
    objects.path(bad).write_bytes(b"bed")
    assert list(objects.damaged()) == [bad]
    assert not objects.is_damaged(good)
    objects.path(good).unlink()
    assert not objects.has(good)
    with pytest.raises(StoreError, match="Restore a backup"):
        objects.path(good)


@pytest.mark.parametrize("content", [b"no json", b"[]", b'{"a": 1}', b"\xff"])
def test_a_damaged_list_of_files_is_told(objects: ObjectStore, content: bytes) -> None:
    with pytest.raises(StoreError, match="is damaged"):
        objects.tree(objects.put_bytes(content))


def test_what_is_not_as_expected_is_not_taken_in(objects: ObjectStore) -> None:
    with pytest.raises(StoreError, match="is not what it was"):
        objects.put_stream(io.BytesIO(b"x"), expected="0" * 64)
    assert list(objects.digests()) == []
    assert [p for p in objects.path(objects.put_bytes(b"y")).parents[1].iterdir() if p.is_file()] == []


def test_only_what_is_old_and_not_kept_is_dropped(objects: ObjectStore, tmp_path: Path) -> None:
    lost = objects.put_tree(write(tmp_path / "lost", {"a.csv": b"lost"}))
    kept = objects.put_tree(write(tmp_path / "kept", {"a.csv": b"kept"}))
    folders = objects.tree(lost), objects.tree(kept)
    assert objects.drop_all_but(objects.reachable([kept]), older_than_s=3600) == (0, 0)
    count, size = objects.drop_all_but(objects.reachable([kept]))
    assert count == 2
    assert size > len(b"lost")
    assert not folders[0].exists()
    assert read(objects.tree(kept)) == {"a.csv": b"kept"}
    assert set(objects.digests()) == objects.reachable([kept])


def test_what_a_killed_process_left_is_dropped(objects: ObjectStore, tmp_path: Path) -> None:
    kept = objects.put_bytes(b"kept")
    left = tmp_path / "store" / "objects" / ".0123", tmp_path / "store" / "trees" / ".4567-89"
    left[0].write_bytes(b"half")
    left[1].mkdir()
    assert objects.drop_all_but({kept}, older_than_s=3600) == (0, 0)
    assert all(path.exists() for path in left)
    assert objects.drop_all_but({kept}) == (0, 0)
    assert not any(path.exists() for path in left)
    assert objects.has(kept)


def test_what_is_taken_in_again_counts_as_young(objects: ObjectStore) -> None:
    digest = objects.put_bytes(b"x")
    os.utime(objects.path(digest), (0, 0))
    objects.put_bytes(b"x")
    assert objects.drop_all_but(set(), older_than_s=3600) == (0, 0)
    assert objects.has(digest)
