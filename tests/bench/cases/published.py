"""Published instances: a folder of them is solved, judged, and set against what others reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.cases.published_targets import targets_of
from tests.bench.cases.side_by_side import gap, time_target
from tests.bench.child import Run
from tests.bench.context import Context
from tests.bench.data_sets import MissingData
from tests.bench.instances import Instance, Kind, Known, find_instances, known, read_all
from tests.bench.judge import Verdict, judge
from tests.bench.results import CaseResult, Cell, Column, Table

COLUMNS = (
    Column("instance", "instance"),
    Column("units", "units", Cell.COUNT),
    Column("territories", "territories", Cell.COUNT),
    Column("limit_s", "limit", Cell.SECONDS),
    Column("objective", "objective", Cell.NUMBER),
    Column("feasible", "feasible", Cell.YES),
    Column("best_known", "best known", Cell.NUMBER),
    Column("gap_best", "gap to best known", Cell.PERCENT),
    Column("bound", "own bound", Cell.NUMBER),
    Column("gap_bound", "gap to own bound", Cell.PERCENT),
    Column("bound_kind", "which bound"),
    Column("seconds", "seconds", Cell.SECONDS),
    Column("peak_mb", "peak memory", Cell.MB),
    Column("note", "note"),
)
COUNTY_S, MINUTE_S, FIVE_MINUTES_S, TEN_MINUTES_S = 60.0, 60.0, 300.0, 600.0
SMALL_UNITS = 200
"""Units up to which a Hess instance counts as one of counties, which get a minute."""
QUICK = {Kind.HESS: (20.0, 3), Kind.DIAMETER: (30.0, 2), Kind.MEDIAN: (20.0, 3)}
"""Seconds each and how many of the smallest instances are run where time is short."""
POINTS_PER_MEDIAN = 15


@dataclass(frozen=True, eq=False)
class Outcome:
    """One instance, how it ran and what the judge says."""

    instance: Instance
    known: Known
    run: Run
    verdict: Verdict
    limit_s: float | None

    @property
    def bound(self) -> float | None:
        """Our own bound in units of the instance's objective."""
        return None if self.run.value is None else self.run.value["bound"]

    def row(self) -> dict[str, Any]:
        """Return its row of the table."""
        value = self.run.value or {}
        best, objective = self.known.best, self.verdict.objective
        comparable = best is not None and objective is not None and self.verdict.feasible
        notes = (
            [self.run.failure, *self.verdict.faults]
            if objective is not None or self.run.failure
            else ["no plan"]
        )
        return {
            "instance": self.instance.name,
            "kind": str(self.instance.kind),
            "units": self.instance.n_units,
            "territories": self.instance.n_territories,
            "limit_s": self.limit_s,
            "objective": objective,
            "feasible": self.verdict.feasible,
            "best_known": best,
            "gap_best": (objective - best) / best if comparable else None,  # type: ignore[operator]
            "bound": self.bound,
            "gap_bound": gap(objective, self.bound) if self.verdict.feasible else None,
            "bound_kind": value.get("bound_kind", ""),
            "seconds": value.get("seconds"),
            "inside_s": value.get("inside_s"),
            "status": value.get("status"),
            "peak_mb": self.run.peak_mb,
            "note": "; ".join(note for note in notes if note),
        }


def solve_all(
    context: Context, timed: Iterable[tuple[Instance, float]], labels_to: Path | None
) -> list[Outcome]:
    """Solve instances with their time limits, judge them, and write one label file each to `labels_to`."""
    timed = list(timed)
    repeated = Counter(instance.name for instance, _ in timed)
    outcomes = []
    for instance, limit_s in timed:
        context.say(f"{instance.name}: {instance.n_units:,} units, {instance.n_territories} territories")
        run = context.ours("solve_instance", limit_s, path=instance.path.resolve(), seed=context.seed)
        label = None if run.value is None else run.value["label"]
        verdict = Verdict(None, ("no plan",)) if label is None else judge(instance, label)
        outcomes.append(
            Outcome(instance, known(instance), run, verdict, None if context.iterations else limit_s)
        )
        if labels_to is not None and label is not None:
            # Two instances of one name, from two folders, must not share a file.
            folder = f"{instance.path.parent.name}_" if repeated[instance.name] > 1 else ""
            np.savetxt(labels_to / f"{folder}{instance.name}.csv", label, fmt="%d")
        context.say(f"  {_in_a_line(outcomes[-1])}")
    return outcomes


