"""People and tokens on the command line: what it does to the store, what it says, what it never shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from data.store import access, trail
from data.store.opening import existing_store
from tests.team import PASSWORD, cheap_passwords


class Line:
    """The command line on one store."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace

    def __call__(self, *words: str, typed: str = "", code: int = 0) -> str:
        done = CliRunner().invoke(app, [*words, "--workspace", str(self.workspace)], input=typed)
        assert done.exit_code == code, done.output
        return str(done.output)

    def people(self) -> dict[str, Any]:
        """Return everybody by login."""
        listed = json.loads(self("people", "list", "--json"))
        return {row["login"]: row for row in listed["people"]}

    def trail(self) -> list[Any]:
        """Return the audit trail."""
        store = existing_store(self.workspace, None)
        with store.database.reading() as connection:
            assert trail.broken(connection) is None
            found = list(trail.entries(connection))
        store.close()
        return found


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """A command line with an administrator in the store, which it made."""
    with cheap_passwords():
        found = Line(tmp_path / "workspace")
        found("people", "add", "Ann@Example.org", "--role", "admin", "--name", "Ann", typed=f"{PASSWORD}\n")
        yield found


def test_the_first_administrator_is_added(line: Line) -> None:
    ann = line.people()["ann@example.org"]
    assert (ann["name"], ann["roles"], ann["has_password"]) == ("Ann", ["admin"], True)
    entry = line.trail()[-1]
    assert entry.what == "person.add"
    assert entry.who.startswith("command line")
    assert PASSWORD not in repr(line.trail())


def test_people_are_changed_and_shut_out(line: Line) -> None:
    line("people", "add", "bob", "--role", "manager", "--region", "west", "--no-password")
    line("people", "change", "bob", "--region", "north", "--region", "south", "--why", "moved")
    assert line.people()["bob"]["regions"] == ["north", "south"]
    line("people", "change", "bob", "--no-regions", "--role", "viewer", "--login", "rob")
    assert (line.people()["rob"]["regions"], line.people()["rob"]["roles"]) == ([], ["viewer"])
    line("people", "disable", "rob")
    assert line.people()["rob"]["disabled"]
    line("people", "disable", "rob", "--undo")
    assert not line.people()["rob"]["disabled"]
    line("people", "password", "rob", typed="nine small doors of blue glass\n")
    assert line.people()["rob"]["has_password"]
    assert [entry.why for entry in line.trail() if entry.why] == ["moved"]
    assert "Ann" in line("people", "list")


@pytest.mark.parametrize(
    ("words", "typed", "told"),
    [
        (("people", "add", "eve"), "", "--role"),
        (("people", "add", "eve", "--role", "viewer"), "short\n", "fewer than 12"),
        (("people", "add", "ANN@example.org", "--role", "viewer"), f"{PASSWORD}\n", "already"),
        (("people", "add", "a b", "--role", "viewer", "--no-password"), "", "without spaces"),
        (("people", "change", "nobody", "--name", "x"), "", "Nobody signs in"),
        (("people", "change", "ann@example.org"), "", "Say what to change"),
        (("people", "change", "ann@example.org", "--region", "x", "--no-regions"), "", "contradict"),
        (("people", "change", "ann@example.org", "--role", "viewer"), "", "last administrator"),
        (("people", "disable", "ann@example.org"), "", "last administrator"),
        (("token", "add", "nobody", "x"), "", "Nobody signs in"),
        (("token", "add", "ann@example.org", "x", "--days", "400"), "", "365 days at most"),
        (("token", "revoke", "none-91c07e4f2a"), "", "no token"),
    ],
)
def test_what_cannot_be_is_told(line: Line, words: tuple[str, ...], typed: str, told: str) -> None:
    assert told in line(*words, typed=typed, code=2).replace("\n", " ")


def test_nobody_is_looked_up_where_there_is_no_store(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["people", "list", "--workspace", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert not (tmp_path / "none").exists()


def test_tokens_are_made_listed_and_withdrawn(line: Line) -> None:
    said = line("token", "add", "ann@example.org", "nightly", "--permission", "read", "--region", "west")
    secret = said.split()[-1]
    store = existing_store(line.workspace, None)
    with store.database.reading() as connection:
        kept = access.token_by_secret(connection, secret)
    store.close()
    assert kept is not None
    (listed,) = json.loads(line("token", "list", "--json"))["tokens"]
    assert (listed["id"], listed["permissions"], listed["regions"]) == (kept.id, ["read"], ["west"])
    assert secret not in line("token", "list", "ann@example.org")
    line("token", "revoke", kept.id)
    assert "no longer valid" in line("token", "list")
    assert line.trail()[-1].what == "token.revoke"
