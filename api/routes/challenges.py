"""Challenges of a plan: check, raise, answer, judge together."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.approving import challenging, deciding, joint
from api.approving.commenting import readable
from api.approving.deciding import Answer
from api.approving.evaluating import masked, shown
from api.approving.reviewed import Reviewed, reviewed
from api.deps import PlanId, ServicesDep
from api.errors import documented
from api.http.paging import Cursor, Limit, Page, after, page_of
from api.schemas.challenges import (
    AnswerIn,
    ChallengeIn,
    ChallengeOut,
    DecisionIn,
    DecisionsIn,
    EvaluationOut,
    TogetherOut,
    WishIn,
)
from api.who import Reading, allowed
from data.store.ids import ID_PATTERN
from planner.approval.challenges import Challenge, State
from planner.roles import Permission, Person

router = APIRouter(prefix="/api/plans/{plan_id}/challenges", tags=["Approval"])
Challenging = Annotated[Person, allowed(Permission.CHALLENGE)]
Answering = Annotated[Person, allowed(Permission.ANSWER)]
ChallengeId = Annotated[
    str, Path(pattern=ID_PATTERN, description="Id of a challenge.", examples=["keep-2f3e4d5c6b"])
]
_ANSWER = documented(401, 403, 404, 409, 422)


def challenge_out(found: Reviewed, number: int, challenge: Challenge) -> ChallengeOut:
    """Return a challenge as somebody sees it."""
    told = challenging.told_of(challenge)
    return ChallengeOut(
        id=challenge.id,
        number=number,
        wish=WishIn.model_validate(challenge.wish.as_dict()),
        reason=challenge.reason,
        regions=[region for region in challenge.regions if found.sees_region(region)],
        raised_by=challenge.raised_by,
        raised_at=challenge.raised_at,
        state=challenge.state,
        answer=challenge.answer,
        decided_by=challenge.decided_by,
        decided_at=challenge.decided_at,
        edits=list(challenge.edits),
        told=None if told is None else masked(found, told),
    )


@router.post("/check", responses=_ANSWER)
def check_challenge(
    services: ServicesDep, who: Challenging, plan_id: PlanId, wanted: WishIn
) -> EvaluationOut:
    """Return at once what a challenge would do, without raising it.

    Inside the rules its effect is told; outside, the rules that it would break, and what would have to go along so
    that every rule holds.
    """
    of = challenging.review(services, who, plan_id)
    wish = challenging.wish_of(wanted.model_dump())
    return masked(of.found, shown(challenging.check(of, wish)))


@router.post("", status_code=201, responses=_ANSWER)
def raise_challenge(
    services: ServicesDep, who: Challenging, plan_id: PlanId, wanted: ChallengeIn
) -> ChallengeOut:
    """Raise a challenge while the plan is proposed or in review. It is checked at once: see `told`."""
    of = challenging.review(services, who, plan_id)
    wish = challenging.wish_of(wanted.wish.model_dump())
    number, raised = challenging.raise_challenge(of, who, wish, readable(wanted.reason, "reason"))
    return challenge_out(of.found, number, raised)


@router.get("", responses=_ANSWER)
def list_challenges(
    services: ServicesDep,
    who: Reading,
    plan_id: PlanId,
    state: Annotated[State | None, Query(description="Those of one state.")] = None,
    mine: Annotated[bool, Query(description="Those that you raised, with their answers.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ChallengeOut]:
    """List challenges that concern your regions, in the order raised."""
    found = reviewed(services, who, plan_id)
    last = after(cursor, int) or (0,)
    rows = challenging.listed(services, who, found, state, mine, last[0], limit)
    return page_of(rows, limit, lambda each: [each[0]], lambda each: challenge_out(found, *each))


@router.get("/together", responses=_ANSWER)
def judge_challenges_together(services: ServicesDep, who: Answering, plan_id: PlanId) -> TogetherOut:
    """Judge all open challenges as one: their effect, which contradict each other, the most that can be granted."""
    of = challenging.review(services, who, plan_id)
    rows = challenging.listed(services, who, of.found, State.OPEN, False, 0, 100_000)
    return joint.together(of, [challenge for _, challenge in rows])


@router.post("/decisions", responses=_ANSWER)
def decide_challenges(
    services: ServicesDep, who: Answering, plan_id: PlanId, wanted: DecisionsIn
) -> list[ChallengeOut]:
    """Answer several challenges together, all of them or none. What is accepted becomes one edit of the draft.

    Returned are those that were answered, and those that leave nothing to decide thereby.
    """
    answers = [
        Answer(each.challenge_id, each.accept, readable(each.answer, "answer", required=False))
        for each in wanted.decisions
    ]
    done = deciding.decide(services, who, plan_id, answers, even_if_broken=wanted.even_if_broken)
    found, ids = reviewed(services, who, plan_id), {each.id for each in done}
    rows = challenging.listed(services, who, found, None, False, 0, 100_000)
    return [challenge_out(found, number, each) for number, each in rows if each.id in ids]


@router.get("/{challenge_id}", responses=_ANSWER)
def get_challenge(
    services: ServicesDep, who: Reading, plan_id: PlanId, challenge_id: ChallengeId
) -> ChallengeOut:
    """Return one challenge."""
    found = reviewed(services, who, plan_id)
    return challenge_out(found, *challenging.visible(services, who, found, challenge_id))


@router.post("/{challenge_id}/accept", responses=_ANSWER)
def accept_challenge(
    services: ServicesDep, who: Answering, plan_id: PlanId, challenge_id: ChallengeId, wanted: DecisionIn
) -> ChallengeOut:
    """Grant a challenge: the draft is edited as it asks, in one step with the answer.

    Refused where a rule would be broken, unless the compensating swap is made too or you say that it may be.
    """
    found = reviewed(services, who, plan_id)
    challenging.visible(services, who, found, challenge_id)
    answer = Answer(challenge_id, True, readable(wanted.answer, "answer", required=False))
    deciding.decide(
        services, who, plan_id, [answer], with_swap=wanted.with_swap, even_if_broken=wanted.even_if_broken
    )
    return challenge_out(found, *challenging.visible(services, who, found, challenge_id))


@router.post("/{challenge_id}/decline", responses=_ANSWER)
def decline_challenge(
    services: ServicesDep, who: Answering, plan_id: PlanId, challenge_id: ChallengeId, wanted: AnswerIn
) -> ChallengeOut:
    """Decline a challenge; who raised it is told why."""
    return _close(services, who, plan_id, challenge_id, State.DECLINED, readable(wanted.answer, "answer"))


@router.post("/{challenge_id}/withdraw", responses=_ANSWER)
def withdraw_challenge(
    services: ServicesDep, who: Challenging, plan_id: PlanId, challenge_id: ChallengeId
) -> ChallengeOut:
    """Take an own challenge back."""
    return _close(services, who, plan_id, challenge_id, State.WITHDRAWN, "")


def _close(
    services: ServicesDep, who: Person, plan_id: str, challenge_id: str, state: State, answer: str
) -> ChallengeOut:
    found = reviewed(services, who, plan_id)
    number, _ = challenging.visible(services, who, found, challenge_id)
    return challenge_out(
        found, number, challenging.close(services, who, plan_id, challenge_id, state, answer)
    )
