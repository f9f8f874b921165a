"""What routes ask for: the settings, the workspace, the runner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from api.jobs.runner import JobRunner
from api.results.shelf import Shelf
from api.settings import Settings
from api.workspace import Workspace
from data.store.ids import ID_PATTERN


@dataclass(frozen=True)
class Services:
    """Everything that lives as long as the application."""

    settings: Settings
    workspace: Workspace
    runner: JobRunner
    shelf: Shelf


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
    Path(pattern=ID_PATTERN, description="Id of a plan, from `GET /api/plans`.", examples=["spring-4f2a91"]),
]
