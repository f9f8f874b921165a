"""Plan folders: list, upload, check, delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from starlette.concurrency import run_in_threadpool

from api.checking import check_folder
from api.deps import FolderId, Services, ServicesDep
from api.errors import documented
from api.schemas.folders import CheckOut, FolderOut
from api.uploads import Incoming, unpack
from api.workspace import FolderRecord

router = APIRouter(prefix="/api/folders", tags=["Plan folders"])

Seconds = Annotated[
    float,
    Query(
        ge=0, le=60, description="Seconds to find out whether the rules can hold together; 0 for not asking."
    ),
]


def _out(services: Services, record: FolderRecord) -> FolderOut:
    path = services.workspace.folder_path(record.id)
    files = sorted(p.name for p in path.iterdir() if p.is_file()) if path.is_dir() else []
    return FolderOut(**record.model_dump(), files=files)


@router.get("", responses=documented())
def list_folders(services: ServicesDep) -> list[FolderOut]:
    """List plan folders: uploads, newest first, then samples."""
    return [_out(services, record) for record in services.workspace.folders()]


@router.post("", status_code=201, responses=documented(400, 413, 422))
async def upload_folder(
    services: ServicesDep,
    files: Annotated[
        list[UploadFile], File(description="The files of the folder, or one ZIP file that holds them.")
    ],
    name: Annotated[
        str, Form(min_length=1, max_length=120, description="Name for people.")
    ] = "Uploaded folder",
) -> FolderOut:
    """Upload a plan folder. It is stored as it comes; `GET /api/folders/{id}/check` says what is wrong with it."""
    incoming = [Incoming(file.filename or "", file.file) for file in files]

    def store() -> FolderOut:
        settings = services.settings
        with services.workspace.new_folder(name) as (record, path):
            unpack(incoming, path, settings.max_unpacked_bytes, settings.max_files)
        return _out(services, record)

    return await run_in_threadpool(store)


@router.get("/{folder_id}", responses=documented(404, 422))
def get_folder(services: ServicesDep, folder_id: FolderId) -> FolderOut:
    """Return one plan folder."""
    return _out(services, services.workspace.folder(folder_id))


@router.delete("/{folder_id}", status_code=204, responses=documented(404, 409, 422))
def delete_folder(services: ServicesDep, folder_id: FolderId) -> None:
    """Delete an uploaded plan folder that no plan uses."""
    services.workspace.delete_folder(folder_id)


@router.get("/{folder_id}/check", responses=documented(404, 422))
def check(services: ServicesDep, folder_id: FolderId, seconds: Seconds = 0.0) -> CheckOut:
    """Read a plan folder, list everything that is wrong with it, and say whether its rules can hold together."""
    return check_folder(services.workspace.folder_path(folder_id), seconds)
