"""A plan opened again from its output folder: the problem assembled anew from the inputs, and who owns which unit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.assemble import assemble
from data.assemble.changes import columns_asked
from data.assemble.edited import with_edits
from data.assembled import Assembled
from data.export.folder import PRODUCT
from data.export.run import fingerprint
from data.read import read_folder
from planner.arrays import IntArray
from planner.errors import InvalidInput, Problem
from planner.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Reopened:
    """A plan and what it was made from.

    Parameters
    ----------
    assembled
        The problem, from the inputs as they are now.
    territory
        Territory of each basic unit in the plan, shape ``(n_units,)``.
    run
        The run record.
    changed
        What has changed in the inputs since, one sentence each; empty where nothing has.
    """

    assembled: Assembled
    territory: IntArray
    run: dict[str, Any]
    changed: tuple[str, ...]


def reopen(out: Path, inputs: Path | None = None) -> Reopened:
    """Open an output folder again.

    Parameters
    ----------
    out
        Output folder of a solve.
    inputs
        Plan folder that it was made from; None for the one that ``run.json`` points to.

    Raises
    ------
    InvalidInput
        Where `out` is no whole output, where the inputs are gone, or no longer fit the plan.
    """
    run, rows = _files(out)
    folder = _inputs(out, run, inputs)
    # Pay plans stand in plan.toml alone: those of today count.
    scenario = scenario_of(run)
    read = read_folder(folder, spoken_of=columns_asked(scenario.rules, scenario.growth))
    assembled = assemble(read, scenario.replace(pay=read.scenario.pay))
    assembled = with_edits(assembled, run.get("parameters", {}).get("edited", {}))
    changed = _changes(folder, run["input"]["files"], read.fingerprints)
    return Reopened(assembled, _territories(assembled, rows, changed), run, changed)


def read_run(out: Path) -> dict[str, Any]:
    """Return the run record of an output folder.

    Raises
    ------
    InvalidInput
        Where it is not there, or none of this product.
    """
    try:
        run: dict[str, Any] = json.loads((out / "run.json").read_text("utf-8"))
        if run["product"] != PRODUCT or not isinstance(run["scenario"], dict) or "files" not in run["input"]:
            raise ValueError("run.json is not a run record of this product")
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise _not_whole(out, fault) from fault
    return run


def scenario_of(run: dict[str, Any]) -> Scenario:
    """Return the scenario of a run record, changes to the data among it; without pay plans, which it does not hold."""
    return Scenario().overridden({name: value for name, value in run["scenario"].items() if name != "pay"})


def _files(out: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the run record and the assignments."""
    run = read_run(out)
    try:
        rows = pd.read_csv(out / "assignments.csv", dtype=str, keep_default_na=False)
        rows[["account_id", "unit_id", "territory_id"]]
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise _not_whole(out, fault) from fault
    return run, rows


def _not_whole(out: Path, fault: Exception) -> InvalidInput:
    why = f"This is not a whole output: {type(fault).__name__}: {fault}."
    what = "Name a folder that `planner solve` wrote, or write it again."
    return InvalidInput([Problem(why, what, value=str(out), code="not_an_output")])


def _inputs(out: Path, run: dict[str, Any], given: Path | None) -> Path:
    """Return the plan folder."""
    way = run["input"].get("path")
    folder = given if given is not None else (out.resolve() / way if isinstance(way, str) else None)
    if folder is not None and folder.is_dir():
        return folder
    where = str(given) if given is not None else str(way)
    why = "The plan folder that this plan was made from is not where run.json says it is."
    why = f"There is no plan folder {where!r}." if given is not None else why
    raise InvalidInput([Problem(why, "Name it with --inputs.", value=where, code="inputs_missing")])


def _changes(folder: Path, stated: dict[str, str], now: dict[str, str]) -> tuple[str, ...]:
    """Return which inputs are missing, changed or new."""
    told = []
    for name, digest in stated.items():
        path = folder / name
        if not path.is_file():
            told.append(f"{name} is missing")
        elif fingerprint(path) != digest:
            told.append(f"{name} has changed")
    return (*told, *(f"{name} is new" for name in sorted(set(now) - set(stated))))


def _territories(assembled: Assembled, rows: pd.DataFrame, changed: tuple[str, ...]) -> IntArray:
    """Return the territory of each basic unit: that of its accounts, else of its own row, else of its area."""
    problem, accounts = assembled.problem, assembled.accounts
    position = {name: j for j, name in enumerate(problem.territories.territory_id)}
    of_account, of_area = _owners(rows, "account_id", position), _owners(rows, "unit_id", position)
    territory = np.full(problem.n_units, -1, np.int32)
    if accounts is None:
        territory[:] = _looked_up(of_area, problem.units.unit_id)
    else:
        if assembled.folder.units is not None:
            areas = _looked_up(of_area, assembled.folder.units["unit_id"].to_numpy(dtype=object))
            territory[:] = np.append(areas, -1)[assembled.unit_area]
        here = np.flatnonzero((accounts.fixed < 0) & (accounts.unit >= 0))
        owner = _looked_up(of_account, accounts.account_id[here])
        known = owner >= 0
        territory[accounts.unit[here[known]]] = owner[known]
        if (territory[accounts.unit[here[known]]] != owner[known]).any():
            raise _misfit("accounts of one basic unit have several territories", changed)
    if (territory < 0).any():
        first = problem.units.unit_id[int(np.argmax(territory < 0))]
        raise _misfit(f"basic unit {first} has no territory that is to be filled", changed)
    return territory


def _owners(rows: pd.DataFrame, key: str, position: dict[str, int]) -> dict[str, int]:
    """Return the territory of each id that the assignments name, −1 where it is not to be filled."""
    told = rows[rows[key] != ""].drop_duplicates(key)
    return {i: position.get(t, -1) for i, t in zip(told[key], told["territory_id"], strict=True)}


def _looked_up(owner: dict[str, int], ids: np.ndarray) -> IntArray:
    return np.array([owner.get(i, -1) for i in ids], dtype=np.int32)


def _misfit(why: str, changed: tuple[str, ...]) -> InvalidInput:
    since = f" Since the plan was made, {'; '.join(changed)}." if changed else ""
    what = "Name the plan folder as it was with --inputs, or solve again."
    return InvalidInput(
        [Problem(f"The plan does not fit its inputs: {why}.{since}", what, code="inputs_changed")]
    )
