"""Quotas of a finished plan set again: the alignment stays, nothing is solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from api.planning import NO_COST, NO_QUOTAS, with_quotas
from data.assemble.hand_set import HandSet, with_hand_set
from data.assembled import Assembled
from data.export.assignments import Owners
from data.export.fairness import fairness_of
from data.quota_rows import QUOTAS, read_quota_rows
from data.reopen import Reopened, reopen
from planner.alignment import Alignment
from planner.plan import Plan, Provenance
from planner.quota.fairness import Flag, Verdict
from planner.scorecard import current_scorecard, scorecard
from planner.solving import SolveReport, SolveResult, Status
from planner.stop import Termination

PLAN_FILE = "plan.toml"


@dataclass(frozen=True, eq=False)
class Requoted:
    """A plan with quotas set again.

    Parameters
    ----------
    assembled, plan
        What it was made from, and the plan.
    before_cents
        Quotas that stood before by territory, minor units; empty where there were none.
    changed
        What has changed in the inputs since the plan was made, one sentence each.
    """

    assembled: Assembled
    plan: Plan
    before_cents: Mapping[str, int]
    changed: tuple[str, ...]


def requote(
    out: Path,
    inputs: Path | None = None,
    changes: Mapping[str, Any] | None = None,
    hand_set: Sequence[HandSet] = (),
    *,
    keep_hand_set: bool = True,
) -> Requoted:
    """Set the quotas of a finished plan again, from its inputs as they are now.

    Settings are those that the plan was made with, or those of plan.toml where that has changed since.

    Parameters
    ----------
    out
        Output folder of a solve.
    inputs
        Plan folder that it was made from; None for the one that ``run.json`` points to.
    changes
        Changes to the quota settings, as `QuotaSettings.changed` takes them.
    hand_set
        Amounts that were decided besides those of the folder.
    keep_hand_set
        Whether those of earlier such runs stay, where no later one replaces them.

    Raises
    ------
    InvalidInput
        Where `out` is no whole output, its inputs are gone, or quotas cannot be set.
    """
    found = reopen(out, inputs)
    assembled = _resettled(found, changes or {})
    earlier = (
        [HandSet.of(row) for row in found.run["parameters"].get("hand_set", [])] if keep_hand_set else []
    )
    all_set = tuple({each.what: each for each in (*earlier, *hand_set)}.values())
    assembled = with_hand_set(assembled, all_set)
    problem, accounts = assembled.problem, assembled.accounts
    alignment = Alignment(found.territory)
    after = scorecard(problem, found.territory, accounts)
    owners = problem.current if accounts is None else accounts.current
    before = current_scorecard(problem, accounts) if (owners >= 0).any() else None
    plan = Plan(_result(found, alignment), before, after, None, _provenance(found, assembled, all_set))
    return Requoted(assembled, with_quotas(assembled, plan), _quotas_before(out), found.changed)


def _resettled(found: Reopened, changes: Mapping[str, Any]) -> Assembled:
    """Return the problem with the quota settings that hold now."""
    assembled, scenario = found.assembled, found.assembled.scenario
    now = found.assembled.folder.fingerprints.get(PLAN_FILE)
    if now != found.run["input"]["files"].get(PLAN_FILE):
        scenario = scenario.replace(quota=assembled.folder.scenario.quota)
    return replace(assembled, scenario=scenario.replace(quota=scenario.quota.changed(changes)))


def _result(found: Reopened, alignment: Alignment) -> SolveResult:
    """Return what the run record says of how the alignment was found."""
    run = found.run
    report = SolveReport(
        run["solver"],
        run["objective"],
        run["bound"],
        run["bound_kind"],
        run["seconds"],
        run["iterations"],
        tuple(note for note in run["notes"] if not note.startswith((NO_QUOTAS, NO_COST))),
        tuple(run["reasons"]),
    )
    return SolveResult(alignment, Status(run["status"]), Termination(run["termination"]), report)


def _provenance(found: Reopened, assembled: Assembled, hand_set: Sequence[HandSet]) -> Provenance:
    parameters = {**found.run["parameters"], "scenario": asdict(assembled.scenario)}
    parameters["hand_set"] = [asdict(each) for each in hand_set]
    return Provenance(assembled.folder.fingerprints, found.run["versions"], parameters, found.run["started"])


def _quotas_before(out: Path) -> dict[str, int]:
    """Return the quotas that `out` holds, by territory, in minor units."""
    return read_quota_rows(out).by_territory if (out / QUOTAS).exists() else {}


def changes_of(found: Requoted) -> list[tuple[str, int, int]]:
    """Return territory, quota before and quota now where they differ, the largest difference first."""
    quotas = found.plan.quotas
    if quotas is None or not found.before_cents:
        return []
    names = [str(name) for name in found.assembled.problem.territories.territory_id]
    now = quotas.amount_cents.sum(axis=(1, 2)).tolist()
    rows = [(name, found.before_cents.get(name, 0), cents) for name, cents in zip(names, now, strict=True)]
    return sorted((row for row in rows if row[1] != row[2]), key=lambda row: (-abs(row[2] - row[1]), row[0]))


def flags_of(found: Requoted) -> tuple[Flag, ...]:
    """Return what the fairness report says should be looked at."""
    report = fairness_of(Owners(found.assembled, found.plan))
    flags = () if report is None else report.flags
    return tuple(flag for flag in flags if flag.verdict in (Verdict.WATCH, Verdict.ALARM))


def requoted_record(found: Requoted) -> dict[str, Any]:
    """Return the outcome as plain values for JSON."""
    quotas = found.plan.quotas
    return {
        "quotas": None
        if quotas is None
        else {
            "currency": quotas.currency,
            "method": quotas.method,
            "method_notes": list(quotas.method_notes),
            "target_cents": int(quotas.target_cents.sum()),
            "street_cents": int(quotas.street_cents.sum()),
            "quota_cents": int(quotas.amount_cents.sum()),
            "bridge": [asdict(step) for step in quotas.bridge],
            "equations": len(quotas.equations),
            "ties_out": quotas.ties_out,
            "notes": list(quotas.notes),
        },
        "changes": [
            {"territory_id": name, "before_cents": before, "quota_cents": now}
            for name, before, now in changes_of(found)
        ],
        "flags": [
            {"name": flag.name, "verdict": flag.verdict.value, "text": flag.text, "todo": flag.todo}
            for flag in flags_of(found)
        ],
        "inputs_changed": list(found.changed),
    }
