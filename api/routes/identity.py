"""The way in and out: signing in and out, who one is, another password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from api.deps import ServicesDep
from api.errors import ApiError, documented
from api.identity import accounts, signing
from api.identity.access import Access
from api.identity.cookies import clear_cookies, csrf_of, session_cookie, set_cookies
from api.schemas.people import MeOut, PasswordIn, SessionOut, SignInIn, SignOutIn
from api.settings import Settings
from api.who import Anybody, Present, Proved
from planner.roles import Permission

router = APIRouter(prefix="/api", tags=["People"])
_NOT_KEPT = {"Cache-Control": "no-store"}


def session_out(settings: Settings, who: Access | None, secret: str | None = None) -> SessionOut:
    """Return how somebody is signed in, as it is sent."""
    secret = secret or (who.secret if who is not None else None)
    return SessionOut(
        mode=settings.mode,
        signed_in=who is not None,
        person_id=who.person.id if who is not None else None,
        name=who.person.name if who is not None else None,
        csrf=csrf_of(secret) if secret is not None else None,
        ends_at=who.session.ends_at if who is not None and who.session is not None else None,
        company=settings.oidc_name if settings.team and settings.oidc_issuer else None,
    )


@router.get("/session", responses=documented())
def get_session(services: ServicesDep, who: Anybody, response: Response) -> SessionOut:
    """Return how one is signed in, or how one could; answers to everybody."""
    response.headers.update(_NOT_KEPT)
    return session_out(services.settings, who)


@router.post("/sign-in", responses=documented(401, 409, 422, 429))
def sign_in(
    request: Request, services: ServicesDep, _: Anybody, wanted: SignInIn, response: Response
) -> SessionOut:
    """Sign in with a login and a password; the session comes as a cookie.

    Wrong logins and wrong passwords are answered alike. After several failures each further attempt has to wait longer:
    429 with `Retry-After`.
    """
    settings, database = services.settings, services.store.database
    only_team(settings)
    old = request.cookies.get(session_cookie(settings))
    found, secret = signing.sign_in(
        database, settings, wanted.login, wanted.password, request.state.address, old
    )
    set_cookies(response, secret, settings)
    response.headers.update(_NOT_KEPT)
    return session_out(settings, Access(found.person()), secret)


@router.post("/sign-out", status_code=204, responses=documented(401, 403, 422))
def sign_out(
    services: ServicesDep,
    who: Present,
    response: Response,
    wanted: Annotated[SignOutIn, Body()] = SignOutIn(),  # noqa: B008  # frozen by nobody changing it
) -> None:
    """Sign out here, or everywhere."""
    if who.session is None:
        return
    signing.sign_out(services.store.database, who.person.id, who.session.hash, wanted.everywhere)
    clear_cookies(response, services.settings)


@router.get("/me", responses=documented(401))
def get_me(services: ServicesDep, who: Proved) -> MeOut:
    """Return who one is, what one may do, and which regions one sees."""
    person, regions = who.person, who.person.scope.regions
    return MeOut(
        id=person.id,
        name=person.name,
        roles=sorted(person.roles),
        permissions=[permission for permission in Permission if person.may(permission)],
        regions=None if regions is None else sorted(regions),
        mode=services.settings.mode,
    )


@router.put("/me/password", status_code=204, responses=documented(401, 403, 409, 422, 429))
def change_password(services: ServicesDep, who: Present, wanted: PasswordIn) -> None:
    """Give oneself another password. Every other session of oneself ends."""
    only_team(services.settings)
    assert who.session is not None  # whoever is present in team mode has one
    accounts.change_password(
        services.store.database,
        services.settings,
        who.person.id,
        wanted.old,
        wanted.new,
        who.session.hash,
    )


def only_team(settings: Settings) -> None:
    """Refuse what means nothing where nobody signs in."""
    if not settings.team:
        detail = (
            "This service is for one person on this machine: nobody signs in. PLANNER_MODE=team changes that."
        )
        raise ApiError(409, "local-mode", detail)
