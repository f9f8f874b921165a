"""Accounts with what was estimated of them: potential where it is missing, and segments where they have none.

Given values stay as they are. A column ``<name>_source`` says of each account whether its value was given, and a
warning tells how many were not, how much they make up, and by how much such estimates miss.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from data.assemble.findings import Findings, amount, examples, plural
from data.folder import PlanFolder
from planner.arrays import FloatArray, IntArray
from planner.coverage import CoverageSettings, Tiering
from planner.quota.currency import minor_digits
from planner.scenario import Scenario
from planner.tiers import by_shares, by_thresholds

GIVEN, ESTIMATED = "given", "estimated"
TEXTS = ("segment", "country", "region", "required_skill")
"""Attributes of accounts that are text and may tell of their potential."""


def with_estimates(folder: PlanFolder, scenario: Scenario, findings: Findings) -> PlanFolder:
    """Return the folder with potential and segments filled in as the scenario asks."""
    if folder.accounts is None:
        return folder
    if scenario.coverage.estimate_potential:
        folder = _with_potential(folder, scenario, findings)
    if scenario.coverage.tiering is not None and scenario.coverage.segments:
        folder = _with_tiers(folder, scenario, findings)
    return folder


def _with_potential(folder: PlanFolder, scenario: Scenario, findings: Findings) -> PlanFolder:
    # Imported here: the libraries take a while to load, and few plans need them.
    from data.estimates.potential import FEWEST, estimate_potential

    assert folder.accounts is not None
    name = scenario.coverage.potential
    if name not in folder.account_measures:
        findings.error(
            "nothing_to_estimate_from",
            f"{name} is to be estimated, but the accounts have no such column to learn from.",
            f"Add {name} of some accounts, or set [potential] estimate = false.",
            table="accounts",
            column=name,
        )
        return folder
    given = folder.accounts[name].to_numpy(dtype=float)
    if np.isfinite(given).all():
        return folder
    numbers, texts, attributes = _attributes(folder, name)
    found = estimate_potential(given, numbers, texts, seed=scenario.seed)
    missing = plural(int(np.isnan(given).sum()), "account")
    if found is None:
        findings.warn(
            "too_little_to_estimate",
            f"{name} of {missing} is missing and was not estimated: an estimate needs at least {FEWEST} given values, "
            f"not all zero. They count as nothing.",
            f"Fill in {name} of more accounts.",
            table="accounts",
            column=name,
            count=int(np.isnan(given).sum()),
        )
        return folder
    total, part = float(found.value.sum()), float(found.value[found.estimated].sum())
    share = part / total if total > 0 else 0.0
    findings.warn(
        "potential_estimated",
        f"{name} of {missing} is missing and was estimated from {found.n_given:,} given values by {found.model}: "
        f"{amount(part)} in all, {share:.1%} of the total. Tried on accounts it was not shown, the estimate is off by "
        f"{found.error:.0%} of the mean on average (the plain mean by {found.error_of_mean:.0%}), "
        f"sums by {found.error_of_total:+.1%}. Used: {examples(attributes, 6) or 'nothing else is known'}.",
        f"Fill in {name} where it is known; the column {name}_source of assignments.csv marks the estimates.",
        table="accounts",
        column=name,
        count=int(found.estimated.sum()),
    )
    source = np.where(found.estimated, ESTIMATED, GIVEN).astype(object)
    accounts = folder.accounts.assign(**{name: found.value, f"{name}_source": source})
    return replace(folder, accounts=accounts)


def _attributes(folder: PlanFolder, name: str) -> tuple[FloatArray, np.ndarray, list[str]]:
    """Return numeric and text attributes that may tell of `name`, and what they are called."""
    assert folder.accounts is not None
    accounts = folder.accounts
    columns = {
        other: accounts[other].to_numpy(dtype=float) for other in folder.account_measures if other != name
    }
    columns |= {place: accounts[place].to_numpy(dtype=float) for place in ("latitude", "longitude")}
    if folder.history is not None and (folder.history["account_id"] != "").any():
        sold = folder.history.groupby("account_id")["amount_cents"].sum()
        sold /= 10 ** minor_digits(folder.scenario.quota.currency)
        columns["history"] = accounts["account_id"].map(sold).to_numpy(dtype=float)
    columns = {
        other: values for other, values in columns.items() if np.unique(values[np.isfinite(values)]).size > 1
    }
    texts = {
        text: accounts[text].astype(str)
        for text in TEXTS
        if text in accounts and (accounts[text] != accounts[text].iloc[0]).any()
    }
    numbers = np.stack(list(columns.values()), axis=1) if columns else np.zeros((len(accounts), 0))
    words = np.stack([text.to_numpy(dtype=object) for text in texts.values()], axis=1) if texts else None
    empty = np.zeros((len(accounts), 0), dtype=object)
    return numbers, empty if words is None else words, [*columns, *texts]


def _with_tiers(folder: PlanFolder, scenario: Scenario, findings: Findings) -> PlanFolder:
    assert folder.accounts is not None
    coverage, accounts = scenario.coverage, folder.accounts
    blank = (accounts["segment"].astype(str) == "").to_numpy(bool)
    if not blank.any():
        return folder
    name = _followed(folder, scenario)
    if name is None:
        findings.error(
            "tiers_of_nothing",
            "Segments are to be made, but the accounts have no measure that they could follow.",
            "Name one in plan.toml: [segmentation] by.",
            table="plan.toml",
            column="segmentation.by",
        )
        return folder
    value = np.where(blank, accounts[name].to_numpy(dtype=float), np.nan)
    tier = _tier(value, coverage, scenario.seed)
    names = np.array([*coverage.segments, ""], dtype=object)
    segment = np.where(blank, names[tier], accounts["segment"].to_numpy(dtype=object))
    made = blank & (segment != "")
    count = pd.Series(segment[made]).value_counts().reindex(list(coverage.segments), fill_value=0)
    findings.warn(
        "segments_made",
        f"{plural(int(made.sum()), 'account')} without a segment got one from {name} ({coverage.tiering}): "
        f"{', '.join(f'{size:,} {n}' for n, size in count.items())}. {int((blank & ~made).sum()):,} got none.",
        "Fill in the segment where it is known; the column segment_source of assignments.csv marks those made.",
        table="accounts",
        column="segment",
        count=int(made.sum()),
    )
    source = np.select([made, segment == ""], [f"made from {name}", ""], GIVEN).astype(object)
    return replace(folder, accounts=accounts.assign(segment=segment.astype(object), segment_source=source))


def _followed(folder: PlanFolder, scenario: Scenario) -> str | None:
    """Return the measure of the accounts that tiers follow."""
    coverage = scenario.coverage
    wanted = [coverage.tier_by] if coverage.tier_by else [coverage.potential, *scenario.measures]
    return next((name for name in wanted if name in folder.account_measures), None)


def _tier(value: FloatArray, coverage: CoverageSettings, seed: int) -> IntArray:
    """Return the position of the segment of each account, −1 where it comes into none."""
    segments = list(coverage.segments.values())

    def stated(of: str) -> FloatArray:
        return np.array([np.nan if getattr(s, of) is None else getattr(s, of) for s in segments], float)

    if coverage.tiering is Tiering.CLUSTERS:
        from data.estimates.clusters import by_clusters

        return by_clusters(value, len(segments), seed)
    if coverage.tiering is Tiering.QUANTILES:
        return by_shares(value, stated("share"))
    return by_thresholds(value, stated("at_least"))
