"""A problem as edits left it: accounts held apart from geography by other territories, locks of the data lifted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from data.assembled import Assembled
from planner.errors import InvalidInput, Problem


def with_edits(assembled: Assembled, edited: Mapping[str, Any]) -> Assembled:
    """Return the problem with what edits changed in it, as run records state it under ``edited``.

    Shares of segments and disruption budgets count accounts held apart as they were assembled.

    Parameters
    ----------
    edited
        ``accounts``: territory by id of accounts that are held apart from geography, empty text for nobody's.
        ``unlocked``: ids of basic units whose lock is lifted.

    Raises
    ------
    InvalidInput
        Where the inputs know an id no more.
    """
    moved, unlocked = dict(edited.get("accounts", {})), list(edited.get("unlocked", ()))
    if moved:
        assembled = _held(assembled, moved)
    if unlocked:
        problem = assembled.problem
        position = {str(name): u for u, name in enumerate(problem.units.unit_id)}
        locked = np.array(problem.locked)
        locked[[_known(position, str(name)) for name in unlocked]] = -1
        assembled = replace(assembled, problem=problem.replace(locked=locked))
    return assembled


def _held(assembled: Assembled, moved: Mapping[str, str]) -> Assembled:
    problem, accounts = assembled.problem, assembled.accounts
    position = {} if accounts is None else {str(name): a for a, name in enumerate(accounts.account_id)}
    at = {str(name): j for j, name in enumerate(problem.territories.territory_id)}
    where = [(_known(position, name), _known(at, to) if to else -1) for name, to in moved.items()]
    assert accounts is not None
    fixed = np.array(accounts.fixed)
    for account, to in where:
        fixed[account] = to
    held = np.zeros(problem.territories.fixed_activity.shape)
    np.add.at(held, fixed[fixed >= 0], accounts.activity[fixed >= 0])
    territories = problem.territories.replace(fixed_activity=held)
    return replace(
        assembled, problem=problem.replace(territories=territories), accounts=replace(accounts, fixed=fixed)
    )


def _known(position: Mapping[str, int], name: str) -> int:
    if name not in position:
        why = f"The plan was edited by hand, but its inputs know no {name!r} any more."
        raise InvalidInput(
            [Problem(why, "Name the plan folder as it was with --inputs.", value=name, code="inputs_changed")]
        )
    return position[name]
