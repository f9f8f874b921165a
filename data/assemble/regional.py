"""What regions mean for basic units and territories: who may have what, how much is ideal, what must hang together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.assemble.basic_units import BasicUnits
from data.assemble.findings import Findings, examples
from data.assemble.regions import Regions
from data.assemble.roster import Roster
from data.assemble.rules import Positions
from planner.arrays import FloatArray, IntArray, MaskArray, sum_by
from planner.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Regional:
    """Arguments of the same names of `AlignmentProblem`."""

    region_of_unit: IntArray
    region_of_territory: IntArray
    region_name: tuple[str, ...]


def check_regions(regions: Regions, roster: Roster, findings: Findings) -> None:
    """Report regions with rules that no territory belongs to, and territories without a region where that matters."""
    unknown = [name for name in regions.asked if name not in roster.region_name]
    if unknown:
        findings.error(
            "unknown_region",
            f"plan.toml asks something of {examples(unknown)}, but no territory belongs there; there are "
            f"{examples(roster.region_name, 10) or 'no regions'}.",
            "Write the region as the seats (or the accounts) do, or say how many territories it has.",
            table="plan.toml",
            column=f"regions.{unknown[0]}",
            value=unknown[0],
            count=len(unknown),
        )
    homeless = roster.territory_id[roster.region < 0]
    if regions.keep and len(roster.region_name) and len(homeless):
        findings.error(
            "territory_without_region",
            f"Accounts stay in their region, but these territories belong to none: {examples(homeless)}.",
            "Fill in region of the seats, ask for territories by region, or set keep_regions = false.",
            table="seats",
            column="region",
            value=homeless[0],
            count=len(homeless),
        )


def loose_territories(scenario: Scenario, roster: Roster, contiguous: bool) -> tuple[bool, MaskArray]:
    """Return whether any territory must hang together, and which need not."""
    must = np.full(len(roster), contiguous)
    for name, rules in scenario.regions.items():
        if rules.contiguous is not None and name in roster.region_name:
            must[roster.region == roster.region_name.index(name)] = rules.contiguous
    return bool(must.any()), ~must if must.any() else np.zeros(len(roster), bool)


def regional(
    regions: Regions,
    roster: Roster,
    basic: BasicUnits,
    by_place: MaskArray,
    account_current: IntArray,
    area_current: IntArray,
    weight: FloatArray,
    together: IntArray,
    findings: Findings,
) -> Regional:
    """Return the region of each unit and territory, none at all where accounts need not stay in theirs.

    An account belongs to the region that it states, else to that of its current territory; so does an area. A unit
    belongs to the region that most of it belongs to, and so does a group of units that must be together; a group that
    states two regions is an error.

    Parameters
    ----------
    weight
        What each account counts for, shape ``(n_accounts,)``.
    together
        Group of each unit, shape ``(n_units,)``; −1 for none.
    """
    n = len(basic.units)
    if not regions.keep or not len(roster.region_name):
        return Regional(np.full(n, -1, np.int32), np.full(len(roster), -1, np.int32), ())
    position = {name: r for r, name in enumerate(roster.region_name)}
    stated = regions.of(regions.stated)
    _tell_unknown([name for name in stated if name and name not in position], roster, findings)
    of_text = np.array([position.get(name, -1) for name in stated], dtype=np.int32)
    current = np.r_[account_current, area_current]
    of_owner = np.where(current >= 0, np.append(roster.region, -1)[np.maximum(current, -1)], -1)
    region = np.where(of_text >= 0, of_text, of_owner)
    of_account, of_area = region[: len(account_current)], region[len(account_current) :]

    here = np.flatnonzero(by_place & (basic.unit_of_account >= 0) & (of_account >= 0))
    size = np.zeros((n, len(position)))
    np.add.at(size, (basic.unit_of_account[here], of_account[here]), weight[here] + 1e-12)
    found = np.where(size.any(axis=1), size.argmax(axis=1), -1)
    of_land = np.append(of_area, -1)[basic.area_of_unit]
    says = np.append(of_text[len(account_current) :], -1)[basic.area_of_unit]
    found = np.where(says >= 0, says, np.where(found >= 0, found, of_land))
    mixed = np.flatnonzero((size > 0).sum(axis=1) > 1)
    if len(mixed):
        findings.warn(
            "region_shared",
            f"Units hold accounts of several regions, and go with the largest part: "
            f"{examples(basic.units.unit_id[mixed])}.",
            "Set basic_unit = 'account' to keep each account in its own region.",
            table="units",
            column="region",
            value=basic.units.unit_id[mixed[0]],
            count=len(mixed),
        )
    stating = here[of_text[: len(account_current)][here] >= 0]
    firm = says >= 0
    firm[basic.unit_of_account[stating]] = True
    found = _of_groups(found, firm, size.sum(axis=1), together, basic, roster, findings)
    return Regional(found.astype(np.int32), roster.region, roster.region_name)


def _of_groups(
    region: IntArray,
    firm: MaskArray,
    weight: FloatArray,
    together: IntArray,
    basic: BasicUnits,
    roster: Roster,
    findings: Findings,
) -> IntArray:
    """Return the region of each unit with that of its group: the one that is stated, else that of most of it."""
    found = region.copy()
    unit_id, taken_along = basic.units.unit_id, []
    order = np.flatnonzero((together >= 0) & (region >= 0))
    for units in _parts(order, together):
        stated = np.unique(region[units[firm[units]]])
        if len(stated) > 1:
            names = [f"{unit_id[u]} ({roster.region_name[region[u]]})" for u in units[firm[units]]]
            findings.error(
                "contradicting_rules",
                f"These must be together, but state different regions: {examples(names)}.",
                "Correct the region, remove the rule, or set keep_regions = false.",
                table="accounts",
                column="region",
                value=unit_id[units[0]],
            )
            continue
        size = np.bincount(region[units], weight[units] + 1e-12)
        chosen = stated[0] if len(stated) else size.argmax()
        taken_along += unit_id[units[region[units] != chosen]].tolist()
        found[together == together[units[0]]] = chosen
    if taken_along:
        findings.warn(
            "region_shared",
            f"Groups that must be together lie in several regions, and go with the largest part: "
            f"{examples(taken_along)}.",
            "State the region of each account, or remove the rule, where another region is right.",
            table="accounts",
            column="region",
            value=taken_along[0],
            count=len(taken_along),
        )
    return found


def _parts(units: Positions, group: IntArray) -> list[Positions]:
    """Return the units of each group."""
    if not len(units):
        return []
    order = units[np.argsort(group[units], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def _tell_unknown(names: list[str], roster: Roster, findings: Findings) -> None:
    if names:
        distinct = list(dict.fromkeys(names))
        findings.error(
            "unknown_region",
            f"Accounts or areas state a region that no territory belongs to: {examples(distinct)}; there are "
            f"{examples(roster.region_name, 10)}.",
            "Correct the region, or add a seat there.",
            table="accounts",
            column="region",
            value=distinct[0],
            count=len(names),
        )


def ideals(activity: FloatArray, fixed_activity: FloatArray, roster: Roster, within: Regional) -> FloatArray:
    """Return the ideal of each territory and measure, shape ``(n_territories, n_measures)``.

    What has a region is shared among the territories of the region, the rest among all, by their shares.
    """
    regions = len(within.region_name)
    free = within.region_of_unit < 0
    alone = within.region_of_territory < 0
    everywhere = activity[free].sum(axis=0) + fixed_activity[alone].sum(axis=0)
    ideal = roster.share[:, None] * everywhere
    if not regions:
        return ideal
    label = np.where(alone, regions, within.region_of_territory)
    share = roster.share / np.where(alone, 1.0, sum_by(label, roster.share, regions + 1)[label])
    for measure in range(activity.shape[1]):
        held = sum_by(within.region_of_unit[~free], activity[~free, measure], regions)
        held = held + sum_by(label[~alone], fixed_activity[~alone, measure], regions)
        ideal[:, measure] += np.where(alone, 0.0, share * np.append(held, 0.0)[label])
    return ideal
