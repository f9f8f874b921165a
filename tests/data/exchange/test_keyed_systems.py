"""What is loaded into Varicent and Clari: deltas by key, in order, that can be taken back."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from data.exchange.clari import QUOTAS, clari_load
from data.exchange.keyed import KeyedTable
from data.exchange.plan_state import Holder, Person, PlanState
from data.exchange.settings import CrmSettings
from data.exchange.varicent import HIERARCHY, QUOTA, SELLERS, percentages, varicent_load
from data.read.report import Report
from planner.errors import Severity
from tests.data.exchange.drawn import USERS, plans, settings
from tests.data.exchange.organisation import Imports

NOTHING = PlanState("nothing")
TABLES = (HIERARCHY, QUOTA, SELLERS)
NODE_IDS = ("company", "north", "south")
"""Ids of nodes that no territory has: Varicent knows both by one key."""


def export(table: KeyedTable, rows: dict[tuple[str, ...], tuple[str, ...]], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([table.columns, *rows.values()])


def plan_of(**changes: object) -> PlanState:
    plan = PlanState(
        "plan",
        territories={"N": ""},
        holders={"N": (Holder("S0", "owner", Decimal(1)),)},
        territory_quotas={("N", "", "2026-Q1"): 123456},
        seat_quotas={("S0", "N", "", "2026-Q1"): 123456},
        seats={"S0": Person(USERS["S0"], "Ann@Example.COM"), "S1": Person(USERS["S1"], "bob@example.com")},
    )
    return replace(plan, **changes)  # type: ignore[arg-type]


ASKED = CrmSettings(effective_date="2026-01-01", previous_effective_date="2025-01-01")


class TestVaricent:
    @examples(max_examples=40)
    @given(plans(NODE_IDS), plans(NODE_IDS), settings())
    def test_a_delta_leads_there_and_back(
        self, prior: PlanState, plan: PlanState, settings: CrmSettings
    ) -> None:
        past = settings.model_copy(update={"effective_date": settings.previous_effective_date})
        system = Imports(TABLES, HIERARCHY.name)
        system.load(varicent_load(prior, NOTHING, past, Report()).steps)
        was = system.copy()
        load = varicent_load(plan, prior, settings, Report())
        assert load.ok, load.problems
        system.load(load.steps)
        first = "2026-01-01"
        for territory in plan.territories:
            own = [row for row in system.rows["Sellers"].values() if row[2] == territory]
            for day in (first, "2025-06-01"):
                shares = [Decimal(r[1]) for r in own if r[3] <= day and (not r[4] or r[4] >= day)]
                assert not shares or sum(shares) == 100
            assert all(row[0] == row[0].lower() for row in own)
        said = {key: Decimal(row[2]) for key, row in system.rows["Quota"].items()}
        for (territory, component, period), cents in plan.territory_quotas.items():
            name = "HW Quota" if component else "Quota"
            assert said[name, territory, period] == Decimal(cents) / 100
        system.load(load.rollback)
        assert system.copy() == was

    def test_a_change_of_owner_ends_the_old_and_begins_the_new(self) -> None:
        new = plan_of(holders={"N": (Holder("S1", "owner", Decimal(1)),)})
        load = varicent_load(new, plan_of(), ASKED, Report())
        (sellers,) = load.steps
        assert sellers.rows == (
            ("ann@example.com", "100", "N", "2025-01-01", "2025-12-31"),
            ("bob@example.com", "100", "N", "2026-01-01", ""),
        )
        assert [(s.kind, s.action) for s in load.rollback] == [("Sellers", "delete"), ("Sellers", "upsert")]

    def test_overlays_own_no_part(self) -> None:
        shares = {"S0": ("owner", "0.7"), "S1": ("split", "0.3"), "S2": ("overlay", "0.5")}
        holders = tuple(Holder(seat, role, Decimal(share)) for seat, (role, share) in shares.items())  # type: ignore[arg-type]
        load = varicent_load(plan_of(holders={"N": holders}), NOTHING, ASKED, Report())
        (sellers,) = (step for step in load.steps if step.kind == "Sellers")
        assert [row[:2] for row in sellers.rows] == [("ann@example.com", "70"), ("bob@example.com", "30")]

    def test_splits_of_single_components_are_scaled_and_told(self) -> None:
        shares = {"S0": ("owner", "0.7"), "S1": ("split", "0.7")}
        holders = tuple(Holder(seat, role, Decimal(share)) for seat, (role, share) in shares.items())  # type: ignore[arg-type]
        load = varicent_load(plan_of(holders={"N": holders}), NOTHING, ASKED, Report())
        assert [(p.code, p.value) for p in load.problems] == [("uneven_shares", "N")]
        (sellers,) = (step for step in load.steps if step.kind == "Sellers")
        assert [row[1] for row in sellers.rows] == ["50", "50"]

    def test_nothing_changed_is_nothing_to_load(self) -> None:
        load = varicent_load(plan_of(), plan_of(), ASKED, Report())
        assert load.empty
        assert load.unchanged == {"Hierarchy": 1, "Quota": 1, "Sellers": 1}

    def test_a_snapshot_counts_instead_of_the_plan_before(self, tmp_path: Path) -> None:
        system = Imports(TABLES, HIERARCHY.name)
        system.load(varicent_load(plan_of(), NOTHING, ASKED, Report()).steps)
        system.rows["Quota"]["Other", "N", "2026-Q1"] = ("Other", "N", "1.50", "2026-Q1")
        for table in TABLES:
            export(table, system.rows[table.name], tmp_path / "now")
        only = CrmSettings(effective_date="2026-07-01")
        load = varicent_load(plan_of(), NOTHING, only, Report(), tmp_path / "now")
        assert load.ok
        assert [(s.kind, s.action, s.rows) for s in load.steps] == [
            ("Quota", "delete", (("Other", "N", "1.50", "2026-Q1"),))
        ]

    @pytest.mark.parametrize(
        ("table", "row", "why"),
        [
            (QUOTA, ("Quota", "N", "$1", "2026"), "Value is no plain number"),
            (SELLERS, ("a@b.c", "100", "N", "1/2/2026", ""), "A date is not written"),
        ],
    )
    def test_damaged_exports_are_told(
        self, tmp_path: Path, table: KeyedTable, row: tuple[str, ...], why: str
    ) -> None:
        export(table, {("",): row}, tmp_path / "now")
        load = varicent_load(plan_of(), NOTHING, ASKED, Report(), tmp_path / "now")
        (fault,) = (p for p in load.problems if p.severity is Severity.ERROR)
        assert (fault.file, fault.row) == (f"{table.name}.csv", 2)
        assert why in fault.why

    def test_missing_dates_and_addresses_are_told(self) -> None:
        load = varicent_load(plan_of(), plan_of(), CrmSettings(), Report())
        assert {p.column for p in load.problems if p.severity is Severity.ERROR} == {
            "effective_date",
            "previous_effective_date",
        }
        unknown = plan_of(seats={"S0": Person(email="nobody")})
        load = varicent_load(unknown, NOTHING, ASKED, Report())
        assert [(p.code, p.value) for p in load.problems] == [("email", "nobody")]
        load = varicent_load(plan_of(seats={}), NOTHING, ASKED, Report())
        assert [(p.code, p.severity) for p in load.problems] == [("no_email", Severity.WARNING)]

    @given(
        st.dictionaries(
            st.text("abcdef", min_size=1), st.decimals("0.0001", 1, places=6), min_size=1, max_size=7
        )
    )
    def test_percentages_add_up_to_one_hundred(self, parts: dict[str, Decimal]) -> None:
        found = percentages(parts)
        assert sum(found.values()) == 100
        whole = sum(parts.values())
        assert all(abs(found[who] - part / whole * 100) < Decimal("0.01") for who, part in parts.items())


class TestClari:
    @examples(max_examples=40)
    @given(plans(), plans(), settings())
    def test_a_delta_leads_there_and_back(
        self, prior: PlanState, plan: PlanState, settings: CrmSettings
    ) -> None:
        system = Imports((QUOTAS,))
        system.load(clari_load(prior, NOTHING, settings, Report()).steps)
        was = system.copy()
        load = clari_load(plan, prior, settings, Report())
        assert load.ok
        system.load(load.steps)
        said: dict[tuple[str, str, str], Decimal] = {}
        for (seat, _, component, period), cents in plan.seat_quotas.items():
            key = USERS[seat], component or "Quota", period.replace("-", "_")
            said[key] = said.get(key, Decimal(0)) + Decimal(cents) / 100
        there = {key: Decimal(row[3]) for key, row in system.rows["Quotas"].items()}
        assert said.items() <= there.items()
        assert clari_load(plan, plan, settings, Report()).empty
        system.load(load.rollback)
        assert system.copy() == was

    @pytest.mark.parametrize(
        ("period", "told"), [("2026", "2026"), ("2026-Q1", "2026_Q1"), ("2026-03", "2026_M3")]
    )
    def test_periods_are_spelled_as_clari_does(self, period: str, told: str) -> None:
        plan = plan_of(seat_quotas={("S0", "N", "", period): 100, ("S0", "M", "", period): 50})
        (step,) = clari_load(plan, NOTHING, CrmSettings(), Report()).steps
        assert step.columns == ("CRM_USER_ID", "QUOTA_NAME", "PERIOD_NAME", "QUOTA_GOAL")
        assert step.rows == ((USERS["S0"], "Quota", told, "1.50"),)

    def test_the_spelling_that_clari_knows_is_kept(self, tmp_path: Path) -> None:
        row = (USERS["S0"][:15], "Quota", "2026_Q1", "1.00")
        export(QUOTAS, {("",): row}, tmp_path / "now")
        load = clari_load(plan_of(), NOTHING, CrmSettings(), Report(), tmp_path / "now")
        assert [s.rows for s in load.steps] == [((*row[:3], "1234.56"),)]
        assert [s.rows for s in load.rollback] == [(row,)]

    def test_other_periods_and_damaged_exports_are_told(self, tmp_path: Path) -> None:
        plan = plan_of(seat_quotas={("S0", "N", "", "H1"): 100})
        assert [p.code for p in clari_load(plan, NOTHING, CrmSettings(), Report()).problems] == ["period"]
        assert not clari_load(plan_of(), NOTHING, CrmSettings(), Report(), tmp_path / "none").ok
        export(QUOTAS, {("",): ("u", "Quota", "2026", "much")}, tmp_path / "now")
        load = clari_load(plan_of(), NOTHING, CrmSettings(), Report(), tmp_path / "now")
        assert [(p.row, p.file) for p in load.problems] == [(2, "Quotas.csv")]
