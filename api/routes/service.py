"""The service itself: is it well, and how may it be used."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.deps import ServicesDep
from api.errors import ApiError, documented
from api.http.metrics import CONTENT_TYPE, Metrics
from api.settings import product_version
from api.who import Anybody, Asking, allowed
from planner.roles import Permission

router = APIRouter(tags=["Service"])


class ServiceOut(BaseModel):
    """What the service is and what it allows."""

    product: str = Field(examples=["territory-planner"])
    version: str = Field(examples=["0.1.0"])
    max_upload_bytes: int = Field(description="Largest upload.", examples=[536_870_912])
    max_files: int = Field(description="Most files in a plan folder.", examples=[100])
    max_time_limit_s: float = Field(description="Longest time limit.", examples=[3600.0])


@router.get("/api/service", responses=documented())
def get_service(services: ServicesDep, _: Asking) -> ServiceOut:
    """Return version and limits; an answer means that the service is well."""
    settings = services.settings
    return ServiceOut(
        product="territory-planner",
        version=product_version(),
        max_upload_bytes=settings.max_upload_bytes,
        max_files=settings.max_files,
        max_time_limit_s=settings.max_time_limit_s,
    )


class HealthOut(BaseModel):
    """The service can do its work."""

    status: Literal["well"]


@router.get("/health", responses=documented(503))
def get_health(services: ServicesDep, _: Anybody) -> HealthOut:
    """Tell whether the service can do its work, for whoever watches over it."""
    if not services.store.answers():
        raise ApiError(503, "ill", "The database does not answer.")
    if not services.store.writable():
        raise ApiError(503, "ill", "Files cannot be written: look at the disk of the workspace.")
    return HealthOut(status="well")


@router.get(
    "/metrics",
    dependencies=[allowed(Permission.MONITOR)],
    response_class=Response,
    responses={**documented(403), 200: {"content": {CONTENT_TYPE: {"schema": {"type": "string"}}}}},
)
def get_metrics(request: Request) -> Response:
    """Return requests by route and status with their seconds, and jobs by state, in the text format of Prometheus."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.text(), media_type=CONTENT_TYPE)
