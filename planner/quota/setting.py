"""From company target to quotas: the one way through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.quota.baseline import Baseline, baseline, blend
from planner.quota.commitment import commitment
from planner.quota.cut import Cut, cut_of
from planner.quota.hand_down import Handing, hand_down
from planner.quota.hierarchy import Hierarchy, as_fraction
from planner.quota.inputs import QuotaInputs
from planner.quota.notes import limited_by, notes
from planner.quota.periods import year_of
from planner.quota.quota_plan import STAGES, BridgeStep, QuotaPlan
from planner.quota.rounding import Cents
from planner.quota.settings import QuotaSettings
from planner.quota.street import OverAssignment, bridge, street
from planner.quota.target import Commitment, Pool
from planner.quota.tie_out import Decided, equations


def set_quotas(settings: QuotaSettings, inputs: QuotaInputs) -> QuotaPlan | None:
    """Set quotas for the territories of a plan, exact to the cent; None where no target is set.

    Company target × (1 + over-assignment) → territories by a blend of their shares in last year's sales (re-cut to
    the new boundaries) and in potential, inside limits on change → periods by the seasons of their own sales.

    Raises
    ------
    InvalidInput
        Where a target is negative, or over-assignment takes all of it away.
    """
    n, node, hierarchy = inputs.n_territories, inputs.node_of_territory, inputs.hierarchy
    assert node is not None
    promise = np.zeros(n) if inputs.potential is None else np.asarray(inputs.potential, dtype=np.float64)
    owner = inputs.territory_of_entity
    found = commitment(
        inputs.targets, settings.target_cents, settings.year, hierarchy, node, settings.currency
    )
    if found is None:
        return None
    stated_year = year_of(found.periods)
    before = settings.year if stated_year is None else stated_year
    past = baseline(inputs.history, owner, n, found.components, before, settings.currency)
    year = before if before is not None or past.latest is None else past.latest + 1
    cut = cut_of(settings.periods, found.periods, past.kind, year)
    over = OverAssignment.of(as_fraction(settings.over_assignment), found.pools, hierarchy, node)
    work = _Work(settings, found, past, cut, over, promise, hierarchy, node)
    return work.plan([str(label) for label in inputs.territory_id])


@dataclass(frozen=True, eq=False)
class _Work:
    """All that is known before the first amount is handed down."""

    settings: QuotaSettings
    found: Commitment
    past: Baseline
    cut: Cut
    over: OverAssignment
    potential: FloatArray
    hierarchy: Hierarchy | None
    node: IntArray

    def plan(self, labels: Sequence[str]) -> QuotaPlan:
        found, cut, over = self.found, self.cut, self.over
        shares = [[self._shares(pool, c) for c in range(len(found.components))] for pool in found.pools]
        factors = [
            [over.factor(pool.territory, share) for share in row]
            for pool, row in zip(found.pools, shares, strict=True)
        ]
        streets = street(found, factors)
        handed = [self._handed(streets, c) for c in range(len(found.components))]

        target_cents = np.sum([pool.target_cents for pool in found.pools], axis=0)
        street_cents = np.sum(streets, axis=0)
        steps = self._bridge(shares, int(target_cents.sum()), int(street_cents.sum()))
        amount_cents = np.stack([handing.amount_cents for handing in handed], axis=1)
        stage_cents = np.stack([handing.stage_cents for handing in handed], axis=2)
        period_cents = np.stack([handing.period_cents for handing in handed])
        decided = Decided(found.periods, cut.inside, street_cents, period_cents, stage_cents[-1], steps)
        history_share, potential_share, _, weight = blend(
            self.past.total_cents, self.potential, self.settings.weight
        )
        wanted, final = stage_cents[STAGES.index("over_assignment")].sum(1), stage_cents[-1].sum(1)
        held = limited_by(handed)
        return QuotaPlan(
            currency=self.settings.currency,
            components=found.components,
            periods=cut.names,
            amount_cents=amount_cents,
            target_cents=target_cents.sum(1),
            street_cents=street_cents.sum(1),
            over_assignment=float(street_cents.sum() / target_cents.sum() - 1)
            if target_cents.any()
            else float(over.plan),
            last_year_cents=self.past.total_cents,
            history_share=history_share,
            potential_share=potential_share,
            blended_share=wanted / max(1, wanted.sum()),
            final_share=final / max(1, final.sum()),
            limited_by=held,
            node_cents=self._node_cents(final),
            equations=equations(
                decided, amount_cents, found.components, cut.names, labels, self.hierarchy, self.node
            ),
            notes=(
                *found.notes,
                *self.past.notes,
                *cut.notes,
                *notes(self.settings, steps, weight, handed, held, final),
            ),
            bridge=steps,
            stage_cents=stage_cents,
            year=cut.year,
            hierarchy=self.hierarchy,
            node_of_territory=self.node,
        )

    def _shares(self, pool: Pool, component: int) -> FloatArray:
        at = pool.territory
        return blend(self.past.cents[at, component], self.potential[at], self.settings.weight)[2]

    def _handed(self, streets: Sequence[Cents], component: int) -> Handing:
        season = self.past.seasons[component]
        columns = [self.cut.columns(row[component], season) for row in streets]
        usual = np.zeros(len(self.cut.names))
        for own in columns:
            usual += 0 if own is None else own
        handing = Handing(
            self.settings,
            self.hierarchy,
            self.over,
            self.past.cents[:, component],
            self.potential,
            season.weights(self.cut.names, usual if usual.any() else None),
        )
        for pool, row, own in zip(self.found.pools, streets, columns, strict=True):
            hand_down(handing, pool, component, int(row[component].sum()), own)
        return handing

    def _bridge(
        self, shares: Sequence[Sequence[FloatArray]], target_cents: int, street_cents: int
    ) -> tuple[BridgeStep, ...]:
        levels = []
        for level in range(self.over.depth + 1):
            carried = Fraction(0)
            for pool, row in zip(self.found.pools, shares, strict=True):
                for c, share in enumerate(row):
                    factor = self.over.factor(pool.territory, share, level)
                    carried += int(pool.target_cents[c].sum()) * factor
            levels.append(carried)
        return bridge(target_cents, street_cents, self.over, levels, self.hierarchy)

    def _node_cents(self, final: Cents) -> dict[str, int]:
        if self.hierarchy is None:
            return {}
        rolled = self.hierarchy.roll_up(final, self.node)
        return dict(zip(self.hierarchy.node_id.tolist(), rolled.tolist(), strict=True))
