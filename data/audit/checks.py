"""The checks of an audit, in order, and the one way to run them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from data.audit import certified, files, owners, quotas, shapes, shared_quotas, sums
from data.audit.evidence import Evidence
from data.audit.in_year import audit_in_year, tells_a_year
from data.audit.report import AuditReport, Check, NotChecked

CHECKS: tuple[tuple[str, Callable[[Evidence], tuple[bool, str]]], ...] = (
    ("The run record is whole", files.run_record_is_whole),
    ("The output files are as they were written", files.outputs_are_unchanged),
    ("The input files are as they were read", files.inputs_are_unchanged),
    ("Every account has one owner or is listed as unplaced", owners.accounts_have_one_owner),
    ("Every area is listed once", owners.areas_have_one_owner),
    ("Unplaced accounts are told with reason and value", owners.unplaced_are_told),
    ("Assignments name known territories and their seats", owners.territories_exist),
    ("Former territories are those of the input", owners.former_owners_are_true),
    ("The map shows the territories of the table", files.json_says_what_tables_say),
    ("Territories hold what adds up", sums.sums_are_stated_right),
    ("Deviations follow from the sums", sums.deviations_follow),
    ("Bands hold", sums.bands_hold),
    ("What changes hands is counted right", sums.moves_are_counted_right),
    ("Territories hang together", shapes.territories_hang_together),
    ("Locks hold", owners.locks_hold),
    ("Exclusions hold", owners.exclusions_hold),
    ("Named accounts are with their seat", owners.named_accounts_are_with_their_seat),
    ("Quotas are amounts to the cent, each once", quotas.amounts_are_cents),
    ("Quotas add up to target and over-assignment", quotas.quotas_meet_the_target),
    ("The tie-out certificate is genuine and holds", certified.certificate_holds),
    ("The certificate speaks of these quotas", certified.certificate_speaks_of_these_quotas),
    ("The territory table states the quotas", quotas.table_states_the_quotas),
    ("Every node carries what is below it", shared_quotas.nodes_are_sums),
    ("Credit of seats adds up to the quotas", shared_quotas.credit_adds_up),
    ("Amounts decided by hand hold", shared_quotas.overrides_hold),
    ("Quotas in other currencies are worth the quotas", shared_quotas.local_amounts_are_worth_it),
)
"""Name and check; a check returns whether it held and what it saw, or raises `NotChecked`."""


def audit(out: Path, inputs: Path | None = None) -> AuditReport:
    """Work out again, from the files alone, everything that must hold of an output.

    Parameters
    ----------
    out
        The output folder, or one that tells how its year stands.
    inputs
        The plan folder it was made from; found through ``run.json`` when not given.

    Returns
    -------
    AuditReport
        Never raises on a damaged output: what cannot be read is a check that does not hold.
    """
    if not out.is_dir():
        return AuditReport([Check("The output folder exists", False, f"there is no folder {str(out)!r}")], [])
    if tells_a_year(out):
        return audit_in_year(out)
    evidence = Evidence(out, inputs)
    checks: list[Check] = []
    skipped: dict[str, None] = {}
    for name, check in CHECKS:
        try:
            checks.append(Check(name, *check(evidence)))
        except NotChecked as reason:
            skipped[str(reason)] = None
        # A damaged file can fail in as many ways as there are readers; each is a finding, none may end the audit.
        except Exception as fault:
            checks.append(Check(name, False, f"could not be checked: {_told(fault)}"))
    return AuditReport(checks, list(skipped))


def _told(fault: Exception) -> str:
    if isinstance(fault, KeyError):
        return f"{fault.args[0]!r} is missing"
    if isinstance(fault, FileNotFoundError) and fault.filename is not None:
        return f"{Path(fault.filename).name} is missing"
    return f"{type(fault).__name__}: {fault}".splitlines()[0]
