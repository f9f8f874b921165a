"""Whether the files are the ones that were written, and the inputs the ones that were read."""

from __future__ import annotations

import json
from pathlib import Path

from data.audit.evidence import Evidence
from data.audit.report import some, verdict
from data.export.folder import DETAIL_FILES, JUDGED_FILES, OUTPUT_FILES, PAY_FILES, PRODUCT, TESTED_FILES
from data.export.run import fingerprint, seal

Finding = tuple[bool, str]


def run_record_is_whole(evidence: Evidence) -> Finding:
    """The run record is this product's and was not changed since it was sealed."""
    run = evidence.run
    faults = []
    if run.get("product") != PRODUCT:
        faults.append(f"run.json was written by {run.get('product')!r}, not by {PRODUCT}")
    if run.get("seal") != seal(run):
        faults.append("run.json was changed after it was written")
    return verdict(faults, f"status {run.get('status')}, seed {run.get('seed')}")


def outputs_are_unchanged(evidence: Evidence) -> Finding:
    """Every output file has the fingerprint that the run record states, and none is missing."""
    written: dict[str, str] = evidence.run["output"]
    faults = _differences(evidence.out, written)
    added = sorted(
        name
        for name in OUTPUT_FILES
        if name not in written and name != "run.json" and (evidence.out / name).exists()
    )
    if added:
        faults.append(f"not written by the run: {some(added)}")
    told = (*DETAIL_FILES, *JUDGED_FILES, *TESTED_FILES, *PAY_FILES)
    optional = {"run.json", "quotas.csv", "tie_out.json", *told}
    needed = set(OUTPUT_FILES) - optional - set(written)
    if needed:
        faults.append(f"the run record does not list {some(sorted(needed))}")
    return verdict(faults, f"{len(written)} files as they were written")


def inputs_are_unchanged(evidence: Evidence) -> Finding:
    """Every input file has the fingerprint that the run record states, and none was added."""
    read: dict[str, str] = evidence.run["input"]["files"]
    faults = _differences(evidence.inputs, read)
    if not faults:
        added = sorted(set(evidence.folder.fingerprints) - set(read))
        faults = [f"added: {some(added)}"] if added else []
    return verdict(faults, f"{len(read)} files as they were read")


def json_says_what_tables_say(evidence: Evidence) -> Finding:
    """The map layer has one feature for each territory of the table, with the same ids and seats."""
    layer = json.loads((evidence.out / "territories.geojson").read_text("utf-8"))
    shown = [(f["properties"]["territory_id"], f["properties"]["seat_id"]) for f in layer["features"]]
    listed = list(zip(evidence.territories["territory_id"], evidence.territories["seat_id"], strict=True))
    faults = [] if shown == listed else ["territories.geojson and territories.csv list different territories"]
    return verdict(faults, f"{len(listed)} territories")


def _differences(folder: Path, stated: dict[str, str]) -> list[str]:
    missing = sorted(name for name in stated if not (folder / name).is_file())
    changed = sorted(
        name
        for name, digest in stated.items()
        if name not in missing and fingerprint(folder / name) != digest
    )
    faults = [f"missing: {some(missing)}"] if missing else []
    return [*faults, f"changed: {some(changed)}"] if changed else faults
