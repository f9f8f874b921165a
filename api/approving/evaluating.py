"""What challenges would do: the rules they break, what becomes of territories, and what compensates for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.approving.asking import Ask
from api.approving.quota_rules import QuotaAnswer, QuotaRules
from api.approving.reviewed import Reviewed
from api.desk import Effect, Now, effect_of
from api.errors import ApiError
from api.schemas.challenges import BrokenOut, EvaluationOut, LoadEffect, MoveOut, SwapOut, TerritoryEffect
from planner.editing.changes import Change, Kind
from planner.editing.draft import Draft
from planner.editing.edits import Edit, Move, Place
from planner.editing.judging import Broken
from planner.editing.swapping import Swap, swap_for
from planner.editing.working import MOST_NAMED, Refusal, Working
from planner.rules import Breach

QuotaSource = Callable[[], QuotaRules]
HIDDEN = "A rule outside your regions would be broken."


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What one challenge, or several together, would do.

    Parameters
    ----------
    ask
        What is asked for.
    now
        The working state that it was judged in.
    effect
        What moves do; None where nothing moves.
    refusals
        What is locked.
    quotas
        What quotas come to; None where none is asked for.
    swap
        What would have to go along; None where nothing has to, or nothing was found.
    takes_swap
        Whether the swap is asked for too.
    """

    ask: Ask
    now: Now
    effect: Effect | None
    refusals: tuple[Refusal, ...]
    quotas: QuotaAnswer | None
    swap: Swap | None
    takes_swap: bool = False

    @property
    def broken(self) -> list[BrokenOut]:
        """Rules that would be broken, most severe first; by what is asked for alone, without a swap."""
        found = [_broken(self.now.working, b.rule.kind.value, b.breach) for b in self._verdict]
        found += [
            BrokenOut(
                kind="lock",
                rule="lock",
                text=f"the {each.what} {each.id!r} is locked {'by the data' if each.by_data else 'by hand'}",
                severity=1.0,
                territories=list(self.ask.territories),
            )
            for each in self.refusals
        ]
        for breach, territories in () if self.quotas is None else self.quotas.breaches:
            found.append(
                BrokenOut(
                    kind="quota",
                    rule=breach.rule,
                    text=breach.text,
                    severity=1.0,
                    territories=list(territories),
                )
            )
        return found

    @property
    def _verdict(self) -> tuple[Broken, ...]:
        return () if self.effect is None else self.effect.verdict.broken

    @property
    def inside(self) -> bool:
        """Whether no rule would be broken, with the swap where that is asked for."""
        others = bool(self.refusals) or (self.quotas is not None and bool(self.quotas.breaches))
        mended = self.takes_swap and self.swap is not None
        return not others and (mended or not self._verdict)

    @property
    def already(self) -> bool:
        """Whether everything is as it is asked for already."""
        nothing = self.effect is None and not self.refusals
        return nothing and (self.quotas is None or self.quotas.before_cents == self.quotas.after_cents)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What moves, with the swap where that is asked for."""
        asked = () if self.effect is None else self.effect.changes
        return (*asked, *(self.swap.changes if self.takes_swap and self.swap is not None else ()))

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What has to be edited to grant it."""
        back = self.swap.changes if self.takes_swap and self.swap is not None else ()
        quotas = () if self.quotas is None or self.quotas.breaches else self.quotas.edits
        return (*self.ask.moves, *map(_edit_of, back), *quotas)

    @property
    def drafts(self) -> tuple[Draft, Draft]:
        """The draft before, and as it would be, with the swap where that is asked for."""
        if self.takes_swap and self.swap is not None:
            return self.now.draft, self.swap.after.draft
        return self.now.draft, self.now.draft if self.effect is None else self.effect.after.draft

    @property
    def touched(self) -> tuple[int, ...]:
        """Positions of the territories that gain or lose something, ascending."""
        if not self.changes:
            return ()
        before = self.now.working
        return tuple(before.draft.touched(before.step(self.changes)).tolist())


