"""US counties: few heavy units, contiguous; and a number of territories for which no plan can be balanced."""

from __future__ import annotations

import re

from tests.bench.cases.side_by_side import SideBySide, plan_target
from tests.bench.context import Context
from tests.bench.data_sets import counties as county_data
from tests.bench.report import exponential, shortened
from tests.bench.results import CaseResult, Target

BAND = 0.01
TERRITORIES = 25
LIMITS = {10.0: 1.320e13, 60.0: 1.305e13, 300.0: 1.295e13}
"""Most person · km² after so many seconds."""
BURSTS_S = 240.0
QUICK_BURSTS_S = 45.0

DEAD_END_TERRITORIES = 50
DEAD_END_KM2 = 6.74e12
DEAD_END_BEST = 0.0644
"""Least possible largest deviation of territories that no single county fills, proved by enumeration."""
DEAD_END_S = 60.0


def counties(context: Context) -> CaseResult:
    """25 territories of US counties, population within 1 %, contiguous, beside every peer."""
    data = county_data(context.data)
    side = SideBySide(context, "counties", data, TERRITORIES, BAND, contiguous=True)
    side.peer("scikit-learn KMeans, not balanced", "kmeans:cluster")
    side.peer("OR-Tools min-cost-flow k-means", "min_cost_flow:cluster", 330.0, budget_s=300.0)
    side.peer("k-means-constrained, counts only", "constrained:cluster")
    side.peer("pymetis, contiguous", "metis:cluster")
    side.peer("recursive bisection", "bisection:cluster")
    side.peer("gerrychain recursive_tree_part, 1 %", "gerrychain_trees:tree_parts", band=BAND)
    burst_s = BURSTS_S if context.full else QUICK_BURSTS_S
    for band in (0.05, BAND) if context.full else (BAND,):
        side.peer(
            f"gerrychain ReCom short bursts, {band:.0%}, {burst_s:.0f} s",
            "gerrychain_trees:short_bursts",
            burst_s + 300.0,
            band=band,
            budget_s=burst_s,
        )
    targets = []
    for limit_s, most in LIMITS.items():
        if limit_s > 60 and not context.full:
            continue
        text = f"{limit_s:.0f} s: inertia ≤ {exponential(most)}, deviation ≤ {BAND:.2%}, {TERRITORIES} pieces"
        targets.append(plan_target(side.ours(limit_s), text, most, BAND, TERRITORIES))
    targets.append(side.time_target())
    about = f"{len(data.xy_m):,} counties into {TERRITORIES} contiguous territories, population within {BAND:.0%}."
    return CaseResult("counties", "US counties", about, targets, [side.table()])


def dead_end(context: Context) -> CaseResult:
    """50 territories of US counties: one county is too big and an island is a dead end; ours must say so."""
    data = county_data(context.data)
    k = DEAD_END_TERRITORIES
    side = SideBySide(context, "counties-50", data, k, BAND, contiguous=True)
    side.peer("scikit-learn KMeans, not balanced", "kmeans:cluster")
    if context.full:
        side.peer("gerrychain recursive_tree_part, 1 %", "gerrychain_trees:tree_parts", band=BAND)
    entry = side.ours(DEAD_END_S)
    about = (
        f"{len(data.xy_m):,} counties into {k} contiguous territories, population within {BAND:.0%}. Impossible: "
        "one county alone is far above the band, and an island cannot be cut to fit. The best possible largest "
        f"deviation of all other territories is {DEAD_END_BEST:.2%}."
    )
    reasons = [] if entry.run.value is None else entry.run.value["reasons"]
    mean = data.activity[:, 0].sum() / k
    too_big = data.unit_id[data.activity[:, 0] > mean * (1 + BAND)]
    words = " ".join(reasons)
    named = bool(len(too_big)) and all(str(unit) in words for unit in too_big)
    stated = any(
        abs(float(p) / 100 - DEAD_END_BEST) <= 1e-4 for p in re.findall(r"(\d+(?:\.\d+)?) ?%", words)
    )
    says = Target(
        f"says which units make the band impossible and that {DEAD_END_BEST:.2%} is the best possible for the rest",
        shortened(reasons) or "says nothing",
        named and stated,
        entry.seconds,
        entry.run.peak_mb,
    )
    text = f"{DEAD_END_S:.0f} s: inertia ≤ {exponential(DEAD_END_KM2)} with the rest at {DEAD_END_BEST:.2%}, {k} pieces"
    if entry.standing is None:
        plan = Target(text, entry.run.failure or "no plan", False)
    else:
        standing = entry.standing
        rest = standing.rest_deviation[0]
        met = standing.inertia_km2 <= DEAD_END_KM2 and rest <= DEAD_END_BEST + 5e-5 and standing.pieces == k
        reached = f"{exponential(standing.inertia_km2)}, rest {rest:.2%}, {standing.pieces} pieces"
        plan = Target(text, reached, met, entry.seconds, entry.run.peak_mb)
    title = "US counties, a band that cannot hold"
    return CaseResult("counties-dead-end", title, about, [says, plan, side.time_target()], [side.table()])
