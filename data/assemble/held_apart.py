"""Which accounts geography does not decide on, and telling so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.assemble.areas import Areas
from data.assemble.findings import Findings, amount, examples
from data.assemble.places import Places
from data.assemble.rules import Rules
from data.assemble.values import ACCOUNTS, Values
from data.folder import PlanFolder
from planner.arrays import IntArray


def held_apart(
    places: Places, areas: Areas | None, rules: Rules, current: IntArray, contiguous: bool
) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the territory that holds each account apart from geography, and which accounts geography decides on.

    Held apart are named accounts, accounts without a place (by their owner or their lock), and, where territories
    must hang together, locked accounts.
    """
    placed = places.known if areas is None else places.known & (places.area >= 0)
    lock = rules.accounts.locked
    owner = np.where(lock >= 0, lock, np.where(current >= 0, current, -1))
    fixed = np.where(rules.accounts.named >= 0, rules.accounts.named, np.where(placed, -1, owner))
    if contiguous:
        fixed = np.where((fixed < 0) & (lock >= 0), lock, fixed)
    return fixed.astype(np.int32), placed & (fixed < 0)


def tell_held_apart(
    folder: PlanFolder,
    places: Places,
    values: Values,
    fixed: IntArray,
    by_place: NDArray[np.bool_],
    rules: Rules,
    findings: Findings,
) -> None:
    """Tell which accounts are unplaced, kept, locked or named apart from geography, and what they hold."""
    if folder.accounts is None:
        return
    ids = folder.accounts["account_id"]
    in_force = (folder.accounts["territory_id"] != "").to_numpy()
    name = values.names[values.primary]

    def tell(rows: NDArray[np.bool_], code: str, why: str, what_to_do: str, column: str) -> None:
        if rows.any():
            total = amount(values.of_account[rows, values.primary].sum())
            held = "" if name == ACCOUNTS else f" They hold {total} {name}."
            findings.warn(
                code,
                f"{why}: {examples(ids[rows])}.{held}",
                what_to_do,
                table="accounts",
                column=column,
                value=ids[rows].iloc[0],
                count=int(rows.sum()),
            )

    nowhere = (fixed < 0) & ~by_place
    tell(
        nowhere & ~in_force,
        "unplaced",
        "Accounts without any place and without a current territory are left out of the plan and listed as unplaced",
        "Add coordinates or a postal code, or name a territory or seat.",
        "latitude",
    )
    tell(
        nowhere & in_force,
        "unplaced",
        "Accounts without any place, whose current territory is not to be filled, are listed as unplaced",
        "Add coordinates or a postal code, or name a territory or seat that stays.",
        "territory_id",
    )
    named, locked = rules.accounts.named >= 0, rules.accounts.locked >= 0
    tell(
        (fixed >= 0) & ~named & ~locked & ~places.known,
        "kept_without_place",
        "Accounts without any place stay with their current territory",
        "Add coordinates or a postal code if geography should decide.",
        "latitude",
    )
    tell(
        (fixed >= 0) & ~named & locked,
        "locked_apart",
        "Locked accounts are held apart from geography, so the places around them may belong to others",
        "Lock the unit instead if all around should stay, too.",
        "locked",
    )
    if named.sum() > len(named) / 2:
        tell(
            named,
            "mostly_named",
            f"{int(named.sum()):,} of {len(named):,} accounts are named for a seat, so there is little left to plan",
            "Clear seat_id where geography should decide; the owner in force belongs in territory_id.",
            "seat_id",
        )
