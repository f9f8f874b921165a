"""What changes hands in the year: accounts that move, and quota that a seat is relieved of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from planner.arrays import IntArray
from planner.errors import Problem
from planner.quota.in_year.daily import Calendar
from planner.quota.settings import Relief


@dataclass(frozen=True)
class Move:
    """An account that changes territory.

    Parameters
    ----------
    entity
        Position of the account (or basic unit).
    source, target
        Positions of the territories that it leaves and joins.
    day
        First day with the new one.
    reason
        Why, as stated.
    row
        Where it stands in its file, for messages.
    """

    entity: int
    source: int
    target: int
    day: date
    reason: str = ""
    row: int | None = None


@dataclass(frozen=True)
class ReliefGrant:
    """Quota that a seat is relieved of.

    Parameters
    ----------
    territory
        Position of the territory.
    first, last
        First and last day.
    amount_cents, share
        What is taken off, minor units > 0 in all, or a fraction in (0, 1] of every day's quota; one of the two.
    carried_by
        Who carries it: siblings below the same node, or nobody (the street quota falls).
    reason, author
        Why, and who granted it, as stated.
    row
        Where it stands in its file, for messages.
    """

    territory: int
    first: date
    last: date
    amount_cents: int | None = None
    share: Fraction | None = None
    carried_by: Relief = Relief.ABSORBED
    reason: str = ""
    author: str = ""
    row: int | None = None


def move_faults(
    moves: Sequence[Move], territory: IntArray, calendar: Calendar, territory_id: Sequence[str]
) -> list[Problem]:
    """Return what is wrong with moves: days outside the quotas, and accounts that are not where they should leave from.

    Parameters
    ----------
    territory
        Territory of each account in the plan, shape ``(n_entities,)``; negative where nobody's.
    """
    faults = []
    owner: dict[int, int] = {}
    for j in in_order(moves):
        move = moves[j]
        if not calendar.first <= move.day <= calendar.last:
            why = f"The quotas are for {calendar.first} to {calendar.last}; the move is on {move.day}."
            faults.append(_fault("moves", move.row, "day_outside", "date", why, "Correct the date."))
        held = owner.get(move.entity, int(territory[move.entity]))
        owner[move.entity] = move.target
        if held != move.source:
            where = f"with territory {territory_id[held]}" if held >= 0 else "nobody's"
            why = f"On {move.day} the account is {where}, not with {territory_id[move.source]}."
            what = "Correct the territory or the dates, or add the move that is missing."
            faults.append(_fault("moves", move.row, "not_there", "from", why, what))
        elif move.source == move.target:
            why, what = "The account stays where it is.", "Correct the territory it joins."
            faults.append(_fault("moves", move.row, "no_move", "to", why, what))
    return faults


def relief_faults(grants: Sequence[ReliefGrant], calendar: Calendar) -> list[Problem]:
    """Return what is wrong with reliefs, apart from what only the amounts tell."""
    faults = []
    seen = set()
    for grant in grants:
        same = (grant.territory, grant.first, grant.last, grant.amount_cents, grant.share)
        if same in seen:
            why, what = (
                "An earlier row grants the same relief.",
                "Keep one of the rows, or add the amounts up.",
            )
            faults.append(_fault("relief", grant.row, "duplicate_relief", "from", why, what))
        seen.add(same)
        if grant.last < grant.first:
            why = "The relief ends before it starts."
            faults.append(_fault("relief", grant.row, "dates_reversed", "to", why, "Correct a date."))
        elif not calendar.first <= grant.first <= grant.last <= calendar.last:
            why = f"The quotas are for {calendar.first} to {calendar.last}; the relief is for other days too."
            faults.append(_fault("relief", grant.row, "day_outside", "from", why, "Correct the dates."))
        amount, share = grant.amount_cents, grant.share
        if (
            (amount is None) == (share is None)
            or (amount is not None and amount <= 0)
            or (share is not None and not 0 < share <= 1)
        ):
            why = "The relief must state an amount above 0 or a share in (0, 1], one of the two."
            faults.append(
                _fault("relief", grant.row, "relief_size", "amount", why, "Fill in amount or share.")
            )
    return faults


def in_order(moves: Sequence[Move]) -> list[int]:
    """Return the positions of moves in order of time, those of one day as they stand."""
    return sorted(range(len(moves)), key=lambda j: moves[j].day)


def _fault(file: str, row: int | None, code: str, column: str, why: str, what_to_do: str) -> Problem:
    return Problem(why, what_to_do, file=file, row=row, column=column, code=code)
