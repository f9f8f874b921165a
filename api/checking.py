"""Reads a plan folder and says what it holds, what is wrong with it, and whether its rules can hold together."""

from __future__ import annotations

import time
from collections import Counter
from functools import lru_cache
from pathlib import Path

from api.errors import ProblemItem
from api.rehearsing import rehearse_quotas
from api.schemas.folders import CheckOut, MeasureOut, RelaxationOut, RuleOut, RulesOut
from data.assemble import assemble
from data.assembled import Assembled
from data.read import read_folder
from planner.errors import InvalidInput
from planner.problem import AlignmentProblem
from planner.stop import MaxSeconds, Stop
from solvers.consistency import can_hold


def check_folder(path: Path, seconds: float = 0.0) -> CheckOut:
    """Return what reading and assembling a plan folder finds; never raises for what is in the files.

    Parameters
    ----------
    path
        The folder.
    seconds
        Time to find out whether the rules can hold together; 0 for not asking.
    """
    stamp = tuple(
        (p.name, p.stat().st_mtime_ns, p.stat().st_size) for p in sorted(path.iterdir()) if p.is_file()
    )
    return _check(path, stamp, seconds)


def rules_hold(problem: AlignmentProblem, *, stop: Stop, seed: int = 0) -> RulesOut:
    """Return whether the hard rules of a problem can hold together, why not, and what would help."""
    began = time.monotonic()
    found = can_hold(problem, stop=stop, seed=seed)
    conflict = found.conflict
    return RulesOut(
        hold=found.holds,
        conflict="" if conflict is None else conflict.text,
        rules=[
            RuleOut(kind=rule.kind, name=rule.name, text=rule.text(problem))
            for rule in (() if conflict is None else conflict.rules)
        ],
        relaxations=[
            RelaxationOut(text=one.text, changes=list(one.changes), price=one.price)
            for one in found.relaxations
        ],
        seconds=time.monotonic() - began,
    )


@lru_cache(maxsize=32)
def _check(path: Path, _stamp: tuple[tuple[str, int, int], ...], seconds: float) -> CheckOut:
    try:
        assembled = assemble(read_folder(path))
        rehearse_quotas(assembled)
        found = _found(assembled)
        if seconds <= 0:
            return found
        stop = MaxSeconds(seconds)
        rules = rules_hold(assembled.problem, stop=stop, seed=assembled.scenario.seed)
        return found.model_copy(update={"rules": rules})
    except InvalidInput as error:
        return CheckOut(usable=False, problems=[ProblemItem.of(problem) for problem in error.problems])


def _found(assembled: Assembled) -> CheckOut:
    folder, problem, scenario = assembled.folder, assembled.problem, assembled.scenario
    sources = Counter(str(source) or "nowhere" for source in assembled.account_place_source)
    totals = problem.activity.sum(axis=0) + problem.territories.fixed_activity.sum(axis=0)
    measures = []
    for measure, total in zip(problem.measures, totals, strict=True):
        band = scenario.measures.get(measure.name)
        measures.append(
            MeasureOut(
                name=measure.name,
                total=float(total),
                below=band.below if band else None,
                above=band.above if band else None,
            )
        )
    target = scenario.quota.target_cents
    if target is None and folder.targets is not None and len(folder.targets):
        target = _company_target(assembled)
    history = assembled.history
    return CheckOut(
        usable=True,
        accounts=0 if folder.accounts is None else len(folder.accounts),
        areas=0 if folder.units is None else len(folder.units),
        units=problem.n_units,
        placed=dict(sources) if assembled.accounts is not None else {},
        territories=problem.n_territories,
        measures=measures,
        contiguous=problem.contiguous,
        has_current=bool((assembled.previous_territory != "").any()),
        history=[history.periods[0], history.periods[-1]] if history is not None and history.periods else [],
        target_cents=target,
        currency=scenario.quota.currency,
        time_limit_s=scenario.time_limit_s,
        seed=scenario.seed,
        problems=[ProblemItem.of(problem) for problem in assembled.problems],
    )


def _company_target(assembled: Assembled) -> int | None:
    """Return the sum of the targets at the top of the hierarchy, where the folder states them."""
    targets, nodes = assembled.folder.targets, assembled.folder.hierarchy
    if targets is None:
        return None
    stated = set(targets["node_id"])
    parent = {} if nodes is None else dict(zip(nodes["node_id"], nodes["parent_id"], strict=True))
    top = [parent.get(node, "") not in stated for node in targets["node_id"]]
    return int(targets.loc[top, "amount_cents"].sum())
