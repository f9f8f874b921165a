"""What was to be reached on published instances, one target per instance and rule or one over all of a kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tests.bench.instances import Kind
from tests.bench.results import Target

if TYPE_CHECKING:
    from tests.bench.cases.published import Outcome

ROUNDING = {Kind.HESS: 0.01, Kind.DIAMETER: 1e-4, Kind.MEDIAN: 0.01}
"""Precision to which published values are stated."""
TIGHT = 0.005
MEAN_GAP, MEAN_GAP_LONG = 0.01, 0.003
LONG_S = 300.0
"""Time limit from which the smaller mean gap is asked for."""
BETTER_WANTED = 3


def targets_of(outcomes: Sequence[Outcome]) -> list[Target]:
    """Return the targets of all kinds among `outcomes`; none where nothing is known about the instances."""
    targets = []
    for kind, make in ((Kind.HESS, _hess), (Kind.DIAMETER, _diameter), (Kind.MEDIAN, _median)):
        of_kind = [outcome for outcome in outcomes if outcome.instance.kind is kind]
        if of_kind:
            targets += [_count(f"{kind}: feasible", of_kind, lambda o: o.verdict.feasible), *make(of_kind)]
    return targets


def _hess(outcomes: list[Outcome]) -> list[Target]:
    proven = [o for o in outcomes if o.known.proven is not None]
    tight = [o for o in outcomes if _published_gap(o) <= TIGHT]
    open_ones = [o for o in outcomes if o.known.best is not None and o.known.bound is None]
    return [
        *_over("hess: the proven optimum", proven, lambda o: _no_worse(o, o.known.proven)),
        *_over(f"hess: gap to our own bound ≤ {TIGHT:.1%}", tight, _own_gap_is_tight),
        *_over("hess: better than the published plan", open_ones, lambda o: _better(o, o.known.best)),
    ]


def _diameter(outcomes: list[Outcome]) -> list[Target]:
    averaged = [o for o in outcomes if o.known.mean is not None]
    known = [o for o in outcomes if o.known.best is not None]
    targets = _over(
        "districting_dl: no worse than the mean of ten half hours",
        averaged,
        lambda o: _no_worse(o, o.known.mean),
    )
    if known:
        better = [o.instance.name for o in known if _better(o, o.known.best)]
        reached = f"{len(better)} of {len(known)}" + (f": {', '.join(better)}" if better else "")
        text = f"districting_dl: better than the best known on at least {BETTER_WANTED}"
        enough = len(known) >= BETTER_WANTED
        targets.append(Target(text, reached, len(better) >= BETTER_WANTED if enough else None))
    return targets


def _median(outcomes: list[Outcome]) -> list[Target]:
    known = [o for o in outcomes if o.known.best is not None]
    targets = []
    if known:
        most = MEAN_GAP_LONG if min(o.limit_s or 0.0 for o in known) >= LONG_S else MEAN_GAP
        text = f"cpmp: mean gap to the best known ≤ {most:.1%}"
        gaps = [o.row()["gap_best"] for o in known]
        missing = [o.instance.name for o, gap in zip(known, gaps, strict=True) if gap is None]
        if missing:
            targets.append(Target(text, f"no feasible plan for {', '.join(missing)}", False))
        else:
            mean = sum(gaps) / len(gaps)
            targets.append(Target(text, f"{mean:.2%}, largest {max(gaps):.2%}", mean <= most))
    bounded = [o for o in outcomes if o.known.bound is not None]
    return targets + _over("cpmp: own bound no worse than the published one", bounded, _bound_no_worse)


def _over(text: str, outcomes: list[Outcome], met: Callable[[Outcome], bool]) -> list[Target]:
    return [_count(text, outcomes, met)] if outcomes else []


def _count(text: str, outcomes: list[Outcome], met: Callable[[Outcome], bool]) -> Target:
    missed = [outcome.instance.name for outcome in outcomes if not met(outcome)]
    reached = f"{len(outcomes) - len(missed)} of {len(outcomes)}"
    reached += f"; not {', '.join(missed)}" if missed else ""
    seconds = [o.run.value["seconds"] for o in outcomes if o.run.value is not None]
    peaks = [o.run.peak_mb for o in outcomes if o.run.peak_mb is not None]
    return Target(text, reached, not missed, max(seconds, default=None), max(peaks, default=None))


def _published_gap(outcome: Outcome) -> float:
    best, bound = outcome.known.best, outcome.known.bound
    return float("inf") if best is None or bound is None else (best - bound) / best


def _no_worse(outcome: Outcome, value: float | None) -> bool:
    objective = outcome.verdict.objective
    if value is None or objective is None or not outcome.verdict.feasible:
        return False
    return objective <= value + ROUNDING[outcome.instance.kind]


def _better(outcome: Outcome, value: float | None) -> bool:
    objective = outcome.verdict.objective
    if value is None or objective is None or not outcome.verdict.feasible:
        return False
    return objective < value - ROUNDING[outcome.instance.kind]


def _own_gap_is_tight(outcome: Outcome) -> bool:
    gap = outcome.row()["gap_bound"]
    return gap is not None and gap <= TIGHT


def _bound_no_worse(outcome: Outcome) -> bool:
    ours, theirs = outcome.bound, outcome.known.bound
    return ours is not None and theirs is not None and ours >= theirs - ROUNDING[outcome.instance.kind]
