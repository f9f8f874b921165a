"""Approval of plans: how one stands, and the steps that lead on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from api.approving import certifying, stages
from api.approving.commenting import readable
from api.approving.reviewed import Reviewed, reviewed
from api.deps import PlanId, Services, ServicesDep
from api.errors import ApiError, documented, not_found
from api.http import preconditions
from api.http.paging import Cursor, Limit, Page, after, page_of
from api.schemas.approval import (
    ApprovalEventOut,
    ApprovalOut,
    ApproveIn,
    ApproveOnBehalfIn,
    AskAgainIn,
    CertificateOut,
    DueDatesIn,
    DueOut,
    PossibleStep,
    ReasonIn,
    RegionStanding,
    RejectIn,
    ReopenIn,
    SendBackIn,
    StepIn,
    ValidatedOut,
    ValidateIn,
    ValidationCheckOut,
)
from api.who import Reading, allowed
from data.store.approvals import Numbered
from data.store.database import now
from planner.approval.standing import Event
from planner.approval.steps import Step
from planner.roles import Permission, Person

router = APIRouter(prefix="/api/plans/{plan_id}", tags=["Approval"])
Planning = Annotated[Person, allowed(Permission.PLAN)]
Challenging = Annotated[Person, allowed(Permission.CHALLENGE)]
Approving = Annotated[Person, allowed(Permission.APPROVE)]
Validating = Annotated[Person, allowed(Permission.VALIDATE)]
_STEP = documented(401, 403, 404, 409, 422)


def approval_out(
    services: Services, who: Person, found: Reviewed, response: Response | None = None
) -> ApprovalOut:
    """Return how a plan stands, as far as somebody sees it; states its revision as the ETag of a response."""
    seen = stages.picture(services, who, found)
    if response is not None:
        preconditions.state(response, seen.revision)
    standing = seen.standing
    back_with, back_reason = (
        standing.back_with if found.scope.everything or standing.back_with[0] == who.id else ("", "")
    )
    return ApprovalOut(
        plan_id=found.plan.id,
        stage=standing.stage,
        frozen=standing.stage.frozen,
        proposed_by=standing.proposed_by,
        back_with=back_with,
        back_reason=back_reason,
        version=standing.version,
        newest_version=seen.newest_version,
        edits_beyond=seen.edits_beyond,
        open_challenges=seen.open_challenges,
        regions=[
            RegionStanding(
                region=region,
                verdict=(said := standing.decision(region)).verdict,
                who=said.who,
                at=said.at,
                reason=said.reason,
                on_behalf=said.on_behalf,
                lapsed=region in seen.lapsed,
            )
            for region in filter(found.sees_region, found.regions)
        ],
        due=[DueOut(stage=d.stage, on=d.on, reached=d.reached, days_late=d.days_late) for d in seen.due],
        certificate=None
        if seen.certificate is None
        else CertificateOut.model_validate(seen.certificate.__dict__),
        steps=[
            PossibleStep(step=step, region=region, on_behalf=on_behalf)
            for step, region, on_behalf in stages.possible(who, found, seen)
        ],
    )


def _event_out(each: Numbered) -> ApprovalEventOut:
    event = each.event
    return ApprovalEventOut(
        number=each.number,
        step=event.step,
        stage=each.stage,
        who=event.who,
        at=event.at,
        reason=event.reason,
        region=event.region,
        on_behalf=event.on_behalf,
        void=list(event.void),
        version=event.version,
    )


@router.get("/approval", responses=documented(401, 403, 404, 409, 422))
def get_approval(services: ServicesDep, who: Reading, plan_id: PlanId, response: Response) -> ApprovalOut:
    """Return how a plan stands on its way into force, and what you may do now.

    Managers see their regions. The ETag is the revision of the plan.
    """
    return approval_out(services, who, reviewed(services, who, plan_id), response)


@router.get("/approval/history", responses=documented(401, 403, 404, 409, 422))
def list_approval_history(
    services: ServicesDep, who: Reading, plan_id: PlanId, limit: Limit = 100, cursor: Cursor = None
) -> Page[ApprovalEventOut]:
    """List every step that was taken, oldest first."""
    last = after(cursor, int) or (0,)
    found = stages.history(services, reviewed(services, who, plan_id), last[0], limit + 1)
    return page_of(found, limit, lambda each: [each.number], _event_out)


@router.put("/approval/due-dates", responses=documented(401, 403, 404, 409, 412, 422, 428))
def set_due_dates(
    services: ServicesDep,
    who: Planning,
    plan_id: PlanId,
    wanted: DueDatesIn,
    response: Response,
    if_match: preconditions.IfMatch = None,
) -> ApprovalOut:
    """State by when each stage is to be reached. What was stated before is replaced."""
    stages.set_due(
        services, who, plan_id, wanted.dates, lambda revision: preconditions.check(if_match, revision, "plan")
    )
    return approval_out(services, who, reviewed(services, who, plan_id), response)


@router.post("/approval/propose", responses=_STEP)
def propose_plan(
    services: ServicesDep, who: Planning, plan_id: PlanId, wanted: StepIn, response: Response
) -> ApprovalOut:
    """Show a draft to sales: its managers may challenge and approve it from now on."""
    return _take(services, who, plan_id, response, Step.PROPOSE, reason=wanted.reason)


@router.post("/approval/review", responses=_STEP)
def begin_review(
    services: ServicesDep, who: Challenging, plan_id: PlanId, wanted: StepIn, response: Response
) -> ApprovalOut:
    """Begin to review a proposed plan. The first challenge, approval or refusal does so of itself."""
    return _take(services, who, plan_id, response, Step.REVIEW, reason=wanted.reason)


@router.post("/approval/approve", responses=_STEP)
def approve_region(
    services: ServicesDep, who: Approving, plan_id: PlanId, wanted: ApproveIn, response: Response
) -> ApprovalOut:
    """Approve an own region as the newest version holds it. The plan is approved when every region is.

    An approval is of what the region holds, accounts and quotas: it lapses when that changes, until it is given anew.
    """
    return _approve(services, who, plan_id, wanted, response, on_behalf=False)


@router.post("/approval/approve-on-behalf", responses=_STEP)
def approve_region_on_behalf(
    services: ServicesDep, who: Planning, plan_id: PlanId, wanted: ApproveOnBehalfIn, response: Response
) -> ApprovalOut:
    """Approve a region for its manager, with a reason; the only way for territories that belong to no region."""
    return _approve(services, who, plan_id, wanted, response, on_behalf=True)


@router.post("/approval/reject", responses=_STEP)
def reject_region(
    services: ServicesDep, who: Approving, plan_id: PlanId, wanted: RejectIn, response: Response
) -> ApprovalOut:
    """Refuse an own region, with a reason. It goes back to who proposed the plan; other regions stay as they are."""
    return _take(services, who, plan_id, response, Step.REJECT, region=wanted.region, reason=wanted.reason)


@router.post("/approval/ask-again", responses=_STEP)
def ask_region_again(
    services: ServicesDep, who: Planning, plan_id: PlanId, wanted: AskAgainIn, response: Response
) -> ApprovalOut:
    """Put a region that was refused before its manager once more."""
    return _take(services, who, plan_id, response, Step.ASK_AGAIN, region=wanted.region, reason=wanted.reason)


@router.post("/approval/withdraw", responses=_STEP)
def withdraw_proposal(
    services: ServicesDep, who: Planning, plan_id: PlanId, wanted: ReasonIn, response: Response
) -> ApprovalOut:
    """Take a proposal back to a draft; every approval is void."""
    return _take(services, who, plan_id, response, Step.WITHDRAW, reason=wanted.reason)


@router.post("/approval/send-back", responses=_STEP)
def send_plan_back(
    services: ServicesDep, who: Validating, plan_id: PlanId, wanted: SendBackIn, response: Response
) -> ApprovalOut:
    """Refuse what sales has approved; it goes back to review, to who approved last."""
    void = tuple(dict.fromkeys(wanted.regions))
    return _take(services, who, plan_id, response, Step.SEND_BACK, reason=wanted.reason, void=void)


@router.post("/approval/validate", responses=_STEP)
def validate_plan(
    services: ServicesDep, who: Validating, plan_id: PlanId, wanted: ValidateIn, response: Response
) -> ValidatedOut:
    """Prove from its files that a version ties out, keep the certificate, and freeze the plan.

    Every sum is added up again from the tables, and the files are compared with what the run record says of them.
    Refused where one does not hold, where regions changed since they were approved, while challenges are open, and
    where the draft has edits beyond the version.
    """
    found = reviewed(services, who, plan_id, wanted.version)
    kept, report = certifying.validate(services, who, found)
    return ValidatedOut(
        certificate=CertificateOut.model_validate(kept.__dict__),
        faults=[ValidationCheckOut(name=c.name, held=c.held, detail=c.detail) for c in report.faults],
        skipped=report.skipped,
        approval=approval_out(services, who, reviewed(services, who, plan_id), response),
    )


@router.post("/approval/reopen", responses=_STEP)
def reopen_plan(
    services: ServicesDep, who: Validating, plan_id: PlanId, wanted: ReopenIn, response: Response
) -> ApprovalOut:
    """Let a frozen plan be changed again. What came after the stage it goes back to is void; its certificate stays
    readable, marked void. What is published of it stays in force until it is withdrawn or replaced."""
    return _take(services, who, plan_id, response, Step.REOPEN, reason=wanted.reason, to=wanted.to)


@router.get("/certificates", responses=documented(401, 403, 404, 409, 422))
def list_certificates(services: ServicesDep, who: Reading, plan_id: PlanId) -> list[CertificateOut]:
    """List what finance has proved of a plan, oldest first; what no longer counts is marked void."""
    services.plan(plan_id)
    if not who.scope.everything:
        reviewed(services, who, plan_id)  # there is no such plan for those who see nothing of it
    return [
        CertificateOut.model_validate(kept.__dict__) for kept in certifying.certificates(services, plan_id)
    ]


@router.get("/certificates/{number}/tie-out", responses=documented(401, 403, 404, 422))
def get_certified_sums(
    services: ServicesDep,
    who: Reading,
    plan_id: PlanId,
    number: Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the certificate.", examples=[1])],
) -> dict[str, Any]:
    """Return every sum of a certificate, as `tie_out.json` of its version states it. For those who see all regions."""
    services.plan(plan_id)
    if not who.scope.everything:
        raise not_found("certificate", str(number), "…/certificates")
    return certifying.tie_out(services, plan_id, number)


def _take(
    services: Services,
    who: Person,
    plan_id: str,
    response: Response,
    step: Step,
    *,
    region: str | None = None,
    reason: str = "",
    **more: Any,
) -> ApprovalOut:
    found = reviewed(services, who, plan_id)
    if region is not None:
        found.region(region)
    stages.permit(who, found, step, region)
    why = readable(reason, "reason", required=False)
    if step is Step.PROPOSE:
        more = {**more, "version": found.version.number}
    stages.take(services, found, Event(step, who.id, now(), why, region, **more))
    return approval_out(services, who, reviewed(services, who, plan_id), response)


def _approve(
    services: Services, who: Person, plan_id: str, wanted: ApproveIn, response: Response, *, on_behalf: bool
) -> ApprovalOut:
    found = reviewed(services, who, plan_id)
    region = found.region(wanted.region)
    stages.permit(who, found, Step.APPROVE, region, on_behalf=on_behalf)
    if wanted.version != found.version.number:
        detail = f"Version {found.version.number} is the newest one; version {wanted.version} was looked at."
        raise ApiError(409, "not-the-newest", detail)
    why = readable(wanted.reason, "reason", required=on_behalf)
    content = found.contents.digests[region]
    event = Event(Step.APPROVE, who.id, now(), why, region, on_behalf, content, version=found.version.number)
    stages.take(services, found, event)
    return approval_out(services, who, reviewed(services, who, plan_id), response)
