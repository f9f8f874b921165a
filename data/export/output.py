"""A plan written as a folder: every file from the same plan, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from data.assembled import Assembled
from data.export.assignments import Owners, assignments, unplaced
from data.export.backtest import write_plan_backtest
from data.export.fairness_page import write_fairness
from data.export.folder import replaced_folder
from data.export.map import write_map
from data.export.pay import compensation_record, compensation_table
from data.export.pay_page import pay_page
from data.export.quota_model import quota_model
from data.export.quotas import (
    OVERRIDE_TEXTS,
    node_quota_rows,
    override_rows,
    quota_rows,
    seat_quota_rows,
    shares_credit,
)
from data.export.run import run_record
from data.export.scores import scores
from data.export.shapes import draw, write_geojson
from data.export.territories import FREE_TEXT, territory_rows
from data.export.text import write_csv, write_json
from data.export.workbook import write_workbook
from planner.plan import Plan
from planner.quota.quota_plan import QuotaPlan
from planner.quota.tie_out import certificate


def write_plan(out: Path, assembled: Assembled, plan: Plan, overwrite: bool = False) -> None:
    """Write the output folder of a plan.

    The files are written beside `out` and put in its place together at the end, so that nobody meets half an
    output. An earlier output of this product in `out` is replaced.

    Parameters
    ----------
    out
        Folder to write; created where it does not exist.
    assembled
        What the plan was made from.
    plan
        The plan.
    overwrite
        Replace `out` also where it holds files that this product did not write; they are lost.

    Raises
    ------
    InvalidInput
        Where `out` is a file, the plan folder, or holds other files, or cannot be written.
    InvalidAlignment
        Where the plan has no alignment.
    """
    owners = Owners(assembled, plan)
    assigned, territories = assignments(owners), territory_rows(owners)
    with replaced_folder(out, inputs=assembled.folder.path, overwrite=overwrite) as folder:
        drawn = draw(owners)
        write_csv(folder / "assignments.csv", assigned, free_text=("reason", "segment"))
        write_csv(folder / "unplaced.csv", unplaced(owners), free_text=("reason",))
        write_csv(folder / "territories.csv", territories, free_text=FREE_TEXT)
        write_geojson(folder / "territories.geojson", drawn, territories)
        write_json(folder / "scorecard.json", scores(owners))
        if plan.quotas is not None:
            write_csv(folder / "quotas.csv", quota_rows(owners))
            _write_details(folder, owners, plan.quotas)
            inputs = plan.provenance.inputs or assembled.folder.fingerprints
            ids = assembled.problem.territories.territory_id
            write_json(folder / "tie_out.json", certificate(plan.quotas, ids, inputs))
            write_json(folder / "quota_model.json", quota_model(owners), compact=True)
            write_fairness(folder, owners)
            if plan.quotas.back_test is not None:
                write_plan_backtest(
                    folder,
                    assembled.scenario.name,
                    len(ids),
                    plan.quotas.currency,
                    plan.quotas.back_test,
                )
        if plan.compensation is not None:
            write_json(folder / "compensation.json", compensation_record(plan.compensation))
            write_csv(folder / "compensation.csv", compensation_table(plan.compensation))
            shown = pay_page(assembled.scenario.name, plan.compensation)
            (folder / "compensation.html").write_text(shown, "utf-8")
        write_map(folder / "map.html", owners, drawn, territories)
        write_workbook(folder / "report.xlsx", owners, territories, assigned)
        # Last, because it holds the fingerprints of all other files.
        write_json(folder / "run.json", run_record(out, folder, assembled, plan))


def _write_details(folder: Path, owners: Owners, quotas: QuotaPlan) -> None:
    """Write what stands behind the quotas of territories, where there is any: seats, nodes, amounts set by hand."""
    if shares_credit(quotas):
        write_csv(folder / "seat_quotas.csv", seat_quota_rows(owners))
    if quotas.hierarchy is not None and len(quotas.hierarchy):
        write_csv(folder / "node_quotas.csv", node_quota_rows(quotas), free_text=("name", "level"))
    if quotas.overridden:
        ids = owners.assembled.problem.territories.territory_id
        write_csv(folder / "overrides.csv", override_rows(quotas, ids), free_text=OVERRIDE_TEXTS)
