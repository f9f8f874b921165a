"""Runs peers and us on one data set, judges all by the same rules, and puts them into one table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.child import Run
from tests.bench.context import Context
from tests.bench.data_sets import DataSet
from tests.bench.judge import Standing, stand
from tests.bench.report import exponential, shortened
from tests.bench.results import Cell, Column, Table, Target

TIME_TOLERANCE = 0.05
"""By how much, relatively, a time limit may be passed."""
BAND_ROUNDING = 1e-9
"""Relative precision to which sums of floats are compared with a limit."""

COLUMNS = (
    Column("method", "method"),
    Column("inertia_km2", "inertia (weight · km²)", Cell.NUMBER),
    Column("inertia_ratio", "to KMeans", Cell.RATIO),
    Column("deviation", "largest deviation", Cell.PERCENT),
    Column("pieces", "pieces", Cell.COUNT),
    Column("seconds", "seconds", Cell.SECONDS),
    Column("seconds_ratio", "to KMeans", Cell.RATIO),
    Column("peak_mb", "peak memory", Cell.MB),
    Column("gap_bound", "gap to own bound", Cell.PERCENT),
    Column("note", "note"),
)


@dataclass(frozen=True)
class Entry:
    """One method on one data set: how it ran and, where it answered, what that is worth."""

    method: str
    run: Run
    standing: Standing | None
    limit_s: float | None = None

    @property
    def seconds(self) -> float | None:
        """Seconds of the method itself, without reading and importing."""
        return None if self.run.value is None else float(self.run.value["seconds"])


class SideBySide:
    """Entries of one data set, in the order they were run.

    Parameters
    ----------
    context
        Settings of the command.
    data, k, band, contiguous
        The data set, territories wanted, allowed deviation, and whether ours must hang together.
    """

    def __init__(
        self, context: Context, name: str, data: DataSet, k: int, band: float, contiguous: bool
    ) -> None:
        self.context, self.data, self.k, self.band, self.contiguous = context, data, k, band, contiguous
        self.path: Path = context.write(name, data)
        self.entries: list[Entry] = []

    def peer(self, method: str, function: str, limit_s: float | None = None, **arguments: Any) -> Entry:
        """Run a peer and keep its entry."""
        arguments |= {"path": self.path, "k": self.k, "seed": self.context.seed}
        wait = {} if limit_s is None else {"limit_s": limit_s}
        return self._keep(method, self.context.peer(function, **wait, **arguments), 1)

    def ours(self, limit_s: float, limited: int = 1, method: str = "", **arguments: Any) -> Entry:
        """Run ours with the first `limited` measures in the band and keep its entry."""
        run = self.context.ours(
            "solve_data_set", limit_s, path=self.path, k=self.k, band=self.band, contiguous=self.contiguous,
            seed=self.context.seed, limited=limited, **arguments,
        )  # fmt: skip
        return self._keep(method or f"**ours**, {limit_s:.0f} s", run, limited, limit_s)

    def _keep(self, method: str, run: Run, limited: int, limit_s: float | None = None) -> Entry:
        standing = None
        if run.value is not None and run.value["label"] is not None:
            activity = self.data.activity[:, :limited]
            label = run.value["label"]
            standing = stand(self.data.xy_m, activity, self.data.edges, label, self.k, self.band)
        self.entries.append(Entry(method, run, standing, limit_s))
        return self.entries[-1]

    def table(self) -> Table:
        """Return all entries; ratios are against the entry called KMeans."""
        base = next((entry for entry in self.entries if entry.method.startswith("scikit-learn KMeans")), None)
        return Table(self.data.name, COLUMNS, [_row(entry, base) for entry in self.entries])

    def time_target(self) -> Target:
        """Return whether all limited runs of ours kept their limit."""
        timed = [e for e in self.entries if e.limit_s is not None and e.seconds is not None]
        return time_target([(e.seconds or 0.0, e.limit_s or 0.0) for e in timed], self.context)


def time_target(seconds_and_limit: list[tuple[float, float]], context: Context) -> Target:
    """Return whether runs kept their time limits within 5 %."""
    text = f"time limits kept within {TIME_TOLERANCE:.0%}"
    if context.iterations is not None or not seconds_and_limit:
        return Target(text, "no run was limited by time", None)
    worst, limit = max(seconds_and_limit, key=lambda pair: pair[0] / pair[1])
    met = worst <= limit * (1 + TIME_TOLERANCE)
    return Target(text, f"largest: {worst:.1f} s of {limit:.1f} s, {len(seconds_and_limit)} runs", met, worst)


def _row(entry: Entry, base: Entry | None) -> dict[str, Any]:
    row: dict[str, Any] = {"method": entry.method, "seconds": entry.seconds, "peak_mb": entry.run.peak_mb}
    if entry.standing is None:
        return row | {"note": entry.run.failure or shortened(entry.run.value.get("reasons") or ["no plan"])}
    row |= {
        "inertia_km2": entry.standing.inertia_km2,
        "deviation": entry.standing.worst,
        "deviations": list(entry.standing.deviation),
        "pieces": entry.standing.pieces or None,
    }
    if base is not None and base.standing is not None and base.seconds and entry.seconds is not None:
        row["inertia_ratio"] = entry.standing.inertia_km2 / base.standing.inertia_km2
        row["seconds_ratio"] = entry.seconds / base.seconds
    value = entry.run.value
    row["note"], row["reasons"] = value.get("note"), value.get("reasons")
    if "status" in value:
        row |= {key: value[key] for key in ("status", "bound_kind", "inside_s", "objective", "bound")}
        row["gap_bound"] = gap(value["objective"], value["bound"])
        row["note"] = f"{value['status']}; bound: {value['bound_kind'] or 'none'}"
    return row


def gap(objective: float | None, bound: float | None) -> float | None:
    """Return the distance from objective down to bound as a fraction of the objective; None where unknown."""
    if objective is None or bound is None or objective <= 0:
        return None
    return max(0.0, (objective - bound) / objective)


def plan_target(
    entry: Entry, text: str, most_km2: float, most_deviation: float, pieces: int | None
) -> Target:
    """Return whether a plan of ours is compact, balanced and, where `pieces` is given, in that many pieces."""
    if entry.standing is None:
        return Target(text, entry.run.failure or "no plan", False, entry.seconds, entry.run.peak_mb)
    standing = entry.standing
    met = (
        standing.inertia_km2 <= most_km2
        and standing.worst <= most_deviation * (1 + BAND_ROUNDING)
        and (pieces is None or standing.pieces == pieces)
    )
    reached = f"{exponential(standing.inertia_km2)}, deviation {standing.worst:.2%}"
    reached += "" if pieces is None else f", {standing.pieces} pieces"
    return Target(text, reached, met, entry.seconds, entry.run.peak_mb)