def _in_a_line(outcome: Outcome) -> str:
    row = outcome.row()
    told = [
        f"objective {row['objective']}",
        "feasible" if row["feasible"] else f"NOT feasible: {row['note']}",
    ]
    if row["gap_best"] is not None:
        told.append(f"{row['gap_best']:+.2%} to best known")
    if row["gap_bound"] is not None:
        told.append(f"{row['gap_bound']:.2%} above own bound")
    return ", ".join(told)


def result(context: Context, name: str, title: str, about: str, outcomes: list[Outcome]) -> CaseResult:
    """Return the table of outcomes, with the targets of every kind that is among them."""
    targets = targets_of(outcomes)
    timed = [
        (o.run.value["seconds"], o.limit_s)
        for o in outcomes
        if o.run.value is not None and o.limit_s is not None
    ]
    targets.append(time_target(timed, context))
    return CaseResult(name, title, about, targets, [Table(title, COLUMNS, [o.row() for o in outcomes])])


def folder(context: Context, place: Path, time_limit_s: float, out: Path) -> CaseResult:
    """Solve every instance in `place` and below; label files go to `out`."""
    instances, others = read_all(find_instances(place))
    if not instances:
        raise MissingData(f"no instance (*.json, *.in, *.txt) in {place}" + "".join(f"\n{o}" for o in others))
    outcomes = solve_all(context, ((instance, time_limit_s) for instance in instances), out)
    about = f"Every instance in `{place.name}`, {_limit(context, time_limit_s)} each."
    name = f"instances-{place.name}"
    case = result(context, name, f"Instances in {place.name}", about, outcomes)
    case.notes.extend(f"left out: {other}" for other in others)
    return case


def _limit(context: Context, seconds: float) -> str:
    return f"{seconds:.0f} s" if context.iterations is None else f"{context.iterations} iterations"


def _chosen(context: Context, kind: Kind) -> list[Instance]:
    """Return the instances of one kind, smallest first; few of them where time is short."""
    if context.instances is None:
        raise MissingData(f"needs {kind} instances: give the folder that holds them as --instances DIR")
    found, _ = read_all(find_instances(context.instances))
    chosen = sorted((i for i in found if i.kind is kind), key=lambda i: (i.n_units, i.n_territories, i.name))
    if not chosen:
        raise MissingData(f"no {kind} instance in {context.instances}")
    return chosen if context.full else chosen[: QUICK[kind][1]]


def _case(context: Context, name: str, title: str, timed: list[tuple[Instance, float]]) -> CaseResult:
    if not context.full:
        timed = [(instance, min(limit_s, QUICK[instance.kind][0])) for instance, limit_s in timed]
    each = sorted({limit_s for _, limit_s in timed})
    about = f"{len(timed)} published instances, " + " or ".join(_limit(context, s) for s in each) + " each."
    if not context.full:
        about += " A run of all, with the time that the targets speak of, is `full`."
    return result(context, name, title, about, solve_all(context, timed, None))


def hess(context: Context) -> CaseResult:
    """Districting by moment of inertia: a minute for counties, five for tracts."""
    chosen = _chosen(context, Kind.HESS)
    timed = [(i, COUNTY_S if i.n_units <= SMALL_UNITS else FIVE_MINUTES_S) for i in chosen]
    return _case(context, "hess", "Published: Hess districting", timed)


def districting_dl(context: Context) -> CaseResult:
    """Commercial districting by largest diameter: five minutes each."""
    timed = [(i, FIVE_MINUTES_S) for i in _chosen(context, Kind.DIAMETER)]
    return _case(context, "districting_dl", "Published: largest diameter", timed)


def cpmp(context: Context) -> CaseResult:
    """Capacitated p-median: a minute each."""
    timed = [(i, MINUTE_S) for i in _chosen(context, Kind.MEDIAN)]
    return _case(context, "cpmp", "Published: capacitated p-median, a minute", timed)


def cpmp_long(context: Context) -> CaseResult:
    """Capacitated p-median with 15 points per median or more: ten minutes each."""
    chosen = _chosen(context, Kind.MEDIAN)
    timed = [(i, TEN_MINUTES_S) for i in chosen if i.n_units >= POINTS_PER_MEDIAN * i.n_territories]
    return _case(context, "cpmp-long", "Published: capacitated p-median, ten minutes", timed)
