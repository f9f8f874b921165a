"""Approval, challenges, comments and publications in the store: what goes in comes out, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from data.store import approvals, challenges, comments, data_sets, plans, publications
from data.store.comments import About, Comment
from data.store.database import StoreError
from data.store.opening import Store
from data.store.publications import Publication
from planner.approval.challenges import Challenge, Kind, State, Wish
from planner.approval.standing import Event, stood
from planner.approval.steps import Stage, Step

START = datetime(2026, 1, 5, 9, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def plan_id(store: Store) -> str:
    """Give the id of a plan."""
    with store.database.writing() as tx:
        of = data_sets.add_data_set(tx, "Spring", "upload", "d" * 64, "ann")
        return plans.add_plan(tx, "Spring", of, "ann").id


def test_steps_come_back_as_they_were_taken(store: Store, plan_id: str) -> None:
    taken = [
        Event(Step.PROPOSE, "ann", START, version=1),
        Event(Step.REVIEW, "max", START),
        Event(Step.APPROVE, "ann", START, "on leave", "North", True, "c" * 64),
        Event(Step.SEND_BACK, "fay", START, "too much", void=("North", "")),
        Event(Step.REOPEN, "fay", START, "merger", to=Stage.IN_REVIEW),
    ]
    with store.database.writing() as tx:
        numbers = [approvals.add_event(tx, plan_id, event, Stage.PROPOSED) for event in taken]
    with store.database.reading() as connection:
        found = approvals.events(connection, plan_id)
        assert [each.event for each in found] == taken
        assert [each.number for each in found] == numbers == [1, 2, 3, 4, 5]
        assert {each.stage for each in found} == {Stage.PROPOSED}
        assert [e.number for e in approvals.events(connection, plan_id, after=2, limit=2)] == [3, 4]
        assert approvals.events(connection, "none") == []
    assert stood(("North",), [each.event for each in found[:3]]).stage is Stage.APPROVED


def test_due_dates_are_replaced_as_a_whole(store: Store, plan_id: str) -> None:
    first = {Stage.APPROVED: date(2026, 2, 10), Stage.PROPOSED: date(2026, 2, 1)}
    with store.database.writing() as tx:
        approvals.set_due_dates(tx, plan_id, first)
    with store.database.reading() as connection:
        found = approvals.due_dates(connection, plan_id)
        assert list(found.items()) == [
            (Stage.PROPOSED, date(2026, 2, 1)),
            (Stage.APPROVED, date(2026, 2, 10)),
        ]
        assert approvals.all_due_dates(connection, [plan_id, "none"]) == {plan_id: first, "none": {}}
    with store.database.writing() as tx:
        approvals.set_due_dates(tx, plan_id, {})
        assert approvals.due_dates(tx, plan_id) == {}


def test_a_certificate_that_is_void_can_still_be_read(store: Store, plan_id: str) -> None:
    with store.database.writing() as tx:
        made = [
            approvals.add_certificate(
                tx,
                plan_id,
                version=version,
                output_digest="a" * 64,
                tie_out_digest="b" * 64,
                equations=412,
                checks=26,
                trail_head=(7, "e" * 64),
                made_by="fay",
                made_at=START,
            )
            for version in (2, 3)
        ]
        assert approvals.void_certificates(tx, plan_id, "fay", START, "merger") == 2
        assert approvals.void_certificates(tx, plan_id, "fay", START, "again") == 0
        found = approvals.all_certificates(tx, plan_id)
    assert found == [replace(each, void_by="fay", void_at=START, void_why="merger") for each in made]
    assert [each.number for each in found] == [1, 2]


def _challenge(plan_id: str, name: str, kind: Kind = Kind.KEEP) -> Challenge:
    wish = Wish(kind, account_id="A1", territory_id="T1" if kind is Kind.ADD else "")
    return Challenge(
        name, plan_id, wish, "old <b>friends", ("", "North"), "max", START, told={"inside": True}
    )


def test_challenges_come_back_in_the_order_raised(store: Store, plan_id: str) -> None:
    first, second = _challenge(plan_id, "c-1"), replace(_challenge(plan_id, "a-2", Kind.ADD), raised_by="sue")
    with store.database.writing() as tx:
        assert [challenges.add_challenge(tx, each) for each in (first, second)] == [1, 2]
        done = first.decided(State.ACCEPTED, "ann", START, "granted", (3, 4))
        challenges.save_challenge(tx, done)
    with store.database.reading() as connection:
        assert challenges.challenge(connection, plan_id, "c-1") == done
        assert challenges.challenge(connection, "other", "c-1") is None
        assert challenges.all_challenges(connection, plan_id) == [(1, done), (2, second)]
        assert challenges.all_challenges(connection, plan_id, state=State.OPEN) == [(2, second)]
        assert challenges.all_challenges(connection, plan_id, raised_by="max", limit=1) == [(1, done)]
        assert challenges.all_challenges(connection, plan_id, after=1) == [(2, second)]
        assert challenges.number_open(connection, [plan_id, "none"]) == {plan_id: 1, "none": 0}


def test_the_second_answer_to_a_challenge_is_refused(store: Store, plan_id: str) -> None:
    raised = _challenge(plan_id, "c-1")
    with store.database.writing() as tx:
        challenges.add_challenge(tx, raised)
        challenges.save_challenge(tx, raised.decided(State.ACCEPTED, "ann", START))
    with pytest.raises(StoreError, match="somebody else"), store.database.writing() as tx:
        challenges.save_challenge(tx, raised.decided(State.DECLINED, "bob", START, "no"))


def test_comments_are_found_by_what_they_are_about(store: Store, plan_id: str) -> None:
    on_plan = Comment("k-1", plan_id, About.PLAN, "", "=1+1", "max", START)
    on_account = Comment("k-2", plan_id, About.ACCOUNT, "A1", "why?", "max", START, ("North",), "k-1")
    with store.database.writing() as tx:
        assert [comments.add_comment(tx, each) for each in (on_plan, on_account)] == [1, 2]
    with store.database.reading() as connection:
        assert comments.all_comments(connection, plan_id) == [(1, on_plan), (2, on_account)]
        about = comments.all_comments(connection, plan_id, about=About.ACCOUNT, subject="A1")
        assert about == [(2, on_account)]
        assert comments.all_comments(connection, plan_id, after=1, limit=5) == [(2, on_account)]
        assert comments.comment(connection, plan_id, "k-2") == on_account
        assert comments.comment(connection, "other", "k-2") is None
    with store.database.writing() as tx:
        comments.remove_comment(tx, "k-1", "max", START)
        found = comments.comment(tx, plan_id, "k-1")
    assert found == replace(on_plan, text="", removed_by="max", removed_at=START)


def _publication(plan_id: str, name: str, day: date, line: str = "", hours: int = 0) -> Publication:
    at = START + timedelta(hours=hours)
    return Publication(name, plan_id, 1, "a" * 64, "b" * 64, day, "ann", at, line)


def test_what_is_in_force_changes_with_the_day(store: Store, plan_id: str) -> None:
    january, july = date(2026, 1, 1), date(2026, 7, 1)
    made = [
        _publication(plan_id, "p-1", january),
        _publication(plan_id, "p-2", july, hours=1),
        _publication(plan_id, "p-3", july, hours=2),
        _publication(plan_id, "p-4", date(2026, 3, 1), "partners"),
    ]
    with store.database.writing() as tx:
        for each in made:
            publications.add_publication(tx, each)

    def on(day: date, line: str | None = None) -> list[tuple[str, date | None]]:
        with store.database.reading() as connection:
            return [(e.publication.id, e.until) for e in publications.in_force(connection, day, line)]

    assert on(date(2025, 12, 31)) == []
    assert on(january) == on(date(2026, 2, 28)) == [("p-1", date(2026, 6, 30))]
    assert on(date(2026, 6, 30)) == [("p-1", date(2026, 6, 30)), ("p-4", None)]
    assert on(july) == [("p-3", None), ("p-4", None)]
    assert on(july, "partners") == [("p-4", None)]
    with store.database.writing() as tx:
        publications.withdraw_publication(tx, "p-3", "ann", START, "wrong day")
        publications.withdraw_publication(tx, "p-3", "bob", START, "again")
    assert on(july) == [("p-2", None), ("p-4", None)]
    with store.database.reading() as connection:
        gone = publications.publication(connection, "p-3", lock=True)
        assert gone == replace(made[2], withdrawn_by="ann", withdrawn_at=START, withdrawn_why="wrong day")
        assert publications.publication(connection, "none") is None
        ids = [each.id for each in publications.all_publications(connection)]
        assert ids == ["p-2", "p-3", "p-4", "p-1"]
        rest = publications.all_publications(connection, standing=True, after=(july, "p-2"), limit=1)
        assert [each.id for each in rest] == ["p-4"]
        assert len(publications.all_publications(connection, plan_id=plan_id, line="")) == 3


def test_nothing_is_kept_of_a_plan_that_there_is_not(store: Store) -> None:
    with pytest.raises(IntegrityError), store.database.writing() as tx:
        publications.add_publication(tx, _publication("none", "p-1", date(2026, 1, 1)))
