"""Thousands of points: ZIP codes on their Delaunay graph, and bank branches with two measures."""

from __future__ import annotations

from tests.bench.cases.side_by_side import SideBySide, plan_target
from tests.bench.context import Context
from tests.bench.data_sets import branches as branch_data
from tests.bench.data_sets import zips as zip_data
from tests.bench.report import exponential
from tests.bench.results import CaseResult

BAND = 0.01
TERRITORIES = 200
LIMITS = {10.0: 1.60e12, 60.0: 1.55e12, 300.0: 1.53e12}
"""Most person · km² after so many seconds."""

BRANCH_TERRITORIES = 300
BRANCH_BAND = 0.10
BRANCH_S = 150.0


def zips(context: Context) -> CaseResult:
    """200 territories of US ZIP codes, population within 1 %, contiguous."""
    data = zip_data(context.data)
    side = SideBySide(context, "zips", data, TERRITORIES, BAND, contiguous=True)
    side.peer("scikit-learn KMeans, not balanced", "kmeans:cluster")
    side.peer("OR-Tools min-cost-flow k-means", "min_cost_flow:cluster", 330.0, budget_s=300.0)
    side.peer("pymetis, contiguous", "metis:cluster")
    side.peer("recursive bisection", "bisection:cluster")
    if context.full:
        side.peer("k-means-constrained, counts only", "constrained:cluster")
        side.peer("gerrychain recursive_tree_part, 1 %", "gerrychain_trees:tree_parts", band=BAND)
    targets = []
    for limit_s, most in LIMITS.items():
        if limit_s > 10 and not context.full:
            continue
        text = f"{limit_s:.0f} s: inertia ≤ {exponential(most)}, deviation ≤ {BAND:.2%}, {TERRITORIES} pieces"
        targets.append(plan_target(side.ours(limit_s), text, most, BAND, TERRITORIES))
    targets.append(side.time_target())
    about = (
        f"{len(data.xy_m):,} residential ZIP codes of the lower 48 into {TERRITORIES} territories, population within "
        f"{BAND:.0%}, contiguous on the Delaunay triangulation."
    )
    return CaseResult("zips", "US ZIP codes", about, targets, [side.table()])


def branches(context: Context) -> CaseResult:
    """300 territories of bank branches, deposits and branches both within 10 %."""
    data = branch_data(context.data)
    side = SideBySide(context, "branches", data, BRANCH_TERRITORIES, BRANCH_BAND, contiguous=False)
    side.peer("scikit-learn KMeans, not balanced", "kmeans:cluster")
    side.peer("recursive bisection", "bisection:cluster")
    entry = side.ours(BRANCH_S, limited=2, weigh_all=True)
    text = f"{BRANCH_S:.0f} s: deposits and branches both within {BRANCH_BAND:.0%}"
    targets = [plan_target(entry, text, float("inf"), BRANCH_BAND, None), side.time_target()]
    about = (
        f"{len(data.xy_m):,} bank branches into {BRANCH_TERRITORIES} territories, deposits and the count of branches "
        f"each within {BRANCH_BAND:.0%}; the mean of both weighs distance. Inertia is by deposits."
    )
    return CaseResult("branches", "US bank branches, two measures", about, targets, [side.table()])
