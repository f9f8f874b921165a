"""Data in from databases, column mappings that are remembered, plans out for other programs and systems."""

from __future__ import annotations

import shutil
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from api.columns import columns_of
from api.deps import FolderId, PlanId, Services, ServicesDep
from api.errors import ApiError, ProblemItem, documented, not_found
from api.fence import fence_of, only_unfenced, whole_company
from api.http.paging import Cursor, Limit, Page, after_moment, page_of
from api.jobs import exchange
from api.results.archive import zipped
from api.schemas.exchange import (
    SYSTEMS,
    ColumnOut,
    ColumnsIn,
    ColumnsOut,
    ConnectionOut,
    ExportIn,
    ExportOut,
    ImportIn,
    ImportOut,
)
from api.schemas.folders import FolderOut
from api.who import Reading, allowed
from data.exchange.database_url import Address
from data.exchange.mapping import Settled
from data.exchange.plan_columns import write_columns
from data.schema import TABLES
from data.store import data_sets, jobs, mappings, trail, versions
from data.store.ids import ID_PATTERN, new_id
from data.store.jobs import JobRow
from data.store.versions import VersionRow
from planner.job import JobState
from planner.roles import Permission, Person

router = APIRouter(tags=["In and out"])
Uploading = Annotated[Person, allowed(Permission.UPLOAD)]
ExportId = Annotated[
    str, Path(pattern=ID_PATTERN, description="Id of the job of an export.", examples=["export-5e4d3c2b1a"])
]
TableName = Annotated[
    str, Path(max_length=40, description="A table of the plan folder.", examples=["accounts"])
]


# --- in


@router.get("/api/connections", responses=documented())
def list_connections(services: ServicesDep, who: Uploading) -> list[ConnectionOut]:
    """List the databases that data can be brought in from: those that the settings of the service name."""
    whole_company(who)
    return [
        ConnectionOut(name=name, address=str(Address(url.get_secret_value(), None)))
        for name, url in sorted(services.settings.connections.items())
    ]


@router.post("/api/imports", status_code=202, responses=documented(404, 422, 429))
def start_import(services: ServicesDep, who: Uploading, wanted: ImportIn) -> ImportOut:
    """Bring data in from a database as a plan folder. It is there, whole and checked, once the job is done."""
    whole_company(who)
    if wanted.connection not in services.settings.connections:
        raise not_found("connection", wanted.connection, "/api/connections")
    data_set_id = new_id(wanted.name)
    params = {"connection": wanted.connection, "queries": wanted.queries, "data_set_id": data_set_id}
    with services.store.database.writing() as tx:
        job = services.runner.submit(
            exchange.IMPORT, params, who, subject=wanted.name, time_limit_s=wanted.time_limit_s, tx=tx
        )
        told = {"connection": wanted.connection, "queries": wanted.queries, "job": job.id}
        trail.append(tx, who=who.id, what="import.start", kind="data_set", subject=data_set_id, new=told)
    services.runner.wake()
    return ImportOut(job_id=job.id, folder_id=data_set_id, state=job.state)


@router.get("/api/folders/{folder_id}/columns", responses=documented(404, 422))
def get_columns(services: ServicesDep, who: Reading, folder_id: FolderId) -> list[ColumnsOut]:
    """Return how the columns of each table are understood: as settled before, by name, or by likeness."""
    only_unfenced(who, "plan folder", folder_id, "/api/folders")
    folder = services.store.objects.tree(services.data_set(folder_id).digest)
    with services.store.database.reading() as connection:
        book = mappings.book(connection)
    return [
        ColumnsOut(
            table=name,
            file=table.file,
            headers=list(table.headers),
            columns=[
                ColumnOut(name=one.name, required=one.required, header=one.header, how=one.how)
                for one in table.proposal.columns
            ],
            ignored=list(table.proposal.ignored),
            others=list(table.proposal.others),
            settled=table.proposal.settled,
            problems=[ProblemItem.of(problem) for problem in table.proposal.problems],
        )
        for name, table in columns_of(folder, book).items()
    ]


