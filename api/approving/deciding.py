"""Answers to challenges, one or several together: what is accepted is edited at once, all of it or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.approving import stages
from api.approving.challenging import Review, decided, locked, review, tell
from api.approving.evaluating import Evaluation
from api.deps import Services
from api.errors import ApiError
from data.store import challenges
from data.store import edits as edit_room
from data.store.database import now as present
from planner.approval.challenges import Challenge, State
from planner.approval.together import clashes
from planner.errors import Problem
from planner.roles import Person

_REMEDY = "Make the compensating swap too, accept it although a rule is broken, or decline it."


@dataclass(frozen=True)
class Answer:
    """What is said to one challenge: whether it is accepted, and in which words."""

    challenge_id: str
    accept: bool
    answer: str


def decide(
    services: Services,
    who: Person,
    plan_id: str,
    answers: Sequence[Answer],
    *,
    with_swap: bool = False,
    even_if_broken: bool = False,
) -> list[Challenge]:
    """Answer challenges together, all of them or none: what is accepted is edited at once, as one edit.

    Parameters
    ----------
    with_swap
        Whether what compensates is made too where rules would be broken.
    even_if_broken
        Whether rules may be broken.

    Raises
    ------
    ApiError
        404 where there is no such plan, 409 with every answer that cannot be given, and why; nothing is changed then.
    """
    of = review(services, who, plan_id)
    open_now = {c.id: c for c in _open(services, plan_id)}
    _all_open(answers, open_now)
    accepted = [open_now[each.challenge_id] for each in answers if each.accept]
    evaluation = None if not accepted else _granted(of, accepted, with_swap, even_if_broken)
    edits = evaluation.edits if evaluation is not None and not evaluation.already else ()
    words = {each.challenge_id: each for each in answers}
    moot = _moot(of, accepted, [c for c in open_now.values() if c.id not in words])
    with services.store.database.writing() as tx:
        stages.locked_standing(tx, of.found)
        # Every row before the first entry of the trail, which all others wait for.
        asked = [locked(tx, plan_id, name) for name in sorted({*words, *moot})]
        numbers: tuple[int, ...] = ()
        if evaluation is not None and evaluation.quotas is not None:
            _as_judged(of, edit_room.last_number(tx, plan_id))
        if edits:
            why = "; ".join(f"challenge {each.id}: {each.reason}" for each in accepted)[:4000]
            made = services.desks.edit(who, plan_id, edits, reason=why, tx=tx)
            if made.effect.verdict.broken and not even_if_broken:
                raise ApiError(
                    409, "breaks-rules", "The plan was changed meanwhile, and rules would be broken now."
                )
            numbers = (made.event.number,)
        at, done = present(), []
        for each in asked:
            said = words.get(each.id)
            if said is not None:
                state = State.ACCEPTED if said.accept else State.DECLINED
                done.append(decided(each, state, who.id, at, said.answer, numbers if said.accept else ()))
            elif each.state is State.OPEN:
                done.append(decided(each, State.SUPERSEDED, who.id, at, moot[each.id]))
        for each in done:
            challenges.save_challenge(tx, each)
        for each in done:
            tell(tx, each)
    return done


def _as_judged(of: Review, last_edit: int) -> None:
    """Let quotas pass that were judged by what stands now; `ApiError` 409 where an edit came in between."""
    if last_edit != of.now.number:
        detail = "The plan was edited meanwhile. Look at the challenge again, and answer it once more."
        raise ApiError(409, "edited-meanwhile", detail)


def _granted(of: Review, accepted: Sequence[Challenge], with_swap: bool, even_if_broken: bool) -> Evaluation:
    """Return what granting challenges does; `ApiError` 409 with every reason why they cannot be."""
    asks, problems = [], []
    for each in accepted:
        try:
            asks.append(of.ask(each.wish))
        except ApiError as fault:
            problems.append(
                Problem(str(fault.detail), "Decline it, or change the plan first.", value=each.id)
            )
    against = [] if problems else clashes([ask.wants for ask in asks])
    for clash in against:
        first, second = accepted[clash.first].id, accepted[clash.second].id
        why = f"{first} and {second} want {clash.key[0]} {clash.key[1]!r} differently."
        problems.append(Problem(why, "Accept one of them.", value=second, code="clash"))
    if problems:
        raise ApiError(409, "cannot-be-granted", "Nothing was changed: see problems.", problems)
    takes = with_swap or any(each.wish.with_swap for each in accepted)
    found = of.evaluator.evaluate(asks, takes_swap=takes)
    hard = bool(found.refusals) or (found.quotas is not None and bool(found.quotas.breaches))
    if not found.inside and (hard or not even_if_broken):
        told = [
            Problem(f"{each.text}.", _REMEDY, value=each.rule, code="breaks_rule") for each in found.broken
        ]
        raise ApiError(409, "breaks-rules", "Nothing was changed: rules would be broken, see problems.", told)
    return found


def _moot(of: Review, accepted: Sequence[Challenge], others: Sequence[Challenge]) -> dict[str, str]:
    """Return the open challenges that nothing is left to decide of once others are accepted, and why."""
    fixed = {key: (value, each.id) for each in accepted for key, value in of.ask(each.wish).wants.items()}
    found = {}
    for each in others if fixed else ():
        try:
            wants = of.ask(each.wish).wants
        except ApiError:  # what it asks for makes no sense any more; somebody has to say so
            continue
        met = [(key, *fixed[key]) for key in wants if key in fixed]
        against = [name for key, value, name in met if value != wants[key]]
        if against:
            found[each.id] = f"{against[0]} was accepted, which wants otherwise."
        elif met and len(met) == len(wants):
            found[each.id] = f"{met[0][2]} was accepted, which wants the same."
    return found


def _all_open(answers: Sequence[Answer], open_now: dict[str, Challenge]) -> None:
    problems = [
        Problem(
            f"There is no open challenge {each.challenge_id!r}.",
            "Look at the open ones again.",
            column=f"decisions[{n}].challenge_id",
            value=each.challenge_id,
            code="not_open",
        )
        for n, each in enumerate(answers)
        if each.challenge_id not in open_now
    ]
    names = [each.challenge_id for each in answers]
    problems += [
        Problem(f"{name} is answered twice.", "Answer it once.", value=name, code="answered_twice")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    problems += [
        Problem(
            f"{each.challenge_id} is declined without a reason.",
            "Say why.",
            value=each.challenge_id,
            code="no_reason",
        )
        for each in answers
        if not each.accept and not each.answer.strip()
    ]
    if problems:
        raise ApiError(409, "cannot-be-answered", "Nothing was changed: see problems.", problems)


def _open(services: Services, plan_id: str) -> list[Challenge]:
    with services.store.database.reading() as connection:
        return [each for _, each in challenges.all_challenges(connection, plan_id, state=State.OPEN)]
