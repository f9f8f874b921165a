"""A plan for seats that come or go, with as little disturbance as possible."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from api.planning import plan_assembled
from api.rehearsing import rehearse_quotas
from data.assemble import assemble
from data.assembled import Assembled
from data.read import read_folder
from planner.alignment import GONE, NOBODY
from planner.arrays import FloatArray
from planner.as_today import as_today, owners_share_units
from planner.plan import Plan
from planner.scenario import BasicUnit
from planner.scorecard import current_scorecard
from planner.seat_changes import SeatChanges
from planner.solving import SILENT, Observer, Progress
from planner.stop import Stop
from solvers.absorbing import with_ownerless
from solvers.seat_changes import adapt


def plan_seat_changes(
    folder: Path,
    changes: SeatChanges,
    overrides: Mapping[str, Any],
    stop: Stop,
    observer: Observer = SILENT,
    *,
    method: str = "auto",
) -> tuple[Assembled, Plan]:
    """Read a plan folder, let seats come and go, and change no more of today's alignment than that takes.

    Parameters
    ----------
    folder
        Plan folder.
    changes
        Who leaves and who is hired.
    overrides, stop, observer, method
        As for `api.planning.make_plan`.

    Raises
    ------
    InvalidInput
        With every problem found.
    """
    observer(Progress("reading"))
    read = read_folder(folder)
    observer(Progress("assembling"))
    asked = read.scenario.overridden(overrides).replace(territories=None, seat_changes=changes)
    first = assemble(read, asked)
    if first.accounts is not None and owners_share_units(first.problem):
        # Only account by account can everybody keep what they have.
        asked = asked.replace(basic_unit=BasicUnit.ACCOUNT)
        first = assemble(read, asked)
    today = _held_today(first)
    # The scenario of the assembled plan has settled the rules about seats that leave.
    scenario, notes = as_today(first.scenario, first.problem, today, _held_by_former(first))
    assembled = assemble(read, scenario)
    rehearse_quotas(assembled)
    notes = (*notes, *_left_behind(assembled))
    solving = partial(adapt, keep_together=first.problem.contiguous)
    return assembled, plan_assembled(assembled, stop, observer, method=method, notes=notes, solving=solving)


def _held_today(assembled: Assembled) -> FloatArray:
    """Return what each territory holds today, with what nobody owns and it would take over before anything else."""
    problem = assembled.problem
    owner = with_ownerless(problem)
    fresh = np.where(problem.current == NOBODY, owner, -1).astype(np.int32)
    taken_over = problem.loads(fresh) - problem.territories.fixed_activity
    held: FloatArray = current_scorecard(problem, assembled.accounts).loads + taken_over
    return held


def _held_by_former(assembled: Assembled) -> FloatArray:
    """Return what each territory holds today whose seat is given up, shape ``(n_former, n_measures)``."""
    accounts, problem, seats = assembled.accounts, assembled.problem, assembled.folder.former_seats
    activity = problem.activity if accounts is None else accounts.activity
    if seats is None:
        return np.zeros((0, len(problem.measures)))
    names = [str(name) for name in seats["territory_id"]]
    held = [activity[assembled.previous_territory == name].sum(axis=0) for name in names]
    return np.array(held, dtype=np.float64).reshape(len(names), len(problem.measures))


def _left_behind(assembled: Assembled) -> tuple[str, ...]:
    """Return what cannot be handed to a neighbour, because nobody knows where it is, in words."""
    accounts = assembled.accounts
    lost = 0 if accounts is None else int((accounts.unplaced & (accounts.current == GONE)).sum())
    if not lost:
        return ()
    told = (
        f"{lost} accounts of those who leave have no place, so they have no neighbours: they are in unplaced.csv. "
        "Name a seat for them (seat_id), or give them a place."
    )
    return (told,)
