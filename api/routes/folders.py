"""Plan folders: list, upload, check, delete."""

from __future__ import annotations

import shutil
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from starlette.concurrency import run_in_threadpool

from api.checking import check_folder
from api.columns import apply_remembered
from api.deps import FolderId, Services, ServicesDep
from api.errors import ApiError, documented, not_found
from api.fence import only_unfenced, whole_company
from api.schemas.folders import CheckOut, FolderOut
from api.uploads import Incoming, unpack
from api.who import Reading, allowed
from data.store import data_sets, mappings, plans, trail
from data.store.data_sets import DataSet
from data.store.ids import new_id
from planner.roles import Permission, Person

router = APIRouter(prefix="/api/folders", tags=["Plan folders"])

Uploading = Annotated[Person, allowed(Permission.UPLOAD)]
Seconds = Annotated[
    float,
    Query(
        ge=0, le=60, description="Seconds to find out whether the rules can hold together; 0 for not asking."
    ),
]


def _out(services: Services, found: DataSet) -> FolderOut:
    names = services.store.objects.manifest(found.digest)
    return FolderOut(
        id=found.id,
        name=found.name,
        source=found.source,
        added=None if found.source == "sample" else found.added_at,
        files=sorted(name for name in names if "/" not in name),
    )


@router.get("", responses=documented())
def list_folders(services: ServicesDep, who: Reading) -> list[FolderOut]:
    """List plan folders: uploads, newest first, then samples; none for those who see some regions."""
    if not who.scope.everything:
        return []
    with services.store.database.reading() as connection:
        found = data_sets.all_data_sets(connection)
    return [_out(services, each) for each in found]


@router.post("", status_code=201, responses=documented(400, 413, 422))
async def upload_folder(
    services: ServicesDep,
    who: Uploading,
    files: Annotated[
        list[UploadFile], File(description="The files of the folder, or one ZIP file that holds them.")
    ],
    name: Annotated[
        str, Form(min_length=1, max_length=120, description="Name for people.")
    ] = "Uploaded folder",
) -> FolderOut:
    """Upload a plan folder. `GET /api/folders/{id}/check` says what is wrong with it.

    It is stored as it comes; tables with headers that somebody settled before get that mapping in `plan.toml`.
    """
    whole_company(who)
    incoming = [Incoming(file.filename or "", file.file) for file in files]
    return await run_in_threadpool(lambda: _out(services, _keep(services, who, name, incoming)))


def _keep(services: Services, who: Person, name: str, incoming: list[Incoming]) -> DataSet:
    settings, store = services.settings, services.store
    data_set_id = new_id(name)
    staging = store.scratch / data_set_id
    staging.mkdir()
    try:
        unpack(incoming, staging, settings.max_unpacked_bytes, settings.max_files)
        with store.database.reading() as connection:
            book = mappings.book(connection)
        mapped = apply_remembered(staging, book)
        digest = store.objects.put_tree(staging)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    with store.database.writing() as transaction:
        added = data_sets.add_data_set(transaction, name, "upload", digest, who.id, data_set_id=data_set_id)
        trail.append(
            transaction,
            who=who.id,
            what="data_set.upload",
            kind="data_set",
            subject=added.id,
            new={"name": name, "digest": digest, **({"mapped": mapped} if mapped else {})},
        )
    return added


@router.get("/{folder_id}", responses=documented(404, 422))
def get_folder(services: ServicesDep, who: Reading, folder_id: FolderId) -> FolderOut:
    """Return one plan folder."""
    only_unfenced(who, "plan folder", folder_id, "/api/folders")
    return _out(services, services.data_set(folder_id))


@router.delete("/{folder_id}", status_code=204, responses=documented(404, 409, 422))
def delete_folder(services: ServicesDep, who: Uploading, folder_id: FolderId) -> None:
    """Delete an uploaded plan folder that no plan uses."""
    only_unfenced(who, "plan folder", folder_id, "/api/folders")
    with services.store.database.writing() as transaction:
        found = data_sets.data_set(transaction, folder_id, lock=True)
        if found is None:
            raise not_found("plan folder", folder_id, "/api/folders")
        if found.source == "sample":
            raise ApiError(409, "sample", f"{found.name!r} is a sample and stays.")
        users = [plan.name for plan in plans.plans_of(transaction, folder_id)]
        if users:
            shown = ", ".join(users[:5])
            raise ApiError(409, "folder-in-use", f"{len(users)} plan(s) use it: {shown}. Delete them first.")
        data_sets.remove_data_set(transaction, folder_id)
        trail.append(
            transaction,
            who=who.id,
            what="data_set.delete",
            kind="data_set",
            subject=folder_id,
            old={"name": found.name, "digest": found.digest},
        )


@router.get("/{folder_id}/check", responses=documented(404, 422))
def check(services: ServicesDep, who: Reading, folder_id: FolderId, seconds: Seconds = 0.0) -> CheckOut:
    """Read a plan folder, list everything that is wrong with it, and say whether its rules can hold together."""
    only_unfenced(who, "plan folder", folder_id, "/api/folders")
    found = services.data_set(folder_id)
    return check_folder(services.store.objects.tree(found.digest), seconds)
