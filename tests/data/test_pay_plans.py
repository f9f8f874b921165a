"""Pay plans in a folder: read exactly, and everything wrong told at once with file, row, key, value and remedy."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from data.assemble.pay import filled_months
from data.folder import PlanFolder
from data.read import read_folder
from planner.errors import InvalidInput, Problem, Severity
from planner.pay import Bonus, PayComponent, PayoutCurve, PayPlan, Tier
from planner.pay.pay_plan import Per

F = Fraction
ACCOUNTS = "account_id,latitude,longitude,sales\na,42,-93,100\nb,43,-94,200\n"
SEATS = "seat_id,territory_id,pay_plan,ote\nS1,T1,hunter,\nS2,T2,farmer,90000.50\n"
HUNTER = '[pay_plans.hunter]\non_target_earnings = "$180,000.00"\nvariable = "40%"\n'
FARMER = "[pay_plans.farmer]\nvariable = 0.2\n"
TARGETS = "node_id,component,amount\nall,Hardware,100\nall,Service,50\n"


@pytest.fixture
def write(tmp_path: Path) -> Path:
    """Return a folder with accounts and seats."""
    (tmp_path / "accounts.csv").write_text(ACCOUNTS)
    (tmp_path / "seats.csv").write_text(SEATS)
    return tmp_path


def read(folder: Path, plan: str) -> PlanFolder:
    """Read the folder with this plan.toml."""
    (folder / "plan.toml").write_text(plan)
    return read_folder(folder)


def faults(folder: Path, plan: str) -> list[Problem]:
    """Return what stops the plan."""
    with pytest.raises(InvalidInput) as raised:
        read(folder, plan)
    return [problem for problem in raised.value.problems if problem.severity is Severity.ERROR]


def test_plans_and_seats_are_read_exactly(write: Path) -> None:
    (write / "targets.csv").write_text(TARGETS)
    more = """
per = "month"
cumulative = false
threshold = "50%"
threshold_pays = "above"
tiers = [{ above = 1, rate = 1.5 }, { above = "125%", rate = 2.0 }]
[[pay_plans.hunter.components]]
component = "Hardware"
weight = "2/3"
cap = 2
[[pay_plans.hunter.components]]
component = "Service"
weight = "1/3"
threshold = 0
tiers = []
[[pay_plans.hunter.components.bonuses]]
at = 1.1
amount = 250.25
per = "period"
"""
    folder = read(write, HUNTER + more + FARMER)
    tiers = (Tier(F(1), F(3, 2)), Tier(F(5, 4), F(2)))
    assert folder.scenario.pay.plans["hunter"] == PayPlan(
        "hunter",
        F(2, 5),
        (
            PayComponent("Hardware", F(2, 3), PayoutCurve(F(1, 2), False, tiers, cap=F(2))),
            PayComponent("Service", F(1, 3), PayoutCurve(F(0), False), (Bonus(F(11, 10), 25_025, True),)),
        ),
        18_000_000,
        Per.MONTH,
        False,
    )
    assert folder.scenario.pay.plans["farmer"] == PayPlan("farmer", F(1, 5))
    assert folder.seats is not None
    assert folder.seats["pay_plan"].tolist() == ["hunter", "farmer"]
    assert folder.seats["on_target_earnings_cents"].fillna(-1).tolist() == [-1, 9_000_050]


def test_everything_wrong_is_told_at_once(write: Path) -> None:
    (write / "targets.csv").write_text(TARGETS)
    wrong = """
