"""Challenges: what somebody in review asks to be different, typed, with a reason, and how it was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from planner.errors import InvalidInput, PlannerError, Problem


class Kind(StrEnum):
    """What a challenge asks for."""

    KEEP = "keep"
    """An account stays with the territory that holds it today."""
    ADD = "add"
    """An account comes to a territory."""
    REMOVE = "remove"
    """An account leaves its territory, to one that is named or to the best other home."""
    SWAP = "swap"
    """Two accounts change places."""
    CHANGE_QUOTA = "change_quota"
    """A territory carries another quota; the others of its region take or give the difference."""


_FIELDS: dict[Kind, tuple[frozenset[str], frozenset[str]]] = {
    Kind.KEEP: (frozenset({"account_id"}), frozenset({"with_swap"})),
    Kind.ADD: (frozenset({"account_id", "territory_id"}), frozenset({"with_swap"})),
    Kind.REMOVE: (frozenset({"account_id"}), frozenset({"territory_id", "with_swap"})),
    Kind.SWAP: (frozenset({"account_id", "other_account_id"}), frozenset({"with_swap"})),
    Kind.CHANGE_QUOTA: (frozenset({"territory_id", "amount_cents"}), frozenset()),
}
"""Fields that each kind needs, and those it may have besides."""


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    Parameters
    ----------
    kind
        The kind of challenge.
    account_id, other_account_id
        The account, and the one that it changes places with; empty where none is meant.
    territory_id
        Territory that the account is to go to, or whose quota is meant; empty where none is named.
    amount_cents
        The quota asked for, minor units, all components and periods together; None but for quotas.
    with_swap
        Whether what compensates for it is asked for too: the moves that bring everything back inside the rules.
    """

    kind: Kind
    account_id: str = ""
    other_account_id: str = ""
    territory_id: str = ""
    amount_cents: int | None = None
    with_swap: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON, without what is not said."""
        values = {**self.__dict__, "kind": self.kind.value}
        return {
            name: value for name, value in values.items() if value not in ("", None) and value is not False
        }

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Wish:
        """Return a wish from plain values.

        Raises
        ------
        InvalidInput
            Where fields lack or say what its kind knows nothing of; tells all of them.
        """
        wish = cls(**{**stated, "kind": Kind(stated["kind"])})
        needed, possible = _FIELDS[wish.kind]
        given = wish.as_dict().keys() - {"kind"}
        faults = [
            Problem(
                f"A challenge to {_words(wish)} needs {name}.", "State it.", column=name, code="missing_field"
            )
            for name in sorted(needed - given)
        ]
        faults += [
            Problem(
                f"A challenge to {_words(wish)} knows nothing of {name}.",
                "Leave it out.",
                column=name,
                code="unknown_field",
            )
            for name in sorted(given - needed - possible)
        ]
        if wish.account_id and wish.account_id == wish.other_account_id:
            why = f"The account {wish.account_id!r} cannot change places with itself."
            faults.append(Problem(why, "Name another one.", column="other_account_id", code="same_account"))
        if wish.amount_cents is not None and not 0 <= wish.amount_cents < 2**53:
            why = "A quota is 0 or more, and below 2^53 minor units."
            faults.append(Problem(why, "State such an amount.", column="amount_cents", code="amount_range"))
        if faults:
            raise InvalidInput(faults)
        return wish


def _words(wish: Wish) -> str:
    return wish.kind.value.replace("_", " ")


class State(StrEnum):
    """How a challenge stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    """What was asked for was done."""
    DECLINED = "declined"
    """It was not, with a reason."""
    WITHDRAWN = "withdrawn"
    """Who raised it took it back."""
    SUPERSEDED = "superseded"
    """Something else that was decided leaves nothing to decide."""


class ImpossibleAnswer(PlannerError):
    """A challenge that is not open is answered, or an answer lacks what it needs."""


@dataclass(frozen=True)
class Challenge:
    """Something that is asked to be different.

    Parameters
    ----------
    id, plan_id
        Its id, and the plan's.
    wish, reason
        What is asked for, and why.
    regions
        Regions of the territories concerned, ascending; the empty name for those of none.
    raised_by, raised_at
        Who asked, and when.
    state, answer
        How it stands, and what was said to who asked.
    decided_by, decided_at
        Who decided, and when; empty and None while it is open.
    told
        What was found when it was raised, plain values.
    edits
        Numbers of the edits that accepting it made.
    revision
        Counts the changes to it: 0 at first.
    """

    id: str
    plan_id: str
    wish: Wish
    reason: str
    regions: tuple[str, ...]
    raised_by: str
    raised_at: datetime
    state: State = State.OPEN
    answer: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    told: Mapping[str, Any] | None = None
    edits: tuple[int, ...] = ()
    revision: int = 0

    def decided(
        self, state: State, who: str, at: datetime, answer: str = "", edits: tuple[int, ...] = ()
    ) -> Challenge:
        """Return the challenge with its answer.

        Raises
        ------
        ImpossibleAnswer
            Where it is not open, who withdraws it is not who raised it, or it is declined without a reason.
        """
        if self.state is not State.OPEN:
            raise ImpossibleAnswer(f"The challenge is {self.state} already, by {self.decided_by}.")
        if state is State.OPEN:
            raise ImpossibleAnswer("An open challenge is decided by accepting, declining or withdrawing it.")
        if state is State.WITHDRAWN and who != self.raised_by:
            raise ImpossibleAnswer(
                "Only who raised a challenge withdraws it; others decline it, with a reason."
            )
        if state in (State.DECLINED, State.SUPERSEDED) and not answer.strip():
            raise ImpossibleAnswer("Say why: who asked is told.")
        if edits and state is not State.ACCEPTED:
            raise ImpossibleAnswer("Only an accepted challenge changes the plan.")
        return replace(
            self,
            state=state,
            answer=answer,
            decided_by=who,
            decided_at=at,
            edits=edits,
            revision=self.revision + 1,
        )
