"""The fairness report of a plan's quotas as plain values, and as tables for the workbook and the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from data.export.assignments import Owners
from data.export.quota_table import QuotaTable, Value
from planner.quota.fairness import FairnessReport, Grounds, fairness
from planner.quota.fairness.association import Association
from planner.quota.fairness.change import Change
from planner.quota.fairness.interval import Interval
from planner.quota.inputs import QuotaInputs
from planner.quota.known import known_of
from planner.quota.methods.sold import by_territory, full_years
from planner.quota.outlook.past import sold_in_year
from planner.quota.quota_plan import QuotaPlan
from planner.quota.simulate import expected_while_there, outlook_while_there

SOURCES = (
    "Correlation: Pearson on logarithms; interval by Fisher's transform, Biometrika 10(4), 1915, doi:10.2307/2331838.",
    "Rank correlation: Spearman; interval by Bonett & Wright, Psychometrika 65(1), 2000, doi:10.1007/BF02294183.",
    "Shares: score interval by Wilson, J. Am. Stat. Assoc. 22, 1927, doi:10.1080/01621459.1927.10502953.",
    "Gini, Economic Journal 31(121), 1921, doi:10.2307/2223319.",
    "Lorenz, Publications of the American Statistical Association 9(70), 1905, doi:10.2307/2276207.",
    "Jain, Chiu & Hawe, technical report DEC-TR-301, 1984, doi:10.48550/arXiv.cs/9809099.",
    "60-70 % of sellers at or above quota: Alexander Group.",
    "Share within ±20 % of quota as the measure of quota accuracy: Cygnal.",
    "Alarm at 10-15 % of sellers on an override: practitioners.",
)
"""Where measures and limits come from."""

BASIS = {
    "actual": "Attainment is what was sold over quota.",
    "expected": "The year is not over: attainment is what the method expects over quota. It compares how hard quotas "
    "are; it does not foretell what will be attained.",
    "none": "Nothing is known that attainment could be told from: only quotas and their change are judged.",
}
"""What attainment is made of, by the basis of a report."""

TONES = {"good": "good", "watch": "watch", "alarm": "bad", "unknown": ""}

VERDICTS = {"good": "good", "watch": "look at it", "alarm": "act", "unknown": "not known"}
"""What a verdict is called, and (`TONES`) how it is coloured."""

JUDGED = "What was judged"

NAMES = {
    "size": "quota",
    "potential": "potential",
    "last_year": "last year's sales",
    "growth_asked": "growth asked",
}
"""What attainment is set against, in words."""


def sold_in_their_year(quotas: QuotaPlan, inputs: QuotaInputs) -> np.ndarray | None:
    """Return what each territory sold in the year of its quotas, minor units; None where that is not over."""
    if inputs.history is None or quotas.year is None:
        return None
    n = inputs.n_territories
    known = known_of(inputs.history, None, quotas.year + 1, inputs.territory_of_entity, n)
    if not known.periods or quotas.year not in full_years(known):
        return None
    return by_territory(known, sold_in_year(known, quotas.year))


def grounds_of(quotas: QuotaPlan, inputs: QuotaInputs) -> Grounds:
    """Return what quotas of a plan are judged by.

    Parameters
    ----------
    inputs
        What they were set from.
    """
    quota = quotas.amount_cents.sum(axis=(1, 2))
    expected, outlook = expected_while_there(quotas), outlook_while_there(quotas)
    return Grounds(
        actual_cents=sold_in_their_year(quotas, inputs),
        expected_cents=expected if expected.any() else None,
        last_year_cents=quotas.last_year_cents if quotas.last_year_cents.any() else None,
        potential=inputs.potential,
        chance=None if outlook is None else outlook.chance(quota),
        overridden=quotas.locked.any(axis=1),
        beyond_limits=_beyond(quotas) if quotas.overridden else None,
        over_assignment=quotas.over_assignment if quotas.target_cents.any() else None,
    )


def _beyond(quotas: QuotaPlan) -> NDArray[np.bool_]:
    """Return whether amounts decided for others carry each territory over a limit."""
    found = np.zeros(len(quotas.amount_cents), bool)
    found[[one.territory for one in quotas.beyond_limits]] = True
    return found


def fairness_of(owners: Owners) -> FairnessReport | None:
    """Judge the quotas of a plan; None where there are none."""
    plan = owners.plan
    if plan.quotas is None or plan.result.alignment is None:
        return None
    return fairness(plan.quotas.amount_cents.sum(axis=(1, 2)), grounds_of(plan.quotas, owners.quota_inputs))


def fairness_record(
    report: FairnessReport, territory_id: Sequence[str], seat_id: Sequence[str], currency: str
) -> dict[str, object]:
    """Return what ``fairness.json`` holds; fractions, and money in minor units."""
    chance = report.chance

    def named(change: Change) -> dict[str, object]:
        return {"territory_id": territory_id[change.territory], **asdict(change)}

    changed = asdict(report.changes)
    changed["rises"] = [named(change) for change in report.changes.rises]
    changed["falls"] = [named(change) for change in report.changes.falls]
    return {
        "currency": currency,
        "basis": report.basis,
        "basis_text": BASIS[report.basis],
        "level": report.level,
        "without_quota": report.without_quota,
        "flags": [asdict(flag) for flag in report.flags],
        "spread": None if report.spread is None else asdict(report.spread),
        "groups": [asdict(group) for group in report.groups],
        "associations": [_association(found) for found in report.associations],
        "changes": changed,
        "territories": [
            {
                "territory_id": str(territory),
                "seat_id": str(seat),
                "quota_cents": int(report.quota_cents[j]),
                "sales_cents": report.sales_cents[j],
                "last_year_cents": report.last_year_cents[j],
                "attainment": report.attainment[j],
                "chance": None if chance is None else chance[j],
            }
            for j, (territory, seat) in enumerate(zip(territory_id, seat_id, strict=True))
        ],
        "sources": list(SOURCES),
    }


def fairness_rows(report: FairnessReport, territory_id: Sequence[str]) -> tuple[QuotaTable, ...]:
    """Return the report as tables, the most important first; for the workbook and the page."""
    tables = [_flags(report)]
    if report.spread is not None:
        tables += [_spread(report), _groups(report)]
    if report.associations:
        tables.append(_associations(report))
    tables += [_changes(report), _largest(report, territory_id)]
    return tuple(table for table in tables if table.rows)


def _association(found: Association) -> dict[str, object]:
    return {
        "against": found.against,
        "n": found.n,
        "left_out": found.left_out,
        "pearson_log": asdict(found.pearson),
        "spearman": asdict(found.spearman),
        "slope_log": asdict(found.slope),
        "effect": found.effect,
    }


def _flags(report: FairnessReport) -> QuotaTable:
    rows = tuple(
        (
            flag.title,
            VERDICTS[flag.verdict],
            flag.value,
            flag.low,
            flag.high,
            flag.text,
            flag.todo,
            flag.source,
        )
        for flag in report.flags
    )
    columns = ("What", "Verdict", "Value", "From", "To", "Finding", "What to do", "Source of the limits")
    kinds = ("text", "text", "fraction", "fraction", "fraction", "text", "text", "text")
    tones = tuple(TONES[flag.verdict] for flag in report.flags)
    return QuotaTable(JUDGED, columns, kinds, rows, tones)


def _spread(report: FairnessReport) -> QuotaTable:
    found = report.spread
    assert found is not None

    def share(name: str, interval: Interval) -> tuple[Value, ...]:
        return name, interval.value, interval.low, interval.high

    rows: tuple[tuple[Value, ...], ...] = (
        ("Company: all sales over all quotas", found.company, None, None),
        ("Mean of sellers", found.mean, None, None),
        ("Median; middle half", found.median, found.p25, found.p75),
        ("10th to 90th percentile", None, found.p10, found.p90),
        ("Lowest to highest", None, found.lowest, found.highest),
        ("Standard deviation", found.deviation, None, None),
        ("Standard deviation over mean", found.relative, None, None),
        share(
            f"Sellers {'who' if report.basis == 'actual' else 'whose expected sales'} reach quota",
            found.at_quota,
        ),
        share("Sellers within ±10 % of quota", found.within_10),
        share("Sellers within ±20 % of quota", found.within_20),
        share("Sellers within ±10 % of the company's attainment", found.alike_10),
        share("Sellers within ±20 % of the company's attainment", found.alike_20),
        ("Gini coefficient of attainment (0: all alike)", found.gini, None, None),
        ("Jain's index of attainment (100 %: all alike)", found.jain, None, None),
        ("Gini coefficient of quotas", found.gini_quota, None, None),
    )
    title = f"Attainment of {found.n} sellers; shares with their {report.level:.0%} interval"
    return QuotaTable(title, ("What", "Value", "From", "To"), ("text", *["fraction"] * 3), rows)


def _groups(report: FairnessReport) -> QuotaTable:
    told = {"top": "Top 20 %", "middle": "Middle 60 %", "bottom": "Bottom 20 %"}
    rows = tuple(
        (told[group.name], group.n, group.quota_share, group.sales_share, group.attainment)
        for group in report.groups
    )
    columns = ("Sellers by attainment", "Number", "Of the quotas", "Of the sales", "Attainment")
    kinds = ("text", "number", "fraction", "fraction", "fraction")
    return QuotaTable("20-60-20", columns, kinds, rows)


def _associations(report: FairnessReport) -> QuotaTable:
    columns = (
        "Attainment against",
        "Sellers",
        "Correlation",
        "correlation from",
        "to",
        "Rank correlation",
        "rank from",
        "to",
        "Slope (elasticity)",
        "slope from",
        "to",
        "Large less small",
        "Note",
    )
    rows = tuple(
        (
            NAMES[found.against],
            found.n,
            *(_ends(found.pearson)),
            *(_ends(found.spearman)),
            *(_ends(found.slope)),
            found.effect,
            found.pearson.reason,
        )
        for found in report.associations
    )
    kinds = ("text", "number", *["number"] * 9, "signed", "text")
    return QuotaTable(
        f"What attainment should not depend on, with {report.level:.0%} intervals", columns, kinds, rows
    )


def _ends(interval: Interval) -> tuple[float | None, float | None, float | None]:
    return interval.value, interval.low, interval.high


def _changes(report: FairnessReport) -> QuotaTable:
    found = report.changes
    rows: tuple[tuple[Value, ...], ...] = (
        ("All quotas against last year's sales", found.company),
        ("10th percentile of sellers", found.p10),
        ("Median", found.median),
        ("90th percentile", found.p90),
    )
    title = (
        f"Change against last year: {found.up} sellers are asked for more, {found.down} for less, "
        f"{found.without_last_year} sold nothing last year"
    )
    return QuotaTable(title, ("What", "Change"), ("text", "signed"), rows if found.n else ())


def _largest(report: FairnessReport, territory_id: Sequence[str]) -> QuotaTable:
    found = report.changes
    rows = tuple(
        (territory_id[one.territory], one.last_year_cents, one.quota_cents, one.fraction)
        for one in (*found.rises, *found.falls[::-1])
    )
    columns = ("Territory", "Sold last year", "Quota", "Change")
    title = "Largest changes above and below that of the company"
    return QuotaTable(title, columns, ("text", "money", "money", "signed"), rows)