class Evaluator:
    """Judges challenges of one plan as it stands.

    Parameters
    ----------
    now
        Its working state.
    quotas
        Its quotas; called where some are challenged.
    """

    def __init__(self, now: Now, quotas: QuotaSource) -> None:
        self.now, self._quotas = now, quotas

    def evaluate(self, asks: Sequence[Ask], *, swap: bool = True, takes_swap: bool = False) -> Evaluation:
        """Return what asks do together.

        Parameters
        ----------
        swap
            Whether to look for what compensates where rules are broken.
        takes_swap
            Whether that is asked for too.

        Raises
        ------
        ApiError
            409 where two of them want different things, or nothing can be made of them.
        """
        ask = joined(asks)
        effect, refusals = self._moved(ask)
        quotas = self._quotas().check(ask.quotas) if ask.quotas else None
        found = None
        if swap and effect is not None and effect.verdict.broken and not refusals:
            found = swap_for(self.now.working, effect.changes)
        return Evaluation(ask, self.now, effect, refusals, quotas, found, takes_swap)

    def _moved(self, ask: Ask) -> tuple[Effect | None, tuple[Refusal, ...]]:
        if not ask.moves:
            return None, ()
        working = self.now.working
        resolved = working.resolve(ask.moves)
        problems = [each for each in resolved.problems if each.code != "changes_nothing"]
        if problems:
            raise ApiError(409, "cannot-be-granted", problems[0].why, problems)
        effect = effect_of(working, resolved.changes, resolved.along) if resolved.changes else None
        return effect, resolved.refusals


def joined(asks: Sequence[Ask]) -> Ask:
    """Return several asks as one; what two of them ask for in the same way counts once."""
    places: dict[tuple[str, str], tuple[str, str]] = {}
    for ask in asks:
        for move in ask.moves:
            for what, place in (*(("account", p) for p in move.accounts), *(("unit", p) for p in move.units)):
                places[what, place.id] = place.believed, move.to
    moves: list[Move] = []
    for (what, name), (believed, to) in places.items():
        one = (Place(name, believed),)
        moves.append(Move(to, accounts=one) if what == "account" else Move(to, units=one))
    return Ask(
        tuple(moves),
        {key: value for ask in asks for key, value in ask.wants.items()},
        {territory: cents for ask in asks for territory, cents in ask.quotas.items()},
        tuple(sorted({territory for ask in asks for territory in ask.territories})),
    )


def shown(evaluation: Evaluation) -> EvaluationOut:
    """Return an evaluation as it is sent to somebody who sees everything."""
    before, swap = evaluation.now.working, evaluation.swap
    draft, after = evaluation.drafts
    with_swap = None
    if swap is not None:
        both = {*evaluation.changes, *swap.changes}
        where = before.draft.touched(before.step(both)).tolist()
        with_swap = SwapOut(
            moves=[_moved(before, change) for change in swap.changes],
            territories=[_territory(evaluation, j, draft, swap.after.draft) for j in where],
        )
    carried = () if evaluation.quotas is None else evaluation.quotas.after_cents
    touched = dict.fromkeys((*evaluation.touched, *(before.names.territory[name] for name in carried)))
    return EvaluationOut(
        inside=evaluation.inside,
        already=evaluation.already,
        moves=[_moved(before, change) for change in evaluation.changes],
        broken=evaluation.broken,
        territories=[_territory(evaluation, j, draft, after) for j in touched],
        swap=with_swap,
        nearest_quota_cents=None if evaluation.quotas is None else evaluation.quotas.nearest_cents,
        partly_hidden=False,
    )


