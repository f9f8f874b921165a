"""People, their sessions and tokens, and failures to sign in: the same over both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from data.store import access, people
from data.store.database import now
from data.store.opening import Store
from planner.roles import Permission, Role

DAY = timedelta(days=1)


def add(store: Store, login: str = "ann@example.org", *roles: Role, **values: object) -> people.PersonRow:
    """Add somebody."""
    with store.database.writing() as tx:
        return people.add_person(
            tx,
            name="Ann Bell",
            login=login,
            roles=frozenset(roles or {Role.PLANNER}),
            created_by="system",
            **values,  # type: ignore[arg-type]
        )


def test_a_person_comes_back_as_added(store: Store) -> None:
    added = add(store, "ann@example.org", Role.MANAGER, Role.VIEWER, regions=frozenset({"west", "öst"}))
    with store.database.reading() as connection:
        assert people.person(connection, added.id) == added
        assert people.by_login(connection, "ann@example.org") == added
        assert people.all_people(connection) == [added]
        assert people.person(connection, "nobody") is None
    assert added.person().scope.regions == {"west", "öst"}
    assert added.id.startswith("ann-bell-")


def test_a_login_is_somebodys_only_once(store: Store) -> None:
    add(store)
    with pytest.raises(IntegrityError):
        add(store)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ann@Example.ORG ", "ann@example.org"),
        ("ｊｏ", "jo"),
        ("", None),
        ("a b", None),
        ("a\x00b", None),
        ("x" * 201, None),
    ],
)
def test_logins_are_written_in_one_way(typed: str, kept: str | None) -> None:
    assert people.tidy_login(typed) == kept


def test_a_change_counts_and_stays(store: Store) -> None:
    ann = add(store)
    with store.database.writing() as tx:
        old = people.person(tx, ann.id, lock=True)
        assert old is not None
        new = people.change_person(
            tx, old, roles=frozenset({Role.MANAGER}), regions=frozenset({"b", "a"}), disabled_at=now()
        )
    with store.database.reading() as connection:
        assert people.person(connection, ann.id) == new
    assert (new.revision, new.active, new.regions) == (1, False, {"a", "b"})


def test_only_active_administrators_count(store: Store) -> None:
    first, gone = add(store, "a", Role.ADMIN), add(store, "b", Role.ADMIN, Role.PLANNER)
    add(store, "c", Role.PLANNER)
    with store.database.writing() as tx:
        people.change_person(tx, gone, disabled_at=now())
        assert [row.id for row in people.active_admins(tx, lock=True)] == [first.id]


def test_an_identity_stands_for_one_person(store: Store) -> None:
    ann = add(store)
    with store.database.writing() as tx:
        people.link_identity(tx, "https://id.example", "17", ann.id)
    with store.database.reading() as connection:
        assert people.by_identity(connection, "https://id.example", "17") == ann
        assert people.by_identity(connection, "https://other.example", "17") is None


def test_a_session_is_found_by_its_secret_alone_and_is_not_kept(store: Store) -> None:
    ann = add(store)
    with store.database.writing() as tx:
        secret = access.open_session(tx, ann.id, DAY, "10.0.0.1")
    with store.database.reading() as connection:
        found = access.session(connection, secret, DAY)
        assert found is not None
        assert (found.person_id, found.address) == (ann.id, "10.0.0.1")
        assert secret not in repr(found)
        assert access.session(connection, found.hash, DAY) is None
        assert access.session(connection, secret + "x", DAY) is None


def test_a_session_ends_by_time_by_idleness_and_by_hand(store: Store) -> None:
    ann = add(store)
    with store.database.writing() as tx:
        over = access.open_session(tx, ann.id, timedelta(0), "")
        idle = access.open_session(tx, ann.id, DAY, "")
        kept = access.open_session(tx, ann.id, DAY, "")
    with store.database.writing() as tx:
        assert access.session(tx, over, DAY) is None
        assert access.session(tx, idle, timedelta(0)) is None
        assert access.session(tx, idle, DAY) is not None
        assert access.end_sessions(tx, ann.id, but=access.hashed(kept)) >= 1
        assert access.session(tx, idle, DAY) is None
        assert access.end_session(tx, access.hashed(kept))
        assert not access.end_session(tx, access.hashed(kept))
        assert access.sessions_of(tx, ann.id) == []


def test_a_token_comes_back_with_its_limits(store: Store) -> None:
    ann = add(store)
    with store.database.writing() as tx:
        row, secret = access.add_token(
            tx,
            name="nightly",
            person_id=ann.id,
            permissions=frozenset({Permission.READ}),
            regions=frozenset({"west"}),
            lasts=DAY,
            created_by=ann.id,
        )
        open_one, _ = access.add_token(
            tx, name="all", person_id=ann.id, permissions=None, regions=None, lasts=DAY, created_by=ann.id
        )
    with store.database.reading() as connection:
        found = access.token_by_secret(connection, secret)
        assert found == row
        assert secret not in repr(found)
        assert access.token_by_secret(connection, row.hash) is None
        assert access.token(connection, open_one.id) == open_one
        assert {t.id for t in access.all_tokens(connection, ann.id)} == {row.id, open_one.id}
    assert row.valid(now())
    assert not row.valid(row.expires_at)
    narrow = ann.person(row.permissions, row.regions)
    assert narrow.may(Permission.READ)
    assert not narrow.may(Permission.PLAN)
    assert narrow.scope.regions == {"west"}


def test_a_withdrawn_token_is_not_valid(store: Store) -> None:
    ann = add(store)
    with store.database.writing() as tx:
        row, secret = access.add_token(
            tx, name="x", person_id=ann.id, permissions=None, regions=None, lasts=DAY, created_by=ann.id
        )
        access.touch_token(tx, row.id)
        access.revoke_token(tx, row.id)
        found = access.token_by_secret(tx, secret)
    assert found is not None
    assert found.used_at is not None
    assert not found.valid(now())


def _attempts(store: Store, n: int, key: str = "login:1") -> list[timedelta]:
    found = []
    for _ in range(n):
        with store.database.writing() as tx:
            found.append(access.begin_attempt(tx, key, 3))
    return found


def _age(store: Store, by: timedelta) -> None:
    with store.database.writing() as tx:
        tx.execute(update(access.failures).values(last_at=now() - by))


def test_the_wait_after_failures_doubles_and_ends(store: Store) -> None:
    assert _attempts(store, 3) == [timedelta(0)] * 3
    (wait,) = _attempts(store, 1)
    assert timedelta(0) < wait <= timedelta(seconds=1)
    _age(store, timedelta(seconds=1))
    assert _attempts(store, 1) == [timedelta(0)]
    (wait,) = _attempts(store, 1)
    assert timedelta(seconds=1) < wait <= timedelta(seconds=2)
    assert _attempts(store, 1, "login:2") == [timedelta(0)]
    with store.database.writing() as tx:
        tx.execute(update(access.failures).values(count=10_000))
    (wait,) = _attempts(store, 1)
    assert timedelta(minutes=14) < wait <= access.MOST_WAIT


def test_failures_are_forgiven_and_forgotten(store: Store) -> None:
    _attempts(store, 3)
    with store.database.writing() as tx:
        access.forgive(tx, "login:1", everything=False)
    assert _attempts(store, 1) == [timedelta(0)]
    assert _attempts(store, 1) != [timedelta(0)]
    with store.database.writing() as tx:
        access.forgive(tx, "login:1", everything=True)
    assert _attempts(store, 4)[:3] == [timedelta(0)] * 3
    _age(store, access.FORGET + timedelta(seconds=1))
    assert _attempts(store, 1) == [timedelta(0)]
