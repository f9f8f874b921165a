"""The audit trail: complete, in order, and broken by any change."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from data.store import trail
from data.store.opening import Store


def _three(store: Store) -> None:
    for n in range(3):
        with store.database.writing() as transaction:
            trail.append(
                transaction, who="ann", what="account.move", kind="account", subject=f"A{n}", new={"to": "T1"}
            )


def test_a_chain_that_nobody_touched_holds(store: Store) -> None:
    _three(store)
    with store.database.reading() as connection:
        found = list(trail.entries(connection))
        assert [entry.number for entry in found] == [1, 2, 3]
        assert [entry.subject for entry in found] == ["A0", "A1", "A2"]
        assert trail.broken(connection) is None


def test_newest_first_goes_on_below_a_number(store: Store) -> None:
    _three(store)
    with store.database.reading() as connection:
        first = list(trail.entries(connection, newest_first=True, limit=2))
        rest = list(trail.entries(connection, newest_first=True, after=first[-1].number))
    assert [entry.number for entry in (*first, *rest)] == [3, 2, 1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (update(trail.trail).where(trail.trail.c.number == 2).values(who="bob"), "Entry 2 was changed"),
        (delete(trail.trail).where(trail.trail.c.number == 2), "Entry 2 is missing"),
        (delete(trail.trail).where(trail.trail.c.number == 1), "Entry 1 is missing"),
        (
            update(trail.trail).where(trail.trail.c.number == 3).values(previous="0" * 64),
            "Entry 3 does not follow",
        ),
    ],
)
def test_a_change_behind_the_trail_is_found(store: Store, change: object, told: str) -> None:
    _three(store)
    with store.database.writing() as transaction:
        transaction.execute(change)  # type: ignore[call-overload]
    with store.database.reading() as connection:
        assert (trail.broken(connection) or "").startswith(told)


def test_what_failed_leaves_no_entry(store: Store) -> None:
    def fail() -> None:
        with store.database.writing() as transaction:
            trail.append(transaction, who="ann", what="x", kind="x", subject="x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.database.reading() as connection:
        assert list(trail.entries(connection)) == []
