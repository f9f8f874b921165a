"""An assembled planning problem: arrays for the solvers, with what is needed to turn them back into files and maps."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from data.folder import PlanFolder
from geo.crs import Projection
from planner.accounts import Accounts
from planner.arrays import FloatArray, IdArray
from planner.errors import Problem
from planner.problem import AlignmentProblem
from planner.quota.history import History
from planner.relationships import Relationships
from planner.scenario import Scenario
from planner.workload import CallPlan


@dataclass(frozen=True, eq=False)
class Assembled:
    """A problem with its surroundings.

    Parameters
    ----------
    folder, scenario
        What it was assembled from.
    problem
        What the solvers see.
    accounts
        Accounts in the order of ``folder.accounts``; None where the folder has none.
    account_place_deg
        Longitude and latitude used for each account, shape ``(n_accounts, 2)``; NaN where it has no place.
    account_place_source
        How each account was placed, shape ``(n_accounts,)``: ``coordinates``, ``postal_code``, ``unit``,
        ``together`` (beside the others of its family), or ``""``.
    account_area, unit_area
        Position in ``folder.units`` of the area that each account / basic unit lies in, shapes ``(n_accounts,)``
        and ``(n_units,)``; −1 where none.
    previous_territory
        Territory id in force for each account (each unit where there are no accounts), as it came in; ``""`` where
        none.
    shapes
        Polygon of each basic unit on the projection, in unit order; None where units are points without surroundings.
    projection
        The equal-area projection of all metres in the problem.
    history
        Sales by account and period; None where the folder has none.
    problems
        Everything that was repaired, guessed or left out, from reading and from assembling.
    relationships
        Who serves each entity today and what its sales are worth; None where its sales are unknown.
    call_plan
        Calls of each account by its segment; None where no segment states any.
    """

    folder: PlanFolder
    scenario: Scenario
    problem: AlignmentProblem
    accounts: Accounts | None
    account_place_deg: FloatArray
    account_place_source: IdArray
    account_area: np.ndarray
    unit_area: np.ndarray
    previous_territory: IdArray
    shapes: gpd.GeoSeries | None
    projection: Projection
    history: History | None
    problems: tuple[Problem, ...]
    relationships: Relationships | None = None
    call_plan: CallPlan | None = None
