"""plan.toml becomes a scenario; every fault is told with its key."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import data.read.scenario_file as scenario_file
from data.read.report import Report
from data.read.scenario_file import read_scenario
from planner.coverage import CoverageSettings, Segment, Tiering
from planner.demands import BudgetRule, RegionRules, Span
from planner.errors import Problem
from planner.pay import Bonus, PayComponent, PayoutCurve, PayPlan, PaySettings, Tier
from planner.pay.pay_plan import Per
from planner.scenario import Band, BasicUnit, QuotaSettings, Scenario, WorkloadSettings

HUNTER = PayoutCurve(
    threshold=Fraction(1, 2),
    tiers=(Tier(Fraction(1), Fraction(3, 2)), Tier(Fraction(5, 4), Fraction(2))),
    cap=Fraction(3),
    cap_attainment=Fraction(2),
)


def read(text: str) -> tuple[Scenario, tuple[Problem, ...]]:
    """Return the scenario of a plan.toml, and what was told."""
    report = Report()
    return read_scenario(text.encode(), "plan.toml", report).scenario, report.problems()


def test_silence_means_the_defaults() -> None:
    assert read("") == (Scenario(), ())


def test_the_layout_in_the_manual_reads_without_a_fault() -> None:
    text = (scenario_file.__doc__ or "").partition("::\n")[2]
    scenario, problems = read(
        "\n".join(line.removeprefix("    ") for line in text.splitlines()).replace("band = 0.10", "#")
    )
    assert problems == ()
    assert scenario == Scenario(
        name="Iowa 2026",
        territories=30,
        measures={"accounts": Band(0.15, 0.15), "potential": Band(0.10, 0.20, 1_000_000, 2_000_000)},
        contiguous=True,
        basic_unit=BasicUnit.AUTO,
        split_above=0.25,
        compactness_measure="sales",
        disruption_km=15,
        disruption_budget=0.2,
        disruption_measure="sales",
        budgets=(BudgetRule("expected_loss", 0.15, 0.3, 250_000, 20_000),),
        expected_loss=0.15,
        revenue="sales",
        regions={"west": RegionRules(12, False, {"potential": Band(0.2, 0.2)})},
        keep_regions=True,
        similar_relief=0.4,
        workload=WorkloadSettings("workload_hours", 1400, 0.8, 8),
        coverage=CoverageSettings(
            {"A": Segment(24, 45, 100_000, 0.2)}, "potential", Tiering.CLUSTERS, estimate_potential=True
        ),
        seed=7,
        time_limit_s=60,
        quota=QuotaSettings(
            target_cents=12_000_000_000,
            over_assignment=0.05,
            level_over_assignment={"region": 0.02},
            history_weight=0.7,
            potential="potential",
            index={"potential": 0.6},
            growth_to_potential=0.5,
            min_share=0.01,
            max_share=0.1,
            rounding_cents=100,
            ramp=(0.25, 0.5, 0.75, 1.0),
            year=2026,
            periods="auto",
        ),
        pay=PaySettings(
            {
                "hunter": PayPlan(
                    "hunter",
                    Fraction(2, 5),
                    (
                        PayComponent("Hardware", Fraction(7, 10), HUNTER),
                        PayComponent("Service", Fraction(3, 10), replace(HUNTER, tiers=())),
                        PayComponent("", Fraction(0), bonuses=(Bonus(Fraction(1), 500_000),)),
                    ),
                    18_000_000,
                    Per.QUARTER,
                )
            },
            "hunter",
        ),
    )


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("120000000", 12_000_000_000),
        ("0.1", 10),
        ("90071992547409.92", 2**53),
        ('"$1,234.56"', 123_456),
        ('"1.234,56 €"', 123_456),
        ('"12 000"', 1_200_000),
    ],
)
def test_the_target_is_exact_to_the_cent(written: str, cents: int) -> None:
    scenario, problems = read(f"[quota]\ntarget = {written}")
    assert problems == ()
    assert scenario.quota.target_cents == cents


@pytest.mark.parametrize(
    "written", ['"1,234"', "1.005", "-5", "inf", "nan", "1e30", "true", '"12 apples"', '""']
)
def test_a_target_in_doubt_is_refused(written: str) -> None:
    problems = read(f"[quota]\ntarget = {written}")[1]
    assert [(p.code, p.column) for p in problems] == [("wrong_value", "quota.target")]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("contiguous = 5", "contiguous"),
        ("territories = 0", "territories"),
        ("territories = true", "territories"),
        ("territories = { min = 5 }", "territories"),
        ("[regions.west]\nterritories = 0", "regions.west.territories"),
        ("[regions.west.measures]\nsales = -1", "regions.west.measures.sales.band"),
        ("[workload]\ncapacity_hours = 0", "workload.capacity_hours"),
        ("[disruption]\nexpected_loss = 15", "disruption.expected_loss"),
        ('basic_unit = "hexagon"', "basic_unit"),
        ("seed = -1", "seed"),
        ("time_limit_s = 0", "time_limit_s"),
        ("split_above = 2", "split_above"),
        ("[measures.sales]\nbelow = -0.1", "measures.sales.below"),
        ("[measures.sales]\nband = 0.1\nabove = 0.1", "measures.sales"),
        ("[measures.sales]\nmin = 5\nmax = 4", "measures.sales"),
        ("[measures]\nsales = nan", "measures.sales.band"),
        ("[disruption]\nbudget = 20", "disruption.budget"),
        ('[quota]\ncurrency = "Dollar"', "quota.currency"),
        ('[quota]\nperiods = "week"', "quota.periods"),
        ("[quota]\nrounding = 0", "quota.rounding"),
        ("[quota]\nhistory_weight = 1.5", "quota.history_weight"),
        ("[columns.accounts]\nname = [1]", None),
        ('[columns.accounts]\nignore = "x"', "columns.accounts.ignore"),
    ],
)
def test_values_out_of_range_are_told_with_their_key(text: str, column: str | None) -> None:
    problems = read(text)[1]
    assert problems
    assert {p.code for p in problems} == {"wrong_value"}
    assert column is None or problems[0].column == column


def test_all_faults_come_at_once_and_unknown_keys_with_the_nearest() -> None:
    problems = read(
        'contigous = true\nterritories = "many"\n[quota]\nover_asignment = 0.1\n[columns.acounts]\na = "b"'
    )[1]
    assert {(p.code, p.column) for p in problems} >= {
        ("unknown_key", "contigous"),
        ("wrong_value", "territories"),
        ("unknown_key", "quota.over_asignment"),
    }
    assert any("'contiguous'" in p.why for p in problems)


def test_percents_and_no_limit() -> None:
    scenario, problems = read(
        '[measures]\nsales = "10%"\n[quota]\nmax_increase = "none"\nmax_decrease = "5 %"'
    )
    assert problems == ()
    assert scenario.measures["sales"] == Band(0.1, 0.1)
    assert scenario.quota.max_increase is None
    assert scenario.quota.max_decrease == 0.05


def test_a_file_that_is_no_toml_tells_the_line() -> None:
    problems = read('name = "x"\nseed == 3')[1]
    assert [(p.code, p.row) for p in problems] == [("toml_syntax", 2)]


def test_a_file_that_is_no_utf8_tells_the_line(tmp_path: Path) -> None:
    report = Report()
    read_scenario('seed = 1\nname = "Zürich"'.encode("latin-1"), str(tmp_path.name), report)
    assert [(p.code, p.row) for p in report.problems()] == [("encoding", 2)]


@pytest.mark.parametrize(
    ("text", "currency"),
    [('target = "1 000 €"', "EUR"), ('target = "$5"', "USD"), ('target = "CHF 5"\ncurrency = "CHF"', "CHF")],
)
def test_the_currency_beside_the_target_counts(text: str, currency: str) -> None:
    scenario, problems = read(f"[quota]\n{text}")
    assert problems == ()
    assert scenario.quota.currency == currency


def test_two_currencies_for_the_target_are_an_error() -> None:
    problems = read('[quota]\ntarget = "€5"\ncurrency = "USD"')[1]
    assert [(p.code, p.column) for p in problems] == [("wrong_value", "quota")]


@pytest.mark.parametrize(
    "text", ["seed = " + "9" * 5000, "[quota]\ntarget = 1e999999", "time_limit_s = 1e999"]
)
def test_monstrous_numbers_are_told(text: str) -> None:
    assert [p.severity for p in read(text)[1]] == ["error"]


def test_the_number_of_territories_may_be_open() -> None:
    assert read("territories = { min = 35, max = 45 }")[0].territories == Span(35, 45)
    assert read('territories = "capacity"')[0].territories == "capacity"
