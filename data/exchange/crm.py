"""The front door to other systems: what to load there so that they say what a plan says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from data.exchange.clari import clari_load
from data.exchange.load import Load, Target
from data.exchange.plan_reading import before, planned, read_output
from data.exchange.salesforce import salesforce_load
from data.exchange.settings import FILE, CrmSettings, read_settings
from data.exchange.varicent import varicent_load
from data.read.report import Report

LOADERS: Mapping[Target, Callable[..., Load]] = {
    "salesforce": salesforce_load,
    "varicent": varicent_load,
    "clari": clari_load,
}
"""What makes the load of each system."""


def prepare(
    out: Path,
    target: Target,
    settings: CrmSettings | Path | None = None,
    *,
    against: Path | None = None,
    snapshot: Path | None = None,
    inputs: Path | None = None,
) -> Load:
    """Compare a plan with what another system holds and return what to load. Nothing is written: the dry run.

    Parameters
    ----------
    out
        Output folder of the plan.
    target
        The other system.
    settings
        What only the other system knows; a file of them; None for ``crm.toml`` of the plan folder, where it is.
    against
        Output folder of the plan that was loaded before; None for the alignment that the plan replaces.
    snapshot
        Folder with exports of what the other system holds now, with record ids; it counts, then, instead.
    inputs
        Plan folder that the plan was made from, if that has moved.

    Returns
    -------
    Load
        Steps, roll-back, counts, and every problem found. With errors there may be no steps.

    Raises
    ------
    InvalidInput
        Where a folder is no whole output.
    """
    report = Report()
    output = read_output(out, report, inputs)
    found = _settings(output.inputs.folder, settings, report)
    plan = planned(output, found, report)
    if against is None:
        prior = before(output, found)
    else:
        quiet = Report()
        prior = planned(read_output(against, quiet, inputs), found, quiet)
    if report.has_errors:
        return Load(target, plan.label, prior.label, problems=report.problems())
    return LOADERS[target](plan, prior, found, report, snapshot)


def _settings(folder: Path | None, given: CrmSettings | Path | None, report: Report) -> CrmSettings:
    if isinstance(given, CrmSettings):
        return given
    path = given if given is not None else (None if folder is None else folder / FILE)
    if path is None or (given is None and not path.is_file()):
        return CrmSettings()
    return read_settings(path, report)
