"""The outcome of solving, as plain values and as tables: before and after side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from api.cli.screen import money, percent, results, table
from planner.scorecard import Scorecard

if TYPE_CHECKING:
    from data.assembled import Assembled
    from planner.plan import Plan
    from planner.problem import Measure

SHOWN_REASONS = 10
"""Reasons printed before the rest is counted; ``--json`` and run.json have all."""


def outcome(assembled: Assembled, plan: Plan) -> dict[str, Any]:
    """Return what a program wants to know of a plan without opening its files."""
    from data.stakes import loss_summary, plan_stakes, workload_summary

    found = plan_stakes(assembled, plan)
    result, report, quotas = plan.result, plan.result.report, plan.quotas
    accounts = assembled.accounts
    return {
        "status": result.status.value,
        "termination": result.termination.value,
        "solver": report.solver,
        "objective": report.objective,
        "bound": report.bound,
        "gap": report.gap,
        "seconds": report.seconds,
        "iterations": report.iterations,
        "territories": assembled.problem.n_territories,
        "unplaced_accounts": 0 if accounts is None else int(accounts.unplaced.sum()),
        "before": None if plan.before is None else _score(plan.before),
        "after": _score(plan.after),
        "quotas": None
        if quotas is None
        else {
            "currency": quotas.currency,
            "target_cents": int(quotas.target_cents.sum()),
            "street_cents": int(quotas.street_cents.sum()),
            "quota_cents": int(quotas.amount_cents.sum()),
            "equations": len(quotas.equations),
            "ties_out": quotas.ties_out,
        },
        "quota_problems": [problem.as_dict() for problem in plan.quota_problems],
        "expected_loss": loss_summary(assembled, found),
        "workload": workload_summary(assembled, found),
        "reasons": list(report.reasons),
        "notes": list(report.notes),
        "problems": [problem.as_dict() for problem in assembled.problems],
    }


def print_outcome(assembled: Assembled, plan: Plan, out: Path | None) -> None:
    """Print how the plan measures up against today, its quotas, and where the files are."""
    console = results()
    title = f"{assembled.scenario.name}: today and planned"
    console.print(table(title, ("", "today", "planned", "allowed"), _rows(assembled.problem.measures, plan)))
    for line in _lines(assembled, plan):
        console.print(line, markup=False)
    if out is not None:
        console.print(f"Written to {out}: open {out / 'map.html'}", markup=False)


def _lines(assembled: Assembled, plan: Plan) -> Iterator[str]:
    """Give what is to be said beside the table."""
    report, quotas = plan.result.report, plan.quotas
    gap = "no bound is known"
    if report.gap is not None:
        gap = f"at most {percent(report.gap)} from the best possible"
    yield f"Status: {plan.result.status} ({plan.result.termination}), {gap}."
    yield from (f"Why: {reason}" for reason in report.reasons[:SHOWN_REASONS])
    if len(report.reasons) > SHOWN_REASONS:
        yield f"… and {len(report.reasons) - SHOWN_REASONS} more reasons: see run.json."
    if quotas is None and plan.quota_problems:
        yield "No quotas: they cannot be set like this on these territories."
    elif quotas is None:
        yield "No quotas: no target is set. State one with --target or in targets.csv."
    else:
        target = money(int(quotas.target_cents.sum()), quotas.currency)
        street = money(int(quotas.street_cents.sum()), quotas.currency)
        ties = "all hold to the cent" if quotas.ties_out else "NOT ALL HOLD, see tie_out.json"
        yield f"Quotas: target {target}, street quota {street}; {len(quotas.equations)} sums checked, {ties}."
    yield from _at_stake(assembled, plan)
    unplaced = 0 if assembled.accounts is None else int(assembled.accounts.unplaced.sum())
    if unplaced:
        yield f"{unplaced:,} accounts have no place and no territory: see unplaced.csv."
    if assembled.problems:
        yield f"{len(assembled.problems)} warning(s) about the input: planner check lists them."


def _at_stake(assembled: Assembled, plan: Plan) -> Iterator[str]:
    """Give what changes of rep are expected to cost, and the hours that the plan takes."""
    from data.stakes import plan_stakes

    found, relationships, calls = plan_stakes(assembled, plan), assembled.relationships, assembled.call_plan
    if found.loss is not None and relationships is not None:
        moved, lost = found.loss.total_revenue_cents, found.loss.total_cents
        rates = relationships.rates
        yield (
            f"Changing hands: annual sales of {money(moved, relationships.currency)} ({relationships.source}); "
            f"expected loss {money(lost, relationships.currency)}: {percent(rates.expected_loss)} of them "
            f"(Journal of Marketing 2017, doi 10.1509/jm.15.0358, finds 13.2-17.6 %), "
            f"{percent(rates.similar_relief)} less where the new rep is similar."
        )
    if found.workload is not None and calls is not None:
        hours = found.workload
        travel = float((hours.between + hours.home).sum())
        yield (
            f"Workload: {hours.working_hours(calls.day).sum():,.0f} working hours a year, of which calls "
            f"{hours.calls.sum():,.0f} and travel {travel:,.0f} (estimated), "
            f"{percent(calls.day.field_time)} of working time being field time."
        )


def _rows(measures: Sequence[Measure], plan: Plan) -> list[tuple[str, str, str, str]]:
    """Return the rows of the table: today, planned, and what is allowed; balanced measures first."""
    before, after = plan.before, plan.after

    def row(label: str, value: Callable[[Scorecard], str], allowed: str = "") -> tuple[str, str, str, str]:
        return label, "–" if before is None else value(before), value(after), allowed

    def worst(m: int) -> tuple[str, str, str, str]:
        label = f"worst deviation of {after.measures[m]}"
        return row(label, lambda card: percent(float(card.worst_deviation[m])), _band(measures[m]))

    order = sorted(range(len(measures)), key=lambda m: not measures[m].limited)
    rows = [worst(m) for m in order]
    rows.append(row("mean distance", lambda card: _km(_mean(card.mean_distance_m))))
    rows.append(row("greatest reach", lambda card: _km(_greatest(card.reach_m))))
    rows.append(row("separate pieces too many", lambda card: f"{int(card.surplus_pieces.sum()):,}"))
    if np.isfinite(after.polsby_popper).any():
        rows.append(row("mean compactness (Polsby-Popper)", lambda card: f"{_mean(card.polsby_popper):.2f}"))
    rows += [
        (f"{after.measures[m]} changing hands", "", percent(float(after.moved_share[m])), "") for m in order
    ]
    return rows


def _band(measure: Measure) -> str:
    """Return the widest limits of a measure in percent of the ideal, empty where it is only watched."""
    if not measure.limited or (measure.ideal <= 0).any():
        return ""
    lower, upper = (measure.lower / measure.ideal - 1).min(), (measure.upper / measure.ideal - 1).max()
    sides = [f"{100 * side:+.1f} %" for side in (lower, upper) if np.isfinite(side)]
    return " to ".join(sides)


def _score(card: Scorecard) -> dict[str, Any]:
    return {
        "feasible": card.feasible,
        "worst_deviation": dict(zip(card.measures, card.worst_deviation.tolist(), strict=True)),
        "moved_share": dict(zip(card.measures, card.moved_share.tolist(), strict=True)),
        "moved_entities": card.moved_entities,
        "entities": card.n_entities,
        "unassigned": card.unassigned,
        "surplus_pieces": int(card.surplus_pieces.sum()),
        "inertia": float(np.nansum(card.inertia)),
        "mean_distance_km": _mean(card.mean_distance_m) / 1000,
        "greatest_reach_km": _greatest(card.reach_m) / 1000,
        "mean_polsby_popper": _mean(card.polsby_popper),
    }


def _mean(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _greatest(values: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    known = values[np.isfinite(values)]
    return float(known.max()) if len(known) else float("nan")


def _km(metres: float) -> str:
    return f"{metres / 1000:,.0f} km" if np.isfinite(metres) else "–"
