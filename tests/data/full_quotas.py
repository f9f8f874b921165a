"""A small plan with everything that quotas know: levels, components, periods, currencies, credit, amounts by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.assemble import assemble
from data.assemble.quota_inputs import quota_inputs
from data.assembled import Assembled
from data.read import read_folder
from planner.alignment import Alignment
from planner.plan import Plan, Provenance
from planner.quota import set_quotas
from planner.scorecard import current_scorecard, scorecard
from planner.solving import SolveReport, SolveResult, Status
from planner.stop import Termination

TERRITORIES = ("T1", "T2", "T3", "=T4", "T5", "T6")
DANGEROUS = ("=cmd|' /C calc'!A0", "+1", "-2", "@x", "=HYPERLINK(1)", "plain")
"""Texts that a spreadsheet might run."""
DIGITS = {"USD": 2, "JPY": 0, "KWD": 3}


def amount(value: float, currency: str) -> str:
    """Return decimal text with all decimals of the currency, the last of them not 0."""
    digits = DIGITS[currency]
    return f"{value:.{digits}f}"[:-1] + "7"


def write_full_folder(path: Path, currency: str = "USD") -> Path:
    """Write the plan folder, with money in `currency`."""
    path.mkdir(parents=True)
    other = "KWD" if currency != "KWD" else "JPY"
    accounts, history = [], []
    rng = np.random.default_rng(5)
    for a in range(24):
        t = a % 6
        accounts.append(
            f'A{a},"{DANGEROUS[t]}",{41 + t * 0.1 + a * 0.001:.4f},{-93 + a * 0.01:.4f},{TERRITORIES[t]},{100 + a}'
        )
        for year in (2023, 2024, 2025):
            for quarter in range(1, 5):
                for component in ("Hardware", "Service"):
                    sold = float(rng.integers(2_000, 9_000)) * (1 + 0.1 * (year - 2023)) * (1 + 0.2 * quarter)
                    history.append(f"A{a},{year}-Q{quarter},{component},{amount(sold, currency)},{currency}")
    seats = [
        f'S{t + 1},{TERRITORIES[t]},"{DANGEROUS[t]}",{"west" if t < 3 else "east"},{node},{start},{code}'
        for t, (node, start, code) in enumerate(
            [
                ("north", "", ""),
                ("north", "2026-02-15", ""),
                ("south", "", other),
                ("", "", ""),
                ("", "", other),
                ("", "", ""),
            ]
        )
    ]
    tables = {
        "accounts": ("account_id,name,latitude,longitude,territory_id,potential", accounts),
        "history": ("account_id,period,component,amount,currency", history),
        "seats": ("seat_id,territory_id,rep_name,region,node_id,start_date,currency", seats),
        "hierarchy": (
            "node_id,parent_id,level,name,over_assignment",
            [
                "co,,company,Company,",
                'west,co,region,"=West",0.03',
                "east,co,region,East,0.01",
                "north,west,district,+North,",
                "south,west,district,South,0.02",
            ],
        ),
        "targets": (
            "node_id,component,amount,currency",
            [
                f"co,Hardware,{amount(2_000_000, currency)},{currency}",
                f"co,Service,{amount(1_500_000, currency)},{currency}",
            ],
        ),
        "overrides": (
            "territory_id,seat_id,node_id,component,period,amount,reason,author,date",
            [
                f'T1,,,,,{amount(600_000, currency)},"=cmd|x",Hall,2026-01-05',
                f",,east,Service,,{amount(760_000, currency)},New contract,,",
                f",S5,,Hardware,2026-Q2,{amount(90_000, currency)},Trade fair,@me,",
            ],
        ),
        "credits": (
            "seat_id,territory_id,share,kind,component",
            ["S2,T1,25%,split,", "SPEC,T1,10%,overlay,Service", "SPEC,T6,0.2,overlay,"],
        ),
        "rates": ("currency,rate", [f"{other},{'0.0067' if other == 'JPY' else '3.25'}"]),
    }
    for name, (head, rows) in tables.items():
        (path / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
    (path / "plan.toml").write_text(
        'name = "=Full"\ncontiguous = false\n[measures]\npotential = 0.9\n[quota]\nover_assignment = 0.04\n'
        "ramp = [0.25, 0.5, 0.75]\nmax_increase = 1.0\nmax_decrease = 0.5\n",
        "utf-8",
    )
    return path


def full_plan(path: Path) -> tuple[Assembled, Plan]:
    """Return the plan of a folder with the alignment of today and its quotas."""
    assembled = assemble(read_folder(path))
    problem, accounts = assembled.problem, assembled.accounts
    alignment = Alignment(problem.current)
    after = scorecard(problem, problem.current, accounts)
    result = SolveResult(alignment, Status.FEASIBLE, Termination.NO_IMPROVEMENT, SolveReport("hand"))
    quotas = set_quotas(assembled.scenario.quota, quota_inputs(assembled, problem.current, after))
    provenance = Provenance(
        assembled.folder.fingerprints, {"territory-planner": "0"}, {}, "2026-01-02T03:04:05+00:00"
    )
    return assembled, Plan(result, current_scorecard(problem, accounts), after, quotas, provenance)
