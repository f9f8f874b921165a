"""Uploaded files to a plan folder on disk: streamed, counted, and never outside the folder they belong in."""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from api.errors import ApiError
from planner.errors import Problem

_CHUNK = 1024 * 1024
_IGNORED = re.compile(r"(^|/)(__MACOSX(/|$)|\.DS_Store$|Thumbs\.db$|desktop\.ini$)")
_SAFE_NAME = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|]{1,150}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Incoming:
    """One uploaded file: its name as the browser sent it and its content as a binary stream."""

    name: str
    stream: IO[bytes]


@dataclass
class _Allowance:
    """What may still be written."""

    bytes_left: int
    files_left: int
    bytes_limit: int
    files_limit: int

    def spend_file(self) -> None:
        self.files_left -= 1
        if self.files_left < 0:
            raise _refused(
                413, "too-many-files", f"There are more than {self.files_limit} files.", "Send fewer files."
            )

    def spend_bytes(self, count: int) -> None:
        self.bytes_left -= count
        if self.bytes_left < 0:
            why = f"Unpacked, the files are larger than the limit of {self.bytes_limit:,} bytes."
            raise _refused(413, "too-large", why, "Send less, or raise max_unpacked_bytes in the settings.")


def unpack(files: Sequence[Incoming], into: Path, max_bytes: int, max_files: int) -> None:
    """Write uploaded files into a folder, unpacking ZIP files.

    Parameters
    ----------
    files
        What was uploaded. A ZIP file may hold the plan folder itself or its files.
    into
        An existing, empty folder.
    max_bytes, max_files
        Limits for what is written, counted while writing: the sizes a ZIP file states are not believed.

    Raises
    ------
    ApiError
        400 for names and archives that cannot be used, 413 above a limit.
    """
    allowance = _Allowance(max_bytes, max_files, max_bytes, max_files)
    for file in files:
        if file.name.lower().endswith(".zip"):
            _unpack_zip(file, into, allowance)
        else:
            _write(file.stream, into, _plain_name(file.name), allowance)
    if not any(into.iterdir()):
        raise _refused(
            400, "empty-upload", "Nothing was sent.", "Send accounts.csv or units.* and what goes with it."
        )


def _unpack_zip(file: Incoming, into: Path, allowance: _Allowance) -> None:
    try:
        with zipfile.ZipFile(file.stream) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir() and not _IGNORED.search(e.filename)]
            top = _common_folder([entry.filename for entry in entries])
            for entry in entries:
                if stat.S_ISLNK(entry.external_attr >> 16):
                    raise _refused(
                        400, "link", "The ZIP file holds a link.", "Send the file itself.", entry.filename
                    )
                if entry.flag_bits & 0x1:
                    why = "The ZIP file is encrypted."
                    raise _refused(400, "encrypted", why, "Send it without a password.", entry.filename)
                name = _plain_name(entry.filename.removeprefix(top))
                with archive.open(entry) as stream:
                    _write(stream, into, name, allowance)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
    ) as error:
        why = f"The ZIP file cannot be read: {error}."
        raise _refused(
            400, "broken-archive", why, "Pack it again and send it once more.", file.name
        ) from error


def _common_folder(names: Sequence[str]) -> str:
    """Return the one folder that all names lie in, with its slash; empty where there is none."""
    tops = {PurePosixPath(name).parts[0] for name in names if "/" in name.strip("/")}
    inside = all("/" in name for name in names)
    top = f"{tops.pop()}/" if inside and len(tops) == 1 else ""
    return top if top not in ("../", "/", "./") else ""


def _plain_name(name: str) -> str:
    """Return `name` where it is safe as the name of a file in a flat folder."""
    windows = name.rstrip(". ") != name or _RESERVED.fullmatch(name)
    if _SAFE_NAME.fullmatch(name) is None or name.startswith(".") or windows:
        raise _refused(
            400,
            "file-name",
            "A plan folder holds plain files: no sub-folders, no path, no leading dot.",
            "Rename the file, or put it at the top of the folder.",
            name,
        )
    return name


def _write(stream: IO[bytes], into: Path, name: str, allowance: _Allowance) -> None:
    allowance.spend_file()
    path = into / name
    if any(name.casefold() == other.name.casefold() for other in into.iterdir()):
        raise _refused(400, "file-twice", "Two files have the same name.", "Send each file once.", name)
    with path.open("xb") as out:
        while chunk := stream.read(_CHUNK):
            allowance.spend_bytes(len(chunk))
            out.write(chunk)


def _refused(status: int, code: str, why: str, what_to_do: str, name: str | None = None) -> ApiError:
    shown = None if name is None else name[:200]
    problem = Problem(why=why, what_to_do=what_to_do, file=shown, code=code)
    return ApiError(status, code, f"{why} {what_to_do}", [problem])


def copy_of(folder: Path, into: Path) -> None:
    """Copy the plain files of a folder, for data that must not change under a plan."""
    for path in sorted(folder.iterdir()):
        if path.is_file():
            shutil.copyfile(path, into / path.name)
