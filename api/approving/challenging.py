"""Challenges: checked at once, raised, listed, declined, taken back. See `api.approving.deciding` for the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from api.approving import stages
from api.approving.asking import Ask, ask_of
from api.approving.evaluating import Evaluation, Evaluator, shown
from api.approving.quota_rules import QuotaRules
from api.approving.reviewed import Reviewed, reviewed
from api.deps import Services
from api.desk import Now
from api.errors import ApiError, not_found
from api.schemas.challenges import EvaluationOut
from data.store import challenges, plans, trail
from data.store.database import now as present
from data.store.ids import new_id
from planner.approval.challenges import Challenge, ImpossibleAnswer, State, Wish
from planner.approval.fencing import sees_all
from planner.approval.steps import Stage
from planner.errors import InvalidInput
from planner.roles import Person

RAISED_IN = frozenset({Stage.PROPOSED, Stage.IN_REVIEW})
"""Stages in which challenges are raised."""


@dataclass(frozen=True, eq=False)
class Review:
    """A plan with its working state, to judge challenges by.

    Parameters
    ----------
    services
        Of the application.
    found
        The plan as its newest written version has it, and what who asks sees of it.
    now
        Its working state.
    """

    services: Services
    found: Reviewed
    now: Now

    @cached_property
    def evaluator(self) -> Evaluator:
        """Judges challenges in that state."""
        return Evaluator(self.now, self._quotas)

    def _quotas(self) -> QuotaRules:
        desk = self.services.desks.of(self.found.plan.id)
        with self.services.store.database.reading() as connection:
            known = desk.quotas(connection, self.services.store)
        return QuotaRules(self.found, desk.assembled, self.now, known)

    def ask(self, wish: Wish) -> Ask:
        """Return what a wish comes to; `ApiError` 404 or 409 where nothing can be made of it."""
        return ask_of(wish, self.now.working)

    def evaluate(self, wish: Wish) -> Evaluation:
        """Return what a wish would do; raises as `ask` does."""
        return self.evaluator.evaluate([self.ask(wish)], takes_swap=wish.with_swap)

    def regions(self, evaluation: Evaluation) -> tuple[str, ...]:
        """Return the regions of the territories that are concerned, ascending."""
        names, regions = self.now.working.names, self.found.contents.region_of
        concerned = {*evaluation.ask.territories, *(names.territory_of(j) for j in evaluation.touched)}
        return tuple(sorted({regions[territory] for territory in concerned if territory in regions}))


def review(services: Services, who: Person, plan_id: str) -> Review:
    """Return a plan to judge challenges by; `ApiError` 404 where there is none, 409 while it is not made."""
    return Review(services, reviewed(services, who, plan_id), services.desks.now(plan_id))


def check(of: Review, wish: Wish) -> Evaluation:
    """Return what a wish would do; `ApiError` 404 where it names what who asks does not see."""
    _only_seen(of.found, wish)
    return of.evaluate(wish)


def wish_of(stated: dict[str, object]) -> Wish:
    """Return a wish from plain values; `ApiError` 422 where it cannot be used."""
    try:
        return Wish.of(stated)
    except InvalidInput as fault:
        raise ApiError(422, "invalid-challenge", fault.problems[0].why, fault.problems) from fault


def raise_challenge(of: Review, who: Person, wish: Wish, reason: str) -> tuple[int, Challenge]:
    """Raise a challenge, and return it with its number.

    Raises
    ------
    ApiError
        404 where it names what who asks does not see; 409 where the plan is not in review, or everything is as it asks
        for already and nobody wants it otherwise.
    """
    evaluation = check(of, wish)
    told = shown(evaluation)
    plan_id = of.found.plan.id
    raised = Challenge(
        new_id(wish.kind.value),
        plan_id,
        wish,
        reason,
        of.regions(evaluation),
        who.id,
        present(),
        told=told.model_dump(mode="json"),
    )
    with of.services.store.database.writing() as tx:
        standing = stages.locked_standing(tx, of.found)
        if standing.stage not in RAISED_IN:
            detail = f"The plan is {standing.stage.words}; challenges are raised while it is proposed or in review."
            raise ApiError(409, "not-in-review", detail)
        begun = stages.begin_review(tx, of.found, who.id, standing)
        number = challenges.add_challenge(tx, raised)
        trail.append(
            tx,
            who=who.id,
            what="challenge.raise",
            kind="challenge",
            subject=raised.id,
            plan=plan_id,
            old={"stage": standing.stage.value},
            new={"number": number, "wish": wish.as_dict(), "inside": told.inside, "stage": begun.stage.value},
            why=reason,
        )
    return number, raised


def visible(services: Services, who: Person, found: Reviewed, challenge_id: str) -> tuple[int, Challenge]:
    """Return a challenge that somebody sees, with its number; `ApiError` 404 where there is none."""
    with services.store.database.reading() as connection:
        every = challenges.all_challenges(connection, found.plan.id)
    for number, each in every:
        if each.id == challenge_id and sees_all(who, found.sees_region, each.regions, each.raised_by):
            return number, each
    raise not_found("challenge", challenge_id, "…/challenges")


def listed(
    services: Services, who: Person, found: Reviewed, state: State | None, mine: bool, after: int, limit: int
) -> list[tuple[int, Challenge]]:
    """Return challenges that somebody sees, numbered above `after`, one more than `limit` where there are more."""
    with services.store.database.reading() as connection:
        every = challenges.all_challenges(
            connection, found.plan.id, state=state, raised_by=who.id if mine else None, after=after
        )
    return [each for each in every if sees_all(who, found.sees_region, each[1].regions, each[1].raised_by)][
        : limit + 1
    ]


def close(
    services: Services, who: Person, plan_id: str, challenge_id: str, state: State, answer: str
) -> Challenge:
    """Decline or withdraw a challenge; `ApiError` 404 where there is none, 409 where it is decided already."""
    with services.store.database.writing() as tx:
        plans.plan(
            tx, plan_id, lock=True
        )  # as everywhere, so that nobody waits for somebody who waits for them
        found = locked(tx, plan_id, challenge_id)
        closed = decided(found, state, who.id, present(), answer)
        challenges.save_challenge(tx, closed)
        tell(tx, closed)
    return closed


def _only_seen(found: Reviewed, wish: Wish) -> None:
    """Let a wish pass that names nothing but what who asks sees; `ApiError` 404 otherwise."""
    if found.scope.everything:
        return
    for account in filter(None, (wish.account_id, wish.other_account_id)):
        if not found.sees_account(account):
            raise not_found("account", account, "…/accounts")
    if wish.territory_id and not found.sees(wish.territory_id):
        raise not_found("territory", wish.territory_id, "…/territories")


def locked(tx: Connection, plan_id: str, challenge_id: str) -> Challenge:
    found = challenges.challenge(tx, plan_id, challenge_id, lock=True)
    if found is None:
        raise not_found("challenge", challenge_id, "…/challenges")
    return found


def decided(
    found: Challenge, state: State, who: str, at: datetime, answer: str, edits: tuple[int, ...] = ()
) -> Challenge:
    try:
        return found.decided(state, who, at, answer, edits)
    except ImpossibleAnswer as fault:
        raise ApiError(409, "cannot-be-answered", str(fault)) from fault


def tell(tx: Connection, closed: Challenge) -> None:
    trail.append(
        tx,
        who=closed.decided_by,
        what=f"challenge.{closed.state.value}",
        kind="challenge",
        subject=closed.id,
        plan=closed.plan_id,
        old={"state": State.OPEN.value, "raised_by": closed.raised_by},
        new={"state": closed.state.value, "edits": list(closed.edits)},
        why=closed.answer,
    )


def told_of(challenge: Challenge) -> EvaluationOut | None:
    """Return what was found when a challenge was raised."""
    return None if challenge.told is None else EvaluationOut.model_validate(dict(challenge.told))
