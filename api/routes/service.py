"""The service itself: is it well, and how may it be used."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import ServicesDep
from api.errors import documented
from api.settings import product_version

router = APIRouter(prefix="/api", tags=["Service"])


class ServiceOut(BaseModel):
    """What the service is and what it allows."""

    product: str = Field(examples=["territory-planner"])
    version: str = Field(examples=["0.1.0"])
    max_upload_bytes: int = Field(description="Largest upload.", examples=[536_870_912])
    max_files: int = Field(description="Most files in a plan folder.", examples=[100])
    max_time_limit_s: float = Field(description="Longest time limit.", examples=[3600.0])


@router.get("/service", responses=documented())
def get_service(services: ServicesDep) -> ServiceOut:
    """Return version and limits; an answer means that the service is well."""
    settings = services.settings
    return ServiceOut(
        product="territory-planner",
        version=product_version(),
        max_upload_bytes=settings.max_upload_bytes,
        max_files=settings.max_files,
        max_time_limit_s=settings.max_time_limit_s,
    )
