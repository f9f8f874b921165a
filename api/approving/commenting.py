"""Comments: who may write about what, and who sees them."""

from __future__ import annotations

import re

from api.approving.reviewed import Reviewed
from api.deps import Services
from api.errors import ApiError, not_found
from data.store import challenges, comments, plans, trail
from data.store.comments import About, Comment
from data.store.database import now
from data.store.ids import ID_PATTERN, new_id
from planner.approval.fencing import sees_all, sees_any
from planner.approval.texts import plain_text
from planner.errors import InvalidInput
from planner.roles import Person


def write(
    services: Services,
    who: Person,
    found: Reviewed,
    text: str,
    about: About = About.PLAN,
    subject: str = "",
    reply_to: str | None = None,
) -> Comment:
    """Write a comment.

    Raises
    ------
    ApiError
        404 where there is nothing of this kind and id that who writes sees, 422 where the text cannot be used.
    """
    regions = regions_of(services, who, found, about, subject)
    answered = None if reply_to is None else visible(services, who, found, reply_to)
    if answered is not None and (answered.about, answered.subject) != (about, subject):
        raise ApiError(422, "invalid-request", "An answer is about the same as the comment that it answers.")
    added = Comment(
        new_id(about.value),
        found.plan.id,
        about,
        subject,
        readable(text, "text"),
        who.id,
        now(),
        # Who answers is read by those who see what is answered.
        regions if answered is None else answered.regions,
        reply_to,
    )
    with services.store.database.writing() as tx:
        if plans.plan(tx, found.plan.id, lock=True) is None:
            raise not_found("plan", found.plan.id, "/api/plans")
        comments.add_comment(tx, added)
        trail.append(
            tx,
            who=who.id,
            what="comment.write",
            kind="comment",
            subject=added.id,
            plan=found.plan.id,
            new={"about": about.value, "subject": subject, "text": added.text},
        )
    return added


def remove(services: Services, who: Person, within: Reviewed, comment_id: str) -> None:
    """Take an own comment back; `ApiError` 404 where there is none that who asks sees, 403 for those of others."""
    found, plan_id = visible(services, who, within, comment_id), within.plan.id
    if found.author != who.id:
        raise ApiError(403, "not-yours", "Only who wrote a comment takes it back.")
    with services.store.database.writing() as tx:
        plans.plan(tx, plan_id, lock=True)
        comments.remove_comment(tx, comment_id, who.id, now())
        trail.append(
            tx,
            who=who.id,
            what="comment.remove",
            kind="comment",
            subject=comment_id,
            plan=plan_id,
            old={"text": found.text},
        )


def visible(services: Services, who: Person, within: Reviewed, comment_id: str) -> Comment:
    """Return a comment that somebody sees; `ApiError` 404 where there is none, or it was taken back."""
    with services.store.database.reading() as connection:
        found = comments.comment(connection, within.plan.id, comment_id)
    if found is None or found.removed_at is not None or not _reads(who, within, found):
        raise not_found("comment", comment_id, "…/comments")
    return found


def listed(
    services: Services,
    who: Person,
    within: Reviewed,
    about: About | None,
    subject: str | None,
    after: int,
    limit: int,
) -> list[tuple[int, Comment]]:
    """Return comments that somebody sees, those numbered above `after`, one more than `limit` where there are more."""
    with services.store.database.reading() as connection:
        found = comments.all_comments(connection, within.plan.id, about=about, subject=subject, after=after)
    return [(number, each) for number, each in found if _reads(who, within, each)][: limit + 1]


def _reads(who: Person, found: Reviewed, comment: Comment) -> bool:
    """Return whether somebody reads a comment. An account that changes hands is seen from both its regions, and so is
    what is said of it to both; everything else is read by those who see all that it concerns."""
    if comment.about is About.ACCOUNT:
        return sees_any(who, found.sees_region, comment.regions, comment.author)
    return sees_all(who, found.sees_region, comment.regions, comment.author)


def regions_of(
    services: Services, who: Person, found: Reviewed, about: About, subject: str
) -> tuple[str, ...] | None:
    """Return the regions that something concerns; `ApiError` 404 where there is no such thing that who asks sees."""
    regions = found.contents.region_of
    if about is About.PLAN:
        if subject:
            raise ApiError(422, "invalid-request", "A comment on the plan names no subject.")
        return None if found.scope.everything else tuple(filter(found.sees_region, found.regions))
    if about is About.TERRITORY:
        if not found.sees(subject):
            raise not_found("territory", subject, "…/territories")
        return (regions[subject],)
    if about is About.ACCOUNT:
        if not found.sees_account(subject):
            raise not_found("account", subject, "…/accounts")
        # What a manager says of it is for the own regions only.
        concerned = {regions[t] for t in found.contents.territory_of[subject] if t in regions}
        return tuple(sorted(filter(found.sees_region, concerned)))
    raised = None
    if re.match(ID_PATTERN, subject):
        with services.store.database.reading() as connection:
            raised = challenges.challenge(connection, found.plan.id, subject)
    if raised is None or not sees_all(who, found.sees_region, raised.regions, raised.raised_by):
        raise not_found("challenge", subject, "…/challenges")
    return raised.regions


def readable(text: str, what: str, *, required: bool = True, longest: int = 4000) -> str:
    """Return a text as it is kept; `ApiError` 422 where it cannot be used."""
    try:
        return plain_text(text, what, required=required, longest=longest)
    except InvalidInput as fault:
        raise ApiError(422, "invalid-request", fault.problems[0].why, fault.problems) from fault
