"""Quotas that are challenged: limits of territories and totals of regions, and whether everything still ties out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

import numpy as np

from api.approving.reviewed import Reviewed
from api.desk import Now
from api.editing.loading import Amounts, present_amount
from api.errors import ApiError
from data.assemble.hand_set import HandSet, with_hand_set
from data.assemble.quota_inputs import quota_inputs
from data.assembled import Assembled
from planner.approval.quota_change import Breach, check_quota
from planner.editing.changes import Kind, Subject
from planner.editing.edits import SetQuota
from planner.editing.working import Working
from planner.errors import InvalidInput
from planner.quota import QuotaPlan, set_quotas
from planner.quota.currency import minor_digits
from planner.quota.limits import limits_of


@dataclass(frozen=True)
class QuotaAnswer:
    """What other quotas come to.

    Parameters
    ----------
    breaches
        Rules that they would break, with the territories concerned.
    before_cents, after_cents
        Quotas of the territories that change, minor units by territory.
    nearest_cents
        The nearest quota to the last one asked for that keeps every rule.
    """

    breaches: tuple[tuple[Breach, tuple[str, ...]], ...]
    before_cents: Mapping[str, int]
    after_cents: Mapping[str, int]
    nearest_cents: int

    @property
    def edits(self) -> tuple[SetQuota, ...]:
        """What has to be decided by hand so that the region carries what it did."""
        return tuple(SetQuota(territory, cents) for territory, cents in self.after_cents.items())


class QuotaRules:
    """The quotas of a plan as it stands.

    Parameters
    ----------
    found
        The plan, and its regions.
    assembled
        What its quotas are set from.
    now
        Its working state.
    known
        Quotas of the newest written version.
    """

    def __init__(self, found: Reviewed, assembled: Assembled, now: Now, known: Amounts) -> None:
        if not known:
            raise ApiError(409, "no-quotas", "The plan sets no quotas, so none can be challenged.")
        self._found, self._assembled, self._now, self._known = found, assembled, now, known
        decided = found.contents.output.run["parameters"].get("hand_set", [])
        self._earlier = tuple(HandSet.of(row) for row in decided)

    def check(self, wanted: Mapping[str, int]) -> QuotaAnswer:
        """Check quotas, by territory, against limits, totals of regions and every sum that must hold."""
        regions = self._found.contents.region_of
        breaches: list[tuple[Breach, tuple[str, ...]]] = []
        before: dict[str, int] = {}
        after: dict[str, int] = {}
        nearest = 0
        for region in dict.fromkeys(regions[territory] for territory in wanted):
            own = [territory for territory, name in regions.items() if name == region]
            at = [self._now.working.names.territory[territory] for territory in own]
            cents = np.array([self._present(territory) for territory in own], np.int64)
            asked = {own.index(territory): amount for territory, amount in wanted.items() if territory in own}
            lower, upper, locked = (values[at] for values in self._limits())
            upper = np.minimum(upper, np.maximum(cents.sum(), cents))
            checked = check_quota(own, cents, asked, lower, upper, locked, self._currency)
            nearest = checked.nearest_cents
            breaches += [(breach, tuple(own)) for breach in checked.breaches]
            for territory, old, new in zip(own, cents.tolist(), checked.after_cents.tolist(), strict=True):
                if old != new or (territory in wanted and not checked.breaches):
                    before[territory], after[territory] = old, new
        if not breaches:
            breaches += self._beyond(after)
        return QuotaAnswer(tuple(breaches), before, after, nearest)

    @property
    def _currency(self) -> str:
        return self._assembled.scenario.quota.currency

    def _present(self, territory: str) -> int:
        return present_amount(self._known, self._now.working.by_hand, Subject(Kind.QUOTA, territory))

    def _limits(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the least and the most that each territory may carry, and whether its amount was decided by hand."""
        quotas = _quotas(self._assembled, self._now.working, self._earlier)
        total = int(quotas.amount_cents.sum())
        share = quotas.present_share
        carried = share.mean(1) if share.size else np.ones(len(quotas.last_year_cents))
        limits = limits_of(self._assembled.scenario.quota, quotas.last_year_cents, carried, total)
        by_hand = {subject.id for subject in self._now.working.by_hand if subject.kind is Kind.QUOTA}
        ids = self._now.working.names.territory_id
        locked = np.array([str(name) in by_hand for name in ids], bool)
        if quotas.locked.size:
            locked |= quotas.locked.any(1)
        return limits.lower, limits.upper, locked

    def _beyond(self, after: Mapping[str, int]) -> list[tuple[Breach, tuple[str, ...]]]:
        """Return what does not hold of all sums once the quotas are decided so."""
        digits = minor_digits(self._currency)
        more = tuple(HandSet(name, str(Decimal(cents).scaleb(-digits))) for name, cents in after.items())
        try:
            quotas = _quotas(self._assembled, self._now.working, self._earlier, more)
        except ApiError as fault:
            return [(Breach("tie-out", str(problem.why)), tuple(after)) for problem in fault.problems[:5]]
        off = [equation for equation in quotas.equations if equation.difference_cents]
        return [
            (Breach("tie-out", f"{each.name} would be off by {each.difference_cents}"), ())
            for each in off[:5]
        ]


@lru_cache(maxsize=8)
def _quotas(
    assembled: Assembled, working: Working, earlier: tuple[HandSet, ...], more: tuple[HandSet, ...] = ()
) -> QuotaPlan:
    """Return the quotas of a working state, with amounts decided by hand before, in edits, and now.

    Raises
    ------
    ApiError
        409 where these contradict each other.
    """
    draft, digits = working.draft, minor_digits(assembled.scenario.quota.currency)
    held = replace(assembled, problem=draft.problem, accounts=draft.accounts)
    by_hand = [
        HandSet(subject.id, str(Decimal(cents).scaleb(-digits)), subject.component, subject.period)
        for subject, cents in working.by_hand.items()
        if subject.kind is Kind.QUOTA and isinstance(cents, int)
    ]
    every = {each.what: each for each in (*earlier, *by_hand, *more)}
    try:
        held = with_hand_set(held, tuple(every.values()))
        found = set_quotas(held.scenario.quota, quota_inputs(held, draft.territory, Now(0, working).card))
    except InvalidInput as fault:
        raise ApiError(
            409, "no-quotas", "The quotas of the plan contradict each other.", fault.problems
        ) from fault
    if found is None:
        raise ApiError(409, "no-quotas", "The plan sets no quotas, so none can be challenged.")
    return found
