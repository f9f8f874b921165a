"""People and tokens: list, add, change, withdraw."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.deps import ServicesDep
from api.errors import ApiError, documented, not_found
from api.http.preconditions import IfMatch, state
from api.identity import accounts
from api.routes.identity import only_team
from api.schemas.people import NewTokenOut, PersonChangeIn, PersonIn, PersonOut, TokenIn, TokenOut
from api.who import Administering, Asking, Present
from data.store import access, people
from data.store.access import TokenRow
from data.store.ids import ID_PATTERN
from data.store.people import PersonRow
from planner.roles import Permission, Person

router = APIRouter(prefix="/api", tags=["People"])

PersonId = Annotated[
    str,
    Path(
        pattern=ID_PATTERN,
        description="Id of a person, from `GET /api/people`.",
        examples=["ann-bell-4f2a91c07e"],
    ),
]
TokenId = Annotated[
    str,
    Path(
        pattern=ID_PATTERN,
        description="Id of a token, from `GET /api/tokens`.",
        examples=["nightly-91c07e4f2a"],
    ),
]


def _out(row: PersonRow) -> PersonOut:
    return PersonOut(
        id=row.id,
        name=row.name,
        login=row.login,
        roles=sorted(row.roles),
        regions=sorted(row.regions),
        disabled=not row.active,
        has_password=row.password_hash is not None,
        created_at=row.created_at,
        revision=row.revision,
    )


def _token_out(row: TokenRow) -> TokenOut:
    values = {
        name: getattr(row, name) for name in TokenOut.model_fields if name not in ("permissions", "regions")
    }
    return TokenOut(
        **values,
        permissions=None if row.permissions is None else sorted(row.permissions),
        regions=None if row.regions is None else sorted(row.regions),
    )


def _administers_all(who: Administering) -> None:
    """Refuse administrators that a token holds to some regions: whoever makes accounts could see everything."""
    if not who.scope.everything:
        raise ApiError(403, "not-permitted", "This needs a session, or a token that is not held to regions.")


@router.get("/people", responses=documented(401, 403))
def list_people(services: ServicesDep, who: Administering) -> list[PersonOut]:
    """List everybody with an account, by login."""
    _administers_all(who)
    with services.store.database.reading() as connection:
        return [_out(row) for row in people.all_people(connection)]


@router.post("/people", status_code=201, responses=documented(401, 403, 409, 422))
def add_person(services: ServicesDep, who: Administering, wanted: PersonIn, response: Response) -> PersonOut:
    """Add somebody who may sign in."""
    _administers_all(who)
    added = accounts.add_person(
        services.store.database,
        services.settings,
        who.id,
        login=wanted.login,
        name=wanted.name,
        roles=wanted.roles,
        regions=wanted.regions,
        password=wanted.password,
        why=wanted.why,
    )
    state(response, added.revision)
    return _out(added)


@router.get("/people/{person_id}", responses=documented(401, 403, 404, 422))
def get_person(
    services: ServicesDep, who: Administering, person_id: PersonId, response: Response
) -> PersonOut:
    """Return one person; the `ETag` states their revision."""
    _administers_all(who)
    with services.store.database.reading() as connection:
        found = people.person(connection, person_id)
    if found is None:
        raise not_found("person", person_id, "/api/people")
    state(response, found.revision)
    return _out(found)


@router.patch("/people/{person_id}", responses=documented(401, 403, 404, 409, 412, 422, 428))
def change_person(
    services: ServicesDep,
    who: Administering,
    person_id: PersonId,
    wanted: PersonChangeIn,
    response: Response,
    if_match: IfMatch = None,
) -> PersonOut:
    """Change somebody: name, login, roles, regions, password, whether they are shut out.

    Nobody is deleted, since the audit trail names them. The last administrator stays one.
    """
    _administers_all(who)
    asked = wanted.model_dump(exclude_none=True, exclude={"why"})
    changed = accounts.change_person(
        services.store.database,
        services.settings,
        who.id,
        person_id,
        if_match=if_match,
        why=wanted.why,
        **asked,
    )
    state(response, changed.revision)
    return _out(changed)


def _of_everybody(who: Person) -> bool:
    return who.may(Permission.ADMINISTER) and who.scope.everything


@router.get("/tokens", responses=documented(401, 403, 422))
def list_tokens(
    services: ServicesDep,
    who: Asking,
    everybody: Annotated[bool, Query(description="Those of others too; for administrators.")] = False,
) -> list[TokenOut]:
    """List one's tokens, the last one first; what they are is told only once, when they are made."""
    if everybody and not _of_everybody(who):
        raise ApiError(403, "not-permitted", "Only administrators see the tokens of others.")
    with services.store.database.reading() as connection:
        return [_token_out(row) for row in access.all_tokens(connection, None if everybody else who.id)]


@router.post("/tokens", status_code=201, responses=documented(401, 403, 409, 422))
def add_token(services: ServicesDep, who: Present, wanted: TokenIn, response: Response) -> NewTokenOut:
    """Make a token for a program of one's own. It never may or sees more than oneself, at any time."""
    only_team(services.settings)
    added, secret = accounts.add_token(
        services.store.database,
        services.settings,
        who.person.id,
        person_id=who.person.id,
        name=wanted.name,
        permissions=wanted.permissions,
        regions=wanted.regions,
        days=wanted.days,
    )
    response.headers["Cache-Control"] = "no-store"
    return NewTokenOut(**_token_out(added).model_dump(), secret=secret)


@router.delete("/tokens/{token_id}", status_code=204, responses=documented(401, 403, 404, 422))
def revoke_token(services: ServicesDep, who: Present, token_id: TokenId) -> None:
    """Withdraw a token for good: one's own, or as an administrator anybody's."""
    accounts.revoke_token(services.store.database, who.person, token_id)
