"""Publishing: puts a validated version in force from a day on, and takes that back."""

from __future__ import annotations

from datetime import date
from itertools import islice

from api.approving import stages
from api.approving.reviewed import Reviewed, contents, reviewed
from api.deps import Services
from api.errors import ApiError, not_found
from data.store import approvals, plans, publications, trail
from data.store.database import now
from data.store.ids import new_id
from data.store.publications import Publication
from planner.approval.standing import Event, stood
from planner.approval.steps import Stage, Step
from planner.roles import Person


def publish(services: Services, who: Person, found: Reviewed, effective_from: date, line: str) -> Publication:
    """Put a validated version in force.

    Raises
    ------
    ApiError
        409 where the plan is not validated, or another version of it is.
    """
    event = Event(Step.PUBLISH, who.id, now(), version=found.version.number)
    added = Publication(
        new_id(found.plan.name),
        found.plan.id,
        found.version.number,
        found.plan.data_digest,
        str(found.version.output_digest),
        effective_from,
        who.id,
        event.at,
        line,
    )
    with services.store.database.writing() as tx:
        before, after = stages.step_in(tx, found, event)
        publications.add_publication(tx, added)
        stages.note(
            tx,
            found.plan.id,
            event,
            before,
            after,
            publication=added.id,
            effective_from=effective_from.isoformat(),
            line=line,
        )
    return added


def publication(services: Services, who: Person, publication_id: str) -> Publication:
    """Return a publication; `ApiError` 404 where there is none that shows who asks anything."""
    with services.store.database.reading() as connection:
        found = publications.publication(connection, publication_id)
    if found is None or not shows_anything(services, who, found):
        raise not_found("publication", publication_id, "/api/publications")
    return found


def shows_anything(services: Services, who: Person, found: Publication) -> bool:
    """Return whether somebody sees any territory of what is published."""
    if who.scope.everything:
        return True
    said = contents(services, found.data_digest, found.output_digest)
    return any(said.shows(who.scope, territory) for territory in said.region_of)


def listed(
    services: Services,
    who: Person,
    *,
    plan_id: str | None,
    line: str | None,
    standing: bool,
    after: tuple[date, str] | None,
    limit: int,
) -> list[Publication]:
    """Return publications that show somebody anything, one more than `limit` where there are more."""
    with services.store.database.reading() as connection:
        found = publications.all_publications(
            connection,
            plan_id=plan_id,
            line=line,
            standing=standing,
            after=after,
            limit=limit + 1 if who.scope.everything else None,
        )
    return list(islice((each for each in found if shows_anything(services, who, each)), limit + 1))


def withdraw(services: Services, who: Person, publication_id: str, why: str) -> Publication:
    """Take a publication back: what it replaced is in force again.

    A plan that is published by nothing else is validated again. One that was reopened since stays as it is.

    Raises
    ------
    ApiError
        404 where there is none, 409 where it was taken back already.
    """
    plan = reviewed(services, who, publication(services, who, publication_id).plan_id)
    event = Event(Step.RECALL, who.id, now(), why)
    with services.store.database.writing() as tx:
        # The plan before the publication, as everywhere: two people who take turns the other way round would wait for
        # each other for ever.
        plans.plan(tx, plan.plan.id, lock=True)
        found = publications.publication(tx, publication_id, lock=True)
        if found is None:
            raise not_found("publication", publication_id, "/api/publications")
        if found.withdrawn_at is not None:
            raise ApiError(
                409, "withdrawn", f"The publication was withdrawn already, by {found.withdrawn_by}."
            )
        publications.withdraw_publication(tx, publication_id, who.id, event.at, why)
        standing = stood(plan.regions, [each.event for each in approvals.events(tx, plan.plan.id)])
        rest = publications.all_publications(tx, plan_id=plan.plan.id, standing=True)
        recalled = standing.stage is Stage.PUBLISHED and not any(p.version == standing.version for p in rest)
        if recalled:
            stages.step_in(tx, plan, event)
        trail.append(
            tx,
            who=who.id,
            what="publication.withdraw",
            kind="publication",
            subject=publication_id,
            plan=plan.plan.id,
            old={"stage": standing.stage.value, "effective_from": found.effective_from.isoformat()},
            new={"stage": Stage.VALIDATED.value if recalled else standing.stage.value},
            why=why,
        )
    return publication(services, who, publication_id)
