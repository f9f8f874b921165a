"""Opens a plan to be edited: the problem from its files, everything where its first version has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from api.errors import ApiError
from data.assembled import Assembled
from data.quota_rows import QUOTAS, read_quota_rows
from data.reopen import reopen
from data.store import versions
from data.store.opening import Store
from data.store.plans import PlanRow
from data.store.versions import VersionRow
from planner.arrays import IntArray, MaskArray
from planner.editing.changes import Kind, Subject, Value
from planner.editing.draft import Draft
from planner.editing.state import State
from planner.editing.working import Names, Working
from planner.quota.tie_out import SINGLE

Amounts = Mapping[tuple[str, str, str], int]
"""Minor units by territory, component (empty text where quotas have but one) and period."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A plan opened to be edited.

    Parameters
    ----------
    assembled
        Its problem and what that came from.
    working
        Everything where the first version has it.
    """

    assembled: Assembled
    working: Working


def first_version(store: Store, plan: PlanRow) -> VersionRow:
    """Return the version that the edits of a plan begin from; `ApiError` 409 while the plan is not made yet."""
    with store.database.reading() as connection:
        found = versions.version(connection, plan.id, 1)
    if found is None or found.output_digest is None:
        detail = f"The plan {plan.name!r} is not made yet: there is nothing to edit. Follow its job."
        raise ApiError(409, "not-made-yet", detail)
    return found


def load(store: Store, plan: PlanRow) -> Loaded:
    """Open a plan to be edited.

    Raises
    ------
    ApiError
        409 while the plan is not made yet.
    InvalidInput
        Where its files no longer fit each other.
    """
    first = first_version(store, plan)
    assert first.output_digest is not None
    output = store.objects.tree(first.output_digest)
    reopened = reopen(output, store.objects.tree(plan.data_digest))
    assembled = reopened.assembled
    working = working_on(assembled, reopened.territory, quota_keys(amounts(store, first)))
    if first.state_digest is not None:
        state = State.from_bytes(store.objects.path(first.state_digest).read_bytes())
        working = working.after(working.state().changes_to(state))
    return Loaded(assembled, working)


def working_on(
    assembled: Assembled,
    territory: IntArray,
    quotas: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
) -> Working:
    """Return a working state in which nothing was edited yet.

    Parameters
    ----------
    assembled
        The problem.
    territory
        Territory of each basic unit, shape ``(n_units,)``.
    quotas
        Components and periods of its quotas; empty where it sets none.
    """
    problem, accounts = assembled.problem, assembled.accounts
    names = Names(
        problem.territories.territory_id,
        problem.units.unit_id,
        np.zeros(0, object) if accounts is None else accounts.account_id,
        _locked_accounts(assembled),
        *quotas,
    )
    return Working(names, Draft.start(problem, territory, accounts))


def amounts(store: Store, version: VersionRow) -> Amounts:
    """Return the quotas of a written version; empty where it sets none."""
    if version.output_digest is None:
        return {}
    output = store.objects.tree(version.output_digest)
    if not (output / QUOTAS).exists():
        return {}
    rows = read_quota_rows(output)
    keys = zip(rows.territory_id, rows.component, rows.period, strict=True)
    return dict(zip(keys, rows.cents.tolist(), strict=True))


def quota_keys(known: Amounts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the components and the periods of quotas, in their order."""
    components = tuple(dict.fromkeys(component for _, component, _ in known))
    periods = tuple(dict.fromkeys(period for _, _, period in known))
    return () if components in ((), ("",), SINGLE) else components, periods


def present_amount(known: Amounts, by_hand: Mapping[Subject, Value], quota: Subject) -> int:
    """Return what a territory carries now: what somebody decided, else what the last written version says.

    Parameters
    ----------
    known
        Quotas of the last written version.
    by_hand
        What was decided by hand.
    quota
        Of which territory, component and period; empty text for all together.
    """
    decided = by_hand.get(quota)
    if isinstance(decided, int):
        return decided
    total = 0
    for (territory, component, period), cents in known.items():
        if territory == quota.id and quota.component in ("", component) and quota.period in ("", period):
            single = by_hand.get(Subject(Kind.QUOTA, territory, component, period))
            total += single if isinstance(single, int) else cents
    return total


def _locked_accounts(assembled: Assembled) -> MaskArray:
    """Return which accounts their own row locks, shape ``(n_accounts,)``."""
    frame, accounts = assembled.folder.accounts, assembled.accounts
    n = 0 if accounts is None else len(accounts)
    if frame is None or "locked" not in frame or len(frame) != n:
        return np.zeros(n, bool)
    locked: MaskArray = frame["locked"].to_numpy(dtype=bool)
    return locked
