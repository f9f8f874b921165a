"""Pages of the way in, the detour over the company's identity provider, and one's own account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import Services, ServicesDep
from api.errors import ApiError
from api.identity import company, newcomers
from api.identity.address import rate_key
from api.identity.cookies import session_cookie, set_cookies
from api.identity.returning import safe_path
from api.identity.signing import refuse_haste
from api.routes.pages import page
from api.settings import Settings
from api.who import Anybody, Present
from data.store import access, people

router = APIRouter(include_in_schema=False)

Next = Annotated[str, Query(max_length=2_000)]
_FREE = 30


@router.get("/sign-in")
def sign_in_page(request: Request, services: ServicesDep, who: Anybody, next: Next = "/") -> Response:  # noqa: A002
    """Show the way in; who is in already goes on."""
    if who is not None:
        return RedirectResponse(safe_path(next), 303)
    return _gate(request, services.settings, safe_path(next))


@router.get("/sign-in/company")
def begin_company(request: Request, services: ServicesDep, _: Anybody, next: Next = "/") -> Response:  # noqa: A002
    """Send the browser to the identity provider."""
    settings = services.settings
    _only_with_company(settings)
    try:
        url, flow = company.begin(settings, _redirect_uri(request, settings), next)
    except ApiError as error:
        return _turned_away(request, settings, safe_path(next), error)
    answer = RedirectResponse(url, 303)
    answer.set_cookie(
        company.COOKIE,
        flow.sealed(),
        max_age=company.LASTS_S,
        path="/sign-in",
        secure=settings.behind_tls,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(company.RETURN_PATH)
def finish_company(request: Request, services: ServicesDep, _: Anybody) -> Response:
    """Let in whom the identity provider sends back."""
    settings, database = services.settings, services.store.database
    _only_with_company(settings)
    flow = company.Flow.of(request.cookies.get(company.COOKIE))
    key = rate_key(request.state.address)
    try:
        with database.writing() as tx:
            refuse_haste(access.begin_attempt(tx, key, _FREE))
        if flow is None:
            raise company.refused("the attempt took longer than ten minutes. Try again.")
        claims = company.finish(settings, _redirect_uri(request, settings), flow, request.query_params)
        old = request.cookies.get(session_cookie(settings))
        secret = newcomers.enter(database, settings, claims, request.state.address, old)[1]
        with database.writing() as tx:
            access.forgive(tx, key, everything=False)
    except ApiError as error:
        answer = _turned_away(request, settings, flow.path if flow is not None else "/", error)
    else:
        answer = RedirectResponse(flow.path, 303)
        set_cookies(answer, secret, settings)
    answer.delete_cookie(company.COOKIE, path="/sign-in", secure=settings.behind_tls, httponly=True)
    return answer


@router.get("/account")
def account_page(request: Request, services: ServicesDep, who: Present) -> Response:
    """Show one's own account; in a service for one person there is none."""
    if not services.settings.team:
        return RedirectResponse("/", 303)
    regions = who.person.scope.regions
    return page(
        request,
        "account.html",
        regions=regions,
        has_password=_has_password(services, who.person.id),
        fewest=services.settings.password_length,
    )


def _has_password(services: Services, person_id: str) -> bool:
    with services.store.database.reading() as connection:
        found = people.person(connection, person_id)
    return found is not None and found.password_hash is not None


def _gate(request: Request, settings: Settings, path: str, failed: str = "", status: int = 200) -> Response:
    shown = settings.oidc_name if settings.oidc_issuer else None
    return page(request, "sign_in.html", status, way_in=True, next=path, company=shown, failed=failed)


def _turned_away(request: Request, settings: Settings, path: str, error: ApiError) -> Response:
    answer = _gate(request, settings, path, error.detail, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


def _redirect_uri(request: Request, settings: Settings) -> str:
    scheme = "https" if settings.behind_tls else "http"
    return f"{scheme}://{request.headers['host']}{company.RETURN_PATH}"  # the guard has looked at the host


def _only_with_company(settings: Settings) -> None:
    if not (settings.team and settings.oidc_issuer):
        raise ApiError(404, "not-found", "This service knows no identity provider.")
    if not company.is_installed():
        raise ApiError(
            404, "not-found", "Signing in elsewhere takes the extra: pip install 'territory-planner[oidc]'."
        )