@router.put("/api/folders/{folder_id}/columns/{table}", status_code=201, responses=documented(404, 422))
def settle_columns(
    services: ServicesDep, who: Uploading, folder_id: FolderId, table: TableName, wanted: ColumnsIn
) -> FolderOut:
    """Settle which column of a table is which: a new plan folder has it in its `plan.toml`, later uploads with the same
    headers are read like it, and this one stays as it was.
    """
    only_unfenced(who, "plan folder", folder_id, "/api/folders")
    of, store = services.data_set(folder_id), services.store
    tree = store.objects.tree(of.digest)
    with store.database.reading() as connection:
        known = mappings.book(connection)
    found = columns_of(tree, known).get(table) if table in TABLES else None
    if found is None:
        raise not_found("table", table, f"/api/folders/{folder_id}/columns")
    try:
        known.learnt(table, found.headers, wanted.columns, wanted.ignored)
    except ValueError as fault:
        raise ApiError(422, "invalid-request", f"This mapping cannot be used: {fault}.") from None
    data_set_id = new_id(of.name)
    staging = store.scratch / data_set_id
    try:
        shutil.copytree(tree, staging)
        write_columns(staging, {table: Settled(wanted.columns, tuple(wanted.ignored))})
        digest = store.objects.put_tree(staging)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    with store.database.writing() as tx:
        book = mappings.book(tx, lock=True).learnt(table, found.headers, wanted.columns, wanted.ignored)
        mappings.keep_book(tx, book)
        added = data_sets.add_data_set(tx, of.name, "upload", digest, who.id, data_set_id=data_set_id)
        told = {"table": table, "columns": wanted.columns, "ignored": wanted.ignored, "digest": digest}
        trail.append(
            tx,
            who=who.id,
            what="data_set.map",
            kind="data_set",
            subject=added.id,
            old={"data_set": of.id, "digest": of.digest},
            new=told,
        )
    files = sorted(name for name in store.objects.manifest(digest) if "/" not in name)
    return FolderOut(id=added.id, name=added.name, source=added.source, added=added.added_at, files=files)


# --- out


@router.post("/api/plans/{plan_id}/exports", status_code=202, responses=documented(403, 404, 409, 422, 429))
def start_export(services: ServicesDep, who: Reading, plan_id: PlanId, wanted: ExportIn) -> ExportOut:
    """Write a version of a plan for other programs, or what must change in another system.

    People who see some regions get these: their territories, accounts and quotas, in every file. Changes for another
    system are of the whole plan and need the permission `publish`.
    """
    system = wanted.format in SYSTEMS
    if system:
        only_unfenced(who, "plan", plan_id, "/api/plans")
        if not who.may(Permission.PUBLISH):
            detail = f"Changes for another system need the permission 'publish', which {who.name} does not have here."
            raise ApiError(403, "not-permitted", detail)
    elif wanted.dry_run or wanted.settings or wanted.against_plan_id or wanted.snapshot_folder_id:
        detail = (
            f"dry_run, settings, against_plan_id and snapshot_folder_id are for {', '.join(sorted(SYSTEMS))}."
        )
        raise ApiError(422, "invalid-request", detail)
    if wanted.against_plan_id and wanted.snapshot_folder_id:
        raise ApiError(422, "invalid-request", "Both say what the system holds: name a plan or a snapshot.")
    plan = services.plan(plan_id)
    version = _version(services, plan_id, wanted.version)
    fence = fence_of(who, services.shelf.version(plan_id, version.number))
    if not fence.everything and not fence.inside:
        raise not_found("plan", plan_id, "/api/plans")
    params: dict[str, Any] = {
        "format": wanted.format,
        "system": system,
        "version": version.number,
        "plan": version.output_digest,
        "data": plan.data_digest,
        "territories": None if fence.everything else sorted(fence.inside),
        "dry_run": wanted.dry_run,
        "settings": wanted.settings,
        "against": _digest_of(services, wanted.against_plan_id, wanted.against_version),
        "snapshot": None
        if wanted.snapshot_folder_id is None
        else services.data_set(wanted.snapshot_folder_id).digest,
    }
    with services.store.database.writing() as tx:
        job = services.runner.submit(exchange.EXPORT, params, who, plan_id=plan_id, subject=plan.name, tx=tx)
        told = {"format": wanted.format, "version": version.number, "dry_run": wanted.dry_run, "job": job.id}
        told["whole"] = fence.everything
        trail.append(tx, who=who.id, what="plan.export", kind="plan", subject=plan_id, plan=plan_id, new=told)
    services.runner.wake()
    return _export_out(services, job)


