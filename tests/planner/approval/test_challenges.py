"""Challenges: what they say, how they are answered, who sees them, and the texts people write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.approval.challenges import Challenge, ImpossibleAnswer, Kind, State, Wish
from planner.approval.fencing import sees_all, sees_any
from planner.approval.texts import plain_text
from planner.errors import InvalidInput
from planner.roles import Person, Role

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
OPEN = Challenge("c-1", "p-1", Wish(Kind.KEEP, "A1"), "old friends", ("North",), "max", NOW)


@pytest.mark.parametrize(
    "stated",
    [
        {"kind": "keep", "account_id": "A1"},
        {"kind": "add", "account_id": "A1", "territory_id": "T1", "with_swap": True},
        {"kind": "remove", "account_id": "A1"},
        {"kind": "remove", "account_id": "A1", "territory_id": "T2"},
        {"kind": "swap", "account_id": "A1", "other_account_id": "A2"},
        {"kind": "change_quota", "territory_id": "T1", "amount_cents": 0},
    ],
)
def test_a_wish_survives_being_written_and_read(stated: dict[str, Any]) -> None:
    assert Wish.of(stated).as_dict() == stated


@pytest.mark.parametrize(
    ("stated", "codes"),
    [
        ({"kind": "keep"}, ["missing_field"]),
        ({"kind": "add", "amount_cents": 3}, ["missing_field", "missing_field", "unknown_field"]),
        ({"kind": "keep", "account_id": "A1", "territory_id": "T1"}, ["unknown_field"]),
        ({"kind": "swap", "account_id": "A1", "other_account_id": "A1"}, ["same_account"]),
        (
            {"kind": "change_quota", "territory_id": "T1", "amount_cents": 1, "with_swap": True},
            ["unknown_field"],
        ),
        ({"kind": "change_quota", "territory_id": "T1", "amount_cents": -1}, ["amount_range"]),
        ({"kind": "change_quota", "territory_id": "T1", "amount_cents": 2**60}, ["amount_range"]),
    ],
)
def test_what_is_missing_or_too_much_is_told_altogether(stated: dict[str, Any], codes: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Wish.of(stated)
    assert [problem.code for problem in caught.value.problems] == codes


def test_an_answer_is_kept_with_who_gave_it() -> None:
    done = OPEN.decided(State.ACCEPTED, "ann", NOW, "granted", (4, 5))
    assert (done.state, done.decided_by, done.edits, done.revision) == (State.ACCEPTED, "ann", (4, 5), 1)


@pytest.mark.parametrize(
    ("state", "who", "answer", "edits", "told"),
    [
        (State.DECLINED, "ann", "", (), "Say why"),
        (State.SUPERSEDED, "ann", " ", (), "Say why"),
        (State.WITHDRAWN, "ann", "", (), "Only who raised"),
        (State.OPEN, "ann", "", (), "is decided by"),
        (State.DECLINED, "ann", "no", (3,), "Only an accepted"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(
    state: State, who: str, answer: str, edits: tuple[int, ...], told: str
) -> None:
    with pytest.raises(ImpossibleAnswer, match=told):
        OPEN.decided(state, who, NOW, answer, edits)


@given(st.lists(st.tuples(st.sampled_from(list(State)), st.sampled_from(["max", "ann"])), max_size=8))
def test_a_challenge_is_decided_once(answers: list[tuple[State, str]]) -> None:
    now, decided = OPEN, 0
    for state, who in answers:
        try:
            now = now.decided(state, who, NOW, "because")
        except ImpossibleAnswer:
            continue
        decided += 1
        assert now.state is state is not State.OPEN
        assert state is not State.WITHDRAWN or who == "max"
    assert decided == now.revision <= 1


WEST = Person("wil", "Wil", frozenset({Role.MANAGER}), frozenset({"West"}))
BOTH = Person("bea", "Bea", frozenset({Role.MANAGER}), frozenset({"West", "East"}))
PLANNER = Person("ann", "Ann", frozenset({Role.PLANNER}))


@pytest.mark.parametrize(
    ("regions", "author", "all_of", "any_of"),
    [
        (("East", "West"), "eve", [False, True, True], [True, True, True]),
        (("East", "West"), "wil", [True, True, True], [True, True, True]),
        (("", "West"), "eve", [False, False, True], [True, True, True]),
        (("",), "eve", [False, False, True], [False, False, True]),
        ((), "eve", [True, True, True], [False, False, True]),
        (None, "eve", [True, True, True], [True, True, True]),
    ],
)
def test_what_is_written_is_seen_by_its_author_and_who_sees_its_regions(
    regions: tuple[str, ...] | None, author: str, all_of: list[bool], any_of: list[bool]
) -> None:
    people = (WEST, BOTH, PLANNER)

    def sees(who: Person) -> Callable[[str], bool]:
        return lambda region: who.scope.covers(region or None)

    assert [sees_all(who, sees(who), regions, author) for who in people] == all_of
    assert [sees_any(who, sees(who), regions, author) for who in people] == any_of


def test_texts_lose_what_nobody_sees_and_keep_the_rest() -> None:
    assert plain_text("  ‮evil\x00\x1b[31m <b>\r\nnext  ", "comment") == "evil[31m <b>\nnext"
    assert plain_text("e\u0301", "comment") == "é"
    assert plain_text("", "answer", required=False) == ""


@pytest.mark.parametrize("text", ["", " \n", "\x00", "\u200d"])
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        plain_text(text, "comment")


def test_a_long_text_is_refused_with_its_length() -> None:
    with pytest.raises(InvalidInput, match=r"has 4001 characters; 4000 is the most"):
        plain_text("x" * 4001, "comment")


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = plain_text(text, "comment", required=False)
    assert plain_text(once, "comment", required=False) == once
