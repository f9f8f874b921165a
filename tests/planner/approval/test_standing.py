"""Stages: none is skipped, none moves while frozen, every step has somebody and, where it needs one, a reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.approval.due import checked, due
from planner.approval.permits import forbidden
from planner.approval.standing import Event, ImpossibleStep, Standing, Verdict, stood
from planner.approval.steps import FROM, NEEDS_REASON, PERMISSION, Stage, Step
from planner.errors import InvalidInput
from planner.roles import LOCAL, Person, Role

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
REGIONS = ("North", "South", "")


def _event(step: Step, region: str | None = None, **more: object) -> Event:
    values = {"reason": "because", "version": 1, "content": "c", **more}
    return Event(step, "ann", START, region=region, **values)  # type: ignore[arg-type]


def _to(stage: Stage) -> list[Event]:
    way = [_event(Step.PROPOSE), _event(Step.REVIEW)]
    way += [_event(Step.APPROVE, region) for region in REGIONS]
    way += [_event(Step.VALIDATE), _event(Step.PUBLISH)]
    reached = {
        Stage.DRAFT: 0,
        Stage.PROPOSED: 1,
        Stage.IN_REVIEW: 2,
        Stage.APPROVED: 5,
        Stage.VALIDATED: 6,
        Stage.PUBLISHED: 7,
    }
    return way[: reached[stage]]


@pytest.mark.parametrize("stage", list(Stage))
def test_the_way_leads_through_every_stage(stage: Stage) -> None:
    assert stood(REGIONS, _to(stage)).stage is stage


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("step", list(Step))
def test_a_step_is_possible_where_it_is_meant_to_be_and_nowhere_else(stage: Stage, step: Step) -> None:
    now = stood(REGIONS, _to(stage))
    region = "North" if step in (Step.APPROVE, Step.REJECT, Step.ASK_AGAIN) else None
    if step is Step.ASK_AGAIN and stage is Stage.IN_REVIEW:
        now = now.after(_event(Step.REJECT, "North"))
    event = _event(step, region, content="other", to=Stage.DRAFT)
    if stage in FROM[step]:
        assert now.after(event) != now
    else:
        with pytest.raises(ImpossibleStep, match=f"The plan is {stage.words}"):
            now.after(event)


@pytest.mark.parametrize("step", sorted(NEEDS_REASON))
def test_some_steps_need_a_reason(step: Step) -> None:
    stage = next(stage for stage in Stage if stage in FROM[step])
    now = stood(REGIONS, _to(stage))
    region = "North" if step is Step.REJECT else None
    with pytest.raises(ImpossibleStep, match="Say why"):
        now.after(_event(step, region, reason=" ", to=Stage.DRAFT))


def test_approving_for_somebody_else_needs_a_reason() -> None:
    now = stood(REGIONS, _to(Stage.IN_REVIEW))
    with pytest.raises(ImpossibleStep, match="for somebody else needs a reason"):
        now.after(_event(Step.APPROVE, "North", on_behalf=True, reason=""))
    assert now.after(_event(Step.APPROVE, "North", on_behalf=True)).decision("North").on_behalf


def test_a_refused_region_goes_back_to_who_proposed_and_leaves_the_others_alone() -> None:
    now = stood(REGIONS, [*_to(Stage.IN_REVIEW), _event(Step.APPROVE, "South")])
    now = now.after(Event(Step.REJECT, "max", START, "too far apart", "North"))
    assert now.back_with == ("ann", "too far apart")
    assert now.undecided == ("North", "")
    again = now.after(_event(Step.ASK_AGAIN, "North"))
    assert again.back_with == ("", "")
    assert again.decision("North").verdict is Verdict.OPEN
    assert again.decision("South").verdict is Verdict.APPROVED


def test_an_approval_lapses_when_the_region_changes_and_can_be_given_anew() -> None:
    now = stood(REGIONS, _to(Stage.APPROVED))
    held = {"North": "c", "South": "changed", "": "c"}
    assert now.lapsed(held) == ("South",)
    with pytest.raises(ImpossibleStep, match="approved already"):
        now.after(_event(Step.APPROVE, "North"))
    renewed = now.after(_event(Step.APPROVE, "South", content="changed"))
    assert (renewed.stage, renewed.lapsed(held)) == (Stage.APPROVED, ())


def test_what_finance_sends_back_goes_to_who_approved_last() -> None:
    events = _to(Stage.APPROVED)
    last = Event(Step.APPROVE, "sue", START + timedelta(hours=1), region="", content="new")
    now = stood(REGIONS, [*events, last]).after(
        _event(Step.SEND_BACK, void=("South",), reason="3.00 too much")
    )
    assert (now.stage, now.back_with) == (Stage.IN_REVIEW, ("sue", "3.00 too much"))
    assert now.undecided == ("South",)


@pytest.mark.parametrize(("to", "undecided"), [(Stage.DRAFT, 3), (Stage.IN_REVIEW, 3), (Stage.APPROVED, 0)])
def test_reopening_voids_what_came_after_the_stage_it_goes_back_to(to: Stage, undecided: int) -> None:
    now = stood(REGIONS, _to(Stage.PUBLISHED)).after(_event(Step.REOPEN, to=to, reason="a merger"))
    assert now.stage is to
    assert now.version is None
    assert len(now.undecided) == undecided
    with pytest.raises(ImpossibleStep, match="reopened to"):
        stood(REGIONS, _to(Stage.VALIDATED)).after(_event(Step.REOPEN, to=Stage.PUBLISHED))


def test_only_the_validated_version_is_published() -> None:
    now = stood(REGIONS, _to(Stage.VALIDATED))
    with pytest.raises(ImpossibleStep, match="Version 1 is the one"):
        now.after(_event(Step.PUBLISH, version=2))


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (_event(Step.APPROVE, "West"), "no region 'West'"),
        (_event(Step.APPROVE), "concerns one region"),
        (_event(Step.WITHDRAW, "North"), "concerns the whole plan"),
        (_event(Step.ASK_AGAIN, ""), "part that belongs to no region is not refused"),
        (Event(Step.APPROVE, "", START, region="North"), "Nobody is named"),
    ],
)
def test_a_step_that_makes_no_sense_is_told(event: Event, told: str) -> None:
    with pytest.raises(ImpossibleStep, match=told):
        stood(REGIONS, _to(Stage.IN_REVIEW)).after(event)


@pytest.mark.parametrize("regions", [(), ("North", "North")])
def test_a_plan_has_regions_to_approve(regions: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="each once"):
        Standing(regions)


EVENTS = st.builds(
    Event,
    st.sampled_from(Step),
    st.sampled_from(["ann", "max", ""]),
    st.just(START),
    st.sampled_from(["", "because"]),
    st.sampled_from([None, *REGIONS, "West"]),
    st.booleans(),
    st.sampled_from(["a", "b"]),
    st.sampled_from([None, *Stage]),
    st.sampled_from([(), ("North",), ("West",)]),
    st.sampled_from([None, 1, 2]),
)


@given(st.lists(EVENTS, max_size=60), st.sampled_from(list(Stage)))
def test_whatever_people_try_the_rules_hold(events: list[Event], begin: Stage) -> None:
    taken = _to(begin)
    now = stood(REGIONS, taken)
    for event in events:
        try:
            after = now.after(event)
        except ImpossibleStep:
            continue
        assert event.who
        assert event.reason or (event.step not in NEEDS_REASON and not event.on_behalf)
        assert after.stage.rank <= now.stage.rank + 1, "a stage was skipped"
        if now.stage.frozen:
            assert event.step in (Step.PUBLISH, Step.RECALL, Step.REOPEN)
        if after.stage.frozen:
            assert after.decisions == now.decisions
        if after.stage.rank >= Stage.APPROVED.rank:
            assert after.undecided == ()
        assert (after.version is not None) == after.stage.frozen
        taken.append(event)
        now = after
    assert stood(REGIONS, taken) == now


MANAGER = Person("max", "Max", frozenset({Role.MANAGER}), frozenset({"North"}))
PLANNER = Person("ann", "Ann", frozenset({Role.PLANNER}))
FINANCE = Person("fay", "Fay", frozenset({Role.FINANCE}))
VIEWER = Person("vic", "Vic", frozenset({Role.VIEWER}))


def test_managers_approve_and_refuse_their_own_regions_only() -> None:
    for step in (Step.APPROVE, Step.REJECT):
        assert forbidden(MANAGER, step, "North") is None
        assert "its manager" in str(forbidden(MANAGER, step, "South"))
        assert "nobody's manager" in str(forbidden(MANAGER, step, ""))
        assert forbidden(MANAGER, step, "Top", {"North", "Top"}) is None
        assert forbidden(LOCAL, step, "North") is not None


def test_planners_approve_for_a_manager_and_do_nothing_else_for_them() -> None:
    assert forbidden(PLANNER, Step.APPROVE, "North", on_behalf=True) is None
    assert forbidden(LOCAL, Step.APPROVE, "", on_behalf=True) is None
    assert "permission 'plan'" in str(forbidden(MANAGER, Step.APPROVE, "South", on_behalf=True))
    assert "for somebody else" in str(forbidden(PLANNER, Step.REJECT, "North", on_behalf=True))


def test_every_step_asks_for_a_permission_that_somebody_lacks() -> None:
    assert set(PERMISSION) == set(Step)
    for step in Step:
        assert "permission" in str(forbidden(VIEWER, step, "North"))
    assert forbidden(FINANCE, Step.VALIDATE) is None
    assert forbidden(FINANCE, Step.REOPEN) is None
    assert forbidden(PLANNER, Step.VALIDATE) is not None


def test_a_stage_is_late_from_the_day_after_until_it_is_reached() -> None:
    dates = {Stage.APPROVED: date(2026, 2, 10), Stage.PROPOSED: date(2026, 2, 1)}
    found = due(checked(dates), Stage.PROPOSED, date(2026, 2, 10))
    assert [(each.stage, each.reached, each.late) for each in found] == [
        (Stage.PROPOSED, True, False),
        (Stage.APPROVED, False, False),
    ]
    assert due(dates, Stage.IN_REVIEW, date(2026, 2, 12))[1].days_late == 2
    assert not due(dates, Stage.VALIDATED, date(2026, 2, 12))[1].late


def test_due_dates_follow_each_other() -> None:
    with pytest.raises(InvalidInput) as caught:
        checked(
            {
                Stage.DRAFT: date(2026, 1, 1),
                Stage.PROPOSED: date(2026, 2, 2),
                Stage.APPROVED: date(2026, 2, 1),
            }
        )
    assert len(caught.value.problems) == 2
