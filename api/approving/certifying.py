"""Validation by finance: proves from the files of a version that quotas tie out, keeps the certificate, freezes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from api.approving import stages
from api.approving.reviewed import Reviewed
from api.deps import Services
from api.errors import ApiError, not_found
from data.audit import audit, certified, files, quotas, shared_quotas
from data.audit.checks import CHECKS
from data.audit.report import AuditReport
from data.store import approvals, edits, trail, versions
from data.store.approvals import Certificate
from data.store.database import now
from planner.approval.standing import Event
from planner.approval.steps import Step
from planner.errors import Problem
from planner.roles import Person
from planner.trail import START

TIE_OUT = "tie_out.json"
_PROVE = frozenset(module.__name__ for module in (files, certified, quotas, shared_quotas))
MUST_HOLD = frozenset(name for name, check in CHECKS if check.__module__ in _PROVE)
"""Checks of an audit that a version must pass to be validated: files and quotas. The others are told, not asked for:
sales has approved what they are about."""


def validate(services: Services, who: Person, found: Reviewed) -> tuple[Certificate, AuditReport]:
    """Validate a version: prove, certify, freeze.

    Returns
    -------
    tuple
        The certificate, and everything that was checked.

    Raises
    ------
    ApiError
        409 where it does not tie out, was not approved as it is, or the draft has edits beyond it.
    """
    folder = services.store.objects.tree(found.plan.data_digest)
    out = found.contents.output.path
    report = audit(out, folder)
    stated = _proved(report, _tie_out(out))
    event = Event(Step.VALIDATE, who.id, now(), version=found.version.number)
    with services.store.database.writing() as tx:
        before, after = stages.step_in(tx, found, event)
        stages.nothing_open(tx, found.plan.id)
        stages.nothing_lapsed(before, found)
        _nothing_beyond(found, edits.last_number(tx, found.plan.id), versions.written(tx, found.plan.id))
        last = next(trail.entries(tx, newest_first=True, limit=1), None)
        kept = approvals.add_certificate(
            tx,
            found.plan.id,
            version=found.version.number,
            output_digest=str(found.version.output_digest),
            tie_out_digest=str(stated["digest"]),
            equations=len(stated["equations"]),
            checks=len(report.checks),
            trail_head=(0, START) if last is None else (last.number, last.hash),
            made_by=who.id,
            made_at=event.at,
        )
        versions.freeze(tx, found.version.id, who.id, as_plain(kept))
        stages.note(tx, found.plan.id, event, before, after, certificate=as_plain(kept))
    return kept, report


def as_plain(certificate: Certificate) -> dict[str, Any]:
    """Return what a certificate states, as plain values for JSON."""
    return {
        "number": certificate.number,
        "version": certificate.version,
        "output_digest": certificate.output_digest,
        "tie_out_digest": certificate.tie_out_digest,
        "equations": certificate.equations,
        "checks": certificate.checks,
        "trail_number": certificate.trail_number,
        "trail_hash": certificate.trail_hash,
        "made_by": certificate.made_by,
        "made_at": certificate.made_at.isoformat(),
    }


def certificates(services: Services, plan_id: str) -> list[Certificate]:
    """Return the certificates of a plan, oldest first, void ones included."""
    with services.store.database.reading() as connection:
        return approvals.all_certificates(connection, plan_id)


def tie_out(services: Services, plan_id: str, number: int) -> dict[str, Any]:
    """Return every sum of a certificate; `ApiError` 404 where there is none of this number."""
    kept = next((c for c in certificates(services, plan_id) if c.number == number), None)
    stated = None if kept is None else _tie_out(services.store.objects.tree(kept.output_digest))
    if stated is None:
        raise not_found("certificate", str(number), "…/certificates")
    return stated


def _tie_out(out: Path) -> dict[str, Any] | None:
    path = out / TIE_OUT
    if not path.exists():
        return None
    stated: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return stated


def _proved(report: AuditReport, stated: dict[str, Any] | None) -> dict[str, Any]:
    if stated is None:
        detail = "The version has no quotas, so there is nothing that could tie out. Set quotas first."
        raise ApiError(409, "no-quotas", detail)
    faults = [check for check in report.faults if check.name in MUST_HOLD]
    if faults:
        problems = [
            Problem(
                f"{check.name}: {check.detail}.", "Mend it and write a new version.", code="does_not_tie_out"
            )
            for check in faults
        ]
        raise ApiError(409, "does-not-tie-out", "The version does not tie out: see problems.", problems)
    return stated


def _nothing_beyond(found: Reviewed, last_edit: int, newest: versions.VersionRow | None) -> None:
    beyond = last_edit - found.version.edit_number
    if beyond > 0:
        detail = (
            f"The draft has {beyond} edit{'s' if beyond > 1 else ''} beyond version {found.version.number}."
        )
        raise ApiError(409, "edits-beyond", f"{detail} Make a version of them, or take them back, first.")
    if newest is not None and newest.number != found.version.number:
        detail = (
            f"Version {newest.number} is the newest one; version {found.version.number} was to be validated."
        )
        raise ApiError(409, "not-the-newest", detail)