def masked(found: Reviewed, told: EvaluationOut) -> EvaluationOut:
    """Return what somebody sees of an evaluation: nothing of territories outside their regions."""
    if found.scope.everything:
        return told
    broken = [
        each
        if each.territories and all(map(found.sees, each.territories))
        else BrokenOut(
            kind=each.kind,
            rule="",
            text=HIDDEN,
            severity=each.severity,
            territories=[t for t in each.territories if found.sees(t)],
        )
        for each in told.broken
    ]
    moves = [_masked_move(found, move) for move in told.moves]
    territories = [each for each in told.territories if found.sees(each.territory_id)]
    swap = None
    # A swap of what is not seen would tell what the other region has.
    if told.swap is not None and all(found.sees(move.from_territory_id) for move in told.swap.moves):
        swap = SwapOut(
            moves=[_masked_move(found, move) for move in told.swap.moves],
            territories=[each for each in told.swap.territories if found.sees(each.territory_id)],
        )
    out = told.model_copy(update={"broken": broken, "moves": moves, "territories": territories, "swap": swap})
    return out.model_copy(update={"partly_hidden": out != told})


def _masked_move(found: Reviewed, move: MoveOut) -> MoveOut:
    accounts = [account for account in move.accounts if found.sees_account(account)]
    whole = len(accounts) == len(move.accounts)
    seen = found.sees_account(move.id) if move.what == "account" else found.sees(move.from_territory_id)
    return move.model_copy(
        update={
            "id": move.id if seen else "",
            "accounts": accounts,
            "count": move.count if whole else len(accounts),
            "from_territory_id": move.from_territory_id if found.sees(move.from_territory_id) else "",
            "to_territory_id": move.to_territory_id if found.sees(move.to_territory_id) else "",
        }
    )


def _broken(working: Working, kind: str, breach: Breach) -> BrokenOut:
    names = working.names
    return BrokenOut(
        kind=kind,
        rule=breach.rule,
        text=breach.text,
        severity=breach.severity,
        territories=[names.territory_of(j) for j in breach.territories],
    )


def _moved(working: Working, change: Change) -> MoveOut:
    names, ground = working.names, working.draft.ground
    is_unit, accounts, count = change.subject.kind is Kind.UNIT, [change.subject.id], 1
    if is_unit:
        inside: list[int] = []
        if ground.accounts is not None:
            inside = ground.accounts_of_unit[names.unit[change.subject.id]].tolist()
        accounts, count = [str(names.account_id[a]) for a in inside[:MOST_NAMED]], len(inside)
    return MoveOut(
        what="unit" if is_unit else "account",
        id=change.subject.id,
        accounts=accounts,
        count=count,
        from_territory_id=str(change.old or ""),
        to_territory_id=str(change.new or ""),
    )


def _edit_of(change: Change) -> Move:
    place, to = (Place(change.subject.id, str(change.old or "")),), str(change.new)
    return Move(to, units=place) if change.subject.kind is Kind.UNIT else Move(to, accounts=place)


def _territory(evaluation: Evaluation, j: int, before: Draft, after: Draft) -> TerritoryEffect:
    ground, names, quotas = before.ground, evaluation.now.working.names, evaluation.quotas
    territory, ideal = names.territory_of(j), ground.ideal[j]
    was, then = before.standings[j].row.loads, after.standings[j].row.loads
    old, new = (quotas.before_cents, quotas.after_cents) if quotas is not None else ({}, {})
    return TerritoryEffect(
        territory_id=territory,
        measures=[
            LoadEffect(
                name=measure.name,
                value=float(was[m]),
                value_after=float(then[m]),
                deviation=_deviation(was[m], ideal[m]),
                deviation_after=_deviation(then[m], ideal[m]),
            )
            for m, measure in enumerate(ground.problem.measures)
        ],
        quota_cents=old.get(territory),
        quota_after_cents=new.get(territory),
    )


def _deviation(value: float, ideal: float) -> float | None:
    deviation = (value - ideal) / ideal if ideal else math.nan
    return float(deviation) if math.isfinite(deviation) else None
