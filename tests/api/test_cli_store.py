"""Backup, restore, check, clean and the audit trail on the command line."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from data.store import data_sets, trail
from data.store.opening import Store, open_store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of a store with a data set and a trail of three entries."""
    store = open_store(tmp_path / "store")
    with store.database.writing() as transaction:
        digest = store.objects.put_bytes(b"{}")
        data_sets.add_data_set(transaction, "Spring", "upload", digest, "ann")
        for n in range(3):
            trail.append(transaction, who="ann", what="x.do", kind="x", subject=f"ö{n}", new={"n": n})
    store.close()
    return tmp_path / "store"


def planner(*arguments: object, expected: int = 0) -> str:
    found = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert found.exit_code == expected, found.output
    return found.output


def _object(root: Path) -> Path:
    (found,) = [path for path in (root / "objects").glob("*/*") if path.is_file()]
    return found


def test_a_backup_is_restored(root: Path, tmp_path: Path) -> None:
    told = planner("backup", "-o", tmp_path / "b.zip", "-w", root)
    assert "at revision" in told
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0
    restored = json.loads(planner("restore", tmp_path / "b.zip", "-w", tmp_path / "new", "--json"))
    assert restored["ok"]
    assert restored["trail_number"] == 3
    again = planner("restore", tmp_path / "b.zip", "-w", tmp_path / "new", expected=2)
    assert "not empty" in again
    assert "nothing is overwritten" in planner("backup", "-o", tmp_path / "b.zip", "-w", root, expected=2)


def test_a_backup_of_a_damaged_store_says_so(root: Path, tmp_path: Path) -> None:
    _object(root).unlink()
    assert "Missing or damaged" in planner("backup", "-o", tmp_path / "b.zip", "-w", root, expected=1)
    assert "Not in the backup" in planner("restore", tmp_path / "b.zip", "-w", tmp_path / "new", expected=1)


@pytest.mark.parametrize(
    "command", [("backup", "-o", "b.zip"), ("store", "check"), ("store", "clean"), ("trail", "verify")]
)
def test_where_there_is_no_store_nothing_is_made(command: tuple[str, ...], tmp_path: Path) -> None:
    assert "There is no store" in planner(*command, "-w", tmp_path / "none", expected=2)
    assert not (tmp_path / "none").exists()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "planner.db").write_bytes(b"no database at all, but long enough to look at" * 100)
    assert "cannot be used: file is not a database" in planner("store", "check", "-w", tmp_path, expected=2)


def test_a_database_that_nobody_reaches_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://planner:secret@127.0.0.1:1/none"
    told = planner("store", "check", "-w", tmp_path, "--database-url", url, expected=2)
    assert "cannot be used" in told
    assert "secret" not in told


def test_a_check_finds_what_is_damaged(root: Path) -> None:
    report = json.loads(planner("store", "check", "-w", root, "--json"))
    assert report["held"]
    path = _object(root)
    path.chmod(0o644)
    path.write_bytes(b"[]")
    assert path.name in planner("store", "check", "-w", root, expected=1)
    path.unlink()
    assert "FAULT  files present" in planner("store", "check", "-w", root, expected=1)
    assert "Restore a backup" in planner("store", "clean", "-w", root, expected=2)


def test_clean_deletes_what_nothing_names_and_leaves_the_young_alone(root: Path) -> None:
    store: Store = open_store(root)
    lost = store.objects.put_bytes(b"nobody names me")
    (store.views / lost).mkdir()
    store.close()
    assert "Deleted 0 files" in planner("store", "clean", "-w", root)
    assert json.loads(planner("store", "clean", "-w", root, "--hours", "0", "--json")) == {
        "ok": True,
        "files": 1,
        "file_bytes": 15,
        "views": 1,
    }
    assert not store.objects.has(lost)
    assert json.loads(planner("store", "check", "-w", root, "--json"))["held"]


def _rewrite(root: Path, statement: str) -> None:
    with sqlite3.connect(root / "planner.db") as connection:
        connection.execute(statement)
    connection.close()


def test_the_trail_is_exported_and_proved(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    told = planner("trail", "export", "-o", file, "-w", root)
    head = told.split()[-1]
    assert head.startswith("3:")
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [line["subject"] for line in lines] == ["ö0", "ö1", "ö2"]
    for what in ((file,), ("-w", root)):
        assert "unbroken: 3 entries" in planner("trail", "verify", *what, "--head", head)
    assert "holds  audit trail" in planner("audit", "-w", root)

    _rewrite(root, "DELETE FROM trail WHERE number = 3")
    assert "unbroken" in planner("trail", "verify", "-w", root)  # the chain alone cannot know its end
    assert "cut off" in planner("trail", "verify", "-w", root, "--head", head, expected=1)
    assert "is not the one" in planner("trail", "verify", "-w", root, "--head", f"2:{head[2:]}", expected=1)
    _rewrite(root, "UPDATE trail SET who = 'eve' WHERE number = 2")
    assert "Entry 2 was changed" in planner("trail", "verify", "-w", root, expected=1)
    assert "Entry 2 was changed" in planner("audit", "-w", root, expected=1)


@pytest.mark.parametrize(
    ("change", "told", "code"),
    [
        (lambda text: text.replace("ann", "eve", 1), "Entry 1 was changed", 1),
        (lambda text: "\n".join(text.splitlines()[1:]), "Entry 1 is missing", 1),
        (lambda text: text + "no json\n", "Line 4 is no entry", 2),
        (lambda text: text + "{}\n", "Line 4 is no entry", 2),
        (lambda text: text.replace('"at": "2', '"at": "x', 1), "Line 1 is no entry", 2),
    ],
)
def test_a_changed_file_is_found(change: object, told: str, code: int, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    planner("trail", "export", "-o", file, "-w", root)
    file.write_text(change(file.read_text("utf-8")), "utf-8")  # type: ignore[operator]
    assert told in planner("trail", "verify", file, expected=code)


def test_an_audit_of_nothing_asks_for_something() -> None:
    assert "Name an output folder" in planner("audit", expected=2)
    assert "NUMBER:HASH" in planner("trail", "verify", "--head", "3", expected=2)
