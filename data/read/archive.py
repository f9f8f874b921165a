"""Zip archives, and workbooks which are zip archives too: refused before they can do harm."""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path, PurePosixPath

from data.read.limits import (
    MAX_ARCHIVE_ENTRIES,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    MEBIBYTE,
    RATIO_FREE_BYTES,
)
from data.read.report import Report, shown

_CHUNK = 1 << 20
_ENTITY = re.compile(
    rb"<!\x00?(?:D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E|E\x00?N\x00?T\x00?I\x00?T\x00?Y)", re.IGNORECASE
)
_CLUTTER = re.compile(r"(^|/)(__MACOSX|\.[^/]+|Thumbs\.db|desktop\.ini)(/|$)", re.IGNORECASE)


def safe_sizes(archive: zipfile.ZipFile, file: str, report: Report) -> bool:
    """Return whether unpacking `archive` stays within the limits, by what its directory states; reported if not.

    `zipfile` never yields more bytes of an entry than the directory states, so a false statement gains nothing.
    """
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    again = "Send the files themselves, or a smaller archive."
    if len(entries) > MAX_ARCHIVE_ENTRIES:
        report.error(
            "zip_bomb",
            f"The file packs {len(entries):,} entries; at most {MAX_ARCHIVE_ENTRIES:,} are opened.",
            again,
            file=file,
        )
        return False
    if total > MAX_UNPACKED_BYTES:
        report.error(
            "zip_bomb",
            f"The file would unpack to {total / MEBIBYTE:,.0f} MiB; at most "
            f"{MAX_UNPACKED_BYTES // MEBIBYTE:,} MiB are unpacked.",
            again,
            file=file,
        )
        return False
    for entry in entries:
        if entry.file_size > RATIO_FREE_BYTES and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            report.error(
                "zip_bomb",
                f"A part of the file unpacks to {entry.file_size // max(entry.compress_size, 1):,} times its "
                f"size; more than {MAX_RATIO} times is taken for a trap.",
                again,
                file=file,
                value=shown(entry.filename),
            )
            return False
        if entry.flag_bits & 0x1:
            report.error(
                "encrypted",
                "The file is protected by a password.",
                "Save it without a password.",
                file=file,
                value=shown(entry.filename),
            )
            return False
    return True


def safe_workbook(path: Path, file: str, report: Report) -> bool:
    """Return whether a workbook can be opened: a zip within the limits, no XML that declares entities."""
    try:
        with zipfile.ZipFile(path) as archive:
            if not safe_sizes(archive, file, report):
                return False
            for entry in archive.infolist():
                if entry.filename.lower().endswith((".xml", ".rels", ".vml")) and _declares(archive, entry):
                    report.error(
                        "xml_entities",
                        "The workbook declares XML entities, which no spreadsheet program writes; it may "
                        "be a trap.",
                        "Save it again from a spreadsheet program, or as CSV.",
                        file=file,
                        value=shown(entry.filename),
                    )
                    return False
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, RuntimeError) as fault:
        report.error(
            "broken_workbook",
            f"The workbook cannot be opened: {shown(str(fault))}.",
            "Save it again as .xlsx without a password, or as CSV.",
            file=file,
        )
        return False
    return True


def _declares(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    tail = b""
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            if _ENTITY.search(tail + chunk):
                return True
            tail = chunk[-32:]
    return False


def unpack(path: Path, into: Path, report: Report) -> Path | None:
    """Unpack a zipped plan folder into `into`; return the folder with the files, None, reported, where refused.

    A single folder around all files is stepped into. Entries that would land outside, links and devices refuse the
    whole archive.
    """
    file = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            if not safe_sizes(archive, file, report) or not _safe_names(archive.infolist(), file, report):
                return None
            entries = [e for e in archive.infolist() if not e.is_dir() and not _CLUTTER.search(e.filename)]
            for entry in entries:
                target = into.joinpath(*PurePosixPath(entry.filename).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as source, target.open("xb") as copy:
                    while chunk := source.read(_CHUNK):
                        copy.write(chunk)
    except FileExistsError as fault:
        report.error(
            "duplicate_file",
            "The archive has the same file twice.",
            "Pack the folder again.",
            file=file,
            value=shown(Path(str(fault.filename)).name),
        )
        return None
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, RuntimeError) as fault:
        report.error(
            "broken_archive",
            f"The archive cannot be unpacked: {shown(str(fault))}.",
            "Pack the folder again as .zip.",
            file=file,
        )
        return None
    inside = list(into.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else into


def _safe_names(entries: list[zipfile.ZipInfo], file: str, report: Report) -> bool:
    for entry in entries:
        name = entry.filename
        path = PurePosixPath(name)
        mode = entry.external_attr >> 16
        outside = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name
        special = stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)
        if outside or special:
            why = "is a link or a device" if special else "leads out of the folder"
            report.error(
                "unsafe_archive",
                f"An entry of the archive {why}; nothing of it was unpacked.",
                "Pack the folder again with plain files only.",
                file=file,
                value=shown(name),
            )
            return False
    return True
