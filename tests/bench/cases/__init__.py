"""The cases of the benchmark by name, one per row of what was to be reached."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench.cases import (
    backtests,
    contradictions,
    counties,
    explanations,
    growth,
    plan_folders,
    points,
    published,
    quota_tie_out,
    rules,
    scale,
    service,
    service_kills,
)
from tests.bench.context import Context
from tests.bench.results import CaseResult

CASES: dict[str, Callable[[Context], CaseResult]] = {
    "counties": counties.counties,
    "counties-dead-end": counties.dead_end,
    "zips": points.zips,
    "scale-100k": scale.hundred_thousand,
    "scale-1m": scale.million,
    "growth": growth.growth,
    "hess": published.hess,
    "districting_dl": published.districting_dl,
    "cpmp": published.cpmp,
    "cpmp-long": published.cpmp_long,
    "branches": points.branches,
    "sample": plan_folders.sample,
    "explanations": explanations.explanations,
    "contradictions": contradictions.contradictions,
    "rules": rules.rules,
    "backtest": backtests.backtest,
    "quota-tie-out": quota_tie_out.quota_tie_out,
    "service-kills": service_kills.service_kills,
    "service-load": service.service,
}
"""Every case; `GROUPS` names several at once."""

GROUPS: dict[str, tuple[str, ...]] = {
    "quick": (
        "sample", "counties", "counties-dead-end", "zips", "scale-100k", "growth", "hess", "districting_dl", "cpmp",
        "contradictions", "quota-tie-out",
    ),
    "full": tuple(CASES),
    "scale": ("scale-100k", "scale-1m", "growth"),
    "published": ("hess", "districting_dl", "cpmp", "cpmp-long"),
}  # fmt: skip
"""Names that stand for several cases; ``full`` also lifts what is left out to keep to ten minutes."""