def _version(services: Services, plan_id: str, number: int | None) -> VersionRow:
    """Return a version that was written, the newest for None; `ApiError` 404 or 409 where there is none."""
    services.shelf.version(plan_id, number)
    with services.store.database.reading() as connection:
        found = (
            versions.written(connection, plan_id)
            if number is None
            else versions.version(connection, plan_id, number)
        )
    if found is None:
        raise not_found("plan", plan_id, "/api/plans")
    return found


def _digest_of(services: Services, plan_id: str | None, number: int | None) -> str | None:
    return None if plan_id is None else _version(services, plan_id, number).output_digest


def _export_out(services: Services, job: JobRow) -> ExportOut:
    result = job.result or {}
    told = [*result.get("problems", []), *job.problems]
    files = None if job.output_digest is None else sorted(services.store.objects.manifest(job.output_digest))
    return ExportOut(
        job_id=job.id,
        plan_id=str(job.plan_id),
        version=job.params["version"],
        format=job.params["format"],
        dry_run=job.params["dry_run"],
        state=job.state,
        reason=job.reason,
        submitted=job.submitted_at,
        rows=result.get("rows"),
        files=files,
        problems=[ProblemItem.model_validate(each) for each in told],
    )


def _own(who: Person, job: JobRow) -> bool:
    """Return whether somebody may have what an export wrote: it holds what its submitter saw."""
    return job.kind == exchange.EXPORT and (job.submitted_by == who.id or who.scope.everything)


def _export(services: Services, who: Person, job_id: str) -> JobRow:
    with services.store.database.reading() as connection:
        job = jobs.job(connection, job_id)
    if job is None or not _own(who, job) or not _still_inside(services, who, job):
        raise not_found("export", job_id, "/api/plans/{plan_id}/exports")
    return job


def _still_inside(services: Services, who: Person, job: JobRow) -> bool:
    """Return whether somebody still sees all that an export holds: regions may have been taken away since."""
    if who.scope.everything:
        return True
    written = job.params["territories"]
    if written is None or job.plan_id is None:
        return False
    fence = fence_of(who, services.shelf.version(job.plan_id, job.params["version"]))
    return set(written) <= fence.inside


@router.get("/api/plans/{plan_id}/exports", responses=documented(404, 422))
def list_exports(
    services: ServicesDep, who: Reading, plan_id: PlanId, limit: Limit = 100, cursor: Cursor = None
) -> Page[ExportOut]:
    """List the exports of a plan, newest first: all for people who see every region, else one's own."""
    services.plan(plan_id)
    if not who.scope.everything and not fence_of(who, services.shelf.plan(plan_id)).inside:
        raise not_found("plan", plan_id, "/api/plans")
    before = after_moment(cursor)
    with services.store.database.reading() as connection:
        found = jobs.all_jobs(
            connection,
            kind=exchange.EXPORT,
            plan_id=plan_id,
            submitted_by=None if who.scope.everything else who.id,
            before=before,
            limit=limit + 1,
        )
    seen = [job for job in found if _still_inside(services, who, job)]
    return page_of(
        seen,
        limit,
        lambda job: [job.submitted_at.isoformat(), job.id],
        lambda job: _export_out(services, job),
    )


@router.get("/api/exports/{export_id}", responses=documented(404, 422))
def get_export(services: ServicesDep, who: Reading, export_id: ExportId) -> ExportOut:
    """Return one export and how it stands."""
    return _export_out(services, _export(services, who, export_id))


@router.get(
    "/api/exports/{export_id}/download",
    response_class=StreamingResponse,
    responses={
        **documented(404, 409, 422),
        200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
    },
)
def download_export(services: ServicesDep, who: Reading, export_id: ExportId) -> StreamingResponse:
    """Download what an export wrote as one ZIP file."""
    job = _export(services, who, export_id)
    if job.state is not JobState.DONE or job.output_digest is None:
        raise ApiError(409, "no-result", f"The export is {job.state}: there is nothing to download.")
    headers = {"Content-Disposition": f'attachment; filename="{export_id}.zip"'}
    chunks = zipped(services.store.objects.tree(job.output_digest), export_id)
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)
