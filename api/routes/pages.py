"""Pages of the workbench and the files they need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.templating import Jinja2Templates

from api.deps import ServicesDep
from api.errors import ApiError
from api.routes.plans import one_plan
from api.settings import Settings, product_version
from api.who import Anybody, Reading
from api.workbench.assets import MEDIA_TYPES, Assets
from api.workbench.texts import text, texts
from planner.quota.currency import MINOR_DIGITS
from planner.roles import Permission

router = APIRouter(include_in_schema=False)
_templates = Jinja2Templates(Path(__file__).parent.parent / "workbench" / "templates")


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page of the workbench."""
    assets: Assets = request.app.state.assets
    settings: Settings = request.app.state.services.settings
    shared = {
        "person": getattr(request.state, "person", None) if settings.team else None,
        "t": text,
        "texts": texts(),
        "asset": assets.url,
        "version": product_version(),
        "minor_digits": dict(MINOR_DIGITS),
    }
    return _templates.TemplateResponse(
        request, template, {**shared, **values}, status_code=status, headers={"Cache-Control": "no-cache"}
    )


def error_page(request: Request, status: int, detail: str) -> HTMLResponse | None:
    """Return an error as a page where a person with a browser asked, None where a program did."""
    if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
        return None
    return page(request, "error.html", status, code=status, detail=detail)


@router.get("/")
def home(request: Request, who: Reading) -> HTMLResponse:
    """Show the plans."""
    return page(request, "home.html", may_plan=who.may(Permission.PLAN) and who.scope.everything)


@router.get("/plans/{plan_id}")
def plan(request: Request, services: ServicesDep, who: Reading, plan_id: str) -> HTMLResponse:
    """Show one plan."""
    record = one_plan(services, who, plan_id)
    return page(request, "plan.html", plan_id=record.id, plan_name=record.name)


@router.get("/favicon.ico")
def favicon(request: Request, _: Anybody) -> FileResponse:
    """Return the product's mark."""
    assets: Assets = request.app.state.assets
    return FileResponse(assets.files["own/mark.svg"], media_type="image/svg+xml")


@router.get("/assets/{digest}/{name:path}")
def asset(request: Request, _: Anybody, digest: str, name: str) -> Response:
    """Return one file that pages need; a browser may keep it for ever."""
    assets: Assets = request.app.state.assets
    path = assets.files.get(name)
    if path is None or not assets.prefix.endswith(digest):
        raise ApiError(404, "not-found", f"There is no file {name!r}. Reload the page.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(path, media_type=MEDIA_TYPES[path.suffix], headers=headers)
