"""An output folder as one ZIP file, sent while it is packed."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

_CHUNK = 256 * 1024
ABOUT = {
    "report.xlsx": "Workbook: territories, quotas and tie-out with live formulas.",
    "map.html": "Map that opens in any browser, with no network.",
    "assignments.csv": "Who owns what, before and after, with the reason.",
    "territories.csv": "One row per territory with every measure.",
    "territories.geojson": "Outlines of the territories.",
    "quotas.csv": "Quota by territory and period.",
    "seat_quotas.csv": "What each seat is credited with, where credit is shared.",
    "node_quotas.csv": "Quota by node of the hierarchy and period.",
    "overrides.csv": "Quotas decided by hand, beside what the method gave.",
    "tie_out.json": "Every sum that must hold, to the cent.",
    "fairness.html": "Whether the quotas are fair: a page with drawings.",
    "fairness.json": "The same as values: flags, correlations, spread.",
    "quota_model.json": "What the quotas rest on, and how certain that is.",
    "scorecard.json": "Every measure, before and after.",
    "unplaced.csv": "Accounts that nobody owns, and why.",
    "run.json": "Inputs, versions, seed, solver, status, bound and gap.",
}
"""What each file of an output holds, the ones people ask for first."""


class _Sink:
    """A file that only takes: what was written to it since it was last emptied."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._told = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self._told += len(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: there is nothing behind this file."""

    def close(self) -> None:
        """Do nothing: what was written stays to be taken."""

    def tell(self) -> int:
        return self._told

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def zipped(folder: Path, name: str) -> Iterator[bytes]:
    """Yield the files of `folder` as a ZIP file whose entries lie in a folder called `name`."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            with (
                path.open("rb") as source,
                archive.open(f"{name}/{path.relative_to(folder).as_posix()}", "w", force_zip64=True) as entry,
            ):
                while chunk := source.read(_CHUNK):
                    entry.write(chunk)
                    yield sink.taken()
    yield sink.taken()
