"""Finished plans: scorecard, territories, quotas, accounts, map layers, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import FileResponse, StreamingResponse

from api.deps import PlanId, ServicesDep
from api.errors import ApiError, documented
from api.results.accounts import account_at, account_page
from api.results.archive import ABOUT, zipped
from api.results.points import MEDIA_TYPE
from api.results.seen import SeenPlan, seen
from api.schemas.results import (
    AccountPage,
    AccountRow,
    MapInfo,
    PlanFile,
    QuotaTable,
    TerritoryTable,
)
from api.who import Reading

router = APIRouter(prefix="/api/plans/{plan_id}", tags=["Results"])
_ERRORS = documented(404, 409, 422)
_KEEP = {"Cache-Control": "private, max-age=3600"}


def _finished(services: ServicesDep, who: Reading, plan_id: PlanId) -> SeenPlan:
    return seen(who, services.shelf.plan(plan_id), plan_id)


Finished = Annotated[SeenPlan, Depends(_finished)]
"""A finished plan as who asks sees it."""


@router.get(
    "/scorecard",
    responses={
        **_ERRORS,
        200: {
            "content": {
                "application/json": {
                    "example": {
                        "measures": ["sales"],
                        "entities": "accounts",
                        "before": {"feasible": False, "totals": {"sales": {"worst_deviation": 0.62}}},
                        "after": {"feasible": True, "totals": {"sales": {"worst_deviation": 0.097}}},
                    }
                }
            }
        },
    },
)
def get_scorecard(plan: Finished) -> dict[str, Any]:
    """Return every measure of the plan and of today's alignment, with the units each number is in."""
    return plan.scorecard


@router.get("/run", responses=_ERRORS)
def get_run(plan: Finished) -> dict[str, Any]:
    """Return what it takes to make the plan again: inputs, versions, seed, solver, status, bound and gap."""
    return plan.run


@router.get("/territories", responses=_ERRORS)
def get_territories(plan: Finished) -> TerritoryTable:
    """Return one row per territory, before beside after."""
    return plan.territories


@router.get("/quotas", responses=_ERRORS)
def get_quotas(plan: Finished) -> QuotaTable:
    """Return quotas by territory and period, and the equations that prove that they tie out to the cent."""
    return plan.quotas


@router.get("/accounts", responses=_ERRORS)
def get_accounts(
    plan: Finished,
    territory_id: Annotated[str | None, Query(description="Only accounts of this territory.")] = None,
    search: Annotated[str, Query(max_length=200, description="Part of an id or a name, in any case.")] = "",
    moved: Annotated[bool, Query(description="Only accounts that change owner.")] = False,
    sort: Annotated[str, Query(max_length=200, description="A column or a measure.")] = "account_id",
    order: Annotated[Literal["asc", "desc"], Query(description="Ascending or descending.")] = "asc",
    offset: Annotated[int, Query(ge=0, le=2**53, description="How many to leave out.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many to return.")] = 50,
) -> AccountPage:
    """Return accounts with their territory and the reason for it: filtered, sorted, a page at a time."""
    return account_page(
        plan.accounts,
        territory_id=territory_id,
        search=search,
        moved=moved,
        sort=sort,
        descending=order == "desc",
        offset=offset,
        limit=limit,
    )


@router.get("/accounts/{position}", responses=_ERRORS)
def get_account(
    plan: Finished, position: Annotated[int, Path(ge=0, description="As map points state it.")]
) -> AccountRow:
    """Return one account by its position, which map points refer to."""
    return account_at(plan.accounts, position)


@router.get("/map", responses=_ERRORS)
def get_map(plan: Finished) -> MapInfo:
    """Return what a map of the plan is made of."""
    return plan.map_info


@router.get(
    "/map/points",
    response_class=Response,
    responses={**_ERRORS, 200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}},
)
def get_points(plan: Finished) -> Response:
    """Return every account with a place in binary, little endian.

    `TPP1`, then uint32 n, float32[n] longitude, float32[n] latitude, uint32[n] position of the account,
    uint16[n] territory, uint16[n] territory before (65535: nobody; both count as the territory table does),
    uint8[n] size (255 · √ of the first measure's share of its greatest).
    """
    return Response(plan.points(), media_type=MEDIA_TYPE, headers=_KEEP)


@router.get(
    "/map/{layer}",
    response_class=Response,
    responses={
        **_ERRORS,
        200: {
            "content": {"application/geo+json": {"example": {"type": "FeatureCollection", "features": []}}}
        },
    },
)
def get_layer(
    plan: Finished,
    layer: Annotated[
        Literal["areas", "territories-before", "territories-after", "homes"],
        Path(description="Name of the layer."),
    ],
    level: Annotated[int, Query(ge=0, le=9, description="Level of detail: 0 is the coarsest.")] = 0,
) -> Response:
    """Return a map layer as GeoJSON (WGS 84). `index`, `after` and `before` count as the territory table does."""
    content = plan.layer(layer, level)
    if content is None:
        raise ApiError(404, "not-found", f"The plan has no layer {layer!r} at level {level}. See …/map.")
    return Response(content, media_type="application/geo+json", headers=_KEEP)


@router.get("/files", responses=_ERRORS)
def list_files(plan: Finished) -> list[PlanFile]:
    """List the files of the output; none for those who see some regions, since each is about the whole company."""
    found = plan.files()
    names = [name for name in ABOUT if name in found] + sorted(set(found) - set(ABOUT))
    return [PlanFile(name=n, bytes=found[n].stat().st_size, about=ABOUT.get(n, "")) for n in names]


@router.get("/files/{name}", response_class=FileResponse, responses=_ERRORS)
def get_file(
    plan: Finished,
    name: Annotated[str, Path(max_length=100, description="Name of the file.", examples=["assignments.csv"])],
) -> FileResponse:
    """Download one file of the output."""
    path = plan.files().get(name)
    if path is None:
        raise ApiError(404, "not-found", f"The plan has no file {name!r}. GET …/files lists its files.")
    return FileResponse(path, filename=name, content_disposition_type="attachment")


@router.get(
    "/download",
    response_class=StreamingResponse,
    responses={
        **_ERRORS,
        200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
    },
)
def download(plan: Finished, plan_id: PlanId) -> StreamingResponse:
    """Download the whole output as one ZIP file."""
    if not plan.fence.everything:
        raise ApiError(404, "not-found", "The plan has no files. GET …/files lists its files.")
    chunks: Iterator[bytes] = zipped(plan.plan.output_path, plan_id)
    headers = {"Content-Disposition": f'attachment; filename="{plan_id}.zip"'}
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)
