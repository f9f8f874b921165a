"""From company target to quotas: the one way through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.quota.baseline import Baseline, baseline
from planner.quota.beyond import beyond_limits
from planner.quota.commitment import commitment
from planner.quota.credits import seat_shares
from planner.quota.cut import Cut, cut_of
from planner.quota.equations import Decided, equations
from planner.quota.expected import Expected, expected_of
from planner.quota.hand_down import Handing, hand_down, shares_of
from planner.quota.hierarchy import Hierarchy, as_fraction
from planner.quota.inputs import QuotaInputs
from planner.quota.local import local_amounts
from planner.quota.notes import beyond_note, limited_by, notes
from planner.quota.override_reading import Names
from planner.quota.overrides import Firm, Overridden, apply_overrides
from planner.quota.periods import year_of
from planner.quota.quota_plan import STAGES, BridgeStep, QuotaPlan
from planner.quota.relief import Presence, absorbed, presence_of
from planner.quota.rounding import Cents
from planner.quota.settings import QuotaSettings, Relief
from planner.quota.street import OverAssignment, bridge, street
from planner.quota.target import Commitment, Pool

REACH = (0.5, 2.0)
"""Expected sales over street quota that equal difficulty looks at, at least and at most: where they are further apart,
history and target do not speak of the same."""


def set_quotas(settings: QuotaSettings, inputs: QuotaInputs) -> QuotaPlan | None:
    """Set quotas for the territories of a plan, exact to the cent; None where no target is set.

    Company target × (1 + over-assignment of every level) − relief that is absorbed → territories by what a method
    expects them to sell, with the same chance to attain, inside limits → periods by the seasons of their own sales
    and the ramp of their seats → amounts decided by hand, with unlocked siblings taking the difference.

    Raises
    ------
    InvalidInput
        Where a target is negative, over-assignment takes all of it away, settings name what does not exist, or
        overrides, credits or currencies contradict each other.
    """
    n, node, hierarchy = inputs.n_territories, inputs.node_of_territory, inputs.hierarchy
    assert node is not None, "set on construction"
    if hierarchy is not None and settings.level_over_assignment:
        hierarchy = hierarchy.with_levels(settings.level_over_assignment)
    found = commitment(
        inputs.targets, settings.target_cents, settings.year, hierarchy, node, settings.currency
    )
    if found is None:
        return None
    found = found.changed(as_fraction(settings.target_change), settings.currency)
    stated_year = year_of(found.periods)
    before = settings.year if stated_year is None else stated_year
    past = baseline(
        inputs.history, inputs.territory_of_entity, n, found.components, before, settings.currency
    )
    year = before if before is not None or past.latest is None else past.latest + 1
    cut = cut_of(settings.periods, found.periods, past.kind, year)
    targets = np.sum([pool.target_cents.sum(1) for pool in found.pools], axis=0).tolist()
    work = _Work(
        settings,
        inputs,
        found,
        past,
        cut,
        OverAssignment.of(as_fraction(settings.over_assignment), found.pools, hierarchy, node),
        expected_of(settings, inputs, found.components, targets, year),
        presence_of(settings, inputs, cut.names, year),
        hierarchy,
        node,
    )
    return work.plan()


@dataclass(frozen=True, eq=False)
class _Work:
    """All that is known before the first amount is handed down."""

    settings: QuotaSettings
    inputs: QuotaInputs
    found: Commitment
    past: Baseline
    cut: Cut
    over: OverAssignment
    expected: Expected
    presence: Presence
    hierarchy: Hierarchy | None
    node: IntArray

    def plan(self) -> QuotaPlan:
        found, cut, settings = self.found, self.cut, self.settings
        shares = [[self._shares(pool, c) for c in range(len(found.components))] for pool in found.pools]
        factors = [
            [self.over.factor(pool.territory, share) for share in row]
            for pool, row in zip(found.pools, shares, strict=True)
        ]
        full = street(found, factors)
        seasons = [self._season(full, c) for c in range(len(found.components))]
        streets = self._relieved(full, shares, seasons)
        handed = [self._handed(full, streets, seasons[c], c) for c in range(len(found.components))]
        done = self._overridden(handed)

        target_cents = np.sum([pool.target_cents for pool in found.pools], axis=0)
        street_cents = np.sum(streets, axis=0)
        stage_cents = self._stages(handed, done.amount_cents)
        steps = self._bridge(shares, int(target_cents.sum()), int(np.sum(full)), int(street_cents.sum()))
        final = stage_cents[-1].sum(1)
        held = limited_by(handed)
        beyond = beyond_limits(handed, done, found.pools, self.hierarchy, self.node)
        credited = seat_shares(
            self.inputs.credits,
            done.amount_cents,
            found.components,
            self.inputs.seat_id,
            self.inputs.territory_id,
        )
        local = local_amounts(
            done.amount_cents, self.inputs.currency_of_territory, self.inputs.rates, settings.currency
        )
        decided = Decided(
            found.periods,
            cut.inside,
            street_cents,
            done.period_cents,
            done.carried_cents,
            steps,
            tuple(zip(found.pools, streets, strict=True)),
            done.asked,
        )
        relief = stage_cents[STAGES.index("relief")] - stage_cents[STAGES.index("over_assignment")]
        return QuotaPlan(
            currency=settings.currency,
            components=found.components,
            periods=cut.names,
            amount_cents=done.amount_cents,
            target_cents=target_cents.sum(1),
            street_cents=street_cents.sum(1),
            over_assignment=float(street_cents.sum() / target_cents.sum() - 1)
            if target_cents.any()
            else float(self.over.plan),
            last_year_cents=self.past.total_cents,
            history_share=_share(self.past.total_cents.astype(np.float64)),
            potential_share=_share(self.inputs.potential, self.inputs.n_territories),
            blended_share=_share(stage_cents[STAGES.index("over_assignment")].sum(1).astype(np.float64)),
            final_share=final / max(1, final.sum()),
            limited_by=held,
            node_cents=self._node_cents(final),
            equations=equations(
                decided,
                done.amount_cents,
                found.components,
                cut.names,
                self.inputs.territory_id,
                self.hierarchy,
                self.node,
                credited,
                local,
            ),
            notes=(
                *found.notes,
                *self.past.notes,
                *cut.notes,
                *self.expected.notes,
                *self.presence.notes,
                *notes(settings, steps, handed, held, final, done.asked, self._names()),
                *beyond_note(beyond, self._names()),
            ),
            bridge=steps,
            stage_cents=stage_cents,
            year=cut.year,
            method=self.expected.method,
            method_notes=self.expected.notes,
            method_weights=self.expected.weights,
            back_test=self.expected.back_test,
            expected_cents=self.expected.cents,
            outlook=self.expected.outlook,
            overridden=self.inputs.overrides,
            before_overrides_cents=_table(handed) if self.inputs.overrides else None,
            locked=done.locked,
            beyond_limits=beyond,
            seat_shares=credited,
            relief_cents=relief.sum(1),
            present_share=np.stack([handing.carried for handing in handed], axis=1),
            local=local,
            hierarchy=self.hierarchy,
            node_of_territory=self.node,
        )

    def _shares(self, pool: Pool, component: int) -> FloatArray:
        return shares_of(self.expected.towards[pool.territory, component])

    def _season(self, streets: Sequence[Cents], component: int) -> FloatArray:
        """Return the part of the year of each territory's sales in each period, shrunk to that of the targets."""
        season = self.past.seasons[component]
        usual = np.zeros(len(self.cut.names))
        for row in streets:
            own = self.cut.columns(row[component], season)
            usual += 0 if own is None else own
        return season.weights(self.cut.names, usual if usual.any() else None)

    def _relieved(
        self, full: Sequence[Cents], shares: Sequence[Sequence[FloatArray]], seasons: Sequence[FloatArray]
    ) -> list[Cents]:
        """Return the street quotas of the pools less what nobody carries."""
        if self.presence.full or self.settings.relief is not Relief.ABSORBED:
            return list(full)
        out = []
        for pool, row, own in zip(self.found.pools, full, shares, strict=True):
            at = pool.territory
            less = [
                absorbed(
                    row[c],
                    share * self.over.multiplier(at),
                    seasons[c][at],
                    self.presence.productive[at],
                    self.cut,
                )
                for c, share in enumerate(own)
            ]
            out.append(row - np.array(less))
        return out

    def _handed(
        self, full: Sequence[Cents], streets: Sequence[Cents], season: FloatArray, component: int
    ) -> Handing:
        outlook = self.expected.outlook if self.settings.equal_difficulty else None
        carried = sum(int(row.sum()) for row in full)
        reach = 1.0 if outlook is None or carried == 0 else float(outlook.mean_cents.sum() / carried)
        handing = Handing(
            self.settings,
            self.hierarchy,
            self.over,
            self.past.cents[:, component],
            self.expected.towards[:, component],
            season,
            self.presence.productive,
            self.presence.carried(season),
            outlook,
            float(np.clip(reach, *REACH)),
        )
        for pool, row, whole in zip(self.found.pools, streets, full, strict=True):
            columns = self.cut.columns(row[component], self.past.seasons[component])
            hand_down(
                handing, pool, component, int(row[component].sum()), columns, int(whole[component].sum())
            )
        return handing

    def _names(self) -> Names:
        return Names(self.found.components, self.cut.names, self.inputs.territory_id, self.settings.currency)

    def _overridden(self, handed: Sequence[Handing]) -> Overridden:
        periods = len(self.cut.names)
        stated = self.cut.inside if any(self.cut.inside) else tuple((p,) for p in range(periods))
        if self.found.periods == ("",):
            stated = (tuple(range(periods)),)
        unit = min((unit for handing in handed for unit in handing.units), default=1)
        firm = Firm(
            tuple((pool.node, pool.territory) for pool in self.found.pools),
            self.hierarchy,
            self.node,
            self._names(),
            stated,
            unit,
        )
        amounts = _table(handed)
        period_cents = np.stack([handing.period_cents for handing in handed])
        carried = np.stack([handing.stage_cents[-1] for handing in handed], axis=1)
        return apply_overrides(amounts, carried, period_cents, self.inputs.overrides, firm)

    def _stages(self, handed: Sequence[Handing], amounts: Cents) -> Cents:
        """Return what was carried after each step, shape ``(n_stages, n_territories, n_components)``."""
        stages = np.stack([handing.stage_cents for handing in handed], axis=2)
        final, before = amounts.sum(2), stages[-1]
        stages[STAGES.index("overrides")] = stages[STAGES.index("limits")] + final - before
        stages[-1] = final
        return stages

    def _bridge(
        self, shares: Sequence[Sequence[FloatArray]], target_cents: int, full_cents: int, street_cents: int
    ) -> tuple[BridgeStep, ...]:
        levels = []
        for level in range(self.over.depth + 1):
            carried = Fraction(0)
            for pool, row in zip(self.found.pools, shares, strict=True):
                for c, share in enumerate(row):
                    factor = self.over.factor(pool.territory, share, level)
                    carried += int(pool.target_cents[c].sum()) * factor
            levels.append(carried)
        steps = bridge(target_cents, full_cents, self.over, levels, self.hierarchy)
        if street_cents == full_cents:
            return steps
        relief = street_cents - full_cents
        return (*steps, BridgeStep("relief of new and vacant seats", None, relief, street_cents))

    def _node_cents(self, final: Cents) -> dict[str, int]:
        if self.hierarchy is None:
            return {}
        rolled = self.hierarchy.roll_up(final, self.node)
        return dict(zip(self.hierarchy.node_id.tolist(), rolled.tolist(), strict=True))


def _share(values: FloatArray | None, n: int = 0) -> FloatArray:
    """Return the part of each value in their sum; zeros where nothing is known."""
    if values is None:
        return np.zeros(n)
    amounts = np.where(np.isfinite(values), np.maximum(values, 0), 0.0)
    largest = amounts.max(initial=0.0)
    return np.asarray(amounts / largest / (amounts / largest).sum() if largest > 0 else amounts)


def _table(handed: Sequence[Handing]) -> Cents:
    """Return what was handed down, shape ``(n_territories, n_components, n_periods)``."""
    return np.stack([handing.amount_cents for handing in handed], axis=1)
