"""What routes ask for: the settings, the store, the runner."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Path, Request

from api.desk import Desks
from api.errors import not_found
from api.jobs.runner import JobRunner
from api.results.shelf import Shelf
from api.settings import Settings
from data.store import data_sets, plans
from data.store.data_sets import DataSet
from data.store.ids import ID_PATTERN
from data.store.opening import Store
from data.store.plans import PlanRow


@dataclass(frozen=True)
class Services:
    """Everything that lives as long as the application."""

    settings: Settings
    store: Store
    runner: JobRunner
    shelf: Shelf

    @cached_property
    def desks(self) -> Desks:
        """Working states of the plans that are edited."""
        return Desks(self.store)

    def data_set(self, data_set_id: str) -> DataSet:
        """Return a data set; `ApiError` 404 where there is none."""
        with self.store.database.reading() as connection:
            found = data_sets.data_set(connection, data_set_id)
        if found is None:
            raise not_found("plan folder", data_set_id, "/api/folders")
        return found

    def plan(self, plan_id: str) -> PlanRow:
        """Return a plan; `ApiError` 404 where there is none."""
        with self.store.database.reading() as connection:
            found = plans.plan(connection, plan_id)
        if found is None:
            raise not_found("plan", plan_id, "/api/plans")
        return found


def services(request: Request) -> Services:
    """Return the services of the application that handles `request`."""
    found: Services = request.app.state.services
    return found


ServicesDep = Annotated[Services, Depends(services)]
FolderId = Annotated[
    str,
    Path(pattern=ID_PATTERN, description="Id of a plan folder, from `GET /api/folders`.", examples=["iowa"]),
]
PlanId = Annotated[
    str,
    Path(
        pattern=ID_PATTERN, description="Id of a plan, from `GET /api/plans`.", examples=["spring-4f2a91c07e"]
    ),
]