threshold = 0.9
cap = 0.8
tiers = [{ above = 1.5, rate = 2 }, { above = 1.2, rate = -1 }]
[[pay_plans.hunter.components]]
component = "Hardwear"
weight = 0.5
[[pay_plans.hunter.components]]
weight = 0.25
[pay_plans.farmer]
variable = 0.2
[pay]
plan = "huntr"
ratio_low = 9
"""
    (write / "seats.csv").write_text(
        "seat_id,territory_id,pay_plan,ote\nS1,T1,hunter,\nS2,T2,farmer,\nS3,T3,hnter,5\n"
    )
    found = faults(write, HUNTER + wrong)
    assert len(found) == 9
    told = {(p.code, p.file, p.row, p.column, p.value) for p in found}
    key = "pay_plans.hunter.components"
    assert told == {
        ("pay_plan", "plan.toml", 1, key, None),
        *(
            ("pay_curve", "plan.toml", 1, f"pay_plans.hunter.{name}", value)
            for name, value in (("cap", "0.8"), ("tiers.1.rate", "-1"), ("tiers.1.above", "1.2"))
        ),
        ("pay_plan", "plan.toml", None, f"{key}.0.component", "Hardwear"),
        ("unknown_pay_plan", "plan.toml", None, "pay.plan", "huntr"),
        ("wrong_value", "plan.toml", None, "pay.ratio_low", "9"),
        ("unknown_pay_plan", "seats.csv", 4, "pay_plan", "hnter"),
        ("no_earnings", "seats.csv", 3, "ote", ""),
    }
    assert all(problem.why and problem.what_to_do for problem in found)
    whys = " ".join(problem.why for problem in found)
    for words in ("sum to 75 %", "'Hardware', 'Service'", "The nearest is 'hunter'", "below 100 %"):
        assert words in whys


@pytest.mark.parametrize(
    ("written", "column", "words"),
    [
        ("variabel = 0.4", "pay_plans.x.variabel", "The nearest is 'variable'"),
        ("", "pay_plans.x.variable", "Field required"),
        ("variable = true", "pay_plans.x.variable", "a fraction is needed"),
        ("variable = 40000", "pay_plans.x.variable", "larger than 1,000"),
        ("variable = 0.4\non_target_earnings = -5", "pay_plans.x.on_target_earnings", "outside 0"),
        ("variable = 0.4\non_target_earnings = 0", "pay_plans.x.on_target_earnings", "above zero"),
        ("variable = 1.4", "pay_plans.x.variable", "outside 0 … 1"),
        ('variable = 0.4\nper = "week"', "pay_plans.x.per", "year"),
        ("variable = 0.4\ntiers = [{ above = 1 }]", "pay_plans.x.tiers.0.rate", "Field required"),
        ("variable = 0.4\ntiers = [{ abve = 1 }]", "pay_plans.x.tiers.0.abve", "The nearest is 'above'"),
        ("variable = 0.4\ntiers = [{ above = 0, rate = 2 }]", "pay_plans.x.tiers", "pay 200 %"),
        ("variable = 0.4\nthreshold = 2", "pay_plans.x.threshold", "outside 0 … 1"),
        ("variable = 0.4\nbonuses = [{ at = 1 }]", "pay_plans.x.bonuses.0.amount", "Field required"),
        (
            'variable = 0.4\ncomponents = [{ component = "Software" }]',
            "pay_plans.x.components.0.component",
            "there are 'total'",
        ),
    ],
)
def test_each_fault_is_told_by_its_key(write: Path, written: str, column: str, words: str) -> None:
    (write / "seats.csv").write_text("seat_id\nS1\n")
    told = {problem.column: problem for problem in faults(write, f"[pay_plans.x]\n{written}")}
    assert words in told[column].why
    assert told[column].file == "plan.toml"


def test_a_seat_without_a_plan_among_several_is_a_warning(write: Path) -> None:
    (write / "seats.csv").write_text("seat_id,pay_plan,ote\nS1,hunter,\nS2,,\nS3,farmer,1\n")
    told = [problem for problem in read(write, HUNTER + FARMER).problems if problem.code == "no_pay_plan"]
    assert [(problem.row, problem.severity) for problem in told] == [(3, Severity.WARNING)]
    by_default = read(write, HUNTER + FARMER + '[pay]\nplan = "hunter"\n')
    assert not [problem for problem in by_default.problems if problem.code == "no_pay_plan"]


def test_a_plan_named_in_a_folder_without_plans_is_an_error(write: Path) -> None:
    assert [(p.row, p.value) for p in faults(write, "")] == [(2, "hunter"), (3, "farmer")]


def test_amounts_have_the_decimals_of_their_currency(write: Path) -> None:
    (write / "seats.csv").write_text("seat_id,ote,currency\nS1,100,\nS2,100,USD\n")
    plan = '[quota]\ncurrency = "JPY"\n[pay_plans.x]\nvariable = 0.5\non_target_earnings = 9000000\n'
    folder = read(write, plan)
    assert folder.scenario.pay.plans["x"].on_target_earnings_cents == 9_000_000
    assert folder.seats is not None
    assert folder.seats["on_target_earnings_cents"].tolist() == [100, 10_000]


def test_months_are_filled_from_the_first_day_to_the_last() -> None:
    assert filled_months("", "", 2026) is None
    assert filled_months("2025-03-01", "2027-01-01", 2026) is None
    assert filled_months("2026-03-01", "", None) is None
    found = filled_months("2026-02-15", "2026-04-10", 2026)
    assert found == (F(0), F(14, 28), F(1), F(10, 30), *[F(0)] * 8)
    assert filled_months("2026-12-31", "", 2026) == (*[F(0)] * 11, F(1, 31))
    assert filled_months("", "2025-12-31", 2026) == (F(0),) * 12
