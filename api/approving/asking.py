"""From what a challenge asks for to edits: where things are now, where they are to go, which keys that fixes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from api.errors import ApiError, not_found
from planner.approval.challenges import Kind, Wish
from planner.approval.together import Key
from planner.editing.draft import Draft
from planner.editing.edits import Move, Place
from planner.editing.working import Working
from planner.explain import Explainer


@dataclass(frozen=True)
class Ask:
    """What a challenge comes to as a plan stands.

    Parameters
    ----------
    moves
        What goes where.
    wants
        What has to have which value: units and accounts their territory, territories their quota.
    quotas
        Quotas asked for, minor units by territory.
    territories
        Ids of the territories concerned, ascending.
    """

    moves: tuple[Move, ...]
    wants: Mapping[Key, str | int]
    quotas: Mapping[str, int]
    territories: tuple[str, ...]


def ask_of(wish: Wish, working: Working) -> Ask:
    """Return what a wish comes to.

    Raises
    ------
    ApiError
        404 where it names what the plan does not have, 409 where it makes no sense as things stand.
    """
    if wish.kind is Kind.CHANGE_QUOTA:
        _known_territory(working, wish.territory_id)
        assert wish.amount_cents is not None, "checked when it was raised"
        wants: dict[Key, str | int] = {("quota", wish.territory_id): wish.amount_cents}
        return Ask((), wants, {wish.territory_id: wish.amount_cents}, (wish.territory_id,))
    places = [(wish.account_id, _target(wish, working))]
    if wish.kind is Kind.SWAP:
        places.append((wish.other_account_id, where(working, wish.account_id)))
    came_from = [where(working, account) for account, _ in places]
    moves = tuple(
        _move(working, account, present, to)
        for (account, to), present in zip(places, came_from, strict=True)
        if present != to
    )
    concerned = {*came_from, *(to for _, to in places)} - {""}
    return Ask(moves, {_key(working, account): to for account, to in places}, {}, tuple(sorted(concerned)))


def where(working: Working, account_id: str) -> str:
    """Return the territory of an account, empty for nobody's; `ApiError` 404 where the plan has no such account."""
    return working.names.territory_of(int(working.draft.entity_territory[_entity(working, account_id)]))


def _target(wish: Wish, working: Working) -> str:
    """Return the territory that the account of a wish is to go to."""
    present = where(working, wish.account_id)
    if wish.kind is Kind.KEEP:
        today = int(working.draft.ground.current[_entity(working, wish.account_id)])
        if today < 0:
            raise ApiError(
                409, "nobodys", f"Nobody has the account {wish.account_id!r} today, so nobody keeps it."
            )
        return working.names.territory_of(today)
    if wish.kind is Kind.SWAP:
        other = where(working, wish.other_account_id)
        if not present or not other or other == present:
            detail = (
                f"Both accounts are with {present!r}: there is nothing to swap."
                if other == present
                else ("An account that nobody has cannot change places.")
            )
            raise ApiError(409, "nothing-to-swap", detail)
        return other
    if wish.kind is Kind.REMOVE and not wish.territory_id:
        return _best_other_home(working, wish.account_id)
    _known_territory(working, wish.territory_id)
    if wish.kind is Kind.REMOVE and wish.territory_id == present:
        raise ApiError(409, "nothing-to-remove", f"The account is with {present!r}, which it is to leave.")
    return wish.territory_id


def _entity(working: Working, account_id: str) -> int:
    """Return the position of an account, of a unit where the plan has no accounts."""
    names = working.names
    known = names.account if working.draft.ground.accounts is not None else names.unit
    if account_id not in known:
        raise not_found("account", account_id, "…/accounts")
    return known[account_id]


def _move(working: Working, account_id: str, present: str, to: str) -> Move:
    place = (Place(account_id, present),)
    return Move(to, accounts=place) if working.draft.ground.accounts is not None else Move(to, units=place)


def _key(working: Working, account_id: str) -> Key:
    """Return what really goes: the unit of an account, or the account where it is held apart from geography."""
    draft, entity = working.draft, _entity(working, account_id)
    accounts = draft.ground.accounts
    if accounts is None:
        return "unit", account_id
    held = draft.fixed is not None and draft.fixed[entity] >= 0
    unit = int(accounts.unit[entity])
    return ("account", account_id) if held or unit < 0 else ("unit", str(working.names.unit_id[unit]))


def _known_territory(working: Working, territory_id: str) -> None:
    if territory_id not in working.names.territory:
        raise not_found("territory", territory_id, "…/territories")


def _best_other_home(working: Working, account_id: str) -> str:
    """Return the territory that an account would go to at the least cost, inside the rules where any is."""
    explainer, entity = _explainer(working.draft), _entity(working, account_id)
    told = explainer.unit(entity) if working.draft.ground.accounts is None else explainer.account(entity)
    if not told.homes:
        raise ApiError(409, "no-other-home", f"There is no other territory that {account_id!r} could go to.")
    return working.names.territory_of(told.homes[0].territory)


@lru_cache(maxsize=2)
def _explainer(draft: Draft) -> Explainer:  # preparing takes longer than asking
    return Explainer(draft.problem, draft.territory, draft.accounts)
